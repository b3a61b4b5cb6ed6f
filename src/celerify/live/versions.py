"""Which installed packages of the Celery family do not go together: by their bounds, and as is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement

from celerify.compatibility import DJANGO_WITHOUT_BEAT, bounds
from celerify.facts.packages.versions import normalised, release

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_NAMES = {"django": "Django", "celery": "Celery", "redis": "redis-py"}
_BEAT = "django-celery-beat"


@dataclass(frozen=True, slots=True)
class Misfit:
    """Two packages that do not go together.

    Attributes:
        summary: one sentence.
        remedy: what to do.
        certain: a bound that always holds is broken; else only one of an extra, which many get away with.
    """

    summary: str
    remedy: str
    certain: bool = True


def misfits(
    packages: Mapping[str, str],
    requires: Mapping[str, Sequence[str]],
    marker: Mapping[str, str],
    extras: frozenset[str],
) -> tuple[Misfit, ...]:
    """Return what does not go together.

    Args:
        packages: the version of each package that is installed, by its normalised name.
        requires: the requirements in the metadata of each package of the family.
        marker: what an environment marker may ask about the project's Python.
        extras: the extras of kombu that the project needs: `redis` for a broker or results in Redis.
    """
    found = [
        misfit
        for name, lines in requires.items()
        for requirement in _applying(lines, marker, extras if name == "kombu" else frozenset())
        if (misfit := _misfit(name, requirement, packages)) is not None
    ]
    if not any(_BEAT in misfit.summary for misfit in found):
        found += _beat(packages, requires)
    return tuple(found)


def _applying(
    lines: Iterable[str], marker: Mapping[str, str], extras: frozenset[str]
) -> Iterator[Requirement]:
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is None or any(
            requirement.marker.evaluate({**marker, "extra": extra}) for extra in ("", *extras)
        ):
            yield requirement


def _misfit(name: str, requirement: Requirement, packages: Mapping[str, str]) -> Misfit | None:
    needed = normalised(requirement.name)
    certain = "extra" not in str(requirement.marker or "")
    version = packages.get(needed)
    whose = f"{_named(name)} {packages[name]}"
    if version is None:
        said = f"{whose} needs {_named(needed)}, which is not installed"
        remedy = f"install it: `python -m pip install '{requirement.name}{requirement.specifier}'`"
        # what an extra brings is missed by the client that needs it, in words of its own
        return Misfit(said, remedy) if certain else None
    if needed == "packaging" or requirement.specifier.contains(version, prereleases=True):
        return None
    said = f"{whose} goes with {_named(needed)} {requirement.specifier}, and {version} is installed"
    remedy = f"install a {_named(needed)} within these bounds, or another {_named(name)}"
    return Misfit(said if certain else f"{said}: it may fail at run time", remedy, certain)


def _beat(packages: Mapping[str, str], requires: Mapping[str, Sequence[str]]) -> Iterator[Misfit]:
    """Yield what an old django-celery-beat does not say itself: it names no newest Django, and breaks on one.

    From Django 6.1 on pip takes such a one silently, as all newer ones refuse it.
    """
    beat, django = packages.get(_BEAT), packages.get("django")
    if not beat or not django or _bounded_above(requires.get(_BEAT, ())):
        return
    known = bounds(_BEAT, None, release(django))
    if known is not None and release(beat) >= release(known.low):
        return
    if known is None and release(django) < DJANGO_WITHOUT_BEAT:
        return
    said = f"django-celery-beat {beat} is older than Django {django}"
    if known is not None:
        yield Misfit(
            f"{said}: it may fail at run time", f"install django-celery-beat {known.range}", certain=False
        )
        return
    newest = ".".join(map(str, DJANGO_WITHOUT_BEAT))
    yield Misfit(
        f"{said} and does not work with it: no django-celery-beat goes with Django {newest} yet",
        f"install Django below {newest} with `django-celery-beat>=2.9`, or keep schedules in "
        "`CELERY_BEAT_SCHEDULE` and go without it",
    )


def _bounded_above(lines: Iterable[str]) -> bool:
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if normalised(requirement.name) == "django":
            return any(clause.operator in {"<", "<=", "==", "~="} for clause in requirement.specifier)
    return False


def _named(name: str) -> str:
    return _NAMES.get(name, name)
