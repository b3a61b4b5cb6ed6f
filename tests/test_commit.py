from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from celerify.commit import commit, guard, pending, recover, undo
from celerify.errors import CelerifyError, NotUnderstoodError, ProofFailedError, RefusedError
from celerify.model import Change
from celerify.storage import Storage
from faults import MOMENTS, FaultyStorage, Moment, control_c, killed, picture, run_and_die

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")

OLD = {"a.py": b"A = 1\r\n", "pkg/b.py": b"B = 1", "run.sh": b"#!/bin/sh\n"}
CHANGES = (
    Change("a.py", OLD["a.py"], b"A = 1\r\nB = 2\r\n"),
    Change("new/deep/c.py", None, b"C = 3\n"),
    Change("pkg/b.py", OLD["pkg/b.py"], b"B = 1\nC = 2"),
    Change("pkg/d.py", None, b""),
    Change("run.sh", OLD["run.sh"], b"#!/bin/sh\nexec true\n"),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, content in OLD.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "run.sh").chmod(0o750)
    return tmp_path


def after_picture(root: Path) -> dict[str, object]:
    """Return what a commit that holds looks like, and take it back."""
    commit(CHANGES, root, storage=FaultyStorage())
    seen = picture(root, without=".celerify")
    undo(root, storage=FaultyStorage())
    return seen


def test_writes_all_of_it_and_keeps_mode_bits(root: Path) -> None:
    written = commit(CHANGES, root, "celerify init")
    assert written == ("a.py", "new/deep/c.py", "pkg/b.py", "pkg/d.py", "run.sh")
    for change in CHANGES:
        assert (root / change.path).read_bytes() == change.after
    assert (root / "run.sh").stat().st_mode & 0o7777 == 0o750
    assert (root / "pkg/d.py").stat().st_mode & 0o7777 == 0o644
    left = {path.name for path in root.rglob("*") if "celerify-" in path.name}
    assert not left


def test_a_new_file_respects_the_umask(root: Path) -> None:
    old = os.umask(0o077)
    try:
        commit([Change("secret.py", None, b"")], root)
    finally:
        os.umask(old)
    assert (root / "secret.py").stat().st_mode & 0o7777 == 0o600


def test_nothing_to_write_writes_nothing(root: Path) -> None:
    before = picture(root)
    assert commit([], root) == ()
    assert commit([Change("a.py", OLD["a.py"], OLD["a.py"])], root) == ()
    assert picture(root) == before


def test_the_journal_is_ignored_by_git_and_the_rest_of_its_folder_is_not(repository: Path) -> None:
    commit([Change("a.py", None, b"1\n")], repository)
    (repository / ".celerify/evidence.json").write_text("{}")
    seen = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=repository, capture_output=True, text=True, check=True
    )
    assert seen.stdout == "?? .celerify/evidence.json\n?? a.py\n"


def test_writes_through_a_link_and_keeps_it(root: Path) -> None:
    (root / "link.py").symlink_to("pkg/b.py")
    before = picture(root)
    assert commit([Change("link.py", OLD["pkg/b.py"], b"new\n")], root) == ("pkg/b.py",)
    assert (root / "link.py").is_symlink()
    assert (root / "pkg/b.py").read_bytes() == b"new\n"
    undo(root)
    assert picture(root) == before


def test_a_proof_that_fails_takes_everything_back(root: Path) -> None:
    before = picture(root)

    def prove() -> None:
        assert (root / "new/deep/c.py").exists()
        raise ProofFailedError("not as planned")

    with pytest.raises(ProofFailedError, match="not as planned"):
        commit(CHANGES, root, prove=prove)
    assert picture(root) == before


# --- refused, and nothing is written ---


def refused(root: Path, *changes: Change) -> str:
    before = picture(root)
    with pytest.raises(RefusedError) as caught:
        commit(changes, root)
    assert picture(root) == before
    assert caught.value.exit_code == 4
    return caught.value.what


def test_refuses_what_changed_between_plan_and_commit(root: Path) -> None:
    (root / "a.py").write_bytes(b"A = 2\n")
    assert "`a.py` has changed since it was read" in refused(root, *CHANGES)


def test_refuses_what_appeared_or_vanished_between_plan_and_commit(root: Path) -> None:
    (root / "pkg/d.py").write_bytes(b"mine\n")
    assert "pkg/d.py" in refused(root, *CHANGES)
    (root / "pkg/d.py").unlink()
    (root / "a.py").unlink()
    assert "a.py" in refused(root, *CHANGES)


def test_refuses_a_read_only_file_even_for_root(root: Path) -> None:
    (root / "pkg/b.py").chmod(0o444)
    assert "`pkg/b.py` cannot be written: the file is read-only" in refused(root, *CHANGES)


