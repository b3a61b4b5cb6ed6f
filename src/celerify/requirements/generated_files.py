"""The files that celerify writes whole, and the record of them that `celerify update` starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.edits.render import whole_files
from celerify.facts.generated import ANSWERS_FILE, Generated, blob_hash, read_generated
from celerify.requirements.answers import answers

if TYPE_CHECKING:
    from collections.abc import Container

    from celerify.project import Project


def rendered(project: Project, record: Generated, only: Container[str] | None = None) -> dict[str, bytes]:
    """Return the files that the templates make for this project, by path, whatever was chosen.

    The answers file is among them, and holds the record; it names this release where the record names none.
    `only` says which are wanted.
    """
    known = {"written": dict(record.written), "release": record.release, "source": record.source}
    given = {name: value for name, value in known.items() if value}
    return whole_files({**answers(project), "_copier_answers": {}, **given}, only)


def with_files_recorded(before: Project, after: Project) -> Project:
    """Return `after` with the files recorded that it has whole from a template, and `before` had not.

    The release that is recorded stays: it is what `update` must know of the files that are older.
    """
    changed = {change.path: change.after for change in after.tree.changes_since(before.tree)}
    if not changed.keys() - {ANSWERS_FILE}:
        return after
    files = rendered(after, Generated(), changed.keys())
    new = {path: blob_hash(raw) for path, raw in changed.items() if files.get(path) == raw}
    recorded = read_generated(after.tree)
    if not new.items() - recorded.written.items():
        return after
    record = Generated(recorded.release, {**recorded.written, **new}, recorded.source)
    return after.write(ANSWERS_FILE, rendered(after, record, {ANSWERS_FILE})[ANSWERS_FILE])
