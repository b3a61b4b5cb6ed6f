"""Package names and version constraints as they are written in all kinds of dependency files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

Release = tuple[int, ...]

_REQUIREMENT = re.compile(
    r"""^(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*
        (?:\[(?P<extras>[^\]]*)\])?\s*
        (?P<rest>.*)$""",
    re.VERBOSE,
)
_USERINFO = re.compile(r"//[^/@\s]*@")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?")
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")
_CLAUSE = re.compile(r"^(\^|~(?!=))\s*v?(\d+(?:\.\d+)*)\S*$")
_BARE = re.compile(r"^v?\d+(?:\.\d+)*\S*$")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement line: normalised name, sorted extras, the constraint as written, the marker."""

    name: str
    extras: tuple[str, ...]
    specifier: str
    marker: str = ""


def normalised(name: str) -> str:
    """Return a package name as PEP 503 compares it: `Django_Celery.Beat` is `django-celery-beat`."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def sorted_extras(text: str) -> tuple[str, ...]:
    """Return the extras of `redis, SQS`, normalised and sorted."""
    return tuple(sorted({normalised(extra) for extra in text.split(",") if extra.strip()}))


def read_requirement(text: str) -> Requirement | None:
    """Return one PEP 508 requirement, or a link that names its package; None for anything else.

    Links lose the user and password in them. Options behind the requirement must be cut off before.
    """
    text = text.strip()
    if "://" in text.split("@", 1)[0] or text.startswith(("./", "../", "/", "git+", "file:")):
        return _linked(text)
    found = _REQUIREMENT.match(text)
    if found is None:
        return None
    constraint, _, marker = found["rest"].partition(";")
    constraint = constraint.strip()
    if constraint.startswith("@"):
        link, _, marker = found["rest"].partition(" ;")
        constraint = "@ " + _USERINFO.sub("//", link.strip()[1:].strip())
    elif constraint.startswith("(") and constraint.endswith(")"):
        constraint = constraint[1:-1].strip()
    elif constraint and constraint[0] not in "=<>!~":
        return None
    return Requirement(
        normalised(found["name"]), sorted_extras(found["extras"] or ""), constraint, marker.strip()
    )


def _linked(text: str) -> Requirement | None:
    egg = _EGG.search(text)
    if egg is None:
        return None
    return Requirement(normalised(egg[1]), sorted_extras(egg[2] or ""), "@ " + _USERINFO.sub("//", text))


def release(text: str) -> Release:
    """Return the numbers of a version: `5.4.0rc1` is (5, 4, 0); the empty tuple without any."""
    found = _NUMBERS.search(text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


@lru_cache(maxsize=1024)
def as_pep440(specifier: str) -> str | None:
    """Return a constraint of any style as PEP 440 writes it; None for a link or what cannot be read.

    Poetry's and Pipenv's forms are known: `^5.3`, `~5.3`, a bare `5.3.1` (exactly that), `5.3.*`, `*`.
    """
    text = specifier.strip()
    if text in {"", "*"}:
        return ""
    if text.startswith("@") or "|" in text:
        return None
    clauses = [_clause(clause.strip()) for clause in text.split(",") if clause.strip()]
    return None if None in clauses else ",".join(clause for clause in clauses if clause)


def _clause(clause: str) -> str | None:
    found = _CLAUSE.match(clause)
    if found:
        return _range(found[1], release(found[2]))
    if _BARE.match(clause):
        return f"=={clause.removeprefix('v')}"
    return clause if clause[:1] in "=<>!~" else None


def _range(operator: str, low: Release) -> str:
    # Poetry: a caret keeps the first number that is not 0, a tilde keeps the second number
    keep = 1 if len(low) == 1 else 2
    if operator == "^":
        keep = next((place + 1 for place, number in enumerate(low) if number), len(low))
    high = (*low[: keep - 1], low[keep - 1] + 1)
    return f">={_dotted(low)},<{_dotted(high)}"


def _dotted(numbers: Release) -> str:
    return ".".join(map(str, numbers))


def specifiers(specifier: str) -> SpecifierSet | None:
    """Return a constraint of any style as a set of specifiers, or None where it cannot be read."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    text = as_pep440(specifier)
    if text is None:
        return None
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None


def allows(specifier: str, version: str) -> bool | None:
    """Tell whether a constraint accepts a version; None where the constraint cannot be read."""
    found = specifiers(specifier)
    return None if found is None else found.contains(version, prereleases=True)


def lowest(specifier: str) -> Release | None:
    """Return the lowest version that a constraint names: `>=3.11,<4` gives (3, 11); None without any."""
    found = specifiers(specifier)
    if found is None:
        return None
    lows = [release(one.version) for one in found if one.operator in {">=", ">", "==", "===", "~="}]
    return max(lows, default=None)


def is_bounded(specifier: str) -> bool:
    """Tell whether a constraint keeps the next major release out: exact, compatible, bounded, or a link."""
    if specifier.startswith("@"):
        return True
    found = specifiers(specifier)
    if found is None:
        return "|" in specifier and all(is_bounded(part) for part in specifier.split("|") if part.strip())
    return any(one.operator in {"==", "===", "~=", "<", "<="} for one in found)


def overlap(one: str, other: str, known: tuple[str, ...] = ()) -> bool | None:
    """Tell whether two constraints have a version in common; None where one of them cannot be read.

    Tried are the versions that they name and those `known`, so that a narrow range between two known
    versions may be overlooked.
    """
    first, second = specifiers(one), specifiers(other)
    if first is None or second is None:
        return None
    named = [found.version.removesuffix(".*") for found in (*first, *second)]
    return any(
        first.contains(version, prereleases=True) and second.contains(version, prereleases=True)
        for version in (*named, *known)
    )
