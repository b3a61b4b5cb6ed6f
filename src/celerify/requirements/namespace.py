"""The kind of requirement that is `config_from_object` with the namespace that the settings use."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError
from celerify.facts.imports import resolve_name
from celerify.model import Location, Observation
from celerify.requirements.call import added, module_level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.celery_app import ConfigFromObject
    from celerify.facts.settings import Settings
    from celerify.project import Project

_DJANGO = "django.conf:settings"
_CELERY_NAME = re.compile(r"(?:CELERY|CELERYD|CELERYBEAT|BROKER)_\w+")


@dataclass(frozen=True, slots=True)
class Namespace:
    """The application reads its options from the settings, by the prefix that they have there."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each `config_from_object` in each deployed chain."""
        app = project.celery_app
        for config in app.config if app else ():
            if config.source == _DJANGO:
                found = [_in_chain(config, chain) for chain in project.deployed]
                yield from dict.fromkeys(found or [_without_chain(config)])
            elif config.source.startswith(f"{_DJANGO}."):
                yield _of_one_setting(project, config)
            else:
                yield _of_module(project, config)

    def vacancy(self, project: Project) -> Observation:
        """Return that the application reads no settings, at the application."""
        app = project.celery_app
        at = app.at if app else Location(project.layout.manage)
        return Observation(holds=False, summary="the application does not call config_from_object()", at=at)

    def fix(self, project: Project) -> Project:
        """Return the project with `config_from_object(..., namespace="CELERY")` behind the application.

        Raises:
            CannotWriteError: the application is configured in another way, so that the settings would
                change how tasks run; or it is not made at the top of a module.
        """
        code = 'config_from_object("django.conf:settings", namespace="CELERY")'
        app = module_level(project, f"app.{code}")
        if app.conf or app.constructor or project.uses_celery:
            what = f"{app.path} configures the application without the settings: reading them could change it"
            raise CannotWriteError(what, f"{app.variable}.{code}", app.path)
        return added(project, app, f"{app.variable}.{code}")


def _in_chain(config: ConfigFromObject, chain: Settings) -> Observation:
    """Return whether the prefix is the one that a chain's Celery settings have."""
    names = sorted(name for name in chain.bindings if _CELERY_NAME.fullmatch(name))
    if config.namespace is None:
        said = "config_from_object takes no namespace"
        if names:
            said += f", while the settings say {_some(names)}"
        return Observation(holds=False, summary=said, at=config.at)
    prefix = f"{config.namespace}_"
    if names and not any(name.startswith(prefix) for name in chain.bindings):
        said = f"config_from_object reads the namespace {config.namespace}, the settings say {_some(names)}"
        return Observation(holds=False, summary=said, at=config.at)
    return _without_chain(config)


def _without_chain(config: ConfigFromObject) -> Observation:
    said = f"config_from_object reads the Django settings under the namespace {config.namespace}"
    return Observation(holds=config.namespace is not None, summary=said, at=config.at)


def _some(names: list[str]) -> str:
    return ", ".join(names[:2]) + (", ..." if len(names) > 2 else "")  # noqa: PLR2004 - two are shown


def _of_one_setting(project: Project, config: ConfigFromObject) -> Observation:
    """Return whether the one setting that holds all options is bound in every deployed chain."""
    name = config.source.removeprefix(f"{_DJANGO}.")
    bound = [name in chain.bindings for chain in project.deployed]
    said = f"config_from_object reads the setting {name}"
    if all(bound):
        return Observation(holds=True, summary=said, at=config.at)
    unread = any(chain.unread for chain in project.deployed)
    return Observation(holds=None if unread else False, summary=f"{said}, which is not set", at=config.at)


def _of_module(project: Project, config: ConfigFromObject) -> Observation:
    """Return whether a module or class of the project's own holds the options."""
    said = f"config_from_object reads {config.source}"
    dotted = config.source.replace(":", ".")
    found = resolve_name(project.tree, project.layout.roots, dotted)
    module = project.sources.module(found[0]) if found else None
    if module is None or found is None:
        return Observation(holds=None, summary=f"{said}, which could not be read", at=config.at)
    body: list[ast.stmt] | None = module.tree.body
    if found[1]:
        classes = (node for node in module.tree.body if isinstance(node, ast.ClassDef))
        body = next((node.body for node in classes if node.name == found[1]), None)
    if body is None:
        return Observation(holds=None, summary=f"{said}, which could not be read", at=config.at)
    if any(isinstance(node, ast.Assign | ast.AnnAssign | ast.ImportFrom) for node in body):
        return Observation(holds=True, summary=f"{said} ({found[0]})", at=config.at)
    return Observation(holds=False, summary=f"{said}, which sets nothing", at=config.at)
