"""Whether a time that a call asks for is aware or naive."""

from __future__ import annotations

import ast
from enum import Enum
from typing import TYPE_CHECKING

from celerify.facts.imports import dotted

if TYPE_CHECKING:
    from celerify.facts.sending.call_sites import Scope

_ALWAYS_NAIVE = frozenset(
    {
        "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.datetime.utcfromtimestamp",
        "django.utils.timezone.make_naive",
    }
)  # fmt: skip
_BY_ZONE = {
    "datetime.time": 4,
    "datetime.datetime.now": 0,
    "datetime.datetime.fromtimestamp": 1,
    "datetime.datetime": 7,
}
"""Naive without a time zone: the argument at this position, `tz=` or `tzinfo=`."""
_AWARE = frozenset(
    {
        "django.utils.timezone.now", "django.utils.timezone.localtime", "django.utils.timezone.make_aware",
        "datetime.datetime.astimezone",
    }
)  # fmt: skip
_BOUNDS = frozenset({"datetime.time.min", "datetime.time.max", "datetime.datetime.min.time"})
_DEEPEST = 5


class Awareness(Enum):
    """What is known of a time."""

    AWARE = "aware"
    NAIVE = "naive"
    UNREAD = "unread"


def awareness(node: ast.expr, scope: Scope | None, left: int = _DEEPEST) -> Awareness:
    """Return whether a time is aware: of now(), utcnow(), a sum with a timedelta, or a local name of these.

    django.utils.timezone.now() counts as aware: USE_TZ is on by default since Django 5.0, and with USE_TZ
    off the whole project is naive on purpose.
    """
    if not left or scope is None:
        return Awareness.UNREAD
    match node:
        case ast.BinOp(left=one, right=other, op=ast.Add() | ast.Sub()):
            sides = (awareness(one, scope, left - 1), awareness(other, scope, left - 1))
            return next((side for side in sides if side is not Awareness.UNREAD), Awareness.UNREAD)
        case ast.Call():
            return _of_call(node, scope, left)
        case ast.Name(id=name):
            found = {awareness(value, scope, left - 1) for value in _bound(name, scope)}
            return found.pop() if len(found) == 1 else Awareness.UNREAD
        case _:
            return Awareness.UNREAD


def _of_call(node: ast.Call, scope: Scope, left: int) -> Awareness:
    name = dotted(node.func, scope.names) or ""
    if name in _ALWAYS_NAIVE:
        return Awareness.NAIVE
    if name in _AWARE:
        return Awareness.AWARE
    if name == "datetime.datetime.combine":
        return _combined(node, scope)
    if name in _BY_ZONE:
        zoned = len(node.args) > _BY_ZONE[name] or any(item.arg in {"tz", "tzinfo"} for item in node.keywords)
        return Awareness.AWARE if zoned else Awareness.NAIVE
    return (
        _of_method(node.func, node, scope, left) if isinstance(node.func, ast.Attribute) else Awareness.UNREAD
    )


def _combined(node: ast.Call, scope: Scope) -> Awareness:
    """Return what `combine(date, time, tzinfo)` gives: it takes the time's own zone where none is given."""
    if len(node.args) > 2 or any(item.arg == "tzinfo" for item in node.keywords):  # noqa: PLR2004 - its third
        return Awareness.AWARE
    time = node.args[1] if len(node.args) > 1 else None
    if isinstance(time, ast.Attribute) and dotted(time, scope.names) in _BOUNDS:
        return Awareness.NAIVE
    return awareness(time, scope, 2) if isinstance(time, ast.Call) else Awareness.UNREAD


def _of_method(method: ast.Attribute, node: ast.Call, scope: Scope, left: int) -> Awareness:
    """Return what a method of a time gives: `astimezone` and `replace(tzinfo=...)` make it aware."""
    keywords = {keyword.arg for keyword in node.keywords}
    if method.attr == "astimezone" or (method.attr == "replace" and "tzinfo" in keywords):
        return Awareness.AWARE
    return awareness(method.value, scope, left - 1) if method.attr == "replace" else Awareness.UNREAD


def _bound(name: str, scope: Scope) -> list[ast.expr]:
    nodes = ast.walk(scope.function) if scope.function else ()
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]
