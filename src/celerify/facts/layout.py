"""Where things are: manage.py, import roots, the settings modules and who names them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celerify.model import Location


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


@dataclass(frozen=True)
class Layout:
    """Where the project's parts are. All paths POSIX, relative to the root.

    Attributes:
        manage: path of the manage.py in use.
        others: further manage.py files that were found.
        base: the folder of manage.py ("" for the root): what `python manage.py` puts on sys.path.
        roots: the folders on sys.path, `base` first.
        entries: every place that names a settings module.
        package: the dotted project package (that of wsgi.py, asgi.py or the settings), or None (flat layout).
    """

    manage: str
    others: tuple[str, ...]
    base: str
    roots: tuple[str, ...]
    entries: tuple[Entry, ...]
    package: str | None
