"""Writes what a run saw to `.celerify/evidence.json`, beside what older runs saw and still counts."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celerify.errors import RefusedError
from celerify.facts.evidence import (
    EVIDENCE,
    SCHEMA,
    UnreadEvidenceError,
    clock,
    parsed_evidence,
    read_entry,
)
from celerify.git import head, uncommitted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from celerify.live.evidence import Outcome
    from celerify.tree import Tree

DAYS = 90
"""How long evidence counts."""

_LAST = 253_402_300_799
"""The last second that a date can say."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Under which a run saw what it saw.

    Attributes:
        now: when, in seconds since 1970.
        versions: of Python and of the packages that matter, by name.
        broker: the kind of broker, as `redis`; None without one.
        settings: the settings module.
        files: by item, the files that decide it, with their hashes when the run began.
        place: `deployed` where workers that run elsewhere were looked at, else "".
    """

    now: float
    versions: Mapping[str, str]
    broker: str | None
    settings: str | None
    files: Mapping[str, Mapping[str, str | None]]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of recording.

    Attributes:
        items: those that were written.
        replaced: what was wrong with the former file, which is lost; or "".
        fault: why nothing was written, or "".
    """

    items: tuple[str, ...]
    replaced: str = ""
    fault: str = ""


def require_writable(tree: Tree) -> None:
    """Refuse to run where the file is of a newer celerify, which this one must not overwrite.

    Raises:
        RefusedError: it is.
    """
    try:
        _former(tree)
    except UnreadEvidenceError as error:
        if error.newer:
            raise RefusedError(
                f"`{EVIDENCE}` {error}: this one would lose what it says",
                "update celerify, or run with `--no-record`",
            ) from error


def record(root: Path, tree: Tree, outcomes: Sequence[Outcome], circumstances: Circumstances) -> Recorded:
    """Write what was seen, and return what was written.

    What a run could not tell leaves a proof that still counts as it is.

    Args:
        root: of the repository.
        tree: the same, as it is now.
        outcomes: what the run saw.
        circumstances: under which it saw that.
    """
    replaced = ""
    try:
        former = dict(_former(tree))
    except UnreadEvidenceError as error:
        former, replaced = {}, f"`{EVIDENCE}` {error}"
    wanted = [one for one in outcomes if one.holds is not None or not _counts(former, one.item, tree)]
    if not wanted:
        return Recorded(())
    commit = head(root)
    new = {one.item: _entry(one, circumstances, _commit(root, commit, circumstances, one)) for one in wanted}
    entries = dict(sorted((former | new).items(), key=lambda entry: _order(entry[0])))
    text = json.dumps({"schema": SCHEMA, "evidence": entries}, indent=1, ensure_ascii=False) + "\n"
    try:
        _write(root / EVIDENCE, text.encode())
    except OSError as error:
        return Recorded((), fault=f"`{EVIDENCE}` cannot be written: {error.strerror}")
    return Recorded(tuple(new), replaced)


def _former(tree: Tree) -> Mapping[str, Any]:
    return parsed_evidence(tree.read(EVIDENCE)) if tree.exists(EVIDENCE) else {}


def _order(item: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in item.split("."))


def _counts(former: Mapping[str, Any], item: str, tree: Tree) -> bool:
    """Tell whether an older run's word on an item still counts."""
    found = read_entry(former[item], tree, clock()) if item in former else None
    return found is not None and found.holds is not None and not found.stale


def _commit(root: Path, commit: str | None, circumstances: Circumstances, outcome: Outcome) -> str | None:
    """Return the commit, marked where it does not hold the files that decide the item as they were."""
    if commit is None:
        return None
    there = [path for path, known in circumstances.files.get(outcome.item, {}).items() if known]
    return f"{commit}+dirty" if uncommitted(root, there) else commit


def _entry(outcome: Outcome, circumstances: Circumstances, commit: str | None) -> dict[str, Any]:
    now = min(circumstances.now, _LAST)
    place = {"place": circumstances.place} if circumstances.place else {}
    return place | {
        "holds": outcome.holds,
        "summary": outcome.summary,
        "when": datetime.fromtimestamp(int(now), UTC).isoformat().replace("+00:00", "Z"),
        "expires": int(now) + DAYS * 86_400,
        "commit": commit,
        "versions": dict(sorted(circumstances.versions.items())),
        "broker": circumstances.broker,
        "settings": circumstances.settings,
        "numbers": dict(outcome.numbers),
        "files": dict(circumstances.files.get(outcome.item, {})),
    }


def _write(path: Path, content: bytes) -> None:
    """Put the file in its place in one step, so that nobody ever reads half of it."""
    path.parent.mkdir(exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".evidence-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
