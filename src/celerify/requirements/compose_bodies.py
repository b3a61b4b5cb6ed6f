"""The compose services of Celery as data: like the web service, without what is the web server's alone."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celerify.edits.yaml_text import Alias, copied, pairs_of, quoted
from celerify.facts.processes.compose import shell_text
from celerify.facts.processes.compose_parts import health_check
from celerify.requirements.compose_needs import needed_by
from celerify.requirements.process_specs import application, schedules_in_database
from celerify.requirements.when_compose import CELERY

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from celerify.edits.yaml_splice import YamlFile
    from celerify.edits.yaml_text import Node
    from celerify.facts.processes.compose_sets import ComposeSet
    from celerify.project import Project
    from celerify.requirements.compose_place import Place
    from celerify.requirements.compose_urls import Servers
    from celerify.requirements.process_specs import ProcessSpec

_SHARED = (
    "extends", "image", "build", "platform", "pull_policy", "profiles", "user", "group_add", "working_dir",
    "entrypoint", "env_file", "environment", "volumes", "volumes_from", "networks", "links", "extra_hosts",
    "dns", "secrets", "configs", "logging", "security_opt", "cap_add", "cap_drop", "read_only", "tmpfs",
)  # fmt: skip
_MIGRATES = re.compile(r"\bmanage\.py\s+migrate\b")
_OF_WEB = frozenset({"ports", "container_name", "labels", "hostname", "deploy", "expose", "network_mode"})
_ALIAS = re.compile(r"\s*:\s*\*([\w.-]+)\s*(?:#.*)?(?:\r?\n|$)")
_KEPT = {"beat": "/var/tmp", "flower": "/var/tmp"}  # noqa: S108 - of the container: a fresh volume there is writable for any user
FLOWER_PORT = 5555
PING_TIMES = {"interval": "60s", "timeout": "30s", "retries": 3, "start_period": "30s"}
"""Each ping starts Django once: seldom, and with time for it."""


@dataclass(frozen=True)
class Body:
    """One service to write.

    Attributes:
        name: its name.
        entries: its keys and values, in order.
        volume: the named volume that it needs, or "".
    """

    name: str
    entries: Mapping[str, Any]
    volume: str = ""


def body_of(  # noqa: PLR0913 - what a service is made of
    project: Project, spec: ProcessSpec, place: Place, file: YamlFile, servers: Servers, *, bare: bool
) -> Body:
    """Return the service of one process.

    Args:
        project: the project.
        spec: what the process is.
        place: the file and the web service.
        file: the compose file.
        servers: what the services are told of the broker.
        bare: without the image's entrypoint, which starts the web server whatever the command.
    """
    web = file.node(("services", place.web.name))
    own = pairs_of(web)
    anchor = _anchor(file, web)
    inherited = {key: pairs for key, pairs in own.items() if key in _SHARED}
    entries: dict[str, Any] = {"<<": Alias(f"*{anchor}")} if anchor else {}
    entries |= {key: value for key, value in inherited.items() if not anchor or not _from_anchor(web, key)}
    entrypoint = pairs_of(file.node(("services", _sibling(place)))).get("entrypoint")
    if bare or (entrypoint is not None and "entrypoint" not in inherited):
        entries["entrypoint"] = () if bare else entrypoint
    volume = _volume(project, spec)
    entries["command"] = _command(project, spec, place, keeps=bool(volume))
    entries |= _environment(own, spec, servers.variables)
    if volume:
        entries["volumes"] = _listed(own.get("volumes"), f"{volume}:{_KEPT[spec.kind]}")
    if "links" in entries:
        entries["links"] = _aliased(entries["links"])
    if "networks" in entries:
        entries["networks"] = _names(entries["networks"])
    if spec.kind == "flower":
        entries["ports"] = [quoted(f"127.0.0.1:{FLOWER_PORT}:{FLOWER_PORT}")]
    entries["depends_on"] = _waits(project, spec, place, servers, own)
    entries |= _health(project, spec, place)
    entries["init"] = True
    if str(getattr(own.get("restart"), "value", "no")) in {"no", "false"}:
        entries["restart"] = "unless-stopped"
    elif not anchor:
        entries["restart"] = own["restart"]
    if spec.kind == "worker":
        entries["stop_grace_period"] = f"{spec.grace}s"
    return Body(spec.name, {key: value for key, value in entries.items() if value not in ({}, [])}, volume)


def _sibling(place: Place) -> str:
    """Return a service of Celery's that is there already; "" without one."""
    return next((service.name for _, service in place.around.of_kind(*CELERY)), "")


def service_name(spec: ProcessSpec, taken: Mapping[str, object]) -> str:
    """Return the name of its service: its own, with `celery-` in front where that is taken."""
    return spec.name if spec.name not in taken else f"celery-{spec.name}"


def _anchor(file: YamlFile, web: Node | None) -> str | None:
    """Return the anchor that the web service is merged from, where all of it suits a worker as well."""
    for key, value in web.value if web else ():
        if key.value == "<<" and hasattr(value, "value"):
            found = _ALIAS.match(file.text, key.end_mark.index)
            keys = pairs_of(value).keys()
            if found and {"build", "image"} & keys and not _OF_WEB & keys:
                return found[1]
    return None


