"""`celerify update`: what the templates of a newer release bring to files that were written whole."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from celerify.edits import render
from celerify.facts.generated import ANSWERS_FILE, blob_hash, read_generated
from celerify.requirements.celery_application import CELERY_FILE
from celerify.rules._bases import BARE
from celerify.tree import Tree
from celerify.update import PRISTINE
from commands import answer, committed
from faults import picture

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]

pytestmark = pytest.mark.slow

FIRST = '"""The Celery application of this project."""'
LAST = "app.autodiscover_tasks()\n"
OTHER = "app.autodiscover_tasks(None)\n"


class Release:
    """A release of celerify with templates of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def change(self, old: str, new: str) -> None:
        """Make the next release: the template of celery.py has another text."""
        template = self.folder / CELERY_FILE
        text = template.read_text()
        assert old in text
        template.write_text(text.replace(old, new))
        render._environment.cache_clear()


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    folder = tmp_path / "templates"
    shutil.copytree(render.templates(), folder)
    monkeypatch.setattr(render, "templates", lambda: folder)
    return Release(folder)


@pytest.fixture
def made(repository: Path, release: Release, capsys: Capture) -> Path:
    """Return a project that the first release has set up, committed."""
    assert release.folder.is_dir()
    committed(repository, BARE)
    assert answer(capsys, "init", "--yes", repository).code == 0
    return committed(repository)


def module(root: Path) -> Path:
    return root / "config" / "celery.py"


def test_init_records_what_it_wrote_whole(made: Path) -> None:
    written = read_generated(Tree.at(made)).written
    assert written["config/celery.py"] == blob_hash(module(made).read_bytes())
    assert not {"config/settings.py", "config/__init__.py", ANSWERS_FILE} & written.keys()


