"""Kubernetes manifests, Helm values and platform files: each mapping that gives a container its command."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from celerify.facts.processes.compose import yaml_paths
from celerify.facts.processes.yaml_files import Document, documents
from celerify.facts.python import Unread
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.tree import Tree

_WORDS = (b"celery", b"flower", b"CELERY")
_COMMANDS = ("command", "args", "startCommand", "dockerCommand", "run_command")
_TEMPLATE_LINE = re.compile(r"^\s*(?:- )?\{\{.*\}\}\s*$", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{[^}]*\}\}")
_DEEPEST = 12


@dataclass(frozen=True)
class Container:
    """One command of a manifest.

    Attributes:
        name: the workload's name, else the path of keys that leads to it.
        command: its shell text.
        environment: the variables it is given by value.
        image: its image, where one is named.
        replicas: how many run, where that is written as a number.
        at: the place of its command.
    """

    name: str
    command: str
    environment: Mapping[str, str]
    image: str | None
    replicas: int | None
    at: Location
    keys: tuple[str, ...] = field(default=())


def read_containers(tree: Tree) -> Iterator[Container]:
    """Yield each command that a YAML file other than compose gives to a container."""
    for path in yaml_paths(tree):
        raw = tree.read(path)
        if any(word in raw for word in _WORDS):
            found = _documents(path, raw)
            for document in () if isinstance(found, Unread) else found:
                yield from _containers(path, document)


def unread_manifests(tree: Tree) -> tuple[Unread, ...]:
    """Return the files that name Celery and could not be read as YAML, templates included."""
    found = (
        _documents(path, raw)
        for path in yaml_paths(tree)
        if any(word in (raw := tree.read(path)) for word in _WORDS)
    )
    return tuple(item for item in found if isinstance(item, Unread))


def _documents(path: str, raw: bytes) -> tuple[Document, ...] | Unread:
    found = documents(path, raw)
    if isinstance(found, Unread) and b"{{" in raw:
        text = _TEMPLATE_LINE.sub("", raw.decode("utf-8", "replace"))
        return documents(path, _TEMPLATE.sub("template", text).encode())
    return found


def _containers(path: str, document: Document) -> Iterator[Container]:
    data = document.data
    if not isinstance(data, dict) or isinstance(data.get("services"), dict) or "jobs" in data:
        return
    metadata = data.get("metadata")
    name = str(metadata.get("name")) if isinstance(metadata, dict) and metadata.get("name") else ""
    spec = data.get("spec")
    replicas = spec.get("replicas") if isinstance(spec, dict) else None
    for keys, body in _walk(data, ()):
        command = " ".join(_text(body[key]) for key in _COMMANDS if key in body)
        key = next(key for key in _COMMANDS if key in body)
        line = document.lines.get((*keys, key), document.lines.get(keys, 1))
        count = body.get("replicas", body.get("replicaCount", replicas))
        yield Container(
            name or str(body.get("name") or ".".join(keys) or path),
            command,
            _environment(body.get("env") or body.get("envVars")),
            body["image"] if isinstance(body.get("image"), str) else None,
            count if isinstance(count, int) else None,
            Location(path, line),
            keys,
        )


def _walk(data: object, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield each mapping that has a command of its own; probes and hooks have none that lasts."""
    if len(keys) > _DEEPEST:
        return
    if isinstance(data, dict):
        if any(isinstance(data.get(key), str | list) and data[key] for key in _COMMANDS):
            yield keys, data
        for key, value in data.items():
            if not re.search(r"probe|lifecycle|initContainers|healthcheck|hook", str(key), re.IGNORECASE):
                yield from _walk(value, (*keys, str(key)))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _walk(value, (*keys, str(index)))


def _text(value: object) -> str:
    if isinstance(value, list):
        return shlex.join(str(word) for word in value)
    return str(value) if isinstance(value, str) else ""


def _environment(value: object) -> dict[str, str]:
    if isinstance(value, list):
        given = (item for item in value if isinstance(item, dict))
        return {
            str(item.get("name") or item.get("key")): str(item["value"])
            for item in given
            if isinstance(item.get("value"), str | int | float)
        }
    if isinstance(value, dict):
        return {str(name): str(item) for name, item in value.items() if isinstance(item, str | int | float)}
    return {}
