"""Which names a package's `__all__` holds, and which of them is the Celery application."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.import_graph import ImportGraph
from celerify.model import Observation

if TYPE_CHECKING:
    from celerify.facts.python import Module
    from celerify.project import Project


def bindings_in(project: Project) -> tuple[tuple[str, str], ...]:
    """Return each `__init__` that binds the application, with the name, the project package's first."""
    app = project.celery_app
    if app is None:
        return ()
    graph = ImportGraph(project.sources, project.layout)
    own = (f"{app.module}.{app.variable}",) if app.path.endswith("/__init__.py") else ()
    found = []
    for dotted in (*own, *app.exported):
        package, _, name = dotted.rpartition(".")
        path = graph.file_of(package)
        if path is not None:
            found.append((package != project.layout.package, path, name))
    return tuple((path, name) for _, path, name in sorted(found, key=lambda item: item[0]))


def exported_by(project: Project, path: str, name: str) -> Observation | None:
    """Return that a file's `__all__` has a name, or that it could not be read; None where it has it not."""
    module = project.sources.module(path)
    if module is None:
        return None
    computed: ast.stmt | None = None
    for statement, value in _values(module):
        strings, whole = _strings(value)
        if name in strings:
            return Observation(holds=True, summary=f"__all__ of {path} names {name}", at=module.at(statement))
        computed = computed if whole else statement
    if computed is None:
        return None
    said = f"__all__ of {path} is computed, so whether it names {name} could not be read"
    return Observation(holds=None, summary=said, at=module.at(computed))


def _values(module: Module) -> list[tuple[ast.stmt, ast.expr]]:
    """Return each statement of the module that puts something into `__all__`, with what it puts there."""
    found: list[tuple[ast.stmt, ast.expr]] = []
    for node in module.tree.body:
        match node:
            case ast.Assign(targets=targets, value=value) if any(map(_is_all, targets)):
                found.append((node, value))
            case (
                ast.AnnAssign(target=target, value=ast.expr() as value)
                | ast.AugAssign(target=target, value=value)
            ) if _is_all(target):
                found.append((node, value))
            case ast.Expr(ast.Call(func=ast.Attribute(target, "append" | "extend"), args=[value])) if _is_all(
                target
            ):
                found.append((node, value))
    return found


def _is_all(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "__all__"


def _strings(value: ast.expr) -> tuple[set[str], bool]:
    """Return the constant strings of a value, and whether these are all that it holds."""
    match value:
        case ast.Constant(str() as text):
            return {text}, True
        case ast.List(elements) | ast.Tuple(elements) | ast.Set(elements):
            parts = [_strings(element) for element in elements]
        case ast.BinOp(left, ast.Add(), right):
            parts = [_strings(left), _strings(right)]
        case ast.Call(func=ast.Name("list" | "tuple" | "sorted"), args=[inner]):
            parts = [_strings(inner)]
        case _:
            return set(), False
    return {text for found, _ in parts for text in found}, all(whole for _, whole in parts)