def test_nothing_is_recorded_where_nothing_is_written_whole(repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    assert answer(capsys, "init", "--yes", "--select", "1.1,1.2", repository).code == 0
    assert not (repository / ANSWERS_FILE).exists()
    found = answer(capsys, "update", "--yes", repository)
    assert (found.code, found.out) == (0, "Nothing to update: celerify has written no whole file here.\n")


def test_the_same_release_brings_nothing(made: Path, capsys: Capture) -> None:
    before = picture(made)
    found = answer(capsys, "update", "--yes", made)
    assert found.code == 0
    assert "Nothing to update" in found.out
    assert picture(made) == before


def test_an_untouched_file_is_replaced(made: Path, release: Release, capsys: Capture) -> None:
    before = picture(made)
    release.change(LAST, "app.autodiscover_tasks()  # of every app\n")
    assert answer(capsys, "update", "--dry-run", made).code == 0
    assert picture(made) == before
    found = answer(capsys, "update", "--yes", made)
    assert found.code == 0
    assert "config/celery.py  (the newest template)" in found.out
    assert module(made).read_text().count("# of every app\n") == 1
    assert not (made / PRISTINE).exists()
    assert "Nothing to update" in answer(capsys, "update", "--yes", made).out
    assert answer(capsys, "undo", made).code == 0
    assert picture(made) == before


def test_edits_stay_through_two_updates(made: Path, release: Release, capsys: Capture) -> None:
    edited = module(made).read_text().replace(FIRST, '"""Ours."""')
    committed(made, {"config/celery.py": edited})
    release.change(LAST, "app.autodiscover_tasks()  # of every app\n")
    found = answer(capsys, "update", "--yes", made)
    assert found.code == 0
    assert "the newest template, and your edits" in found.out
    once = edited.replace(LAST, "app.autodiscover_tasks()  # of every app\n")
    assert module(made).read_text() == once
    committed(made)

    release.change('namespace="CELERY")', 'namespace="CELERY", force=False)')
    assert answer(capsys, "update", "--yes", made).code == 0
    assert module(made).read_text() == once.replace('"CELERY")', '"CELERY", force=False)')
    committed(made)
    assert "Nothing to update" in answer(capsys, "update", "--yes", made).out


def test_a_conflict_writes_nothing(made: Path, release: Release, capsys: Capture) -> None:
    committed(
        made, {"config/celery.py": module(made).read_text().replace(LAST, "app.autodiscover_tasks(None)\n")}
    )
    before = picture(made)
    release.change(LAST, "app.autodiscover_tasks()  # of every app\n")
    for way in (["--yes"], ["--dry-run"]):
        found = answer(capsys, "update", *way, made)
        assert found.code == 4
        assert "1 place changed on both sides" in " ".join(found.out.split())
        assert "config/celery.py cannot be merged" in found.err
        assert picture(made) == before


def test_conflicts_are_marked_when_asked_for(made: Path, release: Release, capsys: Capture) -> None:
    committed(
        made, {"config/celery.py": module(made).read_text().replace(LAST, "app.autodiscover_tasks(None)\n")}
    )
    before = picture(made)
    release.change(LAST, "app.autodiscover_tasks()  # of every app\n")
    assert answer(capsys, "update", "--yes", "--merge", made).code == 4
    marked = module(made).read_text()
    assert "<<<<<<< yours\napp.autodiscover_tasks(None)\n||||||| as celerify wrote it\n" in marked
    assert "app.autodiscover_tasks()  # of every app\n>>>>>>> the newest template\n" in marked
    assert answer(capsys, "undo", made).code == 0
    assert picture(made) == before


def test_what_was_edited_before_it_was_committed_is_a_conflict(
    repository: Path, release: Release, capsys: Capture
) -> None:
    committed(repository, BARE)
    assert answer(capsys, "init", "--yes", repository).code == 0
    edited = module(repository).read_text().replace(FIRST, '"""Ours."""')
    committed(repository, {"config/celery.py": edited})
    release.change(LAST, "app.autodiscover_tasks()  # of every app\n")
    found = answer(capsys, "update", "--yes", repository)
    assert found.code == 4
    assert "it was never committed" in " ".join(found.out.split())
    assert module(repository).read_text() == edited

    assert answer(capsys, "update", "--yes", "--merge", repository).code == 4
    marked = module(repository).read_text()
    assert marked.startswith(
        f'<<<<<<< yours\n"""Ours."""\n||||||| as celerify wrote it\n=======\n{FIRST}\n>>>>>>> '
    )
    assert marked.count("<<<<<<<") == 2, "only what differs, not the whole file"


def test_a_deleted_file_stays_deleted(made: Path, release: Release, capsys: Capture) -> None:
    module(made).rename(made / "config" / "jobs.py")
    init = (made / "config/__init__.py").read_text()
    committed(made, {"config/__init__.py": init.replace(".celery", ".jobs")})
    release.change(LAST, "app.autodiscover_tasks()  # of every app\n")
    assert answer(capsys, "update", "--yes", made).code == 0
    assert not module(made).exists()
    assert LAST in (made / "config" / "jobs.py").read_text()


@pytest.mark.parametrize("edit", ["", '"""Ours."""'])
def test_the_line_ends_of_a_checkout_stay(edit: str, made: Path, release: Release, capsys: Capture) -> None:
    text = module(made).read_bytes()
    changed = text.replace(FIRST.encode(), edit.encode()) if edit else text
    committed(made, {"config/celery.py": changed.replace(b"\n", b"\r\n")})
    release.change(LAST, "app.autodiscover_tasks()  # of every app\n")
    assert answer(capsys, "update", "--yes", made).code == 0
    wanted = changed.replace(LAST.encode(), b"app.autodiscover_tasks()  # of every app\n")
    assert module(made).read_bytes() == wanted.replace(b"\n", b"\r\n")


def test_uncommitted_changes_are_guarded(made: Path, release: Release, capsys: Capture) -> None:
    module(made).write_text("# mine\n" + module(made).read_text())
    release.change(LAST, "app.autodiscover_tasks()  # of every app\n")
    assert answer(capsys, "update", "--yes", made).code == 4
    assert answer(capsys, "update", "--yes", "--allow-dirty", made).code == 0
    assert module(made).read_text().startswith("# mine\n")


def test_a_change_that_would_undo_what_is_done_is_refused(
    made: Path, release: Release, capsys: Capture
) -> None:
    before = picture(made)
    release.change(LAST, "")
    found = answer(capsys, "update", "--yes", made)
    assert found.code == 3
    assert "would undo what is done now" in found.err
    assert picture(made) == before


def test_without_git_an_untouched_file_is_replaced_and_an_edited_one_is_not(
    tmp_path: Path, release: Release, capsys: Capture
) -> None:
    from commands import lay

    root = lay(tmp_path / "plain", BARE)
    assert answer(capsys, "init", "--yes", root).code == 0
    release.change(LAST, "app.autodiscover_tasks()  # of every app\n")
    assert answer(capsys, "update", "--yes", root).code == 0
    assert module(root).read_text().count("# of every app\n") == 1
    module(root).write_text("# mine\n" + module(root).read_text())
    release.change("# of every app", "# of all apps")
    assert answer(capsys, "update", "--yes", root).code == 4


@pytest.mark.parametrize("text", ["[", "written: 1\n", "- a\n"])
def test_a_broken_record_is_told(text: str, made: Path, capsys: Capture) -> None:
    committed(made, {ANSWERS_FILE: text})
    found = answer(capsys, "update", "--yes", made)
    assert found.code == 2
    assert f"{ANSWERS_FILE} cannot be read" in found.err


def test_a_later_part_joins_the_record(made: Path, capsys: Capture) -> None:
    old = (made / ANSWERS_FILE).read_text().replace('_commit: "v', '_commit: "v0.0.')
    committed(made, {ANSWERS_FILE: old})
    assert answer(capsys, "init", "--yes", "--deploy", "systemd", made).code == 0
    record = read_generated(Tree.at(made))
    assert record.release.startswith("v0.0."), "the older files are still of that release"
    assert {"config/celery.py"} < record.written.keys()


def test_the_files_of_a_newer_release_are_left_alone(made: Path, release: Release, capsys: Capture) -> None:
    newer = (made / ANSWERS_FILE).read_text().replace('_commit: "v', '_commit: "v9')
    committed(made, {ANSWERS_FILE: newer})
    release.change(LAST, "app.autodiscover_tasks()  # of every app\n")
    before = picture(made)
    found = answer(capsys, "update", "--yes", made)
    assert found.code == 2
    assert "upgrade celerify first" in found.err
    assert picture(made) == before


def test_where_copier_takes_the_templates_from_stays(made: Path, release: Release, capsys: Capture) -> None:
    ours = (made / ANSWERS_FILE).read_text().replace("gh:celerify/celerify", "gh:ours/celerify")
    committed(made, {ANSWERS_FILE: ours})
    release.change(LAST, "app.autodiscover_tasks()  # of every app\n")
    assert answer(capsys, "update", "--yes", made).code == 0
    assert read_generated(Tree.at(made)).source == "gh:ours/celerify"