def test_refuses_a_new_file_in_a_read_only_folder(root: Path) -> None:
    (root / "pkg").chmod(0o555)
    assert "its folder is read-only" in refused(root, Change("pkg/sub/d.py", None, b""))
    (root / "pkg").chmod(0o755)


def test_refuses_a_link_out_of_the_repository(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "shared.py").write_bytes(b"S = 1\n")
    (root / "shared.py").symlink_to(outside / "shared.py")
    assert "leads out of the repository" in refused(root, Change("shared.py", b"S = 1\n", b"S = 2\n"))
    (root / "away").symlink_to(outside)
    assert "leads out of the repository" in refused(root, Change("away/new.py", None, b""))
    assert sorted(path.name for path in outside.iterdir()) == ["shared.py"]


def test_refuses_a_link_to_nothing_and_a_loop(root: Path) -> None:
    (root / "dangling.py").symlink_to("nowhere.py")
    assert "leads nowhere" in refused(root, Change("dangling.py", None, b""))
    (root / "loop.py").symlink_to("loop.py")
    assert "leads nowhere" in refused(root, Change("loop.py", None, b""))


@pytest.mark.parametrize(
    "path", ["../x.py", "/etc/x.py", "pkg/../../x.py", "", ".git/config", "pkg/.git/hooks/x"]
)
def test_refuses_paths_out_of_bounds(root: Path, path: str) -> None:
    refused(root, Change(path, None, b""))


def test_refuses_what_is_no_file(root: Path) -> None:
    assert "it is no file" in refused(root, Change("pkg", None, b""))
    assert "is no folder" in refused(root, Change("a.py/b.py", None, b""))


def test_refuses_two_contents_for_one_file(root: Path) -> None:
    (root / "link.py").symlink_to("a.py")
    changes = (Change("a.py", OLD["a.py"], b"1"), Change("link.py", OLD["a.py"], b"2"))
    assert "one file" in refused(root, *changes)


