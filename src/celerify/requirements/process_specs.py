"""The processes that a deployment of this project needs: the one text behind every deployment target.

compose services, systemd units and Procfile lines are written from these, so that they agree.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from celerify.facts.scheduling.schedulers import in_database
from celerify.facts.topology import consumed, deployments
from celerify.facts.values import Known, strings
from celerify.requirements.celery_version import celery_version
from celerify.requirements.decisions import beat_choice, monitoring_choice
from celerify.requirements.when_queues import queues_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.services import Process
    from celerify.project import Project

GRACE_MARGIN = 30
"""Seconds that a worker is left beyond its longest task before it is killed."""

DATABASE_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
REMOTE_CONTROL = (5, 7)
"""From this version on beat answers `celery inspect ping`."""

_COMMON_NAMES = frozenset(
    {"config", "conf", "core", "project", "settings", "src", "backend", "server", "main", "api", "web"}
)
_SIZE = ("concurrency", "autoscale")
_RECYCLING = ("max-tasks-per-child", "max-memory-per-child")
_CHILDLESS = frozenset({"gevent", "eventlet", "threads", "solo"})
_WORKER = {"pool": "prefork", "concurrency": "4", "max-tasks-per-child": "1000"}


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process to declare.

    Attributes:
        kind: `worker`, `beat` or `flower`.
        name: of the service or unit: `worker`, `worker-reports`, `beat`, `flower`.
        options: Celery's options by long name, in order, as `("pool", "prefork")`; "" for a flag. Not among
            them: `-A`, `--hostname`, and Flower's address and database, which depend on the target.
        queues: what a worker consumes; empty for what it consumes without `-Q`.
        node: the node's name before `@`.
        grace: seconds between SIGTERM and SIGKILL; above the longest task for a worker.
    """

    kind: str
    name: str
    options: tuple[tuple[str, str], ...]
    queues: tuple[str, ...]
    node: str
    grace: int

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words behind `celery -A APP KIND`: the options, then the queues."""
        words = tuple(f"--{name}={value}" if value else f"--{name}" for name, value in self.options)
        return (*words, f"--queues={','.join(self.queues)}") if self.queues else words

    @property
    def named(self) -> bool:
        """It takes `--hostname`: a worker, and a beat that answers `celery inspect ping`."""
        return self.kind == "worker" or ("enable-remote-control", "") in self.options


def application(project: Project) -> str:
    """Return what `celery -A` is given: the package that exports the application, else its module."""
    app = project.celery_app
    module = app.module if app else "celery_app"
    package, _, last = module.rpartition(".")
    return package if last == "celery" and package else module


def wanted_processes(project: Project) -> tuple[ProcessSpec, ...]:
    """Return the workers, the beat where periodic tasks are wanted, and Flower where it is.

    The workers are those of the deployment that has some already, so that another target runs the same.
    """
    found = list(_workers(project))
    if beat_choice(project).value == "yes":
        found.append(ProcessSpec("beat", "beat", _beat_options(project), (), "beat", 10))
    if "flower" in monitoring_choice(project).value.split(","):
        found.append(ProcessSpec("flower", "flower", (), (), "flower", 10))
    return tuple(found)


def project_name(project: Project) -> str:
    """Return the name for folders and files outside of the repository: pyproject's, else the package's."""
    table = _pyproject(project)
    named = [part.get("name") for part in (table.get("project"), _poetry(table)) if isinstance(part, dict)]
    found = [name for name in (*named, project.layout.package) if isinstance(name, str) and name]
    slugs = (re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") for name in found)
    return next((slug for slug in slugs if slug and slug not in _COMMON_NAMES), "app")


def _pyproject(project: Project) -> dict[str, object]:
    if not project.tree.exists("pyproject.toml"):
        return {}
    try:
        return tomllib.loads(project.tree.text("pyproject.toml"))
    except tomllib.TOMLDecodeError:
        return {}


def _poetry(table: dict[str, object]) -> object:
    tool = table.get("tool")
    return tool.get("poetry") if isinstance(tool, dict) else None


def longest_task(project: Project) -> int:
    """Return the longest hard time limit in seconds that can be read, at least 360."""
    limits = [task.options.get("time_limit") for task in project.tasks if not task.sample]
    found = [options.options.get("task_time_limit") for options in project.options]
    limits += [option.value for option in found if option]
    seconds = [limit.value for limit in limits if isinstance(limit, Known)]
    return max([360, *(int(value) for value in seconds if isinstance(value, int | float))])


def schedules_in_database(project: Project) -> bool:
    """Tell whether beat keeps its schedule in the database, by setting or by the option it is given."""
    found = [options.options.get("beat_scheduler") for options in project.options]
    if any(found):
        named = [one.value.value for one in found if one and isinstance(one.value, Known)]
        return bool(named) and all("DatabaseScheduler" in str(name) for name in named)
    beats = [one for one in project.processes if one.kind == "beat" or one.embedded_beat]
    if beats:  # another target runs the same
        return in_database(project.options, beats) == {True}
    return bool(project.dependencies.named("django-celery-beat")) and _is_installed(
        project, "django_celery_beat"
    )


def _beat_options(project: Project) -> tuple[tuple[str, str], ...]:
    options = [("loglevel", "INFO")]
    stated = any("beat_scheduler" in options.options for options in project.options)
    if not stated and schedules_in_database(project):
        options.append(("scheduler", DATABASE_SCHEDULER))
    version = celery_version(project)
    if version is not None and version[:2] >= REMOTE_CONTROL:
        options.append(("enable-remote-control", ""))
    return tuple(options)


def _is_installed(project: Project, app: str) -> bool:
    """Tell whether every deployed chain has a Django application in INSTALLED_APPS."""
    bindings = [chain.bindings.get("INSTALLED_APPS") for chain in project.deployed]
    names = [strings(binding.value) if binding else () for binding in bindings]
    return bool(names) and all(
        any(name == app or name.startswith(f"{app}.") for name in found) for found in names
    )


def _workers(project: Project) -> tuple[ProcessSpec, ...]:
    running = deployments(project.processes)
    grace = longest_task(project) + GRACE_MARGIN
    workers = running[0].workers if running else ()
    found = [_like(worker, project, grace, alone=len(workers) == 1) for worker in workers]
    read = {(spec.name, spec.queues, dict(spec.options)["pool"]): spec for spec in found if spec is not None}
    if read and None not in found:
        return _named_apart(read.values())
    options = tuple({"loglevel": "INFO", **_WORKER}.items())
    return (ProcessSpec("worker", "worker", options, _queues(project), "worker", grace),)


def _like(worker: Process, project: Project, grace: int, *, alone: bool) -> ProcessSpec | None:
    """Return what runs the same as a declared worker; None where its queues or pool could not be read."""
    names = consumed(worker, queues_of(project))
    words = [worker.options.get("pool", ""), *(worker.queues or ())]
    if names is None or any(map(_is_filled_in, words)):
        return None
    if alone or queues_of(project).default in names:
        name = "worker"
    else:
        first = next(iter(worker.queues or sorted(names)), "none")
        name = "worker-" + re.sub(r"[^a-z0-9]+", "-", first.lower()).strip("-")
    options = _options_like(worker, pool_of(worker, project))
    return ProcessSpec("worker", name, options, worker.queues or (), name, grace)


def _named_apart(specs: Iterable[ProcessSpec]) -> tuple[ProcessSpec, ...]:
    """Return the workers with a number behind a name that another one has, too."""
    found: dict[str, ProcessSpec] = {}
    for spec in specs:
        names = (spec.name if number == 1 else f"{spec.name}-{number}" for number in count(1))
        name = next(name for name in names if name not in found)
        found[name] = replace(spec, name=name, node=name)
    return tuple(found.values())


def _is_filled_in(word: str) -> bool:
    """Tell whether a variable, which only one deployment has, gives a word of a command."""
    return "$" in word or "{" in word


def pool_of(worker: Process, project: Project) -> str:
    """Return the pool of a worker: its option, else `worker_pool`, else prefork."""
    named = worker.options.get("pool")
    found = (options.options.get("worker_pool") for options in project.options)
    values = [str(one.value.value) for one in found if one and isinstance(one.value, Known)]
    return named or next(iter(values), "prefork")


def _options_like(worker: Process, pool: str) -> tuple[tuple[str, str], ...]:
    given = {name: value for name, value in worker.options.items() if not _is_filled_in(value)}
    kept = {name: given[name] for name in (*_SIZE, *_RECYCLING) if name in given}
    options = {"loglevel": given.get("loglevel", "INFO").upper(), "pool": pool}
    if pool != "solo":
        options |= {name: value for name, value in kept.items() if name in _SIZE} or {"concurrency": "4"}
    if pool not in _CHILDLESS:
        recycling = {name: value for name, value in kept.items() if name in _RECYCLING}
        options |= recycling or {"max-tasks-per-child": "1000"}
    return tuple(options.items())


def _queues(project: Project) -> tuple[str, ...]:
    """Return the queues of the one worker: every queue in use, the default first; none where it is alone."""
    queues = queues_of(project)
    others = sorted(name for name in queues.names if name and name != queues.default)
    return (queues.default or "celery", *others) if others else ()


def snippet_of(project: Project, kind: str, target: str) -> str:
    """Return the commands of a kind for a target that a person writes, one a line."""
    app = application(project)
    specs = [spec for spec in wanted_processes(project) if spec.kind == kind]
    commands = [
        " ".join(
            ("celery", "-A", app, spec.kind, *spec.arguments, *([f"--hostname={spec.node}@%h"] * spec.named))
        )
        for spec in specs
    ]
    if target != "supervisor":
        return "\n".join(commands)
    base = f"/srv/app/{project.layout.base}".rstrip("/")
    return "\n\n".join(
        f"[program:celery-{spec.name}]\n"
        f"command=/srv/app/.venv/bin/{command.replace('%', '%%')}\n"
        f"directory={base}\nuser=celery\nautostart=true\nautorestart=true\n"
        f"stopwaitsecs={spec.grace}\nstopasgroup=false\nkillasgroup=true"
        for spec, command in zip(specs, commands, strict=True)
    )
