"""Brings the files that celerify wrote whole to its newest templates; a person's edits stay."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from celerify import __version__, git
from celerify.errors import UsageError
from celerify.facts.generated import ANSWERS_FILE, Generated, blob_hash, read_generated
from celerify.model import Plan
from celerify.requirements.generated_files import rendered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from celerify.project import Project

PRISTINE = ".celerify/pristine"
"""Keeps what the templates made of a file that a person has edited: git never saw those bytes."""

_LABELS = ("yours", "as celerify wrote it", "the newest template")


class Fate(StrEnum):
    """What an update does with one file."""

    SAME = "nothing new for it"
    REPLACED = "the newest template"
    MERGED = "the newest template, and your edits"
    CONFLICT = "your edits and the newest template disagree"
    GONE = "you deleted it; it stays away"
    LEFT = "no template makes it any more; it is yours now"


@dataclass(frozen=True, slots=True)
class Brought:
    """One file and what comes of it.

    Attributes:
        path: where it is.
        fate: what happens to it.
        now: what it is to hold; what it holds where nothing changes.
        template: what the newest template makes of it.
        why: what stands behind a conflict, in one sentence.
    """

    path: str
    fate: Fate
    now: bytes = b""
    template: bytes = b""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """The plan of an update, and what comes of each file that was ever written whole."""

    plan: Plan
    files: tuple[Brought, ...]

    @property
    def conflicts(self) -> tuple[Brought, ...]:
        """The files that a person must settle."""
        return tuple(file for file in self.files if file.fate is Fate.CONFLICT)


def plan_update(project: Project, newest: Mapping[str, bytes] | None = None) -> Update:
    """Plan the update: each file is merged from what it was, what it is, and what it would be now.

    A file in conflict holds conflict markers in the plan.

    Args:
        project: the project as it is.
        newest: what other templates make of its answers; by default celerify's own are used.

    Raises:
        UsageError: a newer release of celerify has written the files.
    """
    recorded = read_generated(project.tree)
    if newest is None:
        _refuse_newer(recorded)
        now = Generated(source=recorded.source)
        newest = rendered(project, now, recorded.written.keys())
    else:
        own = newest.get(ANSWERS_FILE, b"")
        now = read_generated(project.write(ANSWERS_FILE, own).tree)
    files = tuple(
        _brought(project, path, recorded.written[path], newest.get(path)) for path in recorded.written
    )
    after = project
    for file in files:
        if file.fate in {Fate.REPLACED, Fate.MERGED, Fate.CONFLICT}:
            after = after.write(file.path, file.now)
        if file.template:
            after = _with_pristine(after, file, recorded.written[file.path])
    written = {file.path: blob_hash(file.template) for file in files if file.template}
    if recorded.written:
        text = rendered(after, replace(now, written=written), {ANSWERS_FILE})[ANSWERS_FILE]
        after = after.write(ANSWERS_FILE, text)
    return Update(Plan(project, after), files)


def _refuse_newer(recorded: Generated) -> None:
    if _numbers(recorded.release) > _numbers(__version__):
        raise UsageError(
            f"celerify {recorded.release} has written here, and this is v{__version__}",
            "upgrade celerify first",
        )


def _numbers(release: str) -> tuple[int, ...]:
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", release)
    return tuple(map(int, found.groups())) if found else ()


def _brought(project: Project, path: str, written: str, template: bytes | None) -> Brought:
    if not project.tree.exists(path):
        return Brought(path, Fate.GONE)
    ours = project.tree.read(path)
    if template is None:
        return Brought(path, Fate.LEFT, ours)
    ends = _carriage if _has_carriage(ours) else _plain
    if blob_hash(template) == written or ours == ends(template):
        return Brought(path, Fate.SAME, ours, template)
    if blob_hash(ours.replace(b"\r\n", b"\n")) == written:
        return Brought(path, Fate.REPLACED, ends(template), template)
    return _merged(project, path, written, template, ends)


def _merged(
    project: Project, path: str, written: str, template: bytes, ends: Callable[[bytes], bytes]
) -> Brought:
    root, ours = project.tree.root, project.tree.read(path)
    base = _pristine(project, path, written)
    shared = _shared(ours, ends(template)) if base is None else ends(base)
    found = git.merge(root, ours, shared, ends(template), _LABELS)
    if found is None:
        return Brought(path, Fate.CONFLICT, ours, template, "git, which merges, gives no answer here")
    if base is None:
        why = "git does not have the text that celerify wrote: it was never committed as it was"
        return Brought(path, Fate.CONFLICT, found.text, template, why)
    if found.conflicts:
        why = f"{found.conflicts} place{'s' if found.conflicts > 1 else ''} changed on both sides"
        return Brought(path, Fate.CONFLICT, found.text, template, why)
    fate = Fate.SAME if found.text == ours else Fate.MERGED
    return Brought(path, fate, found.text, template)


def _shared(one: bytes, other: bytes) -> bytes:
    """Return the lines that two texts have in common: the best guess at what both come from."""
    lines, others = one.splitlines(keepends=True), other.splitlines(keepends=True)
    blocks = difflib.SequenceMatcher(None, lines, others, autojunk=False).get_matching_blocks()
    return b"".join(b"".join(lines[block.a : block.a + block.size]) for block in blocks)


def _pristine(project: Project, path: str, written: str) -> bytes | None:
    """Return the text as celerify wrote it: the copy that was kept, else what git has under its hash."""
    kept = f"{PRISTINE}/{path}"
    if project.tree.exists(kept):
        text = project.tree.read(kept).replace(b"\r\n", b"\n")
        if blob_hash(text) == written:
            return text
    return git.blob(project.tree.root, written)


def _with_pristine(project: Project, file: Brought, written: str) -> Project:
    """Keep what the template makes of a file that differs from it, unless git can know it already."""
    kept = f"{PRISTINE}/{file.path}"
    unseen = blob_hash(file.template) != written and file.now.replace(b"\r\n", b"\n") != file.template
    return project.write(kept, file.template) if unseen or project.tree.exists(kept) else project


def _has_carriage(text: bytes) -> bool:
    return b"\r\n" in text and text.count(b"\r\n") == text.count(b"\n")


def _carriage(text: bytes) -> bytes:
    return text.replace(b"\n", b"\r\n")


def _plain(text: bytes) -> bytes:
    return text
