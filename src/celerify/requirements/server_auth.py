"""The kind for a broker or a result backend that nobody uses without a password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.env_example import variables_in, with_variables
from celerify.errors import CannotWriteError
from celerify.facts.processes.broker_services import asks_for_password, is_rabbitmq
from celerify.facts.processes.compose_parts import published
from celerify.facts.processes.compose_sets import compose_sets
from celerify.facts.values import Known
from celerify.model import Observation
from celerify.requirements.compose_broker import brokers_of, result_stores_of
from celerify.requirements.decisions import AMQP_SCHEMES, REDIS_SCHEMES, url_schemes
from celerify.requirements.example_variables import COMMENT, NAMES
from celerify.requirements.server_urls import read_variables, schemes_of, server_urls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.processes.compose import Service
    from celerify.facts.values import Value
    from celerify.project import Project
    from celerify.requirements.server_urls import ServerUrl

_WHAT = {"broker_url": "the broker", "result_backend": "the result backend"}
_IN_PROCESS = frozenset({"memory", "filesystem", "file"})
_CLOUD = frozenset({"sqs", "gcpubsub", "azureservicebus", "azurestoragequeues"})
_OWN_STORES = frozenset({"django-db", "django-cache", "db", "file", "cache+memory", "cache", "disabled"})
_EXAMPLE = {
    "redis": "redis://:change-me@localhost:6379/{number}",
    "amqp": "amqp://app:change-me@localhost:5672//",
}


@dataclass(frozen=True, slots=True)
class ServerAuth:
    """Every URL of a server carries credentials, and its compose service asks for them.

    A URL of this machine that the environment may replace, as the default `redis://localhost:6379/0`, is for
    development: it proves nothing and is nothing wrong.

    Attributes:
        option: `broker_url` or `result_backend`.
    """

    option: str

    universal = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each URL, and for each compose service that is the server."""
        if not any(self.option in options.options for options in project.options):
            return
        for url in server_urls(project, self.option):
            development = url.local and url.replaceable and not url.secured
            if url.scheme in _CLOUD | AMQP_SCHEMES | REDIS_SCHEMES and (
                url.scheme in _CLOUD or not development
            ):
                yield self._of_url(url)
        stores = brokers_of if self.option == "broker_url" else result_stores_of
        seen: set[tuple[str, str]] = set()
        for one in compose_sets(project.tree, project.processes):
            for service in stores(one, project) if one.of_kind("web", "worker", "beat", "flower") else ():
                if (service.path, service.name) not in seen:
                    yield _of_service(service, project)
                seen.add((service.path, service.name))

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing in the repository says that a password is needed."""
        found = next((options.options.get(self.option) for options in project.options), None)
        at = found.via[-1] if found and found.via else None
        said = f"no URL of {_WHAT[self.option]} in the repository carries a password"
        return Observation(holds=False, summary=said, at=at)

    def fix(self, project: Project) -> Project:
        """Return the project with an example of the environment that names the URL with a password.

        Raises:
            CannotWriteError: the settings read no such variable, or an example gives it otherwise.
        """
        variable = next(iter(read_variables(project, self.option)), None)
        url = self._example(project)
        if variable is None or url is None:
            what = f"{_WHAT[self.option]} is not read from one environment variable; its URL needs a password"
            raise CannotWriteError(what, "")
        folders = dict.fromkeys(("", project.layout.base))
        paths = [f"{folder}/{name}" if folder else name for folder in folders for name in NAMES]
        path = next((path for path in paths if project.tree.exists(path)), NAMES[0])
        raw = project.tree.read(path) if project.tree.exists(path) else b""
        if variable in variables_in(raw):
            what = f"the URL that {path} gives as {variable} needs a password"
            raise CannotWriteError(what, f"{variable}={url}\n", path)
        return project.write(path, with_variables(raw, {variable: url}, COMMENT, path))

    def _example(self, project: Project) -> str | None:
        schemes = schemes_of(project, self.option)
        if schemes & REDIS_SCHEMES:
            return _EXAMPLE["redis"].format(number=int(self.option != "broker_url"))
        return _EXAMPLE["amqp"] if schemes & AMQP_SCHEMES else None

    def _of_url(self, url: ServerUrl) -> Observation:
        if url.scheme in _CLOUD:
            said = f"{url.where} is {url.scheme}, which takes the cloud's own credentials"
            return Observation(holds=True, summary=said, at=url.at)
        if url.secured:
            return Observation(holds=True, summary=f"{url.where} carries credentials", at=url.at)
        where = f"at {url.host}" if url.host else "by a socket"
        said = f"{url.where} reaches {_WHAT[self.option]} {where} without credentials of its own"
        return Observation(holds=False, summary=said, at=url.at)


def _of_service(service: Service, project: Project) -> Observation:
    asks = asks_for_password(service, project.tree)
    at = service.place("environment" if is_rabbitmq(service) else "command")
    if asks:
        return Observation(holds=True, summary=f"the service {service.name} asks for a password", at=at)
    ports = ", ".join(published(service))
    if asks is None:
        said = f"whether the service {service.name} asks for a password is said outside the repository"
        return Observation(holds=None, summary=said, at=at)
    said = f"the service {service.name} asks for no password"
    if ports:
        said = f"{said} and publishes its port ({ports}): anyone who reaches this machine can queue tasks"
        at = service.place("ports")
    return Observation(holds=False, summary=said, at=at)


def no_broker_server(project: Project) -> str | None:
    """Return that the broker is no server: it lives in the process or in files."""
    schemes = schemes_of(project, "broker_url")
    if schemes and schemes <= _IN_PROCESS:
        return f"the broker is {', '.join(sorted(schemes))}, no server that asks for a password"
    return None


def _nothing(value: Value) -> bool:
    return isinstance(value, Known) and not value.value


def no_result_server(project: Project) -> str | None:
    """Return that there is no result backend, or that it is the project's own database, cache or folder."""
    values = [
        option.value for options in project.options if (option := options.options.get("result_backend"))
    ]
    words = {word for value in values for word in url_schemes(value)}
    unread = any(options.unread for options in project.options)
    if project.options and not unread and all(map(_nothing, values)):
        return "no result backend is set, and Celery's default keeps no results"
    if not words or any(word not in _OWN_STORES for word in words):
        return None
    kept = ", ".join(sorted(words))
    return "no result backend" if words == {"disabled"} else f"results are kept in {kept}, the project's own"
