"""Where Python code names the settings module: each place, with what it amounts to."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.entry import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.python import Module

_ENVIRONMENT_READS = frozenset({"get", "getenv", "env", "config", "str", "get_value", "get_env", "getvar"})

_TESTS = re.compile(r"(?<![a-zA-Z])(?:test|TEST|Test)")


@dataclass(frozen=True, slots=True)
class Naming:
    """One `setdefault` or assignment of the variable.

    Attributes:
        module: the dotted name, or None where it is computed.
        node: the expression that names it.
        testing: it is only reached in a test run.
        forced: it overrides what the environment says.
        always: it is not inside a condition.
    """

    module: str | None
    node: ast.expr
    testing: bool
    forced: bool
    always: bool


def namings(module: Module) -> tuple[Naming, ...]:
    """Return the namings of a module that can take effect, in order."""
    found = _Finder(module)
    found.read(module.tree.body, always=True, testing=False)
    return tuple(_effective(found.found))


def _effective(found: list[Naming]) -> list[Naming]:
    """Drop what a later assignment overrides and what an earlier default forestalls."""
    forced = [place for place, naming in enumerate(found) if naming.always and naming.forced]
    if forced:
        return [found[forced[-1]], *(naming for naming in found[forced[-1] + 1 :] if naming.forced)]
    first = next((place for place, naming in enumerate(found) if naming.always), len(found))
    node = found[first].node if first < len(found) else None
    return [
        naming for place, naming in enumerate(found) if place <= first or naming.forced or naming.node is node
    ]


class _Finder:
    """Walks a module's statements with the conditions around them."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self.found: list[Naming] = []
        self._bound: dict[str, list[tuple[ast.expr, bool]]] = {}

    def read(self, body: Iterable[ast.stmt], *, always: bool, testing: bool) -> None:
        for statement in body:
            self._bind(statement, testing=testing)
            for expression, forced in _named_in(statement):
                for value, in_test in self._amounts(expression, 4):
                    certain = always and not in_test
                    self.found.append(Naming(value, expression, testing or in_test, forced, certain))
            self._descend(statement, always=always, testing=testing)

    def _descend(self, statement: ast.stmt, *, always: bool, testing: bool) -> None:
        if isinstance(statement, ast.If):
            certain, for_tests, otherwise = self._condition(statement.test)
            self.read(statement.body, always=always and certain, testing=testing or for_tests)
            self.read(statement.orelse, always=False, testing=testing or otherwise)
            return
        loop = isinstance(statement, ast.For | ast.While)
        self.read(getattr(statement, "body", ()), always=always and not loop, testing=testing)
        for handler in getattr(statement, "handlers", ()):
            self.read(handler.body, always=False, testing=testing)
        for case in getattr(statement, "cases", ()):
            self.read(case.body, always=False, testing=testing)
        self.read(getattr(statement, "orelse", ()), always=False, testing=testing)
        self.read(getattr(statement, "finalbody", ()), always=always, testing=testing)

    def _condition(self, test: ast.expr) -> tuple[bool, bool, bool]:
        """Tell whether a branch always runs, runs in tests only, and whether its `else` does."""
        text = ast.unparse(test)
        if text in {"__name__ == '__main__'", "True"}:
            return True, False, False
        about_tests = _TESTS.search(text) is not None
        negated = " not in " in text or "!=" in text or text.startswith("not ")
        return False, about_tests and not negated, about_tests and negated

    def _bind(self, statement: ast.stmt, *, testing: bool) -> None:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._bound.setdefault(name, []).append((value, testing))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self._bound.setdefault(name, []).append((value, testing))

    def _amounts(self, node: ast.expr, depth: int) -> Iterator[tuple[str | None, bool]]:
        """Yield what an expression can amount to (None: computed), and whether only in a test run."""
        match node:
            case ast.Constant(value=str(text)):
                yield text, False
            case ast.Name(id=name) if depth and name in self._bound:
                for value, testing in self._bound[name]:
                    for found, in_test in self._amounts(value, depth - 1):
                        yield found, testing or in_test
            case ast.IfExp(test=test, body=body, orelse=orelse) if depth:
                _, for_tests, otherwise = self._condition(test)
                yield from ((text, for_tests or inner) for text, inner in self._amounts(body, depth - 1))
                yield from ((text, otherwise or inner) for text, inner in self._amounts(orelse, depth - 1))
            case ast.BoolOp(op=ast.Or(), values=values) if depth:
                yield from self._amounts(values[-1], depth - 1)
            case ast.Call() if depth and (default := _default_of(node)) is not None:
                yield from self._amounts(default, depth - 1)
            case ast.JoinedStr() | ast.BinOp(op=ast.Add()) if depth:
                yield self._joined(node, depth - 1), False
            case _:
                yield None, False

    def _joined(self, node: ast.expr, depth: int) -> str | None:
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.JoinedStr(values=parts):
                texts = [self._joined(part, depth) for part in parts]
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                return self._joined(value, depth)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                texts = [self._joined(left, depth), self._joined(right, depth)]
            case ast.Name(id=name) if depth and len(self._bound.get(name, ())) == 1:
                return self._joined(self._bound[name][0][0], depth - 1)
            case _:
                return None
        return None if None in texts else "".join(text for text in texts if text is not None)


def _named_in(statement: ast.stmt) -> Iterator[tuple[ast.expr, bool]]:
    """Yield the expression that a simple statement gives to the variable, and whether it is forced."""
    match statement:
        case ast.Assign(targets=targets, value=value):
            if any(_is_variable_of(target) for target in targets):
                yield value, True
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="setdefault"), args=[key, value])):
            if _is_variable(key):
                yield value, False
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(attr="update"), args=[ast.Dict(keys=keys, values=values)])
        ):
            yield from (
                (value, True) for key, value in zip(keys, values, strict=True) if key and _is_variable(key)
            )


def _is_variable_of(target: ast.expr) -> bool:
    return isinstance(target, ast.Subscript) and _is_variable(target.slice)


def _is_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == VARIABLE


def _default_of(call: ast.Call) -> ast.expr | None:
    """Return the default of a read of the environment, as of `os.environ.get(name, default)`."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in _ENVIRONMENT_READS or not call.args or not isinstance(call.args[0], ast.Constant):
        return None
    for keyword in call.keywords:
        if keyword.arg == "default":
            return keyword.value
    return call.args[1] if len(call.args) > 1 else None
