from __future__ import annotations

import ast
from pathlib import Path

from celerify.facts import walking
from celerify.facts.evaluator import scopes
from celerify.facts.walking import children, walked


def test_the_order_is_that_of_the_standard_library() -> None:
    for module in (scopes, walking, ast):
        tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
        assert walked(tree) == tuple(ast.walk(tree))
        assert children(tree) == list(ast.iter_child_nodes(tree))
