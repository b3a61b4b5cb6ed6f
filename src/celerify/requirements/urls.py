"""The URLs that are written where nothing sets them: of the broker and of the result backend."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from celerify.edits.settings_block import names_above
from celerify.errors import CannotWriteError
from celerify.facts.imports import folder_of
from celerify.facts.values import Env, Known, Text, alternatives, identity
from celerify.requirements.decisions import (
    REDIS_SCHEMES,
    broker_choice,
    cache_locations,
    results_choice,
    url_schemes,
)
from celerify.requirements.env_idiom import idiom_of

if TYPE_CHECKING:
    from celerify.facts.values import Value
    from celerify.project import Project
    from celerify.requirements.settings_place import Home

RABBITMQ_URL = "amqp://localhost:5672//"
"""No user in it: RabbitMQ's guest is Celery's own default."""

RPC_URL = "rpc://"

_DATABASE = re.compile(r"rediss?://[^/]*(?:/(\d*))?")
_SERVER = re.compile(r"redis://([A-Za-z0-9_.-]+)(?::(\d+))?(?:/\d*)?$")
_LITERAL = re.compile(rb"[\"']rediss?://[^/\"'\s{]*(?:/(\d+))?/?[\"']")
_AT_THE_END = re.compile(r"/(\d+)/?$")


@dataclass(frozen=True, slots=True)
class Expression:
    """Source text in double quotes, and the module that it needs."""

    text: str
    needs: str = ""


def broker_expression(project: Project, home: Home) -> Expression | None:
    """Return what reads the broker's URL from the environment, in the project's own idiom."""
    url = broker_url(project)
    return _read(project, home, "CELERY_BROKER_URL", url) if url else None


def results_expression(project: Project, home: Home) -> Expression | None:
    """Return what reads the result backend from the environment.

    Raises:
        CannotWriteError: tasks run already, and nobody chose to keep their results in RabbitMQ.
    """
    url = results_url(project)
    if url == RPC_URL and project.choices.results is None and project.uses_celery:
        raise CannotWriteError(
            "with RabbitMQ, results go to the process that sent the task and pile up where it reads none "
            "of them: choose `--results rpc`, `django-db`, `redis` or `none`",
            f'{home.prefix}RESULT_BACKEND = "{url}"\n',
            home.path,
        )
    return _read(project, home, "CELERY_RESULT_BACKEND", url) if url else None


def broker_url(project: Project) -> str | None:
    """Return the default URL of the chosen broker; None for one that celerify does not set up."""
    match broker_choice(project).value:
        case "redis":
            return f"redis://{_redis_server(project)}/{_free_databases(project)[0]}"
        case "rabbitmq":
            return RABBITMQ_URL
        case _:
            return None


def results_url(project: Project) -> str | None:
    """Return the default of the chosen result backend; None where there is none to set up."""
    match results_choice(project).value:
        case "redis":
            free = _free_databases(project)
            used = _databases_of(project, "broker_url") or {free[0]}
            number = next(number for number in free if number not in used)
            return f"redis://{_redis_server(project)}/{number}"
        case "django-db" | "django-cache" as name:
            return name
        case "rpc":
            return RPC_URL
        case _:
            return None


def _read(project: Project, home: Home, variable: str, url: str) -> Expression:
    idiom = idiom_of(project, home)
    shared = shared_redis_url(project, home) if url.startswith("redis://") else None
    return Expression(idiom.read(variable, shared or f'"{url}"'), idiom.needs)


def shared_redis_url(project: Project, home: Home) -> str | None:
    """Return `REDIS_URL` where the settings bind it above, it is never empty, and no cache lives on it.

    A Redis cache shares no database with a broker: `cache.clear()` is FLUSHDB and takes the queues along.
    """
    if home.inside:  # the attribute of a class may be a descriptor, not yet the URL
        return None
    names = names_above(project.tree.read(home.path), home.prefix, path=home.path)
    for chain in project.deployed:
        bound = chain.bindings.get("REDIS_URL")
        if bound is None or bound.at.path != home.path or not _is_given(bound.value):
            return None
        if cached_on_redis(project):
            return None
    return "REDIS_URL" if "REDIS_URL" in names else None


def cached_on_redis(project: Project) -> bool:
    """Tell whether a Django cache is, or may be, in Redis."""
    return any(
        set(url_schemes(location)) & REDIS_SCHEMES or "REDIS" in repr(identity(location)).upper()
        for location in cache_locations(project)
    )


def _is_given(value: Value) -> bool:
    """Tell whether every way it can be is a Redis URL or a variable without which the project stops."""
    return all(
        isinstance(way, Env) and (way.default is None or set(url_schemes(way)) & REDIS_SCHEMES)
        for way in alternatives(value)
    )


def _redis_server(project: Project) -> str:
    """Return host and port of the Redis that the settings name already; none with a user or password."""
    urls = [found.value for options in project.options if (found := options.options.get("broker_url"))]
    urls += [bound.value for chain in project.deployed if (bound := chain.bindings.get("REDIS_URL"))]
    for way in (way for value in (*urls, *cache_locations(project)) for way in alternatives(value)):
        match way:
            case Known(value=str() as url) | Env(default=Known(value=str() as url)):
                server = _SERVER.match(url)
                if server:
                    return f"{server[1]}:{server[2] or 6379}"
            case _:
                continue
    return "localhost:6379"


def _free_databases(project: Project) -> tuple[int, ...]:
    """Return the first two numbers of Redis databases that no cache uses, in whichever settings."""
    used = {number for location in cache_locations(project) for number in _databases(location)}
    used |= _databases_beside(project)
    numbers = (number for number in count() if number not in used)
    return tuple(next(numbers) for _ in range(2))


def _databases_beside(project: Project) -> set[int]:
    """Return the databases that modules with CACHES beside the deployed settings name, as production's do."""
    folders = {folder_of(chain.path) for chain in project.deployed}
    found: set[int] = set()
    for path in project.sources.python_paths:
        raw = project.tree.read(path) if folder_of(path) in folders else b""
        if b"CACHES" in raw:
            found |= {int(number or 0) for number in _LITERAL.findall(raw)}
    return found


def _databases_of(project: Project, option: str) -> set[int]:
    found = (options.options.get(option) for options in project.options)
    return {number for each in found if each for number in _databases(each.value)}


def _databases(value: Value) -> set[int]:
    """Return the database numbers of the Redis URLs that a value may be; a URL without one means 0."""
    found: set[int] = set()
    for way in alternatives(value):
        match way:
            case Known(value=str() as url) | Env(default=Known(value=str() as url)):
                match = _DATABASE.match(url)
                found |= {int(match[1] or 0)} if match else set()
            case Text(parts=(*_, Known(value=str() as end))):  # REDIS_URL + "/1"
                match = _AT_THE_END.search(end)
                found |= {int(match[1])} if match else set()
            case _:
                continue
    return found
