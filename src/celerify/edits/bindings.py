"""Finds the list, tuple or set display behind a name: the one place where an entry can be added."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from celerify.edits.python import PythonFile, Suite

Display = cst.List | cst.Tuple | cst.Set

THIRD_PARTY = re.compile(r"third|3rd|external|vendor|prereq", re.IGNORECASE)
"""What names the entries of other people's packages: a part of a list, or a comment in it."""


_OTHERS = re.compile(r"django|local|project|own|core|default|custom|my_|dev|debug|test", re.IGNORECASE)
_CONVERTERS = frozenset({"list", "tuple", "set", "frozenset"})
_DEPTH = 12


def display_of(
    file: PythonFile, name: str, at: tuple[int, int] | None = None, *, added: bool = True
) -> Display | None:
    """Return the display that an entry of `name` belongs in, or None where there is none to add to.

    Follows `list(...)`, sums, unpacking and names of the same file, and prefers the part for third-party
    entries. Only what is bound unconditionally counts; the last plain assignment before an `+=` or `extend`.

    Args:
        file: the parsed file.
        name: the name that the display is bound to.
        at: line and column (1-based, in UTF-8 bytes) of the value, where a reader has found it already.
        added: what `+=` and `extend` add counts too, where nothing is assigned.
    """
    if at is not None and (found := _at(file, at)) is not None:
        return found
    return _of_name(file, name, 0, added=added)


def _at(file: PythonFile, at: tuple[int, int]) -> Display | None:
    offset = file.source.offset(*at)
    for statement in _unconditional(file.module.body):
        for value in _values(statement, None):
            display = _resolved(file, value, 0)
            if display is not None and offset in {file.span(display)[0], file.span(value)[0]}:
                return display
    return None


def _of_name(file: PythonFile, name: str, depth: int, *, added: bool = True) -> Display | None:
    if depth > _DEPTH:
        return None
    plain: list[cst.BaseExpression] = []
    more: list[cst.BaseExpression] = []
    for statement in _unconditional(file.module.body):
        plain += _values(statement, name)
        more += _added(statement, name) if added else []
    for value in (*reversed(plain), *more):
        display = _resolved(file, value, depth + 1)
        if display is not None:
            return display
    return None


def _unconditional(body: Sequence[cst.CSTNode]) -> Iterator[Suite]:
    """Yield the statements that always run, those in class bodies (class-based settings) included."""
    for node in body:
        if isinstance(node, cst.ClassDef):
            yield from _unconditional(node.body.body)
        elif isinstance(node, cst.SimpleStatementLine):
            yield node


def _values(statement: cst.CSTNode, name: str | None) -> list[cst.BaseExpression]:
    """Return the values that a statement assigns plainly to the name; to any name where it is None."""
    found: list[cst.BaseExpression] = []
    for small in statement.children:
        match small:
            case cst.Assign(targets=targets, value=value):
                if any(_is_name(target.target, name) for target in targets):
                    found.append(value)
            case cst.AnnAssign(target=target, value=cst.BaseExpression() as value) if _is_name(target, name):
                found.append(value)
    return found


def _added(statement: cst.CSTNode, name: str) -> list[cst.BaseExpression]:
    """Return the displays that a statement adds to the name by `+=`, `|=`, `extend` or `update`."""
    found: list[cst.BaseExpression] = []
    for small in statement.children:
        match small:
            case cst.AugAssign(target=target, operator=cst.AddAssign() | cst.BitOrAssign(), value=value):
                if _is_name(target, name):
                    found.append(value)
            case cst.Expr(cst.Call(cst.Attribute(target, cst.Name("extend" | "update")), [argument])):
                if _is_name(target, name):
                    found.append(argument.value)
    return found


def _is_name(node: cst.CSTNode, name: str | None) -> bool:
    return isinstance(node, cst.Name) and name in {None, node.value}


def _resolved(file: PythonFile, value: cst.BaseExpression, depth: int) -> Display | None:
    """Return the display that an expression comes down to, following its preferred part."""
    match value:
        case cst.List() | cst.Tuple() | cst.Set():
            return _preferred(file, value, _starred(value), depth) or value
        case cst.Call(func=cst.Name(converter), args=[argument]) if converter in _CONVERTERS:
            return _resolved(file, argument.value, depth + 1)
        case cst.BinaryOperation(operator=cst.Add() | cst.BitOr()):
            return _preferred(file, None, _operands(value), depth)
        case cst.Name(name):
            return _of_name(file, name, depth + 1)
    return None


def _operands(value: cst.BaseExpression) -> list[cst.BaseExpression]:
    if isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.Add | cst.BitOr):
        return [*_operands(value.left), *_operands(value.right)]
    return [value]


def _starred(display: Display) -> list[cst.BaseExpression]:
    """Return what a display unpacks, where it does nothing but unpack."""
    parts = [element.value for element in display.elements if isinstance(element, cst.StarredElement)]
    return parts if len(parts) == len(display.elements) else []


def _preferred(
    file: PythonFile, whole: Display | None, parts: Sequence[cst.BaseExpression], depth: int
) -> Display | None:
    """Return the best part to add to: one for third-party entries, else a literal, else any other."""
    ranked = sorted(parts, key=_rank) if depth <= _DEPTH else []
    if whole is not None and (not ranked or _rank(ranked[0]) > 0):
        return whole
    for part in ranked:
        display = _resolved(file, part, depth + 1)
        if display is not None:
            return display
    return None


def _rank(part: cst.BaseExpression) -> int:
    if isinstance(part, cst.Name):
        if THIRD_PARTY.search(part.value):
            return 0
        return 3 if _OTHERS.search(part.value) else 2
    return 1
