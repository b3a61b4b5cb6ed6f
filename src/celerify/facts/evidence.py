"""What `verify` recorded, and whether it still counts.

`.celerify/evidence.json`, by item (the schema is `report/evidence.schema.json`):

    {"schema": "celerify.evidence/1",
     "evidence": {"1.5.1": {"holds": true, "summary": "...", "when": "2026-11-23T02:15:44Z",
                            "expires": 1790000000, "commit": "1a2b3c4d5e6f",
                            "files": {"requirements.txt": "<sha256>"}}}}

`holds` is null where the run could not tell. `expires` is in seconds since 1970; `files` are those that the
evidence depends on, null for one that was absent.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.tree import Tree

EVIDENCE = ".celerify/evidence.json"
"""Where evidence is kept."""

SCHEMA = "celerify.evidence/1"
"""The only shape that counts."""

_SECONDS = re.compile(r"[0-9]{1,12}")
_NEWER = re.compile(r"celerify\.evidence/(?:[2-9]|[1-9][0-9]+)")
_SHORT = 10


class UnreadEvidenceError(ValueError):
    """The file is not what celerify writes.

    Args:
        said: what is wrong with it, as the end of a sentence that begins with its name.
        newer: it is of a newer celerify.
    """

    def __init__(self, said: str, *, newer: bool = False) -> None:
        super().__init__(said)
        self.newer = newer


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was recorded for one item.

    Attributes:
        holds: what was seen; None where the run could not tell.
        summary: one sentence about it.
        stale: why it counts no more: it has expired, or a file it depends on has changed; or "".
        when: the date on which it was seen, or "".
        commit: what was checked out then, or "".
    """

    holds: bool | None
    summary: str
    stale: str
    when: str = ""
    commit: str = ""

    @property
    def said(self) -> str:
        """The sentence, with the date and the commit where they are recorded."""
        at = f" at {self.commit}" if self.commit else ""
        return f"{self.summary} (seen on {self.when}{at})" if self.when else self.summary


def clock() -> float:
    """Return the time in seconds since 1970, from SOURCE_DATE_EPOCH where that is a number of seconds."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    return float(fixed) if _SECONDS.fullmatch(fixed) else time.time()


def parsed_evidence(content: bytes) -> Mapping[str, Any]:
    """Return the entries of the file, by item, as they are written.

    Raises:
        UnreadEvidenceError: it is no JSON, or of another shape.
    """
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        line = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadEvidenceError(f"cannot be read: it is no JSON{line}") from error
    schema = data.get("schema") if isinstance(data, dict) else None
    if isinstance(schema, str) and _NEWER.fullmatch(schema):
        raise UnreadEvidenceError(f"is of a newer celerify ({schema})", newer=True)
    if schema != SCHEMA or not isinstance(data.get("evidence"), dict):
        raise UnreadEvidenceError(f"cannot be read: it is not of the shape {SCHEMA}")
    entries: Mapping[str, Any] = data["evidence"]
    return entries


def evidence_fault(tree: Tree) -> str:
    """Return the sentence that says why the file cannot be read; "" where it can be, or is absent."""
    try:
        parsed_evidence(tree.read(EVIDENCE)) if tree.exists(EVIDENCE) else {}
    except UnreadEvidenceError as error:
        return f"`{EVIDENCE}` {error}"
    return ""


def read_evidence(tree: Tree, now: float) -> Mapping[str, Evidence]:
    """Return the evidence of each item; none where the file is absent, of another shape or not JSON."""
    try:
        entries = parsed_evidence(tree.read(EVIDENCE)) if tree.exists(EVIDENCE) else {}
    except UnreadEvidenceError:
        return {}
    return {item: read_entry(entry, tree, now) for item, entry in entries.items()}


def read_entry(entry: object, tree: Tree, now: float) -> Evidence:
    """Return one entry as it counts now; one of another shape is stale from the start."""
    match entry:
        case {
            "holds": (bool() | None) as holds,
            "summary": str(summary),
            "expires": int(expires) | float(expires),
            **others,
        }:
            when, commit = others.get("when"), others.get("commit")
            return Evidence(
                holds,
                summary,
                _stale(others.get("files", {}), expires, tree, now),
                when[:_SHORT] if isinstance(when, str) else "",
                _shortened(commit) if isinstance(commit, str) else "",
            )
        case _:
            return Evidence(None, "", "its entry is not of the shape that celerify writes")


def digest(tree: Tree, path: str) -> str | None:
    """Return the SHA-256 of a file's bytes; None where there is no such file."""
    return hashlib.sha256(tree.read(path)).hexdigest() if tree.exists(path) else None


def _shortened(commit: str) -> str:
    name, plus, dirty = commit.partition("+")
    return f"{name[:_SHORT]}{plus}{dirty}"


def _stale(files: object, expires: float, tree: Tree, now: float) -> str:
    if now >= expires:
        return "it has expired"
    if not isinstance(files, dict):
        return "it does not say which files it depends on"
    changed = [path for path, recorded in sorted(files.items()) if digest(tree, path) != recorded]
    return f"{changed[0]} has changed since" if changed else ""
