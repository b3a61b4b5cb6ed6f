"""What tests replace: the targets of patches, and what stands in for the outside."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from celerify.facts.imports import folder_of, joined, resolve_name
from celerify.facts.testing.cases import asked_for, last_name
from celerify.facts.testing.texts import string_of
from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.origins import Origins
    from celerify.facts.python import Module
    from celerify.facts.testing.cases import Case, Code
    from celerify.model import Location

STAND_INS = {
    "responses": "the network", "requests_mock": "the network", "httpx_mock": "the network",
    "respx": "the network", "respx_mock": "the network", "httpretty": "the network", "vcr": "the network",
    "aioresponses": "the network", "pytest_httpserver": "the network", "httpserver": "the network",
    "moto": "a service", "mock_aws": "a service", "mock_s3": "a service", "fakeredis": "a service",
    "mailoutbox": "mail", "outbox": "mail", "EMAIL_BACKEND": "mail", "tmp_path": "a file", "tmpdir": "a file",
    "MEDIA_ROOT": "a file", "STORAGES": "a file", "MockTransport": "the network", "pyfakefs": "a file",
    "fs": "a file",
}  # fmt: skip
"""Names that show that something outside is replaced, and what."""

_INNER = frozenset(
    {"retry", "request", "max_retries", "default_retry_delay", "randrange", "logger", "settings", "log"}
)
"""What belongs to the task and its tools: replacing it isolates from nothing outside."""
_MOST = 2
"""The arguments that say what `patch.object` and `setattr` replace."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One thing that a test replaces.

    Attributes:
        target: what, as written or as the dotted name.
        resolves: False where the module is the project's own and binds no such name.
        attribute: the last part of what is replaced.
        at: the place.
    """

    target: str
    resolves: bool
    attribute: str
    at: Location

    @property
    def outside(self) -> bool:
        """It may stand between the task and the outside."""
        return self.attribute not in _INNER


def patches_of(case: Case, origins: Origins) -> Iterator[Patch]:
    """Yield what a test replaces, fixtures and `setUp` included."""
    for code, node in case.nodes:
        if isinstance(node, ast.Call):
            yield from _patched(code, node, origins)
    for code in case.reached:
        names = {*asked_for(code), *(name for node in code.nodes if (name := _word(node)))}
        for name in sorted(names & STAND_INS.keys()):
            yield Patch(name, resolves=True, attribute=STAND_INS[name], at=code.at(code.node))


def _word(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
            return name
        case _:
            return ""


def _patched(code: Code, call: ast.Call, origins: Origins) -> Iterator[Patch]:
    name = last_name(call.func)
    owner = last_name(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    created = any(word.arg == "create" for word in call.keywords)
    if name == "patch" or (name == "multiple" and owner == "patch") or (name == "setattr" and owner):
        target = string_of(call.args[0], code) if call.args else None
        if target and "." in target:
            resolves = created or _resolves(target, origins)
            yield Patch(target, resolves, target.rpartition(".")[2], code.at(call))
            return
    if (name == "object" and owner == "patch") or name == "setattr":
        yield from _attribute(code, call, origins, created=created)


def _attribute(code: Code, call: ast.Call, origins: Origins, *, created: bool) -> Iterator[Patch]:
    if len(call.args) < _MOST:
        return
    owner, attribute = code.dotted(call.args[0]), string_of(call.args[1], code)
    if not owner or attribute is None or last_name(call.args[0]) == "conf":
        return
    target = f"{owner}.{attribute}"
    yield Patch(target, created or _resolves(target, origins), attribute, code.at(call))


def _resolves(target: str, origins: Origins) -> bool:
    """Tell whether a patch finds its target: a name that the module of the project binds; others are fine."""
    found = resolve_name(origins.sources.tree, origins.roots, target)
    if found is None or not found[1]:
        return True
    path, rest = found
    module = origins.sources.module(path)
    first = rest.partition(".")[0]
    if module is None or first.startswith("__"):
        return True
    inside = joined(folder_of(path), first)
    submodule = path.endswith("__init__.py") and inside in origins.sources.tree.folders
    names = bound_names(module)
    return submodule or "*" in names or "__getattr__" in names or first in names


@lru_cache(maxsize=2048)
def bound_names(module: Module) -> frozenset[str]:
    """Return the names that a module binds at its top; `*` where it takes all of another."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(module.tree.body)
    for node in waiting:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
                found |= {
                    item for part in walked(node) if isinstance(part, ast.Global) for item in part.names
                }
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found |= {item.asname or item.name.partition(".")[0] for item in names}
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case _:
                waiting.extend(ast.iter_child_nodes(node))
    return frozenset(found)
