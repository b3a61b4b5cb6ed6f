"""Values of expressions outside the settings: decorator options, `app.conf`, constructor arguments."""

from __future__ import annotations

import ast
import operator
from functools import lru_cache
from typing import TYPE_CHECKING

from celerify.facts.evaluator.environment_idioms import Arguments, function_read, reader_read
from celerify.facts.imports import aliases, dotted
from celerify.facts.values import Called, Entries, Env, Items, Known, Reference, Text, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from celerify.facts.python import Module
    from celerify.facts.values import Value

ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
CASTS = frozenset({"int", "float", "str", "bool"})
DEPTH = 5
"""How many names are followed one into the other."""


@lru_cache(maxsize=4096)
def module_constants(module: Module) -> Mapping[str, ast.expr]:
    """Return what each name of the module is bound to, where exactly one plain assignment binds it."""
    found: dict[str, ast.expr] = {}
    twice: set[str] = set()
    for statement in module.tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                twice |= {name} & found.keys()
                found[name] = value
            case ast.AugAssign(target=ast.Name(id=name)):
                twice.add(name)
    return {name: value for name, value in found.items() if name not in twice}


def value_of(node: ast.expr, module: Module, name: str | None) -> Value:
    """Return what an expression of a module amounts to; `name` is the module's dotted name."""
    return _Reader(module, name).value(node, 0)


class _Reader:
    def __init__(self, module: Module, name: str | None) -> None:
        self._module = module
        self._names = aliases(module, name)
        self._constants = module_constants(module)

    def value(self, node: ast.expr, depth: int) -> Value:  # noqa: PLR0911 - one answer for each kind
        at = self._module.at(node)
        match node:
            case ast.Constant(value=value):
                return Known(value, at)
            case ast.List() | ast.Tuple() | ast.Set():
                return self._items(node, depth)
            case ast.Dict():
                return self._entries(node, depth)
            case ast.JoinedStr(values=parts):
                return Text(tuple(self.value(part, depth) for part in parts), at)
            case ast.FormattedValue(value=inner):
                return self.value(inner, depth)
            case ast.BinOp() | ast.UnaryOp():
                return self._computed(node, depth)
            case ast.Name(id=name) if name in self._constants and depth < DEPTH:
                return self.value(self._constants[name], depth + 1)
            case ast.Name() | ast.Attribute():
                meant = dotted(node, self._names)
                return Reference(meant, at) if meant else Unreadable(self._module.text(node), at)
            case ast.Call():
                return self._called(node, depth)
            case _:
                return Unreadable(self._module.text(node), at)

    def _items(self, node: ast.List | ast.Tuple | ast.Set, depth: int) -> Value:
        read = [self.value(item, depth) for item in node.elts if not isinstance(item, ast.Starred)]
        starred = [self.value(item.value, depth) for item in node.elts if isinstance(item, ast.Starred)]
        known = [item for part in starred if isinstance(part, Items) for item in part.items]
        complete = all(isinstance(part, Items) and part.complete for part in starred)
        match node:
            case ast.List():
                return Items("list", (*known, *read), self._module.at(node), complete)
            case ast.Tuple():
                return Items("tuple", (*known, *read), self._module.at(node), complete)
            case _:
                return Items("set", (*known, *read), self._module.at(node), complete)

    def _entries(self, node: ast.Dict, depth: int) -> Value:
        entries: list[tuple[Value, Value]] = []
        complete = True
        for key, item in zip(node.keys, node.values, strict=True):
            value = self.value(item, depth)
            if key is not None:
                entries.append((self.value(key, depth), value))
            elif isinstance(value, Entries):
                entries += value.entries
                complete = complete and value.complete
            else:
                complete = False
        return Entries(tuple(entries), self._module.at(node), complete)

    def _computed(self, node: ast.BinOp | ast.UnaryOp, depth: int) -> Value:
        at = self._module.at(node)
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.value(operand, depth)
                if isinstance(inner, Known) and isinstance(inner.value, int | float):
                    return Known(-inner.value, at)
            case ast.BinOp(left=left, op=operation, right=right):
                pair = (self.value(left, depth), self.value(right, depth))
                match pair:
                    case (Known(value=int() | float() as one), Known(value=int() | float() as two)):
                        act = ARITHMETIC.get(type(operation))
                        if act and (two or not isinstance(operation, ast.Div | ast.FloorDiv)):
                            return Known(act(one, two), at)
                    case (Known(value=str()) | Text(), _) if isinstance(operation, ast.Add):
                        return Text(pair, at)
        return Unreadable(self._module.text(node), at)

    def _called(self, node: ast.Call, depth: int) -> Value:
        at = self._module.at(node)
        function = dotted(node.func, self._names)
        if function is None:
            return Unreadable(self._module.text(node), at)
        args = tuple(self.value(arg, depth) for arg in node.args if not isinstance(arg, ast.Starred))
        kwargs = tuple((word.arg, self.value(word.value, depth)) for word in node.keywords if word.arg)
        match args:
            case (Known() as only,) if function in CASTS:
                return only
            case (Env(variable=variable, default=default),) if function in CASTS:
                return Env(variable, default, at, function)
            case _:
                read = self._environment(node, function, Arguments(args, kwargs), depth)
                return read or Called(function, args, kwargs, at)

    def _environment(self, node: ast.Call, function: str, given: Arguments, depth: int) -> Value | None:
        """Return what a call reads from the environment, by the standard library or a reader as `env`."""
        at = self._module.at(node)
        found = function_read(function, given, at)
        if found is not None or depth >= DEPTH:
            return found
        if isinstance(node.func, ast.Attribute):
            owner = self.value(node.func.value, depth + 1)
            return reader_read(owner, node.func.attr, given, at, ()) or reader_read(
                Reference(function, at), "", given, at, ()
            )
        return reader_read(self.value(node.func, depth + 1), "", given, at, ())
