from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from celerify.facts.generated import blob_hash
from celerify.git import blob, merge, root_of, uncommitted

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def git(root: Path, *command: str) -> None:
    subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)


def test_the_root_is_found_from_any_folder(repository: Path) -> None:
    (repository / "a/b").mkdir(parents=True)
    assert root_of(repository / "a/b") == repository
    assert root_of(repository) == repository


def test_the_root_of_a_linked_work_tree_is_its_own(repository: Path, tmp_path: Path) -> None:
    git(repository, "commit", "-q", "--allow-empty", "-m", "First")
    git(repository, "worktree", "add", "-q", str(tmp_path / "other"))
    assert root_of(tmp_path / "other") == tmp_path / "other"


def test_a_folder_that_merely_is_called_git_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert root_of(tmp_path) != tmp_path


def test_a_new_repository_has_nothing_committed(repository: Path) -> None:
    (repository / "a.py").write_text("")
    assert uncommitted(repository, ["a.py", "b.py"]) == ("a.py",)
    git(repository, "add", "a.py")
    assert uncommitted(repository, ["a.py"]) == ("a.py",)


def test_names_are_literal(repository: Path) -> None:
    for name in ("a[1].py", "*.py", ":(top)x", "a -> b", "new\nline", " s "):
        (repository / name).write_text("")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "First")
    (repository / "*.py").write_text("x")
    (repository / "new\nline").write_text("x")
    everything = [path.name for path in repository.iterdir() if path.name != ".git"]
    assert uncommitted(repository, everything) == ("*.py", "new\nline")


def test_a_renamed_file_counts_under_its_new_name(repository: Path) -> None:
    (repository / "a.py").write_text("x = 1\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "First")
    git(repository, "mv", "a.py", "b.py")
    assert uncommitted(repository, ["a.py", "b.py"]) == ("a.py", "b.py")


def test_nobody_answers_without_git(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert uncommitted(tmp_path, ["a.py"]) is None
    monkeypatch.setenv("PATH", "")
    assert uncommitted(repository, ["a.py"]) is None
    assert root_of(repository) == repository


def test_a_hooks_variables_do_not_mislead(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert uncommitted(repository, ["a.py"]) == ()


def test_no_program_of_the_repositorys_configuration_is_run(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(trap))
    (repository / "a.py").write_text("")
    assert uncommitted(repository, ["a.py"]) == ("a.py",)
    assert not (tmp_path / "sprung").exists()


LABELS = ("yours", "base", "new")


def test_bytes_by_their_hash(repository: Path) -> None:
    raw = b"a\r\nb\xff"
    (repository / "a.bin").write_bytes(raw)
    assert blob(repository, blob_hash(raw)) is None
    git(repository, "add", ".")
    assert blob(repository, blob_hash(raw)) == raw
    assert blob(repository, "HEAD:a.bin") is None, "a hash, no other name"
    assert blob(repository, "--batch") is None


def test_two_sides_are_merged(tmp_path: Path) -> None:
    base = b"".join(b"%d\n" % number for number in range(9))
    found = merge(tmp_path, base + b"ours\n", base, b"theirs\n" + base, LABELS)
    assert found is not None
    assert (found.text, found.conflicts) == (b"theirs\n" + base + b"ours\n", 0)


def test_conflicts_are_marked_and_counted(tmp_path: Path) -> None:
    found = merge(tmp_path, b"ours\n", b"base\n", b"theirs\n", LABELS)
    assert found is not None
    assert found.conflicts == 1
    assert found.text == (b"<<<<<<< yours\nours\n||||||| base\nbase\n=======\ntheirs\n>>>>>>> new\n")


def test_what_is_no_text_is_not_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert merge(tmp_path, b"\0a", b"\0b", b"\0c", LABELS) is None
    monkeypatch.setenv("PATH", "")
    assert merge(tmp_path, b"a\n", b"a\n", b"b\n", LABELS) is None
