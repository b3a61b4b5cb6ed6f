"""The processes that the repository declares: workers, beat, Flower, web and brokers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from celerify.facts.processes.command_line import environment_options, image_kind
from celerify.facts.processes.compose import (
    build_of,
    environment_is_known,
    environment_of,
    laid_over,
    read_services,
    shell_text,
    unread_compose,
)
from celerify.facts.processes.dockerfiles import dockerfile_paths, stage_of
from celerify.facts.processes.manifests import read_containers, unread_manifests
from celerify.facts.processes.procfile import read_procfile
from celerify.facts.processes.scripts import Place, Scripts
from celerify.facts.processes.units import read_units
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from celerify.facts.processes.compose import Service
    from celerify.facts.processes.scripts import Run
    from celerify.facts.python import Unread
    from celerify.tree import Disk, Tree

_COMMANDS = frozenset({"command", "entrypoint"})
_BASE_FILES = frozenset({"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"})
_OVERRIDES = frozenset(name.replace(".", ".override.") for name in _BASE_FILES)
_CELERY = frozenset({"worker", "beat", "flower"})
_READ: WeakKeyDictionary[Disk, dict[frozenset[tuple[str, bytes]], tuple[Process, ...]]] = WeakKeyDictionary()
_NO_DEPLOYMENT = ("/tests/", "/test/", "/docs/", "/.github/", "/.devcontainer/", "/node_modules/")


@dataclass(frozen=True)
class Process:
    """One declared process.

    Attributes:
        kind: `worker`, `beat`, `flower`, `web`, `broker`.
        target: `compose`, `procfile`, `systemd`, `supervisor`, `dockerfile`, `kubernetes` (any other YAML
            that gives a container its command included), `script` (one that nothing else calls).
        name: the service or unit name.
        command: the words of the command, scripts resolved to what they run.
        queues: what a worker consumes by `-Q`; None without that option. A variable that nothing fills in
            stays as it is written, as `${QUEUES}`.
        options: Celery's options by long name, as `{"pool": "gevent", "concurrency": "50"}`; a flag is
            "true". What the command line reads from CELERY_WORKER_* variables is in it.
        environment: variables that the declaration gives to it.
        image: a container image, where one is named.
        embedded_beat: the worker runs with -B.
        at: its place: the command of a service or unit, the line of a script.
        scripts: the scripts of the repository that lead from the declaration to the command.
        replicas: how many of it run, where the declaration says so.
        closed: the variables it is given are all in the repository; nothing unread adds to them.
        laid_over: its compose file cannot stand alone: it is used with `-f` after another one.
    """

    kind: str
    target: str
    name: str
    command: tuple[str, ...]
    queues: tuple[str, ...] | None
    options: Mapping[str, str]
    environment: Mapping[str, str]
    image: str | None
    embedded_beat: bool
    at: Location
    scripts: tuple[str, ...] = ()
    replicas: int | None = None
    closed: bool = False
    laid_over: bool = False


def read_processes(tree: Tree) -> tuple[Process, ...]:
    """Return the processes that the repository's deployment files declare, compose services first.

    Kept for trees that differ in Python files alone: planning reads the processes after each edit.
    """
    kept = _READ.setdefault(tree.disk, {})
    key = frozenset(item for item in tree.unsaved.items() if not item[0].endswith(".py"))
    if key not in kept:
        kept[key] = _read(tree)
    return kept[key]


def _read(tree: Tree) -> tuple[Process, ...]:
    scripts = Scripts(tree)
    services = read_services(tree)
    over = laid_over(services)
    found = [
        replace(process, laid_over=service.path in over)
        for service in services
        for process in _of_service(service, services, scripts)
    ]
    found += _of_dockerfiles(tree, scripts, found)
    for line in read_procfile(tree):
        found += _processes(_Declared("procfile", line.name, line.command, line.at), scripts)
    for unit in read_units(tree):
        declared = _Declared(
            unit.target, unit.name, unit.command, unit.at, unit.environment, replicas=unit.replicas
        )
        found += _processes(declared, scripts)
    for item in read_containers(tree):
        by_image = _by_image("kubernetes", item.name, item.image, item.at)
        declared = _Declared(
            "kubernetes", item.name, item.command, item.at, item.environment, None, item.image, item.replicas
        )
        found += by_image or _processes(declared, scripts)
    return (*found, *_of_scripts(scripts, found))


def unread_declarations(tree: Tree) -> tuple[Unread, ...]:
    """Return the deployment files that could not be read: templates and broken YAML."""
    found = {unread.path: unread for unread in (*unread_compose(tree), *unread_manifests(tree))}
    return tuple(found.values())


def _of_service(service: Service, services: Iterable[Service], scripts: Scripts) -> list[Process]:
    if _is_override(service, services):
        return []
    by_image = _by_image("compose", service.name, service.image, service.named_at)
    if by_image:
        return by_image
    tree = scripts.tree
    built = build_of(service, tree)
    context, _, stage = built or ("", "", None)
    environment = {**dict(stage.environment if stage else ()), **environment_of(service, tree)}
    place = Place(context or service.folder, context, stage.copies if stage else ())
    entrypoint, command = (shell_text(service.definition.get(key)) for key in ("entrypoint", "command"))
    if stage and "entrypoint" not in service.definition:
        entrypoint, command = stage.entrypoint or "", command or stage.command or ""
    declared = _Declared(
        "compose", service.name, "", service.at, environment, place, service.image, _replicas(service),
        environment_is_known(service, tree),
    )  # fmt: skip
    return next(
        (
            found
            for text in (command, f"{entrypoint} {command}")
            if (found := _processes(replace(declared, text=text), scripts))
        ),
        [],
    )  # fmt: skip


def _is_override(service: Service, services: Iterable[Service]) -> bool:
    """Tell whether a service is laid over one of the base file beside it, which says what it runs.

    `compose.override.yaml` has been taken into the base file; any other file is used with `-f`.
    """
    folder, _, name = service.path.rpartition("/")
    beneath = (
        other
        for other in services
        if other.name == service.name
        and other.folder == folder
        and other.path.rpartition("/")[2] in _BASE_FILES
    )
    base = next(beneath, None)
    if base is None or name in _BASE_FILES:
        return False
    return name in _OVERRIDES or (
        not _COMMANDS & service.written and bool(_COMMANDS & base.definition.keys())
    )


def _replicas(service: Service) -> int | None:
    deploy = service.definition.get("deploy")
    count = deploy.get("replicas") if isinstance(deploy, dict) else service.definition.get("scale")
    return count if isinstance(count, int) else None


def _by_image(target: str, name: str, image: str | None, at: Location) -> list[Process]:
    kind = image_kind(image) if image else None
    if kind is None:
        return []
    return [Process(kind, target, name, (), None, {}, {}, image, embedded_beat=False, at=at)]


def _of_dockerfiles(tree: Tree, scripts: Scripts, known: Iterable[Process]) -> list[Process]:
    """Return what each image runs by itself, unless a compose service that builds it runs the same."""
    composed = {(process.kind, process.command) for process in known}
    found: list[Process] = []
    for path in dockerfile_paths(tree):
        stage = stage_of(tree.read(path), None)
        folder = path.rpartition("/")[0]
        if stage is None or not stage.runs:
            continue
        place = Place(folder, folder, stage.copies)
        at = Location(path, stage.line)
        declared = _Declared(
            "dockerfile", path.rpartition("/")[2], stage.runs, at, dict(stage.environment), place
        )
        found += _processes(declared, scripts)
    return [process for process in found if (process.kind, process.command) not in composed]


def _of_scripts(scripts: Scripts, known: Iterable[Process]) -> Iterator[Process]:
    """Yield what scripts run that start Celery and that nothing else calls: an image may call them."""
    called = {path for process in known for path in process.scripts}
    for path in sorted(path for paths in scripts.by_name.values() for path in paths):
        if (
            path in called
            or not scripts.starts_celery(path)
            or any(part in f"/{path}" for part in _NO_DEPLOYMENT)
        ):
            continue
        folder, _, name = path.rpartition("/")
        declared = _Declared("script", name, "", Location(path))
        if name == "run" and folder:  # s6 and runit: a folder for each service, with a file `run`
            declared = replace(declared, target="supervisor", name=folder.rpartition("/")[2])
        runs = scripts.script_runs((path,), None, {}, Place(folder))
        found = [_process(replace(declared, at=Location(path, run.line)), run) for run in runs]
        yield from {_identity(item): item for item in reversed(found) if item.kind in _CELERY}.values()


@dataclass(frozen=True)
class _Declared:
    """The parts of a declaration."""

    target: str
    name: str
    text: str
    at: Location
    environment: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None
    image: str | None = None
    replicas: int | None = None
    closed: bool = False


def _processes(declared: _Declared, scripts: Scripts) -> list[Process]:
    """Return what a declaration runs, each program once."""
    place = declared.place or Place(declared.at.path.rpartition("/")[0])
    found: dict[tuple[str, ...], Process] = {}
    for run in scripts.runs(declared.text, declared.environment, place) if declared.text.strip() else ():
        process = _process(declared, run)
        found.setdefault(_identity(process), process)
    return list(found.values())


def _identity(process: Process) -> tuple[str, ...]:
    """Return what tells two programs of one declaration apart: branches of an `if` run the same one."""
    options = process.options
    return (process.kind, *(f"{name}={options.get(name)}" for name in ("queues", "hostname")))


def _process(declared: _Declared, run: Run) -> Process:
    kind = run.program.kind
    options = {**environment_options(kind, run.environment), **run.program.options}
    queues = options.get("queues")
    return Process(
        kind,
        declared.target,
        declared.name,
        run.program.words,
        tuple(part.strip() for part in queues.split(",") if part.strip()) if queues is not None else None,
        options,
        run.environment,
        declared.image,
        kind == "worker" and "beat" in options,
        declared.at,
        run.scripts,
        declared.replicas,
        declared.closed,
    )
