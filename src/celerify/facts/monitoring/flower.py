"""The Flower processes that the repository declares, with their options."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celerify.facts.monitoring.flower_options import (
    CONFIGURATION,
    from_command,
    from_configuration,
    from_environment,
)
from celerify.facts.monitoring.outside import Outside, from_outside
from celerify.facts.processes.compose import environment_of, read_services, shell_text
from celerify.facts.processes.shell import expanded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from celerify.facts.monitoring.flower_options import Setting
    from celerify.facts.processes.compose import Service
    from celerify.facts.services import Process
    from celerify.tree import Tree

PORT = 5555
"""The port that Flower takes without `--port`."""

_NOUNSET = re.compile(r"^\s*set\s+(?:-\w*u|.*\bnounset\b)|^#!.*\s-\w*u", re.MULTILINE)
_DEMANDED = re.compile(r"\$\{(\w+):?\?")
_YES = frozenset({"true", "yes", "y", "t", "on", "1"})


@dataclass(frozen=True)
class Flower:
    """One declared Flower process.

    Attributes:
        process: its declaration.
        options: what it is given, by the option's name with underscores.
        service: the compose service that it is, or None.
        strict: its script ends where a variable is unset (`set -u`).
        demanded: variables without which its script ends.
        passed: variables that compose takes from the host, where they may be unset.
        outside: the variables that it takes from outside the repository.
    """

    process: Process
    options: Mapping[str, Setting]
    service: Service | None = None
    strict: bool = False
    demanded: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()
    outside: Outside = field(default_factory=Outside)

    @property
    def name(self) -> str:
        """How a sentence calls it."""
        return f"{self.process.target} {self.process.name}"

    @property
    def port(self) -> int | None:
        """The port it listens on; None where a variable says so."""
        text = self.text("port")
        return PORT if text is None else int(text) if text.isdigit() else None

    @property
    def hosts(self) -> frozenset[str]:
        """The names under which other containers of its network reach it."""
        if self.service is None:
            return frozenset()
        return frozenset({self.service.name, *_aliases(self.service.definition)})

    @property
    def metrics_path(self) -> str:
        """The path of its metrics."""
        prefix = (self.text("url_prefix") or "").strip("/")
        return f"/{prefix}/metrics" if prefix else "/metrics"

    @property
    def serves_tls(self) -> bool:
        """It answers over TLS by itself."""
        return bool(self.text("certfile") and self.text("keyfile"))

    def text(self, option: str) -> str | None:
        """Return the text of an option; None for one that it is not given."""
        found = self.options.get(option)
        return found.value if found else None

    def on(self, flag: str) -> bool:
        """Tell whether a flag is switched on."""
        return (self.text(flag) or "").lower() in _YES


def read_flowers(tree: Tree, processes: Iterable[Process]) -> tuple[Flower, ...]:
    """Return the Flower processes, in the order of the declarations."""
    found = [process for process in processes if process.kind == "flower"]
    services = read_services(tree) if any(process.target == "compose" for process in found) else ()
    return tuple(_flower(tree, process, _service(process, services)) for process in found)


def _service(process: Process, services: Iterable[Service]) -> Service | None:
    if process.target != "compose":
        return None
    named = (each for each in services if (each.path, each.name) == (process.at.path, process.name))
    return next(named, None)


def _flower(tree: Tree, process: Process, service: Service | None) -> Flower:
    words, environment = process.command, process.environment
    if service and not words:  # an image of Flower's, known by its name
        words, environment = _words(service), environment_of(service, tree)
    scripts = "\n".join(tree.text(path) for path in process.scripts)
    if service is None and process.target == "script":
        scripts += tree.text(process.at.path)
    given = from_command(_behind_flower(words), process.at)
    named = from_environment(environment, process.at)
    conf = given.get("conf") or named.get("conf")
    built = service is None or "build" in service.definition or "volumes" in service.definition
    written = from_configuration(tree, (conf.value if conf else None) or CONFIGURATION) if built else {}
    return Flower(
        process,
        {**named, **written, **given},
        service,
        bool(_NOUNSET.search(scripts)),
        frozenset(_DEMANDED.findall(scripts)),
        frozenset(_passed(service)) if service else frozenset(),
        from_outside(tree, process, service),
    )


def _words(service: Service) -> tuple[str, ...]:
    text = " ".join(shell_text(service.definition.get(key)) for key in ("entrypoint", "command"))
    return tuple(expanded(text, {}).split())


def _behind_flower(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words behind `flower`; those before it are Celery's own."""
    return words[words.index("flower") + 1 :] if "flower" in words else words


def _aliases(definition: Mapping[str, object]) -> Iterator[str]:
    for key in ("container_name", "hostname"):
        if isinstance(definition.get(key), str):
            yield str(definition[key])
    networks = definition.get("networks")
    for network in networks.values() if isinstance(networks, dict) else ():
        aliases = network.get("aliases") if isinstance(network, dict) else None
        yield from map(str, aliases if isinstance(aliases, list) else ())


def _passed(service: Service) -> Iterator[str]:
    given = service.definition.get("environment")
    if isinstance(given, dict):
        yield from (str(name) for name, value in given.items() if value is None)
    elif isinstance(given, list):
        yield from (str(item) for item in given if "=" not in str(item))
