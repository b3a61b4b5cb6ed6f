"""What the project's code registers with kombu or Celery's security: serializers of its own, and pickle."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.imports import dotted, everything_imported
from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.python import Module
    from celerify.facts.sources import Sources
    from celerify.model import Location

_WORDS = ("kombu", "setup_security")
_INSECURE = "enable_insecure_serializers"


@dataclass(frozen=True, slots=True)
class Registration:
    """One call that adds or allows a serializer.

    Attributes:
        harmless: False where it enables pickle, None where the serializer is the project's own.
        says: one sentence about it.
        at: its place.
    """

    harmless: bool | None
    says: str
    at: Location


def registrations(sources: Sources) -> Iterator[Registration]:
    """Yield each call in the project's code that registers or allows a serializer."""
    for path in sources.mentioning(*_WORDS):
        module = sources.module(path) if sources.kind(path) == "code" else None
        if module is None:
            continue
        names = everything_imported(module, None)
        for node in walked(module.tree):
            found = _of_call(module, node, names) if isinstance(node, ast.Call) else None
            if found is not None:
                yield found


def _of_call(module: Module, node: ast.Call, names: Mapping[str, str]) -> Registration | None:
    name = dotted(node.func, names) or ""
    last = name.rpartition(".")[2]
    at = module.at(node)
    if last == "setup_security":
        said = "setup_security() allows or signs pickle: whoever can sign can run code"
        return Registration(harmless=False, says=said, at=at) if _names_pickle(module, node) else None
    if not name.startswith("kombu."):
        return None
    if last == _INSECURE and (_names_pickle(module, node) or not (node.args or node.keywords)):
        return Registration(harmless=False, says=f"{_INSECURE}() enables pickle in this process", at=at)
    if last in {"register", "enable"} and _names_pickle(module, node):
        return Registration(harmless=False, says=f"kombu's {last}() enables pickle in this process", at=at)
    if last == "register":
        first = node.args[0] if node.args else None
        called = f" {module.text(first)}" if isinstance(first, ast.Constant) else ""
        said = f"the serializer{called} is the project's own: whether it runs code cannot be read"
        return Registration(harmless=None, says=said, at=at)
    return None


def _names_pickle(module: Module, node: ast.Call) -> bool:
    given = (*node.args, *(word.value for word in node.keywords))
    return any("pickle" in module.text(value).lower() for value in given)
