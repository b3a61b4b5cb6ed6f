"""How a module makes and configures a Celery application: the statements, before they become facts."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from celerify.facts.imports import aliases, dotted, module_name, resolve_name
from celerify.facts.literals import value_of
from celerify.facts.values import Binding, Called, Entries, Items, Known, Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.layout import Layout
    from celerify.facts.python import Module
    from celerify.facts.sources import Sources
    from celerify.facts.values import Value

CELERY = frozenset({"celery.Celery", "celery.app.Celery", "celery.app.base.Celery"})
RENAMED = {"broker": "broker_url", "backend": "result_backend"}
_RENAMES = re.compile(rb"\bclass\b[^:]*(?:\[[^\]]*\][^:]*)?\bCelery\b|\bCelery[\s\\]+as\b")
NOT_OPTIONS = frozenset(
    {
        "main", "loader", "amqp", "events", "log", "control", "set_as_current", "tasks", "changes",
        "config_source", "fixups", "autofinalize", "namespace", "strict_typing",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One module with what its names mean."""

    module: Module
    name: str

    def dotted(self, node: ast.AST) -> str:
        """Return the dotted origin of a name or attribute chain, "" for anything else."""
        return dotted(node, aliases(self.module, self.name)) or ""

    def value(self, node: ast.expr) -> Value:
        """Return what an expression amounts to."""
        return value_of(node, self.module, self.name)


@dataclass(frozen=True)
class Made:
    """One place that makes an application.

    Attributes:
        call: the call of the class.
        names: the names it is bound to, the module's own before those of a function.
        scopes: the statements that can configure it: the function's and the module's, in running order.
        bound: a name of the module holds it.
    """

    call: ast.Call
    names: tuple[str, ...]
    scopes: tuple[ast.stmt, ...]
    bound: bool


def source_at(sources: Sources, layout: Layout, path: str) -> Source | None:
    """Return a module with its dotted name; None where it cannot be read or imported."""
    name = module_name(path, layout.roots)
    module = sources.module(path) if name else None
    return Source(module, name) if module and name else None


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run with this body, in order; those of functions and classes run later."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(statement, ast.If) and _is_main_guard(statement.test):
            continue
        for field in ("body", "handlers", "orelse", "finalbody"):
            for part in getattr(statement, field, ()):
                yield from statements(part.body if isinstance(part, ast.ExceptHandler) else [part])


def _is_main_guard(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def applications_made(sources: Sources, layout: Layout, source: Source) -> Iterator[Made]:
    """Yield the applications that a module makes, at its top or in its functions."""
    top = tuple(statements(source.module.tree.body))
    for statement in top:
        call = _made_by(statement, sources, layout, source)
        if call:
            yield Made(call, _targets(statement), top, bound=True)
    functions = [item for item in top if isinstance(item, ast.FunctionDef)]
    for function in functions:
        inner = tuple(statements(function.body))
        for statement in inner:
            call = _made_by(statement, sources, layout, source)
            if call:
                shared = tuple(_globals(function) & set(_targets(statement)))
                outer = shared or _bound_to_call(top, function.name)
                yield Made(call, (*outer, *_targets(statement)), (*inner, *top), bound=bool(outer))


def _made_by(statement: ast.stmt, sources: Sources, layout: Layout, source: Source) -> ast.Call | None:
    match statement:
        case ast.Assign(value=ast.Call() as call) | ast.AnnAssign(value=ast.Call() as call):
            pass
        case ast.Return(value=ast.Call() as call):
            pass
        case _:
            return None
    return call if is_celery_class(sources, layout, source, call.func) else None


def is_celery_class(sources: Sources, layout: Layout, source: Source, node: ast.expr, depth: int = 0) -> bool:
    """Tell whether an expression names Celery's application class, or a subclass in the project."""
    name = source.dotted(node)
    if name in CELERY or not name or depth > 4:  # noqa: PLR2004 - a chain of subclasses has an end
        return name in CELERY
    if name.rpartition(".")[2] != "Celery" and not _renames_celery(sources):
        return False
    where, holder = source, name
    if name.partition(".")[0] in aliases(source.module, source.name).values() or "." in name:
        found = resolve_name(sources.tree, layout.roots, name)
        elsewhere = source_at(sources, layout, found[0]) if found else None
        if found is None or elsewhere is None:
            return False
        where, holder = elsewhere, found[1]
    for item in where.module.tree.body:
        if isinstance(item, ast.ClassDef) and item.name == holder:
            return any(is_celery_class(sources, layout, where, base, depth + 1) for base in item.bases)
    imported = aliases(where.module, where.name).get(holder)
    if imported and where is not source:
        return is_celery_class(sources, layout, where, ast.Name(id=holder), depth + 1)
    return False


@lru_cache(maxsize=2)
def _renames_celery(sources: Sources) -> bool:
    """Tell whether some file may derive a class from Celery, or import it under another name."""
    return any(_RENAMES.search(sources.tree.read(path)) for path in sources.mentioning("Celery"))


def _targets(statement: ast.stmt) -> tuple[str, ...]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return tuple(target.id for target in targets if isinstance(target, ast.Name))


def _globals(function: ast.FunctionDef) -> set[str]:
    return {name for item in ast.walk(function) if isinstance(item, ast.Global) for name in item.names}


def _bound_to_call(top: Iterable[ast.stmt], function: str) -> tuple[str, ...]:
    for statement in top:
        match statement:
            case ast.Assign(value=ast.Call(func=ast.Name(id=called))) if called == function:
                return _targets(statement)
    return ()


def calls_on(
    source: Source, body: Iterable[ast.stmt], targets: frozenset[str]
) -> Iterator[tuple[str, ast.Call]]:
    """Yield each method call on the application, as `("conf.update", call)`; targets are dotted names."""
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Attribute() as function) as call):
                name = source.dotted(function)
                owner = next((target for target in targets if name.startswith(f"{target}.")), None)
                if owner:
                    yield name[len(owner) + 1 :], call


