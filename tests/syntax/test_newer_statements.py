from __future__ import annotations

import ast

import pytest

from celerify.syntax.newer_statements import parsed_by_refusals
from celerify.syntax.newer_syntax import parsed_newer
from celerify.syntax.plain import ast_of

READ_HERE = (
    "try:\n    f()\nexcept A, b.C , D:\n    pass\n",
    "try:\n    f()\nexcept* A, B:\n    pass\ntry:\n    f()\nexcept A, B:\n    x = 'except A, B:'\n",
    "é = 1\ntry:\n    pass\nexcept É, B:  # ä, b:\n    pass\n",
    "def first[T](items: list[T]) -> T:\n    return items[0]\n",
    "class Box[T: dict[str, int], *Ts](Base[T]):\n    async def get[U](self) -> U: ...\n",
    "class Box[T]:\n    type Inner = list[T]\n",
    "type Pair[T] = tuple[\n    T, T\n]\ntype Name = str\ntype(1)\n",
)
LEFT_TO_LIBCST = (
    "def first[\n    T,\n](items): ...\n",
    "try:\n    f()\nexcept A(1), B:\n    pass\n",
    "class Box[T = 'x']: ...\n",
)


def _refusal(source: str) -> SyntaxError | None:
    try:
        ast_of(source)
    except SyntaxError as error:
        return error
    return None


@pytest.mark.parametrize("source", READ_HERE)
def test_what_is_read_here_is_what_libcst_makes_of_it(source: str) -> None:
    refused = _refusal(source)
    if refused is None:
        pytest.skip("this interpreter reads it by itself")
    found, known = parsed_by_refusals(source, refused), parsed_newer(source)
    assert found is not None
    assert known is not None
    assert ast.dump(found, include_attributes=True) == ast.dump(known, include_attributes=True)


@pytest.mark.parametrize("source", LEFT_TO_LIBCST)
def test_anything_else_is_left_alone(source: str) -> None:
    refused = _refusal(source)
    if refused is None:
        pytest.skip("this interpreter reads it by itself")
    assert parsed_by_refusals(source, refused) is None


def test_what_is_no_python_at_all_is_left_alone() -> None:
    for source in ("def f(:\n", "except A, B as e:\n    pass\n", "x = 'type X = 1\n"):
        refused = _refusal(source)
        assert refused is not None
        assert parsed_by_refusals(source, refused) is None