def _from_anchor(web: Node | None, key: str) -> bool:
    return key not in {name.value for name, _ in (web.value if web else ())}


def _command(project: Project, spec: ProcessSpec, place: Place, *, keeps: bool) -> Any:  # noqa: ANN401 - text or a list
    words = [*place.start, place.celery, "-A", application(project)]
    words += [f"--workdir={place.workdir}"] if place.workdir else []
    words += [spec.kind, *spec.arguments]
    if spec.named:
        words.append(f"--hostname={spec.node}@%h")
    if spec.kind == "beat" and keeps:
        words.append(f"--schedule={_KEPT['beat']}/celerybeat-schedule")
    if spec.kind != "flower":
        return words if isinstance(place.web.definition.get("command"), list) else shlex.join(words)
    words += [
        f"--port={FLOWER_PORT}", "--persistent=True", f"--db={_KEPT['flower']}/flower.db",
        "--state-save-interval=60000",
    ]  # fmt: skip
    login = 'export FLOWER_BASIC_AUTH="$${FLOWER_USER:-flower}:$${FLOWER_PASSWORD:?set it in .env}"'
    return ["sh", "-c", f"{login} && exec {shlex.join(words)}"]


def _environment(own: Mapping[str, Node], spec: ProcessSpec, variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the environment where it is not the web service's as it is."""
    added = dict(variables)
    if spec.kind == "flower":
        added |= {"FLOWER_USER": "${FLOWER_USER:-flower}", "FLOWER_PASSWORD": "${FLOWER_PASSWORD:-}"}
    there = own.get("environment")
    if not added:
        return {}
    if there is not None and isinstance(there.value, list) and there.tag.endswith(":seq"):
        return {"environment": [*there.value, *(f"{name}={value}" for name, value in added.items())]}
    return {"environment": {**pairs_of(there), **added}}


def _listed(there: Node | None, *more: str) -> list[Any]:
    return [*(copied(there).value if there else ()), *more]


def _names(networks: Any) -> Any:  # noqa: ANN401 - a node
    """Return networks by their names: an address belongs to one container."""
    return list(pairs_of(networks)) if networks.tag.endswith(":map") else networks


def _aliased(links: Any) -> list[Any]:  # noqa: ANN401 - a node
    """Return the links that give a service another name; all others find each other without."""
    return [item for item in links.value if len(set(item.value.split(":"))) > 1]


def _volume(project: Project, spec: ProcessSpec) -> str:
    kept = spec.kind == "flower" or (spec.kind == "beat" and not schedules_in_database(project))
    return f"{spec.name.replace('-', '_')}_data" if kept else ""


def _waits(
    project: Project, spec: ProcessSpec, place: Place, servers: Servers, own: Mapping[str, Node]
) -> dict[str, Any]:
    """Return what it waits for: the servers that it uses, and what the web service waits for."""
    names = [*servers.waits, *needed_by(project, spec.kind, place.around)]
    of_web: dict[str, Node | None] = dict(pairs_of(own.get("depends_on"))) or {
        item.value: None for item in getattr(own.get("depends_on"), "value", ())
    }
    if spec.kind == "worker":
        names += [name for name in of_web if name in place.around.services]
    waits = {
        name: of_web.get(name) or condition(project, name, place.around, servers.service) for name in names
    }
    if spec.kind == "flower":
        return waits
    return waits | {name: {"condition": "service_completed_successfully"} for name in _migrating(place)}


def _migrating(place: Place) -> list[str]:
    """Return the services that migrate the database and end."""
    running = {process.name for process in place.around.processes}
    return [
        name for name, service in place.around.services.items()
        if name not in running and _MIGRATES.search(shell_text(service.definition.get("command")))
    ]  # fmt: skip


def condition(project: Project, name: str, around: ComposeSet, new: Container[str] = ()) -> dict[str, str]:
    """Return what to wait for: that a service is healthy where it can say so, else that it has started."""
    service = around.services.get(name)
    check = health_check(service, project.tree) if service else None
    healthy = name in new or (check is not None and bool(check.text))
    return {"condition": "service_healthy" if healthy else "service_started"}


def _health(project: Project, spec: ProcessSpec, place: Place) -> dict[str, Any]:
    if spec.kind == "flower":
        ask = (
            f"import urllib.request as u; u.urlopen('http://127.0.0.1:{FLOWER_PORT}/healthcheck', timeout=5)"
        )
        return {"healthcheck": {"test": ("CMD", "python", "-c", ask), **PING_TIMES}}
    if not spec.named:
        return {}
    words = [*place.start, place.celery, "-A", application(project)]
    words += [f"--workdir={place.workdir}"] if place.workdir else []
    ask = f"{shlex.join(words)} inspect ping --timeout=10 --destination={spec.node}@$$HOSTNAME"
    return {"healthcheck": {"test": ("CMD-SHELL", ask), **PING_TIMES}}
