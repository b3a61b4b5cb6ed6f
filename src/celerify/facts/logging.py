"""How the project logs: the dict of its settings, and what keeps Celery's worker from replacing it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.imports import dotted, everything_imported, module_name, resolve_name
from celerify.facts.literals import value_of
from celerify.facts.values import Entries, Known, alternatives
from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from celerify.facts.python import Module
    from celerify.facts.settings import Settings
    from celerify.facts.sources import Sources
    from celerify.facts.values import Value
    from celerify.model import Location

SIGNALS = frozenset({"setup_logging"})
LATE_SIGNALS = frozenset({"after_setup_logger", "after_setup_task_logger"})
_CONFIGURES = frozenset({"dictConfig", "fileConfig", "basicConfig", "configure_logging", "addHandler"})
_DICT = frozenset({"dictConfig", "configure_logging"})


@dataclass(frozen=True, slots=True)
class Configured:
    """What configures logging in one settings chain.

    Attributes:
        value: the dict, as far as it can be read; None for a call that needs none, as `basicConfig`.
        at: its place.
        how: how it takes effect, as `LOGGING` or `dictConfig()`.
    """

    value: Value | None
    at: Location
    how: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """A function connected to a signal of Celery's about logging.

    Attributes:
        signal: `setup_logging`, `after_setup_logger` or `after_setup_task_logger`.
        configures: it configures logging itself.
        given: the dict that it configures with, where that is written out there.
        at: its place.
    """

    signal: str
    configures: bool
    given: Value | None
    at: Location


def configured(chain: Settings, sources: Sources, roots: Sequence[str]) -> tuple[Configured, ...]:
    """Return what configures logging in a settings chain: LOGGING, or code where Django is told not to."""
    by_django = chain.bindings.get("LOGGING_CONFIG")
    off = by_django is not None and isinstance(by_django.value, Known) and not by_django.value.value
    binding = chain.bindings.get("LOGGING")
    if binding is not None and not off:
        return tuple(Configured(way, binding.at, "LOGGING") for way in alternatives(binding.value))
    return (
        tuple(found for path in chain.files for found in _called(chain, sources, roots, path)) if off else ()
    )


def _called(chain: Settings, sources: Sources, roots: Sequence[str], path: str) -> Iterator[Configured]:
    module = sources.module(path)
    for node in walked(module.tree) if module else ():
        name = _last(node.func) if isinstance(node, ast.Call) else ""
        if module is None or not isinstance(node, ast.Call) or name not in _CONFIGURES - {"addHandler"}:
            continue
        given = node.args[0] if node.args and name in _DICT else None
        bound = chain.bindings.get(given.id) if isinstance(given, ast.Name) else None
        value = bound.value if bound else None
        if given is not None and value is None:
            value = value_of(given, module, module_name(path, roots))
        yield Configured(value, module.at(node), f"{name}()")


def receivers(sources: Sources, roots: Sequence[str]) -> Iterator[Receiver]:
    """Yield each function of the project's code that is connected to a signal about logging."""
    for path in sources.mentioning(*SIGNALS, *LATE_SIGNALS):
        module = sources.module(path) if sources.kind(path) == "code" else None
        if module is None:
            continue
        names = everything_imported(module, module_name(path, roots))
        for node in walked(module.tree):
            yield from _connected(module, node, names, sources, roots)


def _connected(
    module: Module, node: ast.AST, names: Mapping[str, str], sources: Sources, roots: Sequence[str]
) -> Iterator[Receiver]:
    if isinstance(node, ast.FunctionDef):
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            signal = _signal(called, names)
            if not signal and isinstance(decorator, ast.Call) and decorator.args:
                signal = _signal_itself(decorator.args[0], names)
            if signal:
                yield _receiver(signal, module, node, module.at(node), roots)
    elif isinstance(node, ast.Call) and node.args and (signal := _signal(node.func, names)):
        home, function = _function(module, node.args[0], names, sources, roots)
        yield _receiver(signal, home, function, module.at(node), roots)


def _receiver(
    signal: str, module: Module, function: ast.AST | None, at: Location, roots: Sequence[str]
) -> Receiver:
    calls = [node for node in (walked(function) if function else ()) if isinstance(node, ast.Call)]
    setting = [node for node in calls if _last(node.func) in _CONFIGURES]
    given = next((node.args[0] for node in setting if node.args and _last(node.func) in _DICT), None)
    value = None if given is None else value_of(given, module, module_name(module.path, roots))
    own = value if isinstance(value, Entries) else None
    return Receiver(signal, function is None or bool(setting), own, at)


def _function(
    module: Module, node: ast.expr, names: Mapping[str, str], sources: Sources, roots: Sequence[str]
) -> tuple[Module, ast.AST | None]:
    """Return the module and the function that an expression names; None where it cannot be found."""
    name = dotted(node, names) or ""
    for candidate in walked(module.tree):
        if isinstance(candidate, ast.FunctionDef) and candidate.name == name:
            return module, candidate
    place = resolve_name(sources.tree, roots, name)
    home = sources.module(place[0]) if place and place[1] else None
    for candidate in home.tree.body if home else ():
        if home and place and isinstance(candidate, ast.FunctionDef) and candidate.name == place[1]:
            return home, candidate
    return module, None


def _signal(node: ast.expr, names: Mapping[str, str]) -> str:
    """Return the signal whose `connect` an expression is, or ""."""
    if not isinstance(node, ast.Attribute) or node.attr != "connect":
        return ""
    return _signal_itself(node.value, names)


def _signal_itself(node: ast.expr, names: Mapping[str, str]) -> str:
    name = dotted(node, names) or ""
    last = name.rpartition(".")[2]
    return last if name.startswith("celery.") and last in SIGNALS | LATE_SIGNALS else ""


def _last(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
