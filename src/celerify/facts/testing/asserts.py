"""What a test asserts, and which errors it injects."""

from __future__ import annotations

import ast
import builtins
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from celerify.facts.testing.cases import is_fixture, last_name
from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.testing.cases import Case, Code

_EXCEPTION = re.compile(
    r"(?:Error|Exception|Retry|Timeout|DoesNotExist|NotFound|Exceeded|Exit|Failure|Failed|Reject|Ignore)$"
)
_BUILTINS = frozenset(
    name
    for name, found in vars(builtins).items()
    if isinstance(found, type) and issubclass(found, BaseException)
)
_SERVER_ERROR = 400
_RAISES = frozenset({"assertRaises", "assertRaisesRegex", "assertRaisesMessage", "raises"})


@dataclass(frozen=True)
class Asserts:
    """What one test asserts and injects; read once."""

    case: Case

    @cached_property
    def _nodes(self) -> tuple[tuple[Code, ast.AST], ...]:
        return tuple(self.case.nodes)

    @cached_property
    def checked(self) -> tuple[tuple[Code, ast.expr], ...]:
        """The expressions that are asserted: after `assert`, and calls of `assert...` methods."""
        found: list[tuple[Code, ast.expr]] = []
        for code, node in self._nodes:
            match node:
                case ast.Assert(test=test):
                    found.append((code, test))
                case ast.Call(func=ast.Attribute(attr=name)) if (
                    name.startswith("assert") and name not in _RAISES
                ):
                    found.append((code, node))
        return tuple(found)

    @cached_property
    def raised(self) -> frozenset[str]:
        """The dotted names of the exceptions that the test expects to be raised."""
        found: set[str] = set()
        for code, node in self._nodes:
            match node:
                case ast.Call(args=[expected, *_]) if last_name(node.func) in _RAISES:
                    items = expected.elts if isinstance(expected, ast.Tuple) else [expected]
                    found |= {name for item in items if (name := code.dotted(item) or last_name(item))}
        return frozenset(found)

    @cached_property
    def injected(self) -> tuple[str, ...]:
        """The dotted names of the exceptions that replaced code raises; `status` for an HTTP error."""
        found: list[str] = []
        for code, value in self._effects():
            found += [name for item in _listed(code, value) if (name := exception_name(code, item))]
        for _, node in self._nodes:
            match node:
                case ast.keyword(arg="status" | "status_code", value=ast.Constant(value=int(number))):
                    found += ["status"] if number >= _SERVER_ERROR else []
                case ast.Assign(
                    targets=[ast.Attribute(attr="status_code")], value=ast.Constant(value=int(number))
                ):
                    found += ["status"] if number >= _SERVER_ERROR else []
        return tuple(found)

    @cached_property
    def recovers(self) -> bool:
        """A replaced function fails first and then returns: `side_effect=[Error, value]`."""
        for code, value in self._effects():
            items = _listed(code, value)
            if len(items) > 1 and exception_name(code, items[0]) and not exception_name(code, items[-1]):
                return True
        return False

    def _effects(self) -> Iterator[tuple[Code, ast.expr]]:
        for code, node in self._nodes:
            match node:
                case ast.keyword(arg="side_effect" | "body" | "exc" | "exception", value=value):
                    yield code, value
                case ast.Assign(targets=[ast.Attribute(attr="side_effect")], value=value):
                    yield code, value
                case ast.FunctionDef() if node is not self.case.code.node and not is_fixture(node):
                    if not node.name.startswith(("test", "setUp", "tearDown")):
                        yield from ((code, item.exc) for item in walked(node)
                                    if isinstance(item, ast.Raise) and item.exc)  # fmt: skip

    @cached_property
    def words(self) -> frozenset[str]:
        """The identifiers and short strings in what is asserted, `.delay` of a call that sends left out."""
        return frozenset(word for _, expression in self.checked for word in words_in(expression))


def words_in(expression: ast.expr) -> Iterator[str]:
    """Yield the identifiers and constant strings of an expression."""
    sending = {id(node.func) for node in walked(expression) if isinstance(node, ast.Call)}
    for node in walked(expression):
        match node:
            case ast.Attribute(attr="delay") if id(node) in sending:
                continue
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.keyword(arg=str(word)):
                yield word
            case ast.Constant(value=str(word)):
                yield word


def exception_name(code: Code, node: ast.expr) -> str:
    """Return the dotted name of the exception that an expression is or makes; "" where it is none."""
    made = node.func if isinstance(node, ast.Call) else node
    if isinstance(made, ast.Name) and made.id in code.constants:
        value = code.constants[made.id]
        return exception_name(code, value) if value is not node and not isinstance(value, ast.Name) else ""
    name = code.dotted(made) or last_name(made)
    last = name.rpartition(".")[2]
    return name if name in _BUILTINS or (last[:1].isupper() and _EXCEPTION.search(last)) else ""


def _listed(code: Code, value: ast.expr) -> list[ast.expr]:
    match value:
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return items
        case ast.BinOp(left=ast.List(elts=items), op=ast.Add(), right=ast.List(elts=more)):
            return [*items, *more]
        case ast.BinOp(left=ast.List(elts=items), op=ast.Mult()):
            return items
        case ast.Name(id=name) if isinstance(code.constants.get(name), ast.List | ast.Tuple):
            return _listed(code, code.constants[name])
        case _:
            return [value]
