"""What one dependency file declares: the shapes that every reader of such a file gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celerify.facts.packages.versions import Release
    from celerify.model import Location

MAIN = "main"
_DEVELOPMENT = re.compile(
    r"(?:^|[^a-z])(?:dev|devel|develop|development|local|tests?|testing|ci|lint|linters?|linting|docs?|debug"
    r"|qa|style|typing|types|mypy|tools?|format|bench(?:mark)?s?|notebooks?|coverage|build)(?:[^a-z]|$)"
)


def is_development(name: str) -> bool:
    """Tell whether a group or file name says that production does not install it: `dev`, `test`, `docs`."""
    return bool(_DEVELOPMENT.search(name.lower()))


@dataclass(frozen=True, slots=True)
class Declared:
    """One declaration of a package.

    Attributes:
        name: normalised (PEP 503), as `django-celery-beat`.
        extras: sorted, normalised.
        specifier: the constraint as written, as `>=5.3,<6`, `^5.3`, `==5.4.*` or "".
        group: `main`, or the group, extra or file it stands in, as `dev`, `test`, `requirements/local.txt`.
        style: the kind of file: requirements, pep621, pep735, poetry, pdm, uv, hatch, pipenv, setup.cfg,
            setup.py, conda.
        at: its place.
        table: where a TOML file holds it: `("project", "dependencies")`; empty elsewhere.
    """

    name: str
    extras: tuple[str, ...]
    specifier: str
    group: str
    style: str
    at: Location
    table: tuple[str, ...] = ()

    @property
    def development(self) -> bool:
        """Production does not install it."""
        return self.group != MAIN and is_development(self.group)


@dataclass(frozen=True)
class DependencyFile:
    """A file that declares dependencies.

    Attributes:
        path: the file.
        style: the kind of file, as in `Declared`.
        compiled_from: the file that a tool compiles it from, or None where a person writes it.
        table: the table or array that main dependencies go into, in a TOML file.
        command: what compiles or exports it, where its header says so.
        hashed: every requirement in it needs a hash.
    """

    path: str
    style: str
    compiled_from: str | None
    table: tuple[str, ...] = ()
    command: str | None = None
    hashed: bool = False


@dataclass(frozen=True)
class Reading:
    """One dependency file, read.

    Attributes:
        file: the file.
        declared: its declarations, in order.
        python: the lowest Python version it allows.
        includes: further requirements files it names, relative to the root.
        constraints: constraint files it names, relative to the root.
        unread: why something in it could not be read, or "".
    """

    file: DependencyFile
    declared: tuple[Declared, ...]
    python: Release | None = None
    includes: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    unread: str = ""