def option_bindings(source: Source, body: Iterable[ast.stmt], targets: frozenset[str]) -> Iterator[Binding]:
    """Yield each option that statements set through `app.conf`, by its lower-case name, in order."""
    for statement in body:
        match statement:
            case ast.Assign(targets=targets_, value=value):
                for target in targets_:
                    yield from _bound(source, _option(source, target, targets), value)
            case ast.AugAssign(target=target, op=ast.BitOr(), value=value) if _is_conf(
                source, target, targets
            ):
                yield from _merged(source, value)
            case ast.AugAssign(target=target, value=value):
                yield from _bound(source, _option(source, target, targets), value, partly=True)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner, attr=method)) as call):
                yield from _called(source, owner, method, call, targets)


def _called(
    source: Source, owner: ast.expr, method: str, call: ast.Call, targets: frozenset[str]
) -> Iterator[Binding]:
    if method in {"update", "setdefault"} and _is_conf(source, owner, targets):
        if method == "setdefault" and len(call.args) > 1:
            name = source.value(call.args[0])
            if isinstance(name, Known):
                yield from _bound(source, str(name.value), call.args[1])
            return
        for argument in call.args:
            yield from _merged(source, argument)
        for word in call.keywords:
            yield from _bound(source, word.arg, word.value) if word.arg else _merged(source, word.value)
    elif method == "update" and call.args:
        yield from _bound(source, _option(source, owner, targets), call.args[0], partly=True)


def _is_conf(source: Source, node: ast.expr, targets: frozenset[str]) -> bool:
    return source.dotted(node) in {f"{target}.conf" for target in targets}


def _option(source: Source, node: ast.expr, targets: frozenset[str]) -> str | None:
    """Return the option that `app.conf.name` or `app.conf["name"]` names."""
    match node:
        case ast.Attribute(value=owner, attr=name) if _is_conf(source, owner, targets):
            return name
        case ast.Subscript(value=owner, slice=ast.Constant(value=str(name))) if _is_conf(
            source, owner, targets
        ):
            return name
        case _:
            return None


def _bound(source: Source, name: str | None, node: ast.expr, *, partly: bool = False) -> Iterator[Binding]:
    if name is None:
        return
    value = source.value(node)
    if partly and isinstance(value, Entries):
        value = Entries(value.entries, value.at, complete=False)
    elif partly and isinstance(value, Items):
        value = Items(value.kind, value.items, value.at, complete=False)
    yield Binding(name.lower(), value, (source.module.at(node),))


def _merged(source: Source, node: ast.expr) -> Iterator[Binding]:
    match source.value(node):
        case Entries(entries=entries):
            for key, value in entries:
                if isinstance(key, Known):
                    yield Binding(str(key.value).lower(), value, (value.at,))
        case Called(function="dict", kwargs=kwargs):
            for name, value in kwargs:
                yield Binding(name.lower(), value, (value.at,))
        case other:
            yield Binding("*", other, (other.at,))


def constructor_options(source: Source, call: ast.Call) -> tuple[tuple[str, Value], ...]:
    """Return the options given to the constructor; `**options` of one literal dict is unpacked."""
    found: list[tuple[str, Value]] = []
    for word in call.keywords:
        if word.arg is None:
            found += [(binding.name, binding.value) for binding in _merged(source, word.value)]
        elif word.arg not in NOT_OPTIONS:
            found.append((RENAMED.get(word.arg, word.arg), source.value(word.value)))
    return tuple(found)


def names_in(value: Value | None) -> tuple[str, ...]:
    """Return the strings (and imported modules) of a value, as `include=` and autodiscovery take them."""
    match value:
        case Known(value=str(name)) | Reference(name=name):
            return (name,)
        case Items(items=items):
            return tuple(name for item in items for name in names_in(item))
        case _:
            return ()
