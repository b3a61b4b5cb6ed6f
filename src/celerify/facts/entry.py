"""One place that names a settings module."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celerify.model import Location

VARIABLE = "DJANGO_SETTINGS_MODULE"
"""The variable that Django reads the name from."""


class Role(StrEnum):
    """Who uses a settings module. `deployed` decides the audit; `manage` only when nothing is deployed."""

    DEPLOYED = "deployed"
    MANAGE = "manage"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Entry:
    """One place that names a settings module.

    Attributes:
        source: who names it: `manage.py`, `wsgi`, `asgi`, `celery`, `process`, `pytest`, `flag`.
        module: the dotted name, or None where it is computed.
        expression: the source text of what names it, as `"config.settings"` or `f"config.settings.{env}"`.
        path: the file of that module below the root, or None where there is no such file.
    """

    source: str
    role: Role
    module: str | None
    expression: str
    path: str | None
    at: Location
