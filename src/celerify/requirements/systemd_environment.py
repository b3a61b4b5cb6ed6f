"""The kinds for the environment file of systemd units: named by each, shown by an example, no secrets."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.masking import is_secret_name, masked
from celerify.facts.processes.shell import assignments
from celerify.model import Location, Observation
from celerify.requirements.decisions import deploy_targets
from celerify.requirements.systemd_units import celery_units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.processes.units import Entry, Unit
    from celerify.project import Project

EXAMPLE = "deploy/celery.env.example"
FLOWER_EXAMPLE = "deploy/flower.env.example"
_SUFFIX = re.compile(r"[._-](?:example|sample|template|tmpl|dist|default|env|conf|j2|in)$")
_VARIABLE = re.compile(r"(?:export\s+)?[A-Za-z_]\w*=|\{[{%]")
_LARGEST = 100_000
_NO_SECRET = re.compile(
    r"^$|change.?me|example|insecure|your|xxx|placeholder|secret$|password$|todo|<.*>|\.\.\.|^\*+$|\{\{"
    r"|^\$\{?\w+\}?$|^(?:guest|postgres|redis|rabbitmq|pass|test|dev|user|admin)$",
    re.IGNORECASE,
)


def environment_files(project: Project) -> tuple[tuple[Unit, Entry], ...]:
    """Return each environment file that a unit of Celery's names."""
    units = {unit.at.path: unit for _, unit in celery_units(project)}
    return tuple(
        (unit, entry) for unit in units.values() for entry in unit.values("Service", "EnvironmentFile")
    )


@dataclass(frozen=True, slots=True)
class EnvironmentNamed:
    """Each unit of Celery's takes its environment from a file."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each unit."""
        named = {unit.at.path: entry for unit, entry in environment_files(project)}
        for process, unit in celery_units(project):
            entry = named.get(unit.at.path)
            if entry is None:
                said = f"{unit.name}.service has no EnvironmentFile="
                yield Observation(holds=False, summary=said, at=process.at)
            else:
                said = f"{unit.name}.service takes its environment from {entry.value}"
                yield Observation(holds=True, summary=said, at=Location(unit.at.path, entry.line))

    def vacancy(self, project: Project) -> Observation:
        """Return that there is no unit."""
        unit = next((unit for _, unit in celery_units(project)), None)
        said = "no systemd unit runs Celery, so none names an environment file"
        if unit:
            said = "no unit names an environment file, so none has an example"
        return Observation(holds=False, summary=said, at=unit.at if unit else Location(project.layout.manage))


@dataclass(frozen=True, slots=True)
class EnvironmentExample:
    """An example of each environment file lies in the repository, and no file of it holds a secret."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each example that is there or is not, and each secret; nothing without any example."""
        yield from _secrets_in_units(project)
        wanted = {entry.value.lstrip("-"): (unit, entry) for unit, entry in environment_files(project)}
        found = {path: _kept(project, path) for path in wanted}
        if not any(found.values()):
            return
        for path, kept in found.items():
            unit, entry = wanted[path]
            for place in kept:
                yield _judged(project, place, path)
            if not kept:
                said = f"no example of {path} is in the repository"
                yield Observation(holds=False, summary=said, at=Location(unit.at.path, entry.line))

    def vacancy(self, project: Project) -> Observation:
        """Return that no example is there."""
        first = next(iter(environment_files(project)), None)
        if first is None:
            return EnvironmentNamed().vacancy(project)
        unit, entry = first
        said = f"no example of {entry.value.lstrip('-')} is in the repository"
        return Observation(holds=False, summary=said, at=Location(unit.at.path, entry.line))

    def fix(self, project: Project) -> Project:
        """Return the project with an example of each file that celerify's units name.

        Raises:
            CannotWriteError: another file has that name.
        """
        from celerify.requirements.answers import answers
        from celerify.requirements.systemd_files import put

        if "systemd" not in deploy_targets(project):
            return project
        wanted = {posixpath.basename(entry.value) for _, entry in environment_files(project)}
        for path in (EXAMPLE, FLOWER_EXAMPLE):
            if _stem(posixpath.basename(path)) in {_stem(name) for name in wanted}:
                project = put(project, path, answers(project))
        return project


def _kept(project: Project, path: str) -> tuple[str, ...]:
    """Return the files of the repository that stand for an environment file on the host."""
    stem = _stem(posixpath.basename(path))
    return tuple(
        place
        for place in project.tree.paths
        if _stem(posixpath.basename(place)) == stem
        and not place.endswith((".py", ".service", ".sh", ".timer", ".socket", ".md", ".yml", ".yaml"))
        and _looks_like_variables(project, place)
    )


def _stem(name: str) -> str:
    """Return a name without what marks an example: `celery` for `celery.env.example`, nothing for `.env`."""
    while (shorter := _SUFFIX.sub("", name)) != name:
        name = shorter
    return name


def _looks_like_variables(project: Project, path: str) -> bool:
    """Tell whether a file holds variables alone: a supervisor's program or a logrotate rule does not."""
    if project.tree.size(path) > _LARGEST:
        return False
    lines = (line.strip() for line in project.tree.text(path).splitlines())
    written = [line for line in lines if line and not line.startswith("#")]
    return all(_VARIABLE.match(line) for line in written)


def _judged(project: Project, place: str, path: str) -> Observation:
    name = _secret_in(assignments(project.tree.text(place)))
    if name is None:
        said = f"{place} shows what {path} holds"
        return Observation(holds=True, summary=said, at=Location(place))
    lines = project.tree.text(place).splitlines()
    line = next((number for number, text in enumerate(lines, 1) if name in text), 1)
    said = f"{place} gives {name} a value that looks like a secret"
    return Observation(holds=False, summary=said, at=Location(place, line))


def _secrets_in_units(project: Project) -> Iterator[Observation]:
    for unit in {unit.at.path: unit for _, unit in celery_units(project)}.values():
        for entry in unit.values("Service", "Environment"):
            words = re.findall(r"\"([^\"]*)\"|'([^']*)'|(\S+)", entry.value)
            name = _secret_in(assignments("\n".join("".join(word) for word in words)))
            if name is not None:
                said = f"{unit.name}.service gives {name} a value that looks like a secret"
                yield Observation(holds=False, summary=said, at=Location(unit.at.path, entry.line))


def _secret_in(variables: dict[str, str]) -> str | None:
    """Return the first variable whose value is a credential and no placeholder."""
    return next((name for name, value in variables.items() if _is_secret(name, value)), None)


def _is_secret(name: str, value: str) -> bool:
    if is_secret_name(name):
        return not _NO_SECRET.search(value.rpartition(":")[2] if name.endswith("AUTH") else value)
    password = re.search(r"://[^/@:]*:([^@]*)@", value)
    return bool(password and masked(value) != value and not _NO_SECRET.search(password[1]))
