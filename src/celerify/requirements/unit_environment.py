"""The variables that processes outside of a container must be given: what the deployed settings read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from celerify.facts.masking import is_secret_name
from celerify.facts.values import Called, Entries, Env, Items, Known, Text, alternatives
from celerify.requirements.compose_urls import redis_database
from celerify.requirements.decisions import broker_choice, results_choice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.values import Binding, Value
    from celerify.project import Project

PLACEHOLDER = "CHANGE_ME"
_FALSE = "False"
_PRODUCTION = re.compile(r"(?:^|[._])(?:prod|production|live|deploy)(?:$|[._])")
_ELSEWHERE = re.compile(r"(?:^|[._])(?:dev|develop|development|local|test|testing|tests|ci|base)$")
_GIVEN_APART = frozenset({"DJANGO_SETTINGS_MODULE", "PYTHONPATH", "HOME", "USER", "PATH"})


def variables(project: Project, name: str) -> dict[str, str]:
    """Return each variable with its example value, none a secret: URLs first, then what has no default.

    Args:
        project: the project.
        name: the virtual host of a RabbitMQ, and its user.
    """
    found: dict[str, str] = {}
    for option, kind in (
        ("broker_url", broker_choice(project).value),
        ("result_backend", results_choice(project).value),
    ):
        for read in _reads_of(project, option):
            found.setdefault(read.variable, _url(kind, redis_database(project, option), name))
    for chain in project.deployed:
        for binding in chain.bindings.values():
            for read in _needed(binding):
                found.setdefault(read.variable, _FALSE if read.cast == "bool" else PLACEHOLDER)
    return {key: value for key, value in found.items() if key not in _GIVEN_APART}


def settings_module(project: Project) -> str:
    """Return the settings that a host runs with; a placeholder where all look like those of development."""
    modules = [chain.entry.module for chain in project.deployed if chain.entry.module]
    production = [module for module in modules if _PRODUCTION.search(module)]
    usual = [module for module in modules if not _ELSEWHERE.search(module)]
    return next(iter((*production, *usual)), PLACEHOLDER if modules else "")


def _reads_of(project: Project, option: str) -> Iterator[Env]:
    """Yield the variables that an option is read from whole: a part of a URL is not one."""
    for options in project.options:
        found = options.options.get(option)
        if found and found.origin != "environment":
            yield from (way for way in alternatives(found.value) if isinstance(way, Env))


def _url(kind: str, database: str, name: str) -> str:
    match kind:
        case "redis":
            return f"redis://:{PLACEHOLDER}@127.0.0.1:6379/{database}"
        case "rabbitmq":
            return f"amqp://{name}:{PLACEHOLDER}@127.0.0.1:5672/{name}"
        case "django-db" | "django-cache":
            return kind
        case "rpc":
            return "rpc://"
        case _:
            return PLACEHOLDER


def _needed(binding: Binding) -> Iterator[Env]:
    """Yield the variables that a setting cannot do without.

    What stands in one branch of a condition may never be read, Django's own key apart.
    """
    if not binding.name.isupper():
        return
    ways = alternatives(binding.value)
    if len(ways) == 1 or binding.name == "SECRET_KEY":
        yield from (read for way in ways for read in _reads(way) if _must_be_given(read))


def _must_be_given(read: Env) -> bool:
    """Tell whether nothing works without it: it has no default, or one that is no secret for production."""
    if read.default is None:
        return True
    stated = isinstance(read.default, Known) and read.default.value not in {None, ""}
    return stated and is_secret_name(read.variable)


def _reads(value: Value) -> Iterator[Env]:
    """Yield every variable that a value is read from, its parts included, conditional ones apart."""
    parts: tuple[Value, ...] = ()
    match value:
        case Env():
            yield value
            parts = (value.default,) if value.default is not None else ()
        case Items():
            parts = value.items
        case Entries():
            parts = tuple(part for pair in value.entries for part in pair)
        case Text():
            parts = value.parts
        case Called():
            parts = (*value.args, *(part for _, part in value.kwargs))
        case _:
            return
    for part in parts:
        yield from _reads(part)
