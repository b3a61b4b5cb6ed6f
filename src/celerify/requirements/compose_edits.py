"""Puts a key into services that a compose file has already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celerify.edits.yaml_splice import Entry, YamlFile
from celerify.edits.yaml_text import block
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from celerify.facts.processes.compose import Service
    from celerify.project import Project


@dataclass(frozen=True)
class Addition:
    """A key for a service that does not have it."""

    service: Service
    key: str
    value: Mapping[str, Any]


def with_additions(project: Project, additions: Iterable[Addition]) -> Project:
    """Return the project with each key at the end of its service.

    Raises:
        CannotWriteError: a service is not written as a block, or inherits from elsewhere what it would hide.
    """
    by_path: dict[str, list[Addition]] = {}
    for addition in additions:
        by_path.setdefault(addition.service.path, []).append(addition)
    for path, found in by_path.items():
        file = YamlFile.of(project.tree.read(path), path)
        try:
            raw = file.with_entries([_entry(file, addition) for addition in found])
        except CannotWriteError as error:
            snippet = "\n".join(block({item.key: item.value}) for item in found)
            raise CannotWriteError(error.what, snippet, path) from error
        project = project.write(path, raw)
    return project


def _entry(file: YamlFile, addition: Addition) -> Entry:
    text = block({addition.key: addition.value}, file.step)
    return Entry(("services", addition.service.name), addition.key, text)
