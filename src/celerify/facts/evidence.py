"""What `verify` or a person recorded, and whether it still counts.

`.celerify/evidence.json`, by item:

    {"schema": "celerify.evidence/1",
     "evidence": {"1.5.1": {"holds": true, "summary": "...", "expires": 1790000000,
                            "files": {"requirements.txt": "<sha256>"}}}}

`expires` is in seconds since 1970; `files` are those that the evidence depends on, null for one that
was absent.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.tree import Tree

EVIDENCE = ".celerify/evidence.json"
"""Where evidence is kept."""

SCHEMA = "celerify.evidence/1"
"""The only shape that counts."""

_SECONDS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was recorded for one item.

    Attributes:
        holds: what was seen.
        summary: one sentence about it.
        stale: why it counts no more: it has expired, or a file it depends on has changed; or "".
    """

    holds: bool
    summary: str
    stale: str


def clock() -> float:
    """Return the time in seconds since 1970, from SOURCE_DATE_EPOCH where that is a number of seconds."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    return float(fixed) if _SECONDS.fullmatch(fixed) else time.time()


def read_evidence(tree: Tree, now: float) -> Mapping[str, Evidence]:
    """Return the evidence of each item; none where the file is absent, of another shape or not JSON."""
    if not tree.exists(EVIDENCE):
        return {}
    try:
        data = json.loads(tree.read(EVIDENCE))
    except (ValueError, RecursionError):
        return {}
    if (
        not isinstance(data, dict)
        or data.get("schema") != SCHEMA
        or not isinstance(data.get("evidence"), dict)
    ):
        return {}
    found = {item: _evidence(entry, tree, now) for item, entry in data["evidence"].items()}
    return {item: evidence for item, evidence in found.items() if evidence is not None}


def _evidence(entry: object, tree: Tree, now: float) -> Evidence | None:
    match entry:
        case {"holds": bool(holds), "summary": str(summary), "expires": int(expires) | float(expires)}:
            files = entry.get("files", {}) if isinstance(entry, dict) else {}
            return Evidence(holds, summary, _stale(files, expires, tree, now))
        case _:
            return None


def _stale(files: object, expires: float, tree: Tree, now: float) -> str:
    if now >= expires:
        return "it has expired"
    if not isinstance(files, dict):
        return "it does not say which files it depends on"
    changed = [path for path, digest in sorted(files.items()) if _digest(tree, path) != digest]
    return f"{changed[0]} has changed since" if changed else ""


def _digest(tree: Tree, path: str) -> str | None:
    return hashlib.sha256(tree.read(path)).hexdigest() if tree.exists(path) else None