def test_refuses_a_journal_that_would_lie_elsewhere(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (root / ".celerify").symlink_to(outside)
    assert "leads out of the repository" in refused(root, *CHANGES)
    assert not list(outside.iterdir())


def test_sees_an_edit_made_while_it_writes_and_leaves_that_edit_alone(root: Path) -> None:
    class Meanwhile(Storage):
        def create(self, path: Path, content: bytes, like: os.stat_result | None = None) -> None:
            super().create(path, content, like)
            if path.name.startswith(".run.sh"):
                (root / "run.sh").write_bytes(b"mine\n")

    before = picture(root)
    with pytest.raises(RefusedError, match=r"run\.sh"):
        commit(CHANGES, root, storage=Meanwhile())
    assert (root / "run.sh").read_bytes() == b"mine\n"
    (root / "run.sh").write_bytes(OLD["run.sh"])
    assert picture(root) == before


# --- taken back ---


def calls_of_a_commit(root: Path) -> int:
    counter = FaultyStorage()
    commit(CHANGES, root, storage=counter)
    undo(root, storage=FaultyStorage())
    return len(counter.calls)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("lasting", [False, True])
def test_a_full_disk_at_any_call_leaves_the_old_bytes(root: Path, moment: Moment, *, lasting: bool) -> None:
    before = picture(root)
    for at in range(1, calls_of_a_commit(root) + 1):
        storage = FaultyStorage(at, moment=moment, lasting=lasting)
        with pytest.raises(ProofFailedError, match="No space left") as caught:
            commit(CHANGES, root, storage=storage)
        assert caught.value.exit_code == 5
        assert picture(root) == before, f"call {at}: {storage.calls}"


@pytest.mark.parametrize("moment", MOMENTS)
def test_control_c_at_any_call_leaves_the_old_bytes(root: Path, moment: Moment) -> None:
    before = picture(root)
    for at in range(1, calls_of_a_commit(root) + 1):
        with pytest.raises(KeyboardInterrupt):
            commit(CHANGES, root, storage=FaultyStorage(at, control_c, moment))
        assert picture(root) == before, f"call {at}"


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_at_any_call_is_taken_back_by_the_next_command(root: Path, moment: Moment) -> None:
    before, after = picture(root), after_picture(root)
    for at in range(1, calls_of_a_commit(root) + 1):
        storage = FaultyStorage(at, killed, moment)
        assert run_and_die(lambda storage=storage: commit(CHANGES, root, storage=storage)) == 9  # type: ignore[misc]
        seen = picture(root, without=".celerify")
        if seen != before:
            assert pending(root) or seen == after, f"call {at}"
        if pending(root):
            with pytest.raises(NotUnderstoodError, match="interrupted"):
                commit([Change("other.py", None, b"")], root)
            undone = recover(root)
            assert undone is not None
            assert undone.interrupted
        elif seen == after:
            undo(root)
        else:
            recover(root)
        assert picture(root) == before, f"call {at}"


def kill_midway(root: Path, number: int) -> None:
    storage = FaultyStorage(number, killed, "after")
    assert run_and_die(lambda: commit(CHANGES, root, storage=storage)) == 9


def place_of_the_last_replace(root: Path) -> int:
    """Return the number of the call that puts the last file in place."""
    counter = FaultyStorage()
    commit(CHANGES, root, storage=counter)
    undo(root, storage=FaultyStorage())
    return [number for number, name in enumerate(counter.calls, 1) if name == "replace"][-2]


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_taking_back_may_itself_be_killed_at_any_call(root: Path, moment: Moment) -> None:
    before, last = picture(root), place_of_the_last_replace(root)
    kill_midway(root, last)
    counter = FaultyStorage()
    recover(root, storage=counter)
    assert picture(root) == before
    for at in range(1, len(counter.calls) + 1):
        kill_midway(root, last)
        storage = FaultyStorage(at, killed, moment)
        assert run_and_die(lambda storage=storage: recover(root, storage=storage)) == 9  # type: ignore[misc]
        recover(root)
        recover(root)
        assert picture(root) == before, f"call {at}"


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_failure_while_taking_back_is_said_and_the_next_command_finishes(
    root: Path, moment: Moment
) -> None:
    before, last = picture(root), place_of_the_last_replace(root)
    kill_midway(root, last)
    counter = FaultyStorage()
    recover(root, storage=counter)
    for at in range(1, len(counter.calls) + 1):
        kill_midway(root, last)
        with pytest.raises(NotUnderstoodError, match="taking back") as caught:
            recover(root, storage=FaultyStorage(at, moment=moment))
        assert caught.value.exit_code == 3
        recover(root)
        assert picture(root) == before, f"call {at}"


def test_a_disk_that_fails_twice_leaves_it_to_the_next_command(root: Path) -> None:
    class Broken(FaultyStorage):
        def replace(self, source: Path, target: Path) -> None:
            super().replace(source, target)
            if target.name == "run.sh":
                self.at = len(self.calls) + 1
                raise OSError(5, "Input/output error")

        def flush(self, folder: Path) -> None:
            folder.stat()

    before = picture(root)
    with pytest.raises(NotUnderstoodError, match="taking back") as caught:
        commit(CHANGES, root, storage=Broken())
    assert caught.value.advice is not None
    assert "celerify undo" in caught.value.advice
    assert pending(root)
    undone = undo(root)
    assert undone is not None
    assert undone.interrupted
    assert picture(root) == before


def test_an_edit_made_after_a_kill_is_not_overwritten(root: Path) -> None:
    kill_midway(root, place_of_the_last_replace(root))
    (root / "a.py").write_bytes(b"mine\n")
    seen = picture(root)
    with pytest.raises(RefusedError, match=r"a\.py"):
        recover(root)
    assert picture(root) == seen
    (root / "a.py").write_bytes(OLD["a.py"])
    recover(root)
    assert (root / "run.sh").read_bytes() == OLD["run.sh"]


def test_recover_without_anything_to_recover_does_nothing(root: Path) -> None:
    before = picture(root)
    assert recover(root) is None
    assert not pending(root)
    assert picture(root) == before
    commit(CHANGES, root)
    seen = picture(root)
    assert recover(root) is None
    assert picture(root) == seen


def test_a_target_on_another_file_system_is_copied_back(root: Path) -> None:
    class Elsewhere(Storage):
        def replace(self, source: Path, target: Path) -> None:
            if source.name.startswith("before-"):
                raise OSError(18, "Invalid cross-device link")
            super().replace(source, target)

    before = picture(root)
    commit(CHANGES, root)
    undo(root, storage=Elsewhere())
    assert picture(root) == before


def test_a_journal_that_cannot_be_read_says_what_to_do(root: Path) -> None:
    commit(CHANGES, root)
    entry = root / ".celerify/journal/0001/entry.json"
    for damaged in (b"{", b"{}", entry.read_bytes().replace(b'"a.py"', b'"../a.py"')):
        entry.write_bytes(damaged)
        with pytest.raises(NotUnderstoodError, match="cannot be read"):
            undo(root)


# --- one at a time ---

HOLD = """
import sys, time
from pathlib import Path
from celerify.commit import commit
from celerify.model import Change

def hold():
    print("held", flush=True)
    time.sleep(60)

commit([Change("held.py", None, b"")], Path(sys.argv[1]), prove=hold)
"""


def test_a_second_command_is_refused_and_a_killed_one_holds_nothing(root: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root)], stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        for act in (lambda: commit(CHANGES, root), lambda: undo(root), lambda: recover(root)):
            with pytest.raises(RefusedError, match="another celerify command"):
                act()
        first.kill()
    undone = recover(root)
    assert undone is not None
    assert undone.paths == ("held.py",)
    assert commit(CHANGES, root)


