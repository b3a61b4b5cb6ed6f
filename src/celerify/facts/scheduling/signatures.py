"""Whether the arguments of a periodic task are such that its function takes them."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.task_bodies import body_function
from celerify.facts.values import Called, Entries, Items, Known, alternatives

if TYPE_CHECKING:
    from celerify.facts.tasks import Task
    from celerify.facts.values import Value


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments that a task is sent with: how many by position, and which by name."""

    positional: int
    keywords: frozenset[str]


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters of a task, without the task itself.

    Attributes:
        names: the positional parameters, in order.
        only_positional: how many of them cannot be named.
        optional: how many of them, from the end, have a default.
        keywords: the parameters that can only be named.
        required: those of `keywords` without a default.
        more_positional: `*args` is there; more_keywords: `**kwargs` is.
        changed: another decorator may have changed it.
    """

    names: tuple[str, ...]
    only_positional: int
    optional: int
    keywords: frozenset[str]
    required: frozenset[str]
    more_positional: bool
    more_keywords: bool
    changed: bool

    def fault(self, given: Given) -> str:
        """Return why the function does not take the arguments, as a clause; "" where it does."""
        taken = self.names[: given.positional]
        if given.positional > len(self.names) and not self.more_positional:
            return f"it takes {_counted(len(self.names))} by position and is given {given.positional}"
        twice = sorted(given.keywords & set(taken[self.only_positional :]))
        if twice:
            return f"it is given `{twice[0]}` twice, by position and by name"
        known = {*self.names[self.only_positional :], *self.keywords}
        strange = sorted(given.keywords - known)
        if strange and not self.more_keywords:
            return f"it has no parameter `{strange[0]}`"
        needed = self.names[: len(self.names) - self.optional]
        missing = [name for name in needed[given.positional :] if name not in given.keywords]
        missing += sorted(self.required - given.keywords)
        return f"it is not given `{missing[0]}`" if missing else ""


def signature_of(task: Task) -> Signature | None:
    """Return the parameters of a task; None where they cannot be read, as of an inherited `run`."""
    function = body_function(task.node)
    if function is None:
        return None
    bound = task.options.get("bind")
    if bound is not None and not isinstance(bound, Known):
        return None
    skipped = 1 if isinstance(task.node, ast.ClassDef) or (bound is not None and bound.value) else 0
    given = function.args
    names = [item.arg for item in (*given.posonlyargs, *given.args)][skipped:]
    pairs = list(zip(given.kwonlyargs, given.kw_defaults, strict=True))
    return Signature(
        names=tuple(names),
        only_positional=max(0, len(given.posonlyargs) - skipped),
        optional=len(given.defaults),
        keywords=frozenset(item.arg for item, _ in pairs),
        required=frozenset(item.arg for item, default in pairs if default is None),
        more_positional=given.vararg is not None,
        more_keywords=given.kwarg is not None,
        changed=len(function.decorator_list) > 1 or task.opaque,
    )


def given_by(args: Value | None, kwargs: Value | None) -> Given | str | None:
    """Return the arguments of an entry or a row; a clause where they are wrong, None where unreadable."""
    positional = _sequence(args)
    keywords = _mapping(kwargs)
    for found in (positional, keywords):
        if isinstance(found, str):
            return found
    if not isinstance(positional, int) or not isinstance(keywords, frozenset):
        return None
    return Given(positional, keywords)


def _sequence(value: Value | None) -> int | str | None:  # noqa: PLR0911 - one answer for each kind
    found = _loaded(value)
    match found:
        case None | Known(value=None):
            return 0
        case Items(kind="set"):
            return "its args are a set, which has no order"
        case Items(items=items, complete=complete):
            return len(items) if complete else None
        case Known(value=list() as items):
            return len(items)
        case Known(value=str() | int() | float() | dict() as other):
            hint = "; `(x)` is no tuple, `(x,)` is" if not isinstance(other, dict) else ""
            return f"its args are {other!r}, which is no list{hint}"
        case Entries():
            return "its args are a dict; arguments by name belong into kwargs"
        case _:
            return None


def _mapping(value: Value | None) -> frozenset[str] | str | None:
    found = _loaded(value)
    match found:
        case None | Known(value=None):
            return frozenset()
        case Called(function="dict", args=(), kwargs=pairs):
            return None if any(name == "**" for name, _ in pairs) else frozenset(name for name, _ in pairs)
        case Entries(entries=entries, complete=complete):
            names = [key.value for key, _ in entries if isinstance(key, Known)]
            whole = complete and len(names) == len(entries)
            return frozenset(map(str, names)) if whole else None
        case Known(value=dict() as loaded):
            return frozenset(loaded)
        case Known() | Items():
            return "its kwargs are no dict"
        case _:
            return None


def _loaded(value: Value | None) -> Value | None:
    """Return a value; instead of a call of `json.dumps` what it is given."""
    if value is None:
        return None
    ways = alternatives(value)
    if len(ways) != 1:
        return Called("unread", (), (), value.at)
    match ways[0]:
        case Called(function="json.dumps", args=(inner, *_)):
            return inner
        case found:
            return found


def from_json(value: Value | None) -> Value | str | None:
    """Return what a row's JSON text stands for; a clause where the text is no JSON."""
    match value:
        case Known(value=str(text)) if text:
            try:
                return Known(json.loads(text), value.at)
            except ValueError:
                return f"{text!r}, which is no JSON: beat disables the row"
        case Known(value=str()):
            return None
        case _:
            return value


def _counted(number: int) -> str:
    return "no argument" if number == 0 else f"{number} argument{'s' if number > 1 else ''}"
