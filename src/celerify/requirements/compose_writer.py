"""Writes the compose services of Celery: into the project's compose file, or as a new one."""

from __future__ import annotations

from dataclasses import replace
from textwrap import indent
from typing import TYPE_CHECKING

from celerify.edits.env_example import with_variables
from celerify.edits.yaml_splice import Entry, YamlFile
from celerify.edits.yaml_text import block
from celerify.errors import CannotWriteError
from celerify.requirements.compose_bodies import body_of, service_name
from celerify.requirements.compose_new import started
from celerify.requirements.compose_place import compose_place
from celerify.requirements.compose_urls import servers_of
from celerify.requirements.example_variables import COMMENT, NAMES
from celerify.requirements.process_specs import application, wanted_processes
from celerify.requirements.when_processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from celerify.project import Project
    from celerify.requirements.compose_bodies import Body
    from celerify.requirements.compose_place import Place
    from celerify.requirements.compose_urls import Servers
    from celerify.requirements.process_specs import ProcessSpec

_OWN_FILE = """\
# as compose.celery.yaml beside your file, which takes it in by (Compose 2.20.3 and later)
#   include:
#     - compose.celery.yaml
"""
_SECRETS = ("REDIS_PASSWORD", "RABBITMQ_PASSWORD", "FLOWER_PASSWORD")


def declared(project: Project, kind: str) -> Project:
    """Return the project with a compose service for each process of that kind that it needs.

    Raises:
        CannotWriteError: it cannot be written safely; the error carries the services.
    """
    if running(project, kind, "compose"):
        return project
    if project.celery_app is None:
        raise CannotWriteError(f"there is no Celery application that a {kind} could run")
    specs = [spec for spec in wanted_processes(project) if spec.kind == kind]
    if not specs:
        raise CannotWriteError(f"no {kind} is wanted here: it was chosen otherwise")
    try:
        return _declared(project, kind, specs)
    except CannotWriteError as error:
        snippet = error.snippet or _plain(project, specs)
        raise CannotWriteError(error.what, snippet, error.path) from error


def declared_spec(project: Project, spec: ProcessSpec) -> Project:
    """Return the project with a compose service for one more process beside those that run.

    Raises:
        CannotWriteError: it cannot be written safely; the error carries the service.
    """
    if compose_place(project) is None:
        what = "no compose file has a web service that the worker could be made like"
        raise CannotWriteError(what, _plain(project, [spec]))
    try:
        return _declared(project, spec.kind, [spec])
    except CannotWriteError as error:
        raise CannotWriteError(error.what, error.snippet or _plain(project, [spec]), error.path) from error


def _declared(project: Project, kind: str, specs: Sequence[ProcessSpec]) -> Project:
    place = compose_place(project)
    if place is None:
        return _declared(started(project), kind, specs)
    before = len(running(project, kind, "compose"))
    for bare in (False, True):
        after = _merged(project, place, specs, bare=bare)
        if len(running(after, kind, "compose")) == before + len(specs):
            return after
    said = f"the image of {place.web.name} would not run a {kind}, whatever the command"
    raise CannotWriteError(said, "", place.path)


def _plain(project: Project, specs: Sequence[ProcessSpec]) -> str:
    """Return the services for a person to finish, as a file of their own, without their build."""
    services = "\n".join(f"{spec.name}:\n{_plain_command(project, spec)}" for spec in specs)
    return f"{_OWN_FILE}services:\n{indent(services, '  ')}\n"


def _plain_command(project: Project, spec: ProcessSpec) -> str:
    command = " ".join(("celery", "-A", application(project), spec.kind, *spec.arguments))
    if spec.kind == "flower":  # it serves everybody where it is given no password
        command += "\n  environment:\n    FLOWER_BASIC_AUTH: ${FLOWER_BASIC_AUTH:?set it in .env}"
    return f"  command: {command}"


def _merged(project: Project, place: Place, specs: Sequence[ProcessSpec], *, bare: bool) -> Project:
    file = YamlFile.of(project.tree.read(place.path), place.path)
    servers = servers_of(project, place)
    taken = place.around.services
    bodies = [
        replace(body_of(project, spec, place, file, servers, bare=bare), name=service_name(spec, taken))
        for spec in specs
    ]
    entries = list(_entries(file, place, servers, bodies))
    try:
        raw = file.with_entries(entries)
    except CannotWriteError as error:
        snippet = "\n".join(entry.text for entry in entries)
        raise CannotWriteError(error.what, snippet, place.path) from error
    after = project.write(place.path, raw)
    return _with_examples(after, "\n".join(entry.text for entry in entries))


def _entries(file: YamlFile, place: Place, servers: Servers, bodies: Sequence[Body]) -> Iterator[Entry]:
    """Yield what is to be inserted: the servers, the services, volumes, and the web service's variables."""
    yield from _for_web(file, place, servers)
    step = _step(file, place)
    beside = {
        key: place.web.definition[key] for key in ("networks", "profiles") if key in place.web.definition
    }
    if "networks" in beside:
        beside["networks"] = list(beside["networks"])
    for name, server in servers.service.items():
        yield _service(name, {**server, **beside}, step)
    for body in bodies:
        yield _service(body.name, body.entries, step)
    volumes = [name for name in (*servers.volumes, *(body.volume for body in bodies)) if name]
    held = file.node(("volumes",))
    missing = [name for name in volumes if file.node(("volumes", name)) is None]
    if missing and held is None:
        text = "volumes:\n" + "".join(f"{' ' * file.step}{name}:\n" for name in missing)
        yield Entry((), "volumes", text, apart=True)
    else:
        yield from (Entry(("volumes",), name, f"{name}:\n") for name in missing)


def _service(name: str, entries: object, step: int) -> Entry:
    lines = block(dict(entries), step).splitlines(keepends=True)  # type: ignore[call-overload]
    text = f"{name}:\n" + "".join(f"{' ' * step}{line}" for line in lines)
    return Entry(("services",), name, text, apart=True)


def _step(file: YamlFile, place: Place) -> int:
    """Return the columns that a service's keys are indented by below its name."""
    web, key = file.node(("services", place.web.name)), file.key_node(("services", place.web.name))
    found = file.column_of(web) - key.start_mark.column if web and web.value and key else file.step
    return found if found > 0 else file.step


def _for_web(file: YamlFile, place: Place, servers: Servers) -> Iterator[Entry]:
    """Yield the variables that the web service lacks to reach the same broker."""
    if not servers.variables:
        return
    keys = file.holder(("services", place.web.name), "environment")
    if keys is None:
        lines = block({"environment": dict(servers.variables)}, _step(file, place))
        yield Entry(("services", place.web.name), "environment", lines)
        return
    for name, value in servers.variables.items():
        listed = file.is_list(keys)
        text = f"- {name}={value}\n" if listed else block({name: value})
        yield Entry(keys, None if listed else name, text)


def _with_examples(project: Project, text: str) -> Project:
    """Return the project with the passwords that the services ask for in its examples of the environment."""
    asked = {name: "change-me" for name in _SECRETS if f"{{{name}" in text}
    folders = dict.fromkeys(("", project.layout.base))
    paths = [f"{folder}/{name}" if folder else name for folder in folders for name in NAMES]
    for path in paths if asked else ():
        if project.tree.exists(path):
            project = project.write(path, with_variables(project.tree.read(path), asked, COMMENT, path))
    return project
