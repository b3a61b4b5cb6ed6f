"""Where Celery's options can be set: settings, `app.conf`, the constructor, the environment."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from celerify.facts.evaluator.joining import either
from celerify.facts.option_names import SINCE, TO_NEW
from celerify.facts.values import Either, Entries, Env, Items, Known, Reference, Text, Unreadable, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from celerify.facts.celery_app import CeleryApp
    from celerify.facts.services import Process
    from celerify.facts.values import Binding, Value
    from celerify.model import Location

Origin = Literal["environment", "conf", "constructor", "settings"]

DJANGO = "django.conf:settings"
_OBJECT = "django.conf.settings"
VARIABLES = {
    "CELERY_BROKER_URL": "broker_url",
    "CELERY_BROKER_READ_URL": "broker_read_url",
    "CELERY_BROKER_WRITE_URL": "broker_write_url",
    "CELERY_RESULT_BACKEND": "result_backend",
}
"""The variables that Celery itself reads, before anything that is configured (celery/app/utils.py)."""

RUNS_PROJECT = frozenset({"worker", "beat", "flower", "web"})
_SENDERS = frozenset({"beat", "web"})
_INTERPOLATED = re.compile(r"\$(?:\{(\w+)(?::?[-=]([^}]*))?(?::?\?[^}]*)?\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Setting:
    """One place that sets an option.

    Attributes:
        option: Celery's lower-case name.
        written: the name as written.
        value: the value there.
        via: the chain of places.
        origin: the kind of place.
        old: the name is one of before Celery 4.
        lacking: the processes that surely are not given a variable that others are.
    """

    option: str
    written: str
    value: Value
    via: tuple[Location, ...]
    origin: Origin
    old: bool = False
    lacking: tuple[Process, ...] = ()


def in_settings(bindings: Mapping[str, Binding], namespace: str | None) -> Iterator[Setting]:
    """Yield what a settings module sets: names with the prefix, old names, and bare ones without a prefix.

    A prefixed name that is both a new and an old one, as CELERY_RESULT_BACKEND, is the new one.
    """
    prefix = f"{namespace}_" if namespace else ""
    for name, binding in bindings.items():
        bare = name.removeprefix(prefix).lower() if prefix and name.startswith(prefix) else ""
        if bare in SINCE:
            yield Setting(bare, name, binding.value, binding.via, "settings")
        elif name in TO_NEW:
            yield Setting(TO_NEW[name], name, binding.value, binding.via, "settings", old=True)
        elif not prefix and name in SINCE:
            yield Setting(name, name, binding.value, binding.via, "settings")


def out_of_reach(bindings: Mapping[str, Binding]) -> Iterator[Setting]:
    """Yield new names with the usual prefix, which nothing reads where no namespace is given."""
    for name, binding in bindings.items():
        option = name.removeprefix("CELERY_").lower()
        if name.startswith("CELERY_") and option in SINCE and name not in TO_NEW:
            yield Setting(option, name, binding.value, binding.via, "settings")


def in_entries(entries: Entries, via: tuple[Location, ...]) -> Iterator[Setting]:
    """Yield what a dict sets: lower-case names, or old ones."""
    for key, value in entries.entries:
        name = key.value if isinstance(key, Known) and isinstance(key.value, str) else ""
        if name in SINCE or name in TO_NEW:
            yield Setting(
                TO_NEW.get(name, name), name, value, (*via, value.at), "settings", old=name in TO_NEW
            )


def in_code(app: CeleryApp, bindings: Mapping[str, Binding], namespace: str | None) -> Iterator[Setting]:
    """Yield what `app.conf` and the constructor set; `settings.X` in it is what the settings bind X to.

    The option `*` is a whole dict that cannot be read.
    """
    for option, value in app.constructor:
        yield Setting(
            _option(option, namespace), option, resolved_in(value, bindings), (value.at,), "constructor"
        )
    for binding in app.conf:
        value = resolved_in(binding.value, bindings)
        if binding.name == "*" and isinstance(value, Entries) and value.complete:
            yield from (replace(one, origin="conf") for one in in_entries(value, binding.via))
            continue
        yield Setting(
            _option(binding.name, namespace), f"app.conf.{binding.name}", value, binding.via, "conf"
        )


def _option(name: str, namespace: str | None) -> str:
    if name in SINCE:
        return name
    bare = name.lower().removeprefix(f"{namespace}_".lower()) if namespace else name
    return bare if bare in SINCE else TO_NEW.get(name.upper(), name)


def resolved_in(value: Value, bindings: Mapping[str, Binding]) -> Value:
    """Return a value in which `django.conf.settings.X` is what the settings bind X to."""
    match value:
        case Reference(name=name) if name.startswith(f"{_OBJECT}."):
            found = bindings.get(name.removeprefix(f"{_OBJECT}."))
            return (
                found.value if found else Unreadable(f"settings.{name.removeprefix(f'{_OBJECT}.')}", value.at)
            )
        case Text(parts=parts):
            return text((resolved_in(part, bindings) for part in parts), value.at)
        case Either(options=options):
            return either((resolved_in(option, bindings) for option in options), value.at)
        case Env(default=default) if default is not None:
            return replace(value, default=resolved_in(default, bindings))
        case Items() | Entries():
            return _container_resolved(value, bindings)
        case _:
            return value


def _container_resolved(value: Items | Entries, bindings: Mapping[str, Binding]) -> Value:
    if isinstance(value, Items):
        return replace(value, items=tuple(resolved_in(item, bindings) for item in value.items))
    return replace(value, entries=tuple((key, resolved_in(entry, bindings)) for key, entry in value.entries))


def in_environment(processes: Iterable[Process]) -> Iterator[Setting]:
    """Yield Celery's own variables, as far as every declared worker is given them.

    Without a worker, every process that runs the project counts. What only some are given decides nothing;
    web and beat processes without the variable are noted: they send to what the settings say, or to nothing.
    """
    running = [process for process in processes if process.kind in RUNS_PROJECT]
    deciding = [process for process in running if process.kind == "worker"] or running
    for variable, option in VARIABLES.items():
        given = [(process.environment.get(variable, ""), process.at) for process in deciding]
        if given and all(found for found, _ in given):
            value = either((interpolated(found, at) for found, at in given), given[0][1])
            lacking = tuple(
                process
                for process in running
                if process.kind in _SENDERS and process.closed and variable not in process.environment
            )
            yield Setting(option, variable, value, (given[0][1],), "environment", lacking=lacking)


def reads(value: Value, variable: str) -> bool:
    """Tell whether a value is read from a variable, in some way or part of it."""
    match value:
        case Env(variable=name, default=default):
            return name == variable or (default is not None and reads(default, variable))
        case Either(options=parts) | Text(parts=parts):
            return any(reads(part, variable) for part in parts)
        case _:
            return False


def interpolated(given: str, at: Location) -> Value:
    """Return a value as compose files and units write it: `${HOST:-localhost}` is a read of HOST."""
    parts: list[Value] = []
    end = 0
    for match in _INTERPOLATED.finditer(given):
        parts.append(Known(given[end : match.start()], at))
        default = None if match[2] is None else Known(match[2], at)
        parts.append(Env(match[1] or match[3], default, at))
        end = match.end()
    parts.append(Known(given[end:], at))
    kept = [part for part in parts if not (isinstance(part, Known) and part.value == "")]
    return kept[0] if len(kept) == 1 else text(parts, at)
