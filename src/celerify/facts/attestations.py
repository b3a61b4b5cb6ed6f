"""What a person vouches for: who, when, until when, and on what evidence.

    [tool.celerify.attestations]
    "7.2.6" = {by = "Ada Byron", on = 2026-11-01, expires = 2027-05-01, evidence = "docs/load-test.md"}

A malformed attestation is no error of usage: it does not count, and the item it is for says why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.tree import Tree

KEYS = ("by", "on", "expires", "evidence")
_URL = re.compile(r"https?://\S+\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).date()


@dataclass(frozen=True, slots=True)
class Attestation:
    """What one person attests.

    Attributes:
        by: who.
        on: the day it was seen.
        expires: the first day on which it counts no more.
        evidence: a URL, or the path of a file in the repository.
        at: the line that records it.
        malformed: what is wrong with how it is written, or "".
    """

    by: str
    on: date
    expires: date
    evidence: str
    at: Location
    malformed: str = ""

    def refused(self, tree: Tree, now: float) -> str:
        """Return why it does not count at that time (seconds since 1970), or ""."""
        if self.malformed:
            return self.malformed
        today = datetime.fromtimestamp(now, UTC).date()
        if today < self.on:
            return f"it is dated {self.on}, which is not yet"
        if today >= self.expires:
            return f"it expired on {self.expires}"
        if not _URL.match(self.evidence) and not _holds(tree, self.evidence):
            return f"its evidence, {self.evidence}, is neither a URL nor a file of the repository"
        return ""


def read_attestations(table: Mapping[str, object], path: str, text: str) -> dict[str, Attestation]:
    """Return each attestation of a TOML table by the item or slug it is for.

    Args:
        table: what the TOML file holds under `attestations`.
        path: that file.
        text: its text, which tells the lines.
    """
    return {
        item.strip(): _attestation(entry, Location(path, _line(text, item))) for item, entry in table.items()
    }


def _attestation(entry: object, at: Location) -> Attestation:
    if not isinstance(entry, dict):
        return _malformed(at, f"it is no table with the keys {', '.join(KEYS)}")
    foreign = [key for key in entry if key not in KEYS]
    lacking = [key for key in KEYS if key not in entry]
    if foreign or lacking:
        said = [f"it has the unknown key {key}" for key in foreign] or [f"it lacks {' and '.join(lacking)}"]
        return _malformed(at, said[0])
    by, evidence = (entry[key] for key in ("by", "evidence"))
    for key, value in (("by", by), ("evidence", evidence)):
        if not isinstance(value, str) or not value.strip():
            return _malformed(at, f"`{key}` is empty or no text")
    on, expires = _day(entry["on"]), _day(entry["expires"])
    if on is None or expires is None:
        key = "on" if on is None else "expires"
        return _malformed(at, f"`{key}` is no date such as 2026-11-01")
    wrong = "" if expires > on else f"it expires on {expires}, which is not after {on}"
    return Attestation(" ".join(by.split()), on, expires, evidence.strip(), at, wrong)


def _malformed(at: Location, why: str) -> Attestation:
    return Attestation("", _EPOCH, _EPOCH, "", at, why)


def _day(value: object) -> date | None:
    """Return a TOML date, date and time, or ISO text as a day."""
    match value:
        case datetime():
            return value.date()
        case date():
            return value
        case str():
            try:
                return datetime.fromisoformat(value.strip()).date()
            except ValueError:
                return None
        case _:
            return None


def _line(text: str, item: str) -> int:
    """Return the first line that binds the item: as a key, or as the last part of a table's name."""
    name = re.escape(item)
    key = re.compile(rf"""^\s*(?:\[.*)?["']?{name}["']?\s*(?:\]|=|\.)|attestations.*["']?{name}["']?\s*=""")
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if "attestations" in line), 0)
    found = (number for number, line in enumerate(lines, 1) if number > start and key.search(line))
    return next(found, start + 1)


def _holds(tree: Tree, path: str) -> bool:
    """Tell whether a path names a file or folder inside the repository."""
    path = path.partition("#")[0]
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or ".." in parts or ":" in parts[0]:
        return False
    plain = "/".join(part for part in parts if part not in {"", "."})
    return bool(plain) and (tree.exists(plain) or plain in tree.folders)
