"""The process of the run that asks: it takes requests as JSON lines on stdin, and answers on stdout.

    python -m celerify_inside.client [MODULE]

MODULE holds the OPERATIONS that can be asked for; `celerify_inside.operations` unless another is named.

It ends when its stdin is closed, as it is when celerify ends in whatever way.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback


def serve(module: str) -> None:
    """Answer requests until stdin ends; what the project prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    operations = importlib.import_module(module).OPERATIONS
    _answer(answers, {"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            value = operations[request["do"]](**request["with"])
        except Exception as error:  # noqa: BLE001 - whatever the project raises is told, not raised
            traceback.print_exc()
            _answer(answers, {"id": request["id"], "error": f"{type(error).__name__}: {error}"})
        else:
            _answer(answers, {"id": request["id"], "value": value})


def _answer(answers, content) -> None:
    answers.write(json.dumps(content, default=str) + "\n")
    answers.flush()


if __name__ == "__main__":
    serve(*(sys.argv[1:] or ["celerify_inside.operations"]))
