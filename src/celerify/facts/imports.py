"""Dotted names and files: which file a module is, and what a name in a module refers to."""

from __future__ import annotations

import ast
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from celerify.facts.python import Module
    from celerify.tree import Tree


def joined(folder: str, name: str) -> str:
    """Return the path of `name` in `folder`, where the root is the empty string."""
    return f"{folder}/{name}" if folder else name


def folder_of(path: str) -> str:
    """Return the folder that holds a path; the root is the empty string."""
    return path.rpartition("/")[0]


def resolve(tree: Tree, roots: Sequence[str], dotted_name: str) -> str | None:
    """Return the file of a module, or None where no root has it (a namespace package has no file).

    As in Python, the package `a/b/__init__.py` wins over `a/b.py`.
    """
    if not dotted_name or not all(dotted_name.split(".")):
        return None
    relative = dotted_name.replace(".", "/")
    for root in roots:
        for path in (joined(root, f"{relative}/__init__.py"), joined(root, f"{relative}.py")):
            if tree.exists(path):
                return path
    return None


def resolve_name(tree: Tree, roots: Sequence[str], dotted_name: str) -> tuple[str, str] | None:
    """Return the file of the longest prefix that is a module, and the rest of the name.

    `config.celery.app` gives `("config/celery.py", "app")`.
    """
    parts = dotted_name.split(".")
    for cut in range(len(parts), 0, -1):
        path = resolve(tree, roots, ".".join(parts[:cut]))
        if path is not None:
            return path, ".".join(parts[cut:])
    return None


def module_name(path: str, roots: Sequence[str]) -> str | None:
    """Return the dotted name under which a file is imported: seen from the deepest root above it."""
    above = [root for root in roots if not root or path.startswith(f"{root}/")]
    if not above or not path.endswith(".py"):
        return None
    root = max(above, key=len)
    relative = path[len(root) :].removeprefix("/").removesuffix(".py")
    if relative == "__init__":
        return None
    return relative.removesuffix("/__init__").replace("/", ".")


def package_of(name: str, *, is_package: bool) -> str:
    """Return the package against which a module's relative imports count."""
    return name if is_package else name.rpartition(".")[0]


def absolute(package: str, level: int, target: str | None) -> str | None:
    """Return the absolute name of `from <level dots><target> import`, or None where it leaves the roots."""
    if level == 0:
        return target
    parts = package.split(".") if package else []
    climbed = level - 1
    if climbed > len(parts) or not parts:
        return None
    base = parts[: len(parts) - climbed]
    return ".".join([*base, *([target] if target else [])]) or None


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run in this scope, those inside `if`, `try`, `with` and loops included."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, field, ()))
        for handler in getattr(statement, "handlers", ()):
            yield from _statements(handler.body)
        for case in getattr(statement, "cases", ()):
            yield from _statements(case.body)


def imported(body: Iterable[ast.stmt], package: str) -> dict[str, str]:
    """Return local name to dotted origin for the imports of one scope; a later import wins."""
    names: dict[str, str] = {}
    for statement in _statements(body):
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(statement, ast.ImportFrom):
            source = absolute(package, statement.level, statement.module)
            if source is not None:
                names |= {
                    alias.asname or alias.name: f"{source}.{alias.name}"
                    for alias in statement.names
                    if alias.name != "*"
                }
    return names


@lru_cache(maxsize=8192)
def aliases(module: Module, name: str | None) -> Mapping[str, str]:
    """Return local name to dotted origin for what a module imports outside its functions and classes.

    Args:
        module: the parsed module.
        name: its dotted name, which relative imports need; None where it has none.
    """
    package = package_of(name or "", is_package=module.path.endswith("__init__.py"))
    return MappingProxyType(imported(module.tree.body, package))


@lru_cache(maxsize=1024)
def everything_imported(module: Module, name: str | None) -> Mapping[str, str]:
    """Return local name to dotted origin for what a module imports anywhere, in functions too."""
    package = package_of(name or "", is_package=module.path.endswith("__init__.py"))
    statements = [node for node in walked(module.tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    return MappingProxyType(imported(statements, package))


def local_aliases(
    module: Module, name: str | None, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> Mapping[str, str]:
    """Return what a name means inside a function: the module's imports, then the function's own."""
    package = package_of(name or "", is_package=module.path.endswith("__init__.py"))
    return {**aliases(module, name), **imported(function.body, package)}


def dotted(node: ast.AST, names: Mapping[str, str]) -> str | None:
    """Return the dotted origin of a Name or Attribute chain, or None for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    parts.append(names.get(node.id, node.id))
    return ".".join(reversed(parts))
