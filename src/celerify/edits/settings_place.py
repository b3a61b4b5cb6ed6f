"""Where a new statement belongs in a settings module, and which names are bound above that place."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from celerify.edits.splice import parsed
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from celerify.edits.splice import Source

_Assignment: TypeAlias = ast.Assign | ast.AnnAssign | ast.AugAssign
_OVERRIDES = re.compile(r"local|overrid|custom|private|secret|dev|prod|user|env", re.IGNORECASE)
_SCOPES = frozenset({"locals", "globals", "vars"})
_LAST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A place between two lines of a settings module.

    Attributes:
        line: the statement goes in front of this 1-based line; one behind the last for the end of the file.
        indent: what its lines start with.
        block: it continues a block of settings with the same prefix.
        after: the statement above, or None at the top.
        names: every name bound above, in the module and in the class around the place.
    """

    line: int
    indent: str
    block: bool
    after: ast.stmt | None
    names: frozenset[str]


def place_for(source: Source, prefix: str, inside: str | None = None) -> Place:
    """Return where a setting whose name starts with `prefix` belongs.

    Behind the last setting of that prefix; else in front of what lets a developer or a deployment
    override settings at the end of the file (`from .local import *`, `django_heroku.settings(locals())`, a
    dynaconf hook); else at the end. `inside` names the class of a django-configurations module.

    Raises:
        CannotWriteError: the module cannot be parsed, or has no such class.
    """
    module = parsed(source)
    if inside is not None:
        return _in_class(source, module, prefix, inside)
    body = module.body
    last = _last_of_prefix(body, prefix)
    if last is not None:
        return Place(_line_after(body[last]), "", True, body[last], _bound(body[: last + 1]))  # noqa: FBT003
    hook = _first_hook(body)
    if hook is None:
        return Place(_end(source), "", False, body[-1] if body else None, _bound(body))  # noqa: FBT003
    above = body[hook - 1] if hook else None
    return Place(_above_comments(source, body[hook], above), "", False, above, _bound(body[:hook]))  # noqa: FBT003


def _in_class(source: Source, module: ast.Module, prefix: str, name: str) -> Place:
    node = next((node for node in module.body if isinstance(node, ast.ClassDef) and node.name == name), None)
    if node is None:
        raise CannotWriteError(f"{source.path} has no class {name}", path=source.path or None)
    last = _last_of_prefix(node.body, prefix)
    after = node.body[last] if last is not None else _last_plain(node.body)
    above = node.body[: node.body.index(after) + 1]
    indent = source.line(node.body[-1].lineno)[: node.body[-1].col_offset]
    if indent.strip():
        raise CannotWriteError(f"class {name} is written on one line", path=source.path or None)
    names = _bound(module.body[: module.body.index(node)]) | _bound(above)
    return Place(_line_after(after), indent, last is not None, after, names)


def _last_plain(body: Sequence[ast.stmt]) -> ast.stmt:
    plain = [node for node in body if isinstance(node, _Assignment)]
    return plain[-1] if plain else body[-1]


def _last_of_prefix(body: Sequence[ast.stmt], prefix: str) -> int | None:
    found = [
        index
        for index, node in enumerate(body)
        if any(name.startswith(prefix) for name in _targets(node))
    ]  # fmt: skip
    return found[-1] if found else None


def _targets(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Assign(targets=targets):
            for target in targets:
                yield from _stored(target)
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            yield name
        case ast.AugAssign(target=ast.Name(id=name)):
            yield name
        case _:
            return


def _stored(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _bound(body: Sequence[ast.stmt]) -> frozenset[str]:
    """Return the names that these statements bind whatever the conditions."""
    names: set[str] = set()
    for node in body:
        names.update(_targets(node))
        match node:
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names.update(alias.asname or alias.name.partition(".")[0] for alias in aliases)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.With(body=inner):
                names.update(_bound(inner))
            case _:
                pass
    return frozenset(names)


def _first_hook(body: Sequence[ast.stmt]) -> int | None:
    """Return the index of the first statement at the end of a module that overrides settings."""
    trailing = len(body)
    while trailing and (_overrides(body[trailing - 1]) or _adapts(body[trailing - 1])):
        trailing -= 1
    hooks = [index for index, node in enumerate(body) if index < trailing and _overrides(node)]
    apps = [index for index, node in enumerate(body) if "INSTALLED_APPS" in _targets(node)]
    late = [
        index for index in hooks if apps and index > apps[-1] and _settings_in(body[index:]) <= _LAST_WORDS
    ]
    first = min([*late, trailing])
    return first if first < len(body) else None


def _settings_in(body: Sequence[ast.stmt]) -> int:
    """Count the settings that these statements assign at the top level."""
    return sum(name.isupper() for node in body for name in _targets(node))


def _overrides(node: ast.stmt) -> bool:
    """Tell whether a statement takes in settings from elsewhere, guarded or by a name that says so."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    if isinstance(node, ast.ImportFrom):
        return _is_star(node) and bool(_OVERRIDES.search(node.module or ""))
    inner = list(ast.walk(node))
    return any(isinstance(part, ast.ImportFrom) and _is_star(part) for part in inner) or any(
        isinstance(part, ast.Call) and _called(part) in {"exec", "execfile"} for part in inner
    )


def _adapts(node: ast.stmt) -> bool:
    """Tell whether a last statement changes settings as a whole: a platform's hook, dynaconf, tests."""
    match node:
        case ast.ImportFrom():
            return _is_star(node)
        case ast.If(test=test):
            return "test" in ast.unparse(test).lower()
        case ast.Expr(value=ast.Call() as call) | ast.Assign(value=ast.Call() as call):
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            scopes = any(isinstance(part, ast.Call) and _called(part) in _SCOPES for part in arguments)
            return scopes or _called(call) in {"DjangoDynaconf", "include"} | _SCOPES or _updates_scope(call)
        case _:
            return False


def _updates_scope(call: ast.Call) -> bool:
    """Tell whether it is `globals().update(...)`."""
    match call.func:
        case ast.Attribute(value=ast.Call() as scope):
            return _called(scope) in _SCOPES
        case _:
            return False


def _is_star(node: ast.ImportFrom) -> bool:
    return any(alias.name == "*" for alias in node.names)


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _line_after(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) + 1


def _above_comments(source: Source, node: ast.stmt, above: ast.stmt | None) -> int:
    """Return the line of a statement, or that of the first comment that belongs to it."""
    line = node.lineno
    floor = _line_after(above) if above is not None else 1
    while line > floor and source.line(line - 1).startswith("#"):
        line -= 1
    return line


def _end(source: Source) -> int:
    """Return the number of the line behind the last one."""
    return len(source.line_starts) + bool(source.text[source.line_starts[-1] :])
