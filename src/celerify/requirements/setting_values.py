"""What makes the value of a Celery option right: one function for each kind of option.

Each takes one way a value can be (`alternatives` apart), and says whether that is right and, where it is
not plain, why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from celerify.facts.values import Called, Entries, Env, Items, Known, Text, Unreadable, Unset, truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from celerify.facts.values import Value

SAFE_SERIALIZERS = frozenset(
    {
        "json", "application/json", "msgpack", "application/x-msgpack", "yaml", "application/x-yaml",
        "auth", "application/data", "text/plain", "raw", "application/octet-stream",
    }
)  # fmt: skip
"""Serializers of kombu and Celery that cannot run code; `auth` signs JSON unless it is told otherwise."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a value is right (None: only the running project knows), and a remark for the reader."""

    holds: bool | None
    remark: str = ""


if TYPE_CHECKING:
    Judge: TypeAlias = Callable[[Value], Verdict]

_RIGHT = Verdict(holds=True)
_WRONG = Verdict(holds=False)
_UNKNOWN = Verdict(None)


def _wrong(remark: str) -> Verdict:
    return Verdict(holds=False, remark=remark)


def stated(value: Value) -> Verdict:
    """Any value that is set at all is right."""
    return Verdict(not isinstance(value, Unset))


def true(value: Value) -> Verdict:
    """A value that counts as true; Celery casts nothing, so that the string "False" is true."""
    match value:
        case Env(default=default, cast=cast):
            found = true(cast_default(value)) if default is not None else _UNKNOWN
            if cast is None and found.holds is not None:
                return Verdict(found.holds, "it is not cast: any text but an empty one counts as true")
            return found
        case Unset():
            return _WRONG
        case _:
            return Verdict(truth(value))


def one(value: Value) -> Verdict:
    """The number 1, and no string: Celery computes with it and casts nothing."""
    match value:
        case Known(value=str()):
            return _wrong("it is a string, and Celery casts nothing")
        case Known(value=number):
            return Verdict(number == 1)
        case Env() if value.default is not None:
            return one(cast_default(value))
        case Unset():
            return _WRONG
        case _:
            return _UNKNOWN


def address(value: Value) -> Verdict:
    """A URL of a broker or result backend; a variable read without a default counts as given."""
    match value:
        case Known(value=str() as url) if url.strip():
            return _reachable(url.strip())
        case Known() | Unset():
            return _wrong("it is empty")
        case Env(default=Known(value="")):
            return Verdict(holds=True, remark="it is empty where the variable is not given")
        case (
            Env()
            | Text()
            | Called(function="configparser.ConfigParser.get" | "configparser.RawConfigParser.get")
        ):
            return _RIGHT
        case _:
            return _UNKNOWN


def _reachable(url: str) -> Verdict:
    kind = url.partition(":")[0].lower()
    if kind in {"memory", "cache+memory"}:
        return _wrong("it exists within one process only")
    return _wrong("results are off") if kind == "disabled" else _RIGHT


def serializer(value: Value) -> Verdict:
    """A serializer that is not pickle under any name."""
    match value:
        case Known(value=str() as name):
            return _serializer(name.lower())
        case Env() if value.default is not None:
            return serializer(cast_default(value))
        case Known() | Unset():
            return _WRONG
        case _:
            return _UNKNOWN


def _serializer(name: str) -> Verdict:
    if "pickle" in name or "python-serialize" in name:
        signed = "signed pickle is still pickle: " if name != "pickle" else ""
        return _wrong(f"{signed}whoever can write to the broker can run code")
    return _RIGHT if name in SAFE_SERIALIZERS else Verdict(None, "a serializer of the project's own")


def contents(value: Value) -> Verdict:
    """A list of content types without pickle."""
    match value:
        case Items(items=items, complete=complete):
            found = [serializer(item) for item in items]
            wrong = next((verdict for verdict in found if verdict.holds is False), None)
            if wrong or not items:
                return wrong or (_wrong("it accepts nothing") if complete else _UNKNOWN)
            unsure = next((verdict for verdict in found if verdict.holds is None), None)
            return unsure or (_RIGHT if complete else _UNKNOWN)
        case Env() if value.default is not None:
            return contents(cast_default(value))
        case Known() | Unset():
            return _wrong("it must be a list")
        case _:
            return _UNKNOWN


def expiry(value: Value) -> Verdict:
    """A finite time: seconds or a `timedelta`."""
    match value:
        case Known(value=bool() | None) | Unset():
            return _wrong("results are kept for ever")
        case Known(value=int() | float() as seconds):
            return Verdict(seconds > 0, "" if seconds > 0 else "results are kept for ever")
        case Known(value=str() as text):
            return _RIGHT if _number(text) else _wrong("it is no number of seconds")
        case Called(function=function, args=args, kwargs=kwargs) if function.endswith("timedelta"):
            return Verdict(bool(args or kwargs))
        case Env() if value.default is not None:
            return expiry(cast_default(value))
        case _:
            return _UNKNOWN


def _number(text: str) -> bool:
    return text.strip().isdigit() and int(text) > 0


def options(value: Value) -> Verdict:
    """A dict of options, whatever is in it."""
    return Verdict(isinstance(value, Entries) or not isinstance(value, Known | Unset | Unreadable))


_TRUE_WORDS = frozenset({"true", "yes", "on", "1", "t", "y"})


def cast_default(value: Env) -> Value:
    """Return the default of a variable as its cast gives it; as written where there is no cast."""
    default = value.default
    if not (isinstance(default, Known) and isinstance(default.value, str)):
        return default if default is not None else Unset(value.at)
    text = default.value.strip()
    match value.cast:
        case "int" if text.lstrip("-").isdigit():
            return Known(int(text), default.at)
        case "bool":
            return Known(text.lower() in _TRUE_WORDS, default.at)
        case "list" | "Csv" | "tuple":
            items = tuple(Known(part.strip(), default.at) for part in text.split(",") if part.strip())
            return Items("list", items, default.at)
        case _:
            return default
