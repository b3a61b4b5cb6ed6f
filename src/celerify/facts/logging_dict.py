"""The dict that configures logging: its handlers, its root and its loggers, as far as it can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.values import Called, Either, Entries, Env, Items, Known, Reference, alternatives, strings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.values import Value
    from celerify.model import Location

MISSING = "?"
"""The name of what is computed."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """One handler.

    Attributes:
        name: its key.
        made_by: its class or factory, as `logging.StreamHandler`; "" where that cannot be read.
        formatter: the name of its formatter, or None without one.
        filters: the names of its filters.
        options: everything else that it is given, by name.
        at: its place.
    """

    name: str
    made_by: str
    formatter: str | None
    filters: tuple[str, ...]
    options: Entries
    at: Location


@dataclass(frozen=True, slots=True)
class Logger:
    """The root logger or a named one.

    Attributes:
        name: its name; "" for the root.
        handlers: the names of its handlers, `?` for one that is computed.
        level: its level, or None without one.
        propagates: its lines go to the loggers above as well.
        complete: nothing about it came in unseen.
        at: its place.
    """

    name: str
    handlers: tuple[str, ...]
    level: Value | None
    propagates: bool
    complete: bool
    at: Location


@dataclass(frozen=True, slots=True)
class LoggingDict:
    """One dict as `logging.config.dictConfig` takes it.

    Attributes:
        handlers: by name.
        formatters: the names of the formatters.
        loggers: the named ones by name; the root is "" there.
        versioned: it has the key `version`.
        keeps_others: loggers made before are not switched off.
        complete: nothing of it came in unseen.
        at: its place.
    """

    handlers: dict[str, Outlet]
    formatters: frozenset[str]
    loggers: dict[str, Logger]
    versioned: bool
    keeps_others: bool
    complete: bool
    at: Location

    @property
    def root(self) -> Logger | None:
        """The root logger, or None where the dict does not configure it."""
        return self.loggers.get("")

    @property
    def celery(self) -> tuple[Logger, ...]:
        """The loggers that catch Celery's lines: `celery` and those below it."""
        return tuple(
            logger for name, logger in self.loggers.items() if name == "celery" or name.startswith("celery.")
        )


def read_dict(value: Value) -> LoggingDict | None:
    """Return the dict as it can be read, or None where it is no dict that is written out."""
    if not isinstance(value, Entries):
        return None
    named = dict(_items(entry(value, "loggers")))
    root = entry(value, "root") or named.pop("root", None)  # getLogger("root") is the root since Python 3.9
    if root is not None:
        named[""] = root
    handlers = dict(_items(entry(value, "handlers")))
    keeps = entry(value, "disable_existing_loggers")
    kinds = ("handlers", "loggers", "formatters", "root")
    parts = [part for kind in kinds if (part := entry(value, kind)) is not None]
    return LoggingDict(
        handlers={name: _handler(name, given) for name, given in handlers.items()},
        formatters=frozenset(name for name, _ in _items(entry(value, "formatters"))),
        loggers={name: _logger(name, given) for name, given in named.items()},
        versioned=entry(value, "version") is not None,
        keeps_others=isinstance(keeps, Known) and not keeps.value,
        complete=value.complete and all(isinstance(part, Entries) and part.complete for part in parts),
        at=value.at,
    )


def entry(value: Value | None, key: str) -> Value | None:
    """Return what a dict holds under a key, or None."""
    found: Value | None = None
    for given, inner in value.entries if isinstance(value, Entries) else ():
        if isinstance(given, Known) and given.value == key:
            found = inner
    return found


def _items(value: Value | None) -> Iterator[tuple[str, Value]]:
    for given, inner in value.entries if isinstance(value, Entries) else ():
        if isinstance(given, Known) and isinstance(given.value, str):
            yield given.value, inner


def _handler(name: str, value: Value) -> Outlet:
    made = entry(value, "class") or entry(value, "()")
    formatter = entry(value, "formatter")
    known = strings(formatter) if formatter is not None else ()
    return Outlet(
        name=name,
        made_by=_origin(made),
        formatter=known[0] if known else (MISSING if formatter is not None else None),
        filters=_names(entry(value, "filters")),
        options=value if isinstance(value, Entries) else Entries((), value.at, complete=False),
        at=value.at,
    )


def _origin(value: Value | None) -> str:
    match value:
        case Known(value=str() as text):
            return text
        case Reference(name=name) | Called(function=name):
            return name
        case Either(options=options):
            return next(filter(None, map(_origin, options)), "")
        case _:
            return ""


def _logger(name: str, value: Value) -> Logger:
    propagate = entry(value, "propagate")
    handlers = entry(value, "handlers")
    whole = isinstance(value, Entries) and value.complete
    listed = handlers is None or all(
        isinstance(way, Items) and way.complete for way in alternatives(handlers)
    )
    return Logger(
        name=name,
        handlers=_names(handlers),
        level=entry(value, "level"),
        propagates=not (isinstance(propagate, Known) and not propagate.value),
        complete=whole and listed,
        at=value.at,
    )


def _names(value: Value | None) -> tuple[str, ...]:
    """Return the names in a list, those with a variable's default included."""
    if isinstance(value, Items):
        return tuple(name for item in value.items for name in _names(item))
    if isinstance(value, Either):
        return tuple(dict.fromkeys(name for option in value.options for name in _names(option)))
    if isinstance(value, Env) and value.default is not None:
        return _names(value.default)
    return () if value is None else strings(value) or (MISSING,)
