"""Who gives DJANGO_SETTINGS_MODULE a default before the Celery application is configured."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.app_config import source_at, statements
from celerify.facts.imports import aliases, resolve, resolve_name
from celerify.facts.values import Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.app_config import Source
    from celerify.facts.layout import Layout
    from celerify.facts.sources import Sources
    from celerify.model import Location

VARIABLE = "DJANGO_SETTINGS_MODULE"
SET_BY_CALL = frozenset({"os.environ.setdefault", "os.environ.__setitem__"})
CONFIGURATIONS = frozenset(
    {"configurations.setup", "configurations.importer.install", "configurations.management.call_command"}
)
DEPTH = 3
"""How many of the project's own loaders are followed one into the other."""


@dataclass(frozen=True, slots=True)
class Default:
    """The place that gives the default, and the settings module where it is a constant."""

    at: Location
    settings: str | None


def default_before(
    sources: Sources, layout: Layout, source: Source, body: Iterable[ast.stmt], line: int
) -> Default | None:
    """Return the default given by the statements above a line, by what they call, or by what they import."""
    early = [statement for statement in body if statement.lineno < line]
    return (
        _set_by(sources, layout, source, early)
        or _set_by_import(sources, layout, source, early)
        or _set_by_packages(sources, layout, source)
        or _set_in_front(sources, layout, source)
    )


def _set_by(
    sources: Sources, layout: Layout, source: Source, body: Iterable[ast.stmt], depth: int = 0
) -> Default | None:
    for statement in body:
        found = _assigned(source, statement)
        if found:
            return found
        for call in _calls(statement):
            found = _set_in_call(source, call) or _set_by_loader(sources, layout, source, call, depth)
            if found:
                return found
    return None


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    match statement:
        case ast.Expr(value=ast.Call() as call) | ast.Assign(value=ast.Call() as call):
            yield call
        case ast.AnnAssign(value=ast.Call() as call):
            yield call


def _assigned(source: Source, statement: ast.stmt) -> Default | None:
    match statement:
        case ast.Assign(targets=[ast.Subscript(value=owner, slice=key)], value=value):
            if source.dotted(owner) == "os.environ" and _is_variable(source, key):
                return Default(source.module.at(statement), _constant(source, value))
    return None


def _set_in_call(source: Source, call: ast.Call) -> Default | None:
    name = source.dotted(call.func)
    at = source.module.at(call)
    if name in CONFIGURATIONS:
        return Default(at, None)
    if name in SET_BY_CALL and len(call.args) > 1 and _is_variable(source, call.args[0]):
        return Default(at, _constant(source, call.args[1]))
    if name == "os.environ.update":
        words = [word for word in call.keywords if word.arg == VARIABLE]
        keys = [key for arg in call.args if isinstance(arg, ast.Dict) for key in arg.keys if key]
        if words:
            return Default(at, _constant(source, words[0].value))
        if any(_is_variable(source, key) for key in keys):
            return Default(at, None)
    return None


def _is_variable(source: Source, node: ast.expr) -> bool:
    if source.dotted(node) == "django.conf.ENVIRONMENT_VARIABLE":
        return True
    value = source.value(node)
    return isinstance(value, Known) and value.value == VARIABLE


def _constant(source: Source, node: ast.expr) -> str | None:
    value = source.value(node)
    return value.value if isinstance(value, Known) and isinstance(value.value, str) else None


def _set_by_loader(
    sources: Sources, layout: Layout, source: Source, call: ast.Call, depth: int
) -> Default | None:
    """Return the default that a function of the project gives, as `setup_env()`."""
    name = source.dotted(call.func)
    if not name or depth >= DEPTH:
        return None
    where, function = source, name
    if "." in name:
        found = resolve_name(sources.tree, layout.roots, name)
        elsewhere = source_at(sources, layout, found[0]) if found else None
        if found is None or elsewhere is None:
            return None
        where, function = elsewhere, found[1]
    for item in where.module.tree.body:
        if isinstance(item, ast.FunctionDef) and item.name == function:
            return _set_by(sources, layout, where, statements(item.body), depth + 1)
    return None


def _set_by_import(
    sources: Sources, layout: Layout, source: Source, body: Iterable[ast.stmt]
) -> Default | None:
    """Return the default that a module imported above gives at its own top."""
    setting = set(sources.mentioning(VARIABLE))
    imported = {
        alias.asname or alias.name.partition(".")[0]
        for statement in body
        if isinstance(statement, ast.Import | ast.ImportFrom)
        for alias in statement.names
    }
    for local, origin in aliases(source.module, source.name).items():
        found = resolve_name(sources.tree, layout.roots, origin) if local in imported else None
        if found and found[0] in setting and found[0] != source.module.path:
            default = _at_top(sources, layout, found[0])
            if default:
                return default
    return None


def _set_by_packages(sources: Sources, layout: Layout, source: Source) -> Default | None:
    """Return the default that a package around the module gives in its `__init__`, itself or by a loader."""
    parts = source.name.split(".")
    for count in range(1, len(parts)):
        path = resolve(sources.tree, layout.roots, ".".join(parts[:count]))
        default = _at_top(sources, layout, path) if path else None
        if default:
            return default
    return None


def _set_in_front(sources: Sources, layout: Layout, source: Source) -> Default | None:
    """Return the default that a module gives before it imports the application, for `celery -A` to name."""
    for path in sources.mentioning(VARIABLE):
        front = source_at(sources, layout, path) if sources.kind(path) == "code" else None
        if front is None or front.name == source.name:
            continue
        body = list(statements(front.module.tree.body))
        imports = [
            statement.lineno
            for statement in body
            if isinstance(statement, ast.ImportFrom)
            and statement.module == source.name
            and not statement.level
        ]
        default = _set_by(
            sources, layout, front, [item for item in body if item.lineno < min(imports, default=0)]
        )
        if default:
            return default
    return None


def _at_top(sources: Sources, layout: Layout, path: str) -> Default | None:
    source = source_at(sources, layout, path)
    return (
        _set_by(sources, layout, source, statements(source.module.tree.body), DEPTH - 1) if source else None
    )
