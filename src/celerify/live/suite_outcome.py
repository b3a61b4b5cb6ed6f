"""What came of a run of tests: read from pytest's JUnit file, or from what unittest prints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from pathlib import Path

_RAN = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
_ENDS = re.compile(r"^(?:OK|FAILED|NO TESTS RAN)(?: \((?P<counts>[^)]*)\))?\s*$", re.MULTILINE)
_COUNT = re.compile(r"([a-z ]+)=(\d+)")
_BAD = re.compile(
    r"^(?:FAIL|ERROR|UNEXPECTED SUCCESS): (?P<name>\S+)(?: \((?P<place>[\w.]+)\))?", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The counts of a run of tests, and the names of those that fail or cannot be run."""

    passed: int
    failed: int
    errors: int
    skipped: int
    failing: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many there are."""
        return self.passed + self.failed + self.errors + self.skipped


def of_junit(path: Path) -> Outcome | None:
    """Return what pytest wrote; None where it wrote nothing that can be read."""
    try:
        cases = list(ET.parse(path).iter("testcase"))  # noqa: S314 - the project's own pytest has just written it
    except (OSError, ET.ParseError):
        return None
    kinds = [({child.tag for child in case} & {"failure", "error", "skipped"}, case) for case in cases]
    failing = [_name(case) for tags, case in kinds if tags & {"failure", "error"}]
    count = {tag: sum(tag in tags for tags, _ in kinds) for tag in ("error", "failure", "skipped")}
    passed = sum(not tags for tags, _ in kinds)
    return Outcome(passed, count["failure"], count["error"], count["skipped"], tuple(dict.fromkeys(failing)))


def of_unittest(text: str) -> Outcome | None:
    """Return what unittest printed in the end; None where it did not come to an end."""
    ran, ends = list(_RAN.finditer(text)), list(_ENDS.finditer(text))
    if not ran or not ends:
        return None
    counts = {name.strip(): int(number) for name, number in _COUNT.findall(ends[-1]["counts"] or "")}
    failed = counts.get("failures", 0) + counts.get("unexpected successes", 0)
    errors, skipped = counts.get("errors", 0), counts.get("skipped", 0)
    failing = tuple(dict.fromkeys(_test(found) for found in _BAD.finditer(text)))
    return Outcome(max(0, int(ran[-1][1]) - failed - errors - skipped), failed, errors, skipped, failing)


def _name(case: ET.Element) -> str:
    return ".".join(filter(None, (case.get("classname"), case.get("name"))))


def _test(found: re.Match[str]) -> str:
    """Return the dotted name: Python 3.11 prints it in brackets, earlier ones without the function."""
    name, place = found["name"], found["place"]
    if not place:
        return name
    if "unittest.loader" in place:
        return name
    return place if place.endswith(f".{name}") else f"{place}.{name}"
