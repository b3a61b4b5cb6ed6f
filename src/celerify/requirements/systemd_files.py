"""Writes the systemd units: one for each worker, one for beat, one for Flower."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.edits.render import render
from celerify.errors import CannotWriteError
from celerify.requirements.answers import answers, worker_answer

if TYPE_CHECKING:
    from celerify.project import Project
    from celerify.requirements.process_specs import ProcessSpec

FOLDER = "deploy/systemd"
WORKER_TEMPLATE = (
    f"{FOLDER}/celery-{{% yield worker from workers %}}{{{{ worker.name }}}}{{% endyield %}}.service.jinja"
)


def declare(project: Project, kind: str) -> Project:
    """Return the project with the units of a kind: `worker`, `beat` or `flower`.

    Raises:
        CannotWriteError: a file of that name is there and does not hold what would be written.
    """
    context = answers(project)
    if kind != "worker":
        return put(project, f"{FOLDER}/celery-{kind}.service", context)
    workers = context["workers"]
    for worker in workers if isinstance(workers, list) else ():
        project = _with_worker(project, context, worker)
    return project


def declare_spec(project: Project, spec: ProcessSpec) -> Project:
    """Return the project with the unit of one worker.

    Raises:
        CannotWriteError: a file of that name is there and does not hold what would be written.
    """
    return _with_worker(project, answers(project), worker_answer(spec))


def _with_worker(project: Project, context: dict[str, object], worker: dict[str, object]) -> Project:
    path = f"{FOLDER}/celery-{worker['name']}.service"
    return _put(project, path, render(WORKER_TEMPLATE, **(context | {"worker": worker})))


def put(project: Project, path: str, context: dict[str, object]) -> Project:
    """Return the project with the file that the template of the same path gives.

    Raises:
        CannotWriteError: a file of that name is there and does not hold what would be written.
    """
    return _put(project, path, render(f"{path}.jinja", **context))


def _put(project: Project, path: str, text: str) -> Project:
    if project.tree.exists(path):
        if project.tree.read(path) == text.encode():
            return project
        raise CannotWriteError(f"{path} is there already and holds something else", text, path)
    return project.write(path, text.encode())
