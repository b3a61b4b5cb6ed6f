"""The Celery application: where it is made, how it is configured, what it discovers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celerify.facts.values import Binding, Value
    from celerify.model import Location


@dataclass(frozen=True, slots=True)
class ConfigFromObject:
    """A `config_from_object` call. `source` is `django.conf:settings`, a dotted module, or the source text."""

    source: str
    namespace: str | None
    at: Location


@dataclass(frozen=True, slots=True)
class Autodiscover:
    """An `autodiscover_tasks` call. `packages` is None for the bare call (all installed apps)."""

    packages: tuple[str, ...] | None
    related_name: str
    at: Location


@dataclass(frozen=True)
class CeleryApp:
    """One Celery application.

    Attributes:
        module: the dotted module that makes it, as `config.celery`.
        path: that module's file.
        variable: the name it is bound to there, as `app`.
        name: the first argument, where it is a constant.
        at: the place of the call.
        settings_default: the place that gives DJANGO_SETTINGS_MODULE a default before the app is
            configured (setdefault, assignment, configurations, a loader of the project), or None.
        settings_module: the module named there, where it is a constant.
        config: each `config_from_object` call.
        autodiscover: each `autodiscover_tasks` call.
        imports: modules named by `include=`, `imports` or plain imports of task modules.
        conf: each `app.conf` option set in code, in order: option name in lower case and value.
        constructor: each option given to the constructor (`broker` is `broker_url`, `backend` `result_backend`).
        sample: the app is made for a test, a doc or a template, and no process of the project uses it.
    """

    module: str
    path: str
    variable: str
    name: str | None
    at: Location
    settings_default: Location | None
    settings_module: str | None
    config: tuple[ConfigFromObject, ...]
    autodiscover: tuple[Autodiscover, ...]
    imports: tuple[str, ...]
    conf: tuple[Binding, ...]
    constructor: tuple[tuple[str, Value], ...]
    sample: bool = False