# --- the guard ---


def git(root: Path, *command: str) -> None:
    subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)


@pytest.fixture
def guarded(repository: Path) -> Path:
    for name in ("a.py", "b.py"):
        (repository / name).write_text("x = 1\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "First")
    return repository


def test_the_guard_lets_clean_files_and_new_ones_through(guarded: Path) -> None:
    assert guard(guarded, ["a.py", "b.py", "new/c.py"]) is None


def test_the_guard_looks_at_the_files_of_the_plan_only(guarded: Path) -> None:
    (guarded / "b.py").write_text("x = 2\n")
    assert guard(guarded, ["a.py"]) is None
    with pytest.raises(RefusedError, match=r"uncommitted changes in b\.py") as caught:
        guard(guarded, ["a.py", "b.py"])
    assert "--allow-dirty" in str(caught.value.advice)
    assert guard(guarded, ["a.py", "b.py"], allow_dirty=True) is None


def test_the_guard_counts_staged_untracked_ignored_and_deleted_files(guarded: Path) -> None:
    (guarded / "b.py").write_text("x = 2\n")
    git(guarded, "add", "b.py")
    (guarded / "b.py").write_text("x = 1\n")
    (guarded / "untracked.py").write_text("")
    (guarded / ".gitignore").write_text("ignored.py\n")
    (guarded / "ignored.py").write_text("")
    (guarded / "a.py").unlink()
    for path in ("b.py", "untracked.py", "ignored.py", "a.py"):
        with pytest.raises(RefusedError, match=path):
            guard(guarded, [path])


def test_the_guard_follows_links(guarded: Path) -> None:
    (guarded / "link.py").symlink_to("b.py")
    git(guarded, "add", "-A")
    git(guarded, "commit", "-qm", "Link")
    assert guard(guarded, ["link.py"]) is None
    (guarded / "b.py").write_text("x = 2\n")
    with pytest.raises(RefusedError, match=r"b\.py"):
        guard(guarded, ["link.py"])


def test_bytes_that_celerify_wrote_do_not_count_until_edited(guarded: Path) -> None:
    commit([Change("a.py", b"x = 1\n", b"x = 1\ny = 2\n"), Change("c.py", None, b"z\n")], guarded)
    assert guard(guarded, ["a.py", "c.py"]) is None
    commit([Change("a.py", b"x = 1\ny = 2\n", b"x = 1\ny = 2\nz = 3\n")], guarded)
    assert guard(guarded, ["a.py", "c.py"]) is None
    (guarded / "c.py").write_text("edited\n")
    with pytest.raises(RefusedError, match=r"c\.py"):
        guard(guarded, ["a.py", "c.py"])


def test_the_guard_works_below_the_top_of_the_work_tree(guarded: Path) -> None:
    (guarded / "sub").mkdir()
    (guarded / "sub/a b.py").write_text("")
    (guarded / "sub/é.py").write_text("")
    git(guarded, "add", "-A")
    git(guarded, "commit", "-qm", "Second")
    assert guard(guarded / "sub", ["a b.py", "é.py"]) is None
    (guarded / "sub/é.py").write_text("x")
    with pytest.raises(RefusedError, match=r"é\.py"):
        guard(guarded / "sub", ["a b.py", "é.py"])


def test_without_git_the_guard_says_that_there_is_none(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = guard(root, ["a.py"])
    assert note is not None
    assert "git does not watch this folder" in note
    monkeypatch.setenv("PATH", "")
    assert guard(root, ["a.py"]) == note


def test_every_error_of_the_writer_is_one_that_the_command_line_knows() -> None:
    for error in (RefusedError, NotUnderstoodError, ProofFailedError):
        assert issubclass(error, CelerifyError)


@pytest.mark.slow
def test_a_kill_from_outside_at_any_time_is_taken_back(root: Path) -> None:
    before = picture(root)
    script = HOLD.replace("time.sleep(60)", "sys.exit()")
    for delay in range(0, 200, 20):
        with subprocess.Popen(
            [sys.executable, "-c", script, str(root)], stdout=subprocess.DEVNULL
        ) as process:
            time.sleep(delay / 1000)
            process.kill()
        recover(root)
        assert picture(root) == before
