from __future__ import annotations

import ast
import textwrap

from celerify.facts.python import Module, parse
from celerify.facts.sending.relevance import relevance_of

SOURCE = """
    from somewhere import thing

    def sends():
        if thing:
            task.delay(1)

    @decorated(
        task.delay
    )
    def decorated_one():
        pass

    def calls():
        sends()

    def neither():
        redelay(1)
        calls()

    class Other:
        def method(self):
            match self:
                case Other():
                    task.delay(2)
"""


def _lines(source: str, *words: str) -> list[str]:
    module = parse("m.py", textwrap.dedent(source).encode())
    assert isinstance(module, Module)
    found = relevance_of(module, words)
    return [
        getattr(item, "name", type(item).__name__)
        for item in ast.walk(module.tree)
        if isinstance(item, ast.stmt) and found.touches(item)
    ]


def test_statements_with_a_word_and_those_that_name_their_functions_matter() -> None:
    assert [name for name in _lines(SOURCE, "delay") if name[0].islower()] == [
        "sends", "decorated_one", "calls", "method",
    ]  # fmt: skip


def test_a_word_counts_as_a_whole_name_only() -> None:
    assert _lines("redelay(1)\ndelayed = 2\n", "delay") == []
    assert _lines("x = 1\rdelay()\r", "delay") == ["Expr"]
