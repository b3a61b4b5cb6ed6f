"""The one table: which versions of the Celery family go with a project's Python, Django and redis-py.

Every row was resolved for real with `uv pip compile` (Python 3.8, 3.9, 3.11 to 3.14; Django 4.2, 5.2, 6.0,
6.1). What a row must know beyond the packages' own metadata:

- Celery 5.4 and older allow kombu 5.7, which refuses the redis-py they ask for: no row starts there.
- kombu 5.7's `redis` extra pins `packaging==26.3`, so the extra cannot stand beside another pin of it.
- Celery 5.6 takes kombu 5.6 or 5.7, whichever fits the redis-py and the packaging that are pinned.
- django-celery-beat 2.9 refuses Django 6.1; without a lower bound pip silently takes 2.1 from 2020,
  which breaks at run time. There is no row for it from Django 6.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Version = tuple[int, ...]

DJANGO_WITHOUT_BEAT: Final[Version] = (6, 1)
"""The first Django that no django-celery-beat supports."""

DJANGO_WITHOUT_CELERY: Final[Version] = (2, 2)
"""Below this Django no supported Celery goes with it: such a Django runs on Python 3.7 at most."""

_OLD_DJANGO: Final = ((3, 2), (3, 8))
"""Below this Django, which runs on Python 3.9 at most, a project that names no Python gets this one."""

REDIS_EXTRA_PACKAGING: Final = "26.3"
"""The `packaging` that the `redis` extra of kombu 5.7 pins."""

REDIS_RELEASES: Final = (
    "3.5.3", "4.3.6", "4.6.0", "5.0.8", "5.1.1", "5.2.1", "5.3.1", "6.0.0", "6.1.1", "6.2.0", "6.4.0",
    "7.0.1", "7.1.1", "7.4.0", "8.0.1", "8.1.0",
)  # fmt: skip
"""redis-py's release lines, to tell whether two constraints have a version in common."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The versions of a package to ask for.

    Attributes:
        low: the lowest, and the start of every spelling.
        below: the first that is kept out.
        exact: the newest that was proved to work, for files that pin exactly.
    """

    low: str
    below: str
    exact: str

    @property
    def range(self) -> str:
        """The bounds as PEP 440 writes them."""
        return f">={self.low},<{self.below}"

    def written(self, operator: str) -> str:
        """Return the bounds with the operator that a file uses: `==`, `~=`, `^`, `~` or `>=`.

        An operator that cannot say exactly these bounds gives way to the range.
        """
        match operator:
            case "==":
                return f"=={self.exact}"
            case "~=" if _keeps_second(self):
                return f"~={self.low}.0"
            case "~=" if _keeps_first(self) and self.low.count(".") == 1:
                return f"~={self.low}"
            case "^" if _keeps_first(self):
                return f"^{self.low}"
            case "^" | "~" if _keeps_second(self):
                return f"~{self.low}"
            case _:
                return self.range


def _numbers(version: str) -> Version:
    return tuple(int(part) for part in version.split("."))


def _keeps_first(bounds: Bounds) -> bool:
    return _numbers(bounds.below) == (_numbers(bounds.low)[0] + 1,)


def _keeps_second(bounds: Bounds) -> bool:
    low = _numbers(bounds.low)
    return len(low) > 1 and _numbers(bounds.below) == (low[0], low[1] + 1)


@dataclass(frozen=True, slots=True)
class CeleryLine:
    """One release line of Celery.

    Attributes:
        bounds: its versions.
        python: the lowest Python.
        redis: the redis-py that its `redis` extra can resolve to.
        pins_packaging: its `redis` extra pins `packaging`.
    """

    bounds: Bounds
    python: Version
    redis: str
    pins_packaging: bool = False


CELERY: Final = (
    CeleryLine(Bounds("5.7", "5.8", "5.7.0"), (3, 10), ">=6.4,<9", pins_packaging=True),
    CeleryLine(Bounds("5.6", "5.7", "5.6.3"), (3, 9), "!=4.5.5,!=5.0.2,>=4.5.2,<9"),
    CeleryLine(Bounds("5.5", "5.6", "5.5.3"), (3, 8), "!=4.5.5,!=5.0.2,<=5.2.1,>=4.5.2"),
)
"""Celery's release lines that may be asked for, newest first."""

_FLOWER = ((Bounds("2.2", "3", "2.2.0"), (3, 10)), (Bounds("2.0.1", "3", "2.0.1"), (3, 7)))


def assumed_python(python: Version | None, django: Version | None) -> Version | None:
    """Return the Python to choose versions for, where nothing says it but the Django in use does."""
    newest, old = _OLD_DJANGO
    return old if python is None and django and django < newest else python


def celery_lines(python: Version | None, django: Version | None = None) -> tuple[CeleryLine, ...]:
    """Return the release lines that run on a Python and everything newer, newest first."""
    known = assumed_python(python, django)
    if django and django < DJANGO_WITHOUT_CELERY:
        return ()
    return tuple(line for line in CELERY if known is None or known >= line.python)


def bounds(package: str, python: Version | None = None, django: Version | None = None) -> Bounds | None:
    """Return what to ask for of a package of the Celery family.

    Args:
        package: the normalised name.
        python: the lowest Python of the project, or None where nothing says.
        django: the Django in use, or None where nothing says.

    Returns:
        The bounds; None where no release supports that Python or Django, and for any other package.
    """
    match package:
        case "celery":
            lines = celery_lines(python, django)
            return lines[0].bounds if lines else None
        case "django-celery-beat":
            return _beat(django)
        case "django-celery-results":
            return None if django and django < _OLD_DJANGO[0] else Bounds("2.6", "3", "2.6.0")
        case "flower":
            known = assumed_python(python, django)
            return next((found for found, lowest in _FLOWER if known is None or known >= lowest), None)
        case "redis":
            return Bounds("6.4", "9", "8.1.0")
        case _:
            return None


def _beat(django: Version | None) -> Bounds | None:
    """Return the django-celery-beat for a Django; from 2.6 on its admin needs 3.2, whatever it declares."""
    if django and django < _OLD_DJANGO[0]:
        return Bounds("2.5", "2.6", "2.5.0")
    return None if django and django >= DJANGO_WITHOUT_BEAT else Bounds("2.9", "3", "2.9.0")


def redis_floor(kombu: Version | None) -> Version:
    """Return the lowest redis-py with which a kombu starts (its transport raises VersionMismatch below).

    Without a version, that of the newest kombu.
    """
    return (3, 2, 0) if kombu and kombu < (5, 7) else (6, 1, 0)


def needs_packaging(kombu: Version | None) -> bool:
    """Tell whether a kombu's Redis transport imports `packaging` without depending on it, extra apart."""
    return kombu is None or kombu >= (5, 7)


def kombu_allowed(celery: Version | None) -> Version | None:
    """Return the newest kombu line that a Celery line allows; None where the newest of all is allowed.

    Celery 5.5 is the only one with an upper bound below kombu 6.
    """
    return (5, 5) if celery and celery[:2] == (5, 5) else None
