"""The entries of `beat_schedule`: in the settings, or on `app.conf`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.scheduling.entries import KEYS, Entry, Gap
from celerify.facts.scheduling.guards import switched_off
from celerify.facts.scheduling.reading import entry_of
from celerify.facts.values import Called, Entries, Known, Unset, alternatives
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.celery_app import CeleryApp
    from celerify.facts.celery_config import Options
    from celerify.facts.python import Module
    from celerify.facts.scheduling.reading import Reader
    from celerify.facts.values import Binding, Value

OPTION = "beat_schedule"


def scheduled(reader: Reader, options: Iterable[Options], app: CeleryApp | None) -> Iterator[Entry | Gap]:
    """Yield each entry of `beat_schedule` in every deployed chain, and what of it cannot be read."""
    for chain in options:
        found = chain.options.get(OPTION)
        if found is None:
            continue
        values = [binding.value for binding in _on_app(app)] if found.origin == "conf" else []
        for value in values or [found.value]:
            yield from _entries(reader, value, found.written)


def hidden(options: Iterable[Options]) -> Iterator[Gap]:
    """Yield each deployed chain that sets no schedule in what could be read of it, and could all the same."""
    for chain in options:
        if chain.unread and OPTION not in chain.options:
            said = f"whether anything is scheduled cannot be read: {chain.unread}"
            yield Gap(said, Location(chain.settings.path))


def _on_app(app: CeleryApp | None) -> list[Binding]:
    """Return what sets the option on the application: the last whole assignment and its updates."""
    found = [binding for binding in app.conf if binding.name == OPTION] if app else []
    whole = [
        place for place, one in enumerate(found) if not isinstance(one.value, Entries) or one.value.complete
    ]
    return found[whole[-1] :] if whole else found


def assigned(reader: Reader) -> Iterator[Entry | Gap]:
    """Yield each `app.conf.beat_schedule["name"] = {...}`, and the updates of it inside functions."""
    for module in reader.modules(OPTION):
        inside = _inside_functions(module)
        closed = switched_off(reader, module)
        for node in ast.walk(module.tree):
            if node in closed:
                continue
            match node:
                case ast.Assign(targets=[ast.Subscript(value=owner, slice=key)], value=value) if _is_option(
                    owner
                ):
                    name = reader.value(key, module)
                    yield from _entry(reader, name, reader.value(value, module), f"app.conf.{OPTION}")
                case ast.Call(func=ast.Attribute(value=owner, attr="update"), args=[given]) if (
                    _is_option(owner) and node in inside
                ):
                    yield from _entries(reader, reader.value(given, module), f"app.conf.{OPTION}")
                case ast.Assign(targets=[target], value=value) if _is_option(target) and node in inside:
                    yield from _entries(reader, reader.value(value, module), f"app.conf.{OPTION}")


def _inside_functions(module: Module) -> frozenset[ast.AST]:
    functions = (
        node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return frozenset(inner for function in functions for inner in ast.walk(function))


def _is_option(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(attr=name, value=ast.Attribute(attr="conf") | ast.Name(id="conf")):
            return name == OPTION
        case ast.Subscript(slice=ast.Constant(value=name), value=ast.Attribute(attr="conf")):
            return bool(name == OPTION)
        case _:
            return False


def _entries(reader: Reader, value: Value, written: str) -> Iterator[Entry | Gap]:
    for way in alternatives(reader.resolved(value, value.at.path)):
        match way:
            case Unset() | Known(value=None):
                continue
            case Entries(entries=pairs, complete=complete):
                for name, entry in pairs:
                    yield from _entry(reader, name, entry, written)
                if not complete and not _merged_elsewhere(written):
                    yield Gap(f"{written} holds entries that cannot be read", way.at)
            case Called(function="dict", args=(), kwargs=kwargs):
                for key, entry in kwargs:
                    yield from _entry(reader, Known(key, entry.at), entry, written)
            case _:
                yield Gap(f"{written} cannot be read", way.at)


def _merged_elsewhere(written: str) -> bool:
    """Tell whether what is incomplete is an `update` of `app.conf`, each part of which is read by itself."""
    return written.startswith("app.conf.")


def _entry(reader: Reader, name: Value, value: Value, written: str) -> Iterator[Entry | Gap]:
    label = name.value if isinstance(name, Known) and isinstance(name.value, str) else ""
    ways = alternatives(reader.resolved(value, value.at.path))
    some = any(isinstance(way, Entries) for way in ways)
    for way in ways:
        if isinstance(way, Called) and way.function == "dict" and not way.args:
            pairs = tuple((Known(key, item.at), item) for key, item in way.kwargs)
            way = Entries(pairs, way.at)  # noqa: PLW2901 - the same entry, spelled as a dict
        if isinstance(way, Unset) or (isinstance(way, Known) and way.value is None):
            continue
        if not isinstance(way, Entries):
            if not some:  # else something unreadable is merged over it, which is told as a whole
                yield Gap(f"the entry {label or 'of a computed name'} of {written} cannot be read", way.at)
            continue
        task = entry_of(way, "task")
        keys = [key.value for key, _ in way.entries if isinstance(key, Known)]
        yield Entry(
            name=label,
            task=reader.task_of(task) if task is not None else None,
            schedule=entry_of(way, "schedule"),
            args=entry_of(way, "args"),
            kwargs=entry_of(way, "kwargs"),
            options=entry_of(way, "options"),
            written=written,
            at=name.at if name.at.path == way.at.path else way.at,
            strange=tuple(str(key) for key in keys if key not in KEYS),
            complete=way.complete,
        )
