"""What a task's body touches: something outside the process, only itself, or code that was not read."""

from __future__ import annotations

import ast
import builtins
import sys
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from celerify.facts.app_config import Source, source_at
from celerify.facts.imports import aliases, dotted, local_aliases, resolve_name
from celerify.facts.task_bodies import body_function

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.layout import Layout
    from celerify.facts.sources import Sources
    from celerify.facts.task_bodies import Function
    from celerify.facts.tasks import Task

OUTSIDE = {
    "requests": "the network", "httpx": "the network", "aiohttp": "the network", "urllib3": "the network",
    "urllib.request": "the network", "http.client": "the network", "socket": "the network",
    "ftplib": "the network", "paramiko": "the network", "smtplib": "mail", "imaplib": "mail",
    "django.core.mail": "mail", "anymail": "mail", "boto3": "a service", "botocore": "a service",
    "stripe": "a service", "twilio": "a service", "openai": "a service", "google.cloud": "a service",
    "redis": "a service", "pymongo": "a service", "elasticsearch": "a service", "slack_sdk": "a service",
    "django.core.cache": "the cache", "django.db": "the database", "django.core.files": "a file",
    "django.core.management": "a management command", "subprocess": "another program", "shutil": "a file",
    "os.remove": "a file", "os.rename": "a file", "os.makedirs": "a file", "os.unlink": "a file",
    "os.system": "another program", "io.open": "a file", "open": "a file", "tempfile": "a file",
}  # fmt: skip
"""Modules and functions that reach outside, and what they reach."""

METHODS = {
    "save": "the database", "asave": "the database", "delete": "the database", "adelete": "the database",
    "refresh_from_db": "the database", "bulk_create": "the database", "bulk_update": "the database",
    "get_or_create": "the database", "update_or_create": "the database", "select_for_update": "the database",
    "select_related": "the database", "prefetch_related": "the database", "delay": "another task's broker",
    "apply_async": "another task's broker", "delay_on_commit": "another task's broker",
    "send_mail": "mail", "email_user": "mail", "read_text": "a file", "write_text": "a file",
    "read_bytes": "a file", "write_bytes": "a file", "unlink": "a file", "mkdir": "a file",
}  # fmt: skip
"""Methods that reach outside whatever they are called on."""

HARMLESS = (
    "django.utils",
    "django.conf",
    "django.apps",
    "django.urls",
    "django.template",
    "celery",
    "logging",
)
BUILTINS = frozenset(dir(builtins))
FOLLOWED = 60
"""How many functions of the project are looked into for one task."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a task touches. `unknown`: code outside the repository whose effect reading cannot tell."""

    kind: Literal["outside", "unknown", "local"]
    what: str = ""


def effect_of(sources: Sources, layout: Layout, task: Task) -> Effect:
    """Return what the task touches: the first thing outside, else what was not read, else nothing."""
    unknown = Effect("local")
    for effect in effects_of(sources, layout, task):
        if effect.kind == "outside":
            return effect
        unknown = effect
    return unknown


def effects_of(sources: Sources, layout: Layout, task: Task) -> Iterator[Effect]:
    """Yield everything that the task touches, the project's own functions that it calls looked into.

    What was not read comes last, once.
    """
    source = source_at(sources, layout, task.path)
    function = body_function(task.node)
    if source is None or function is None:
        yield Effect("unknown", "code that could not be read")
        return
    unknown = ""
    waiting: deque[tuple[Source, Function]] = deque([(source, function)])
    seen: set[tuple[str, str]] = {(task.path, function.name)}
    while waiting and len(seen) < FOLLOWED:
        where, code = waiting.popleft()
        names = local_aliases(where.module, where.name, code)
        for node in ast.walk(ast.Module(code.body, [])):
            touched = _touched(node, names)
            if touched:
                yield Effect("outside", touched)
        for name in _called_names(code, names):
            found = _definitions(sources, layout, where, name)
            if found is None:
                unknown = unknown or name
            for elsewhere, definition in found or ():
                key = (elsewhere.module.path, definition.name)
                if key not in seen:
                    seen.add(key)
                    waiting.append((elsewhere, definition))
    if unknown:
        yield Effect("unknown", unknown)


def _touched(node: ast.AST, names: Mapping[str, str]) -> str:
    match node:
        case ast.Attribute(attr="objects", value=owner):
            return f"the database ({dotted(owner, {}) or ast.unparse(owner)}.objects)"
        case ast.Call(func=function):
            name = dotted(function, names) or ""
            for prefix, what in OUTSIDE.items():
                if name == prefix or name.startswith(f"{prefix}."):
                    return f"{what} ({name})"
            if isinstance(function, ast.Attribute) and function.attr in METHODS:
                return f"{METHODS[function.attr]} ({ast.unparse(function)})"
    return ""


def _called_names(code: Function, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the dotted names of calls that are not known to be harmless."""
    for node in ast.walk(ast.Module(code.body, [])):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func, names)
        root = name.partition(".")[0] if name else ""
        if not name or root in sys.stdlib_module_names or name in BUILTINS or name.startswith(HARMLESS):
            continue
        if "." not in name or _is_imported(name, names):
            yield name


def _is_imported(name: str, names: Mapping[str, str]) -> bool:
    return any(name == origin or name.startswith(f"{origin}.") for origin in names.values())


def _definitions(
    sources: Sources, layout: Layout, where: Source, name: str
) -> tuple[tuple[Source, Function], ...] | None:
    """Return the functions that a call runs; None where its code is outside the repository."""
    if "." not in name:
        return _in_module(where, name)
    found = resolve_name(sources.tree, layout.roots, name)
    if found is None or not found[1]:
        return None
    source = source_at(sources, layout, found[0])
    if source is None:
        return None
    own = _in_module(source, found[1].partition(".")[0])
    meant = aliases(source.module, source.name).get(found[1].partition(".")[0])
    return own if own or meant is None or meant == name else _definitions(sources, layout, source, meant)


def _in_module(source: Source, name: str) -> tuple[tuple[Source, Function], ...]:
    for item in source.module.tree.body:
        match item:
            case ast.FunctionDef(name=found) | ast.AsyncFunctionDef(name=found) if found == name:
                return ((source, item),)
            case ast.ClassDef(name=found) if found == name:
                methods = (
                    part for part in item.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
                )
                return tuple((source, method) for method in methods)
    return ()
