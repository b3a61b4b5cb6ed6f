"""What test code sets of Celery's options: overrides, fixtures, `app.conf`, the environment."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from celerify.facts.imports import module_name
from celerify.facts.literals import value_of
from celerify.facts.option_names import SINCE, TO_NEW
from celerify.facts.option_sources import VARIABLES
from celerify.facts.testing.cases import last_name
from celerify.facts.values import Entries, Known
from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from celerify.facts.python import Module
    from celerify.facts.sources import Sources
    from celerify.facts.values import Value
    from celerify.model import Location

Where = Literal["settings", "override", "conf", "environment", "fixture"]

WORDS = ("celery", "CELERY", "always_eager", "memory://")
"""What a test file that sets Celery up has in it."""

FIXTURES = frozenset(
    {
        "celery_config", "celery_app", "celery_session_app", "celery_parameters", "celery_includes",
        "celery_worker_parameters", "celery_worker_pool", "celery_enable_logging", "use_celery_app_trap",
    }
)  # fmt: skip
"""Fixtures of Celery's pytest plugin that a project overrides to set Celery up."""

_OVERRIDES = frozenset({"override_settings", "settings", "configure", "celery"})
_SETTERS = frozenset({"setattr", "setitem", "object", "setenv", "setdefault"})
_RENAMED = {"broker": "broker_url", "backend": "result_backend"}


@dataclass(frozen=True, slots=True)
class Stated:
    """One option of Celery that tests set.

    Attributes:
        option: Celery's lower-case name; for a fixture that sets none, the fixture's name.
        value: the value, or None where it is not told.
        where: the kind of place.
        at: the place.
    """

    option: str
    value: Value | None
    where: Where
    at: Location


@dataclass(frozen=True, slots=True)
class Names:
    """How names of settings become options: the namespace, and whether old names are read."""

    namespace: str | None
    old: bool

    def option(self, name: str) -> str | None:
        """Return the option that a setting's or an option's name sets, or None for any other name."""
        prefix = f"{self.namespace}_" if self.namespace else ""
        bare = name.removeprefix(prefix).lower() if prefix and name.startswith(prefix) else ""
        if bare in SINCE:
            return bare
        if name in SINCE:
            return name
        return TO_NEW.get(name) if self.old else None


def stated_in_tests(sources: Sources, roots: Sequence[str], names: Names) -> tuple[Stated, ...]:
    """Return what the test files set, by path and line; a module of settings is not read here."""
    found = [
        stated
        for path in sources.mentioning(*WORDS)
        if sources.kind(path) == "test" and (module := sources.module(path))
        for stated in _Reader(module, module_name(path, roots), names).stated()
    ]
    return tuple(sorted(found, key=lambda one: one.at))


class _Reader:
    def __init__(self, module: Module, name: str | None, names: Names) -> None:
        self._module = module
        self._name = name
        self._names = names

    def stated(self) -> Iterator[Stated]:
        for node in walked(self._module.tree):
            match node:
                case ast.Assign(targets=[target], value=value):
                    yield from self._assigned(target, value)
                case ast.Call():
                    yield from self._called(node)
                case ast.FunctionDef(name=name) if name in FIXTURES and node.decorator_list:
                    yield from self._fixture(node)

    def _one(self, name: str, node: ast.expr, where: Where) -> Iterator[Stated]:
        option = VARIABLES.get(name) if where == "environment" else self._names.option(name)
        if option is None and where == "environment":
            option = self._names.option(name)
        if option:
            yield Stated(option, self._value(node), where, self._module.at(node))

    def _value(self, node: ast.expr) -> Value:
        return value_of(node, self._module, self._name)

    def _assigned(self, target: ast.expr, value: ast.expr) -> Iterator[Stated]:
        match target:
            case ast.Attribute(value=owner, attr=name) if name.isupper() or _is_conf(owner):
                yield from self._one(name, value, "conf" if _is_conf(owner) else "override")
            case ast.Subscript(value=owner, slice=ast.Constant(value=str(name))):
                yield from self._one(name, value, "environment" if _is_environ(owner) else "conf")

    def _called(self, call: ast.Call) -> Iterator[Stated]:
        name = last_name(call.func)
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if name in _OVERRIDES:
            yield from self._words(call, "override")
        elif name == "Celery":
            yield from self._words(call, "conf")
        elif name == "update" and owner is not None and (_is_conf(owner) or _is_environ(owner)):
            where: Where = "environment" if _is_environ(owner) else "conf"
            yield from self._words(call, where)
            for given in call.args:
                yield from self._entries(self._value(given), where)
        elif name == "dict" and call.args and _is_environ(call.args[0]):
            for given in call.args[1:2]:
                yield from self._entries(self._value(given), "environment")
            yield from self._words(call, "environment")
        elif name in _SETTERS:
            yield from self._set(name, owner, call)

    def _words(self, call: ast.Call, where: Where) -> Iterator[Stated]:
        for word in call.keywords:
            renamed = _RENAMED.get(word.arg or "", word.arg or "")
            yield from self._one(renamed, word.value, where)

    def _set(self, name: str, owner: ast.expr | None, call: ast.Call) -> Iterator[Stated]:
        """Yield what `setattr(conf, "x", v)`, `monkeypatch.setenv("X", v)` and their like set."""
        match call.args:
            case [ast.Constant(value=str(variable)), value] if name in {"setenv", "setdefault"}:
                if name == "setenv" or (owner is not None and _is_environ(owner)):
                    yield from self._one(variable, value, "environment")
            case [ast.Constant(value=str(target)), value]:
                path, _, option = target.rpartition(".")
                if path.endswith(("conf", "settings")):
                    yield from self._one(option, value, "conf" if path.endswith(".conf") else "override")
            case [target, ast.Constant(value=str(option)), value, *_]:
                if _is_environ(target):
                    yield from self._one(option, value, "environment")
                elif _is_conf(target) or option.isupper():
                    yield from self._one(option, value, "conf" if _is_conf(target) else "override")

    def _fixture(self, node: ast.FunctionDef) -> Iterator[Stated]:
        yield Stated(node.name, None, "fixture", self._module.at(node))
        for item in walked(node):
            if isinstance(item, ast.Return | ast.Yield) and item.value is not None:
                yield from self._entries(self._value(item.value), "fixture")

    def _entries(self, value: Value, where: Where) -> Iterator[Stated]:
        for key, entry in value.entries if isinstance(value, Entries) else ():
            name = key.value if isinstance(key, Known) and isinstance(key.value, str) else ""
            option = VARIABLES.get(name) if where == "environment" else None
            option = option or self._names.option(name)
            if option:
                yield Stated(option, entry, where, entry.at)


def _is_conf(node: ast.expr) -> bool:
    return last_name(node) in {"conf", "celery_conf"}


def _is_environ(node: ast.expr) -> bool:
    return last_name(node) == "environ"
