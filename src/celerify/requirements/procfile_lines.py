"""Writes the lines of a Procfile: workers, beat and Flower."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from celerify.edits.procfile import with_processes
from celerify.requirements.process_specs import application, wanted_processes

if TYPE_CHECKING:
    from celerify.project import Project
    from celerify.requirements.process_specs import ProcessSpec

PATH = "Procfile"
_REFUSING = "${FLOWER_PASSWORD:?set FLOWER_PASSWORD}"


def declare(project: Project, kind: str) -> Project:
    """Return the project with the lines of a kind (`worker`, `beat`, `flower`) at the end of its Procfile.

    A new Procfile gets Celery's lines alone: how the web process starts is the project's own.

    Raises:
        CannotWriteError: a name is taken by another command.
    """
    return _with_lines(project, [spec for spec in wanted_processes(project) if spec.kind == kind])


def declare_spec(project: Project, spec: ProcessSpec) -> Project:
    """Return the project with the line of one process at the end of its Procfile.

    Raises:
        CannotWriteError: the name is taken by another command.
    """
    return _with_lines(project, [spec])


def _with_lines(project: Project, specs: list[ProcessSpec]) -> Project:
    raw = project.tree.read(PATH) if project.tree.exists(PATH) else b""
    lines = {spec.name: _command(project, spec) for spec in specs}
    return project.write(PATH, with_processes(raw, lines, PATH)) if lines else project


def _command(project: Project, spec: ProcessSpec) -> str:
    words = ["celery", "-A", application(project), spec.kind, *spec.arguments]
    if project.layout.base:
        words[1:1] = ["--workdir", project.layout.base]
    if spec.kind == "flower":
        return _flower(" ".join((*words, "--address=127.0.0.1", "--port=5555")))
    return shlex.join([*words, f"--hostname={spec.node}@%h"] if spec.named else words)


def _flower(command: str) -> str:
    """Return Flower's command behind a shell that ends where no password is given."""
    given = f'export FLOWER_BASIC_AUTH="${{FLOWER_USER:-flower}}:{_REFUSING}"'
    return f"sh -c '{given} && exec {command}'"
