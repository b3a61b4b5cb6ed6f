"""The models of an application, and the type of a model's key."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.python import Module

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.sources import Sources

_TEXT_KEYS = ("UUIDField", "CharField", "SlugField", "TextField")


def _classes(sources: Sources, folder: str) -> Iterator[tuple[str, ast.ClassDef]]:
    """Yield each class of `models.py` or the `models` package with its module, relative to the app."""
    package = f"{folder}/models/"
    for path in sources.tree.paths:
        if path == f"{folder}/models.py" or (path.startswith(package) and path.endswith(".py")):
            module = sources.read(path)
            if isinstance(module, Module):
                yield from (
                    (path, node) for node in module.tree.body if isinstance(node, ast.ClassDef) and node.bases
                )


def models_in(sources: Sources, folder: str) -> list[str]:
    """Return the names of the model classes of the app in `folder`."""
    return sorted({node.name for _, node in _classes(sources, folder)})


def model_named(sources: Sources, folder: str, package: str, name: str) -> tuple[str, str, str] | None:
    """Return a model's class name, the dotted module that has it, and its key's type; None without it."""
    for path, node in _classes(sources, folder):
        if node.name == name:
            inner = path.removeprefix(f"{folder}/").removesuffix(".py").removesuffix("/__init__")
            return name, f"{package}.{inner.replace('/', '.')}", _key_type(node)
    return None


def _key_type(model: ast.ClassDef) -> str:
    for node in ast.walk(model):
        if isinstance(node, ast.Call) and any(
            keyword.arg == "primary_key"
            and isinstance(keyword.value, ast.Constant)
            and keyword.value.value is True
            for keyword in node.keywords
        ):
            field = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            return "str" if field in _TEXT_KEYS else "int"
    return "int"
