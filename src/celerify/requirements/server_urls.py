"""Every URL of the broker or the result backend that the repository names: settings, processes, examples."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.processes.shell import assignments
from celerify.facts.values import Either, Env, Items, Known, Text, alternatives, text
from celerify.model import Location
from celerify.requirements.decisions import AMQP_SCHEMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.values import Value
    from celerify.project import Project

OWN = {"broker_url": "CELERY_BROKER_URL", "result_backend": "CELERY_RESULT_BACKEND"}
"""The variables that Celery reads by itself, before any setting."""

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|\$\w+")
_URL = re.compile(
    r"^(?P<scheme>[a-z][a-z0-9+.-]*)://"
    r"(?:(?P<user>[^:@/]*)(?::(?P<password>[^@/]*))?@)?(?P<host>\[[^\]]*\]|[^:/?;,]*)(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_EXAMPLE = re.compile(r"(?:^|[./_-])env(?:[./_-]|$)", re.IGNORECASE)
_EXAMPLE_WORD = re.compile(
    r"(?:^|[./_-])(?:example|sample|template|dist|default)s?(?:[./_-]|$)", re.IGNORECASE
)
_FILLED = "filled"
_KEYS = ("password=", "ssl_certfile=")


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """One URL.

    Attributes:
        text: the URL; what the environment fills in is replaced by a word that is not empty.
        where: what names it, in a few words.
        at: the place.
        replaceable: the environment may give another one: a default, or an example.
    """

    text: str
    where: str
    at: Location
    replaceable: bool

    @property
    def scheme(self) -> str:
        """Its scheme in lower case; "" for what is no URL."""
        found = _URL.match(self.text)
        return found["scheme"].lower() if found else ""

    @property
    def host(self) -> str:
        """Its host; "" for what is no URL, and for a socket."""
        found = _URL.match(self.text)
        return found["host"].lower() if found else ""

    @property
    def local(self) -> bool:
        """It stays on this machine: loopback, or a socket."""
        return self.host in {"", "localhost", "[::1]"} or self.host.startswith("127.")

    @property
    def secured(self) -> bool:
        """It carries a password or a client certificate; RabbitMQ's public `guest` is none."""
        found = _URL.match(self.text)
        if found is None:
            return False
        if any(key in found["rest"] for key in _KEYS):
            return True
        guest = self.scheme in AMQP_SCHEMES and (found["user"], found["password"]) == ("guest", "guest")
        return bool(found["password"]) and not guest


def server_urls(project: Project, option: str) -> tuple[ServerUrl, ...]:
    """Return the URLs of `broker_url` or `result_backend`, each place once."""
    names = {OWN[option], *read_variables(project, option)}
    found = [
        *_in_settings(project, option),
        *_of_processes(project, names),
        *_in_examples(project, names),
    ]
    return tuple(dict.fromkeys(url for url in found if url.scheme))


def read_variables(project: Project, option: str) -> tuple[str, ...]:
    """Return the environment variables that hold the whole URL, by the deployed settings."""
    found = (options.options.get(option) for options in project.options)
    ways = [way for each in found if each for way in _ways(each.value)]
    return tuple(dict.fromkeys(way.variable for way in ways if isinstance(way, Env)))


def variables_within(project: Project, option: str) -> frozenset[str]:
    """Return every environment variable that the URL is made of."""
    found = (options.options.get(option) for options in project.options)
    return frozenset(name for each in found if each for name in _names_in(each.value))


def _names_in(value: Value) -> Iterator[str]:
    match value:
        case Env():
            yield value.variable
            yield from _names_in(value.default) if value.default is not None else ()
        case Text(parts=parts) | Items(items=parts) | Either(options=parts):
            for part in parts:
                yield from _names_in(part)
        case _:
            return


def hosts_of(project: Project, option: str) -> frozenset[str]:
    """Return the hosts of its URLs, those of this machine left out."""
    return frozenset(url.host for url in server_urls(project, option) if not url.local)


def schemes_of(project: Project, option: str) -> frozenset[str]:
    """Return the schemes of its URLs."""
    return frozenset(url.scheme for url in server_urls(project, option))


def _in_settings(project: Project, option: str) -> Iterator[ServerUrl]:
    for options in project.options:
        found = options.options.get(option)
        ways = _ways(found.value) if found else ()
        computed = any(not isinstance(way, Known) for way in ways)
        for way in ways:
            url = _filled(way)
            if found and url:
                at = found.via[-1] if found.via else way.at
                yield ServerUrl(url, f"the setting {found.written}", at, computed)


def _ways(value: Value) -> tuple[Value, ...]:
    if isinstance(value, Items):
        return tuple(way for item in value.items for way in _ways(item))
    return alternatives(value)


def _filled(value: Value) -> str:
    """Return the URL of a way, defaults taken and everything else filled in; "" where it has none."""
    match value:
        case Known(value=str() as constant):
            return constant
        case Env(default=None):
            return ""
        case Env(default=default) if default is not None:
            return next(filter(None, (_filled(way) for way in alternatives(default))), "")
        case Text(parts=parts, at=at):
            given = text([Known(_part(part), at) for part in parts], at)
            return str(given.value) if isinstance(given, Known) else ""
        case _:
            return ""


def _part(part: Value) -> str:
    match part:
        case Known(value=constant):
            return str(constant)
        case Env(default=Known(value=constant)) if constant is not None:
            return str(constant)
        case Either(options=options):
            return _part(options[0])
        case _:
            return _FILLED


def _of_processes(project: Project, names: set[str]) -> Iterator[ServerUrl]:
    for process in project.processes:
        for name in sorted(names & process.environment.keys()):
            url = _PLACEHOLDER.sub(_FILLED, process.environment[name])
            where = f"{name} of the {process.target} {process.kind} {process.name}"
            yield ServerUrl(url, where, process.at, replaceable=False)


def _in_examples(project: Project, names: set[str]) -> Iterator[ServerUrl]:
    for path in project.tree.paths:
        last = path.rpartition("/")[2]
        if not (_EXAMPLE.search(last) and _EXAMPLE_WORD.search(last)):
            continue
        raw = project.tree.text(path)
        for name, value in assignments(raw).items():
            if name in names:
                url = _PLACEHOLDER.sub(_FILLED, value)
                yield ServerUrl(
                    url, f"the example of {name}", Location(path, _line(raw, name)), replaceable=True
                )


def _line(raw: str, name: str) -> int:
    lines = raw.splitlines()
    return next((number for number, line in enumerate(lines, 1) if f"{name}=" in line.replace(" ", "")), 1)
