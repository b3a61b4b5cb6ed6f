"""What the project depends on: each declaration with its place, and the resolved version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celerify.model import Location


@dataclass(frozen=True, slots=True)
class Declared:
    """One declaration of a package.

    Attributes:
        name: normalised (PEP 503), as `django-celery-beat`.
        extras: sorted, normalised.
        specifier: the constraint as written, as `>=5.3,<6`, `^5.3`, `==5.4.*` or "".
        group: `main`, or the group, extra or file it stands in, as `dev`, `test`, `requirements/local.txt`.
        style: the kind of file: requirements, pep621, pep735, poetry, pdm, uv, pipenv, setup.cfg, setup.py.
        at: its place.
    """

    name: str
    extras: tuple[str, ...]
    specifier: str
    group: str
    style: str
    at: Location


@dataclass(frozen=True)
class DependencyFile:
    """A file that declares dependencies: its style, and whether a tool compiles it from another one."""

    path: str
    style: str
    compiled_from: str | None


@dataclass(frozen=True)
class Dependencies:
    """Everything declared.

    Attributes:
        declared: each declaration, main ones first.
        files: each dependency file.
        locked: resolved version by name, from a lock file or a compiled requirements file.
        lock: the lock file read, or None.
        home: the file where Django is declared (else the first main file); None without any file.
        python: the lowest Python version allowed, as (3, 11), or None where nothing says.
    """

    declared: tuple[Declared, ...]
    files: tuple[DependencyFile, ...]
    locked: dict[str, tuple[str, Location]]
    lock: str | None
    home: DependencyFile | None
    python: tuple[int, int] | None
