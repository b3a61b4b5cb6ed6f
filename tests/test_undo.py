from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celerify.commit import commit, pending, undo
from celerify.errors import NotUnderstoodError, ProofFailedError, RefusedError
from celerify.model import Change
from faults import MOMENTS, FaultyStorage, Moment, control_c, killed, picture, run_and_die

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")

FIRST = (Change("a.py", b"1\n", b"1\n2\n"), Change("new/tests/b.py", None, b"b\n"))
SECOND = (Change("a.py", b"1\n2\n", b"1\n2\n3\n"), Change("new/c.py", None, b"c\n"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_bytes(b"1\n")
    (tmp_path / "a.py").chmod(0o640)
    return tmp_path


def test_goes_back_through_the_commits_one_by_one(root: Path) -> None:
    before = picture(root)
    commit(FIRST, root, "celerify init")
    between = picture(root, without=".celerify")
    commit(SECOND, root, "celerify add-task a.b")
    second = undo(root)
    assert second is not None
    assert (second.title, second.paths, second.interrupted) == (
        "celerify add-task a.b", ("a.py", "new/c.py"), False,
    )  # fmt: skip
    assert picture(root, without=".celerify") == between
    first = undo(root)
    assert first is not None
    assert first.title == "celerify init"
    assert picture(root) == before
    assert undo(root) is None
    assert picture(root) == before


def test_can_commit_again_after_an_undo(root: Path) -> None:
    before = picture(root)
    commit(FIRST, root)
    for _ in range(3):
        commit(SECOND, root)
        undo(root)
    commit(SECOND, root)
    while undo(root):
        pass
    assert picture(root) == before


@pytest.mark.parametrize("path", ["a.py", "new/tests/b.py"])
def test_touches_nothing_where_a_person_has_edited_since(root: Path, path: str) -> None:
    commit(FIRST, root)
    (root / path).write_bytes(b"mine\n")
    seen = picture(root)
    with pytest.raises(RefusedError, match=path) as caught:
        undo(root)
    assert caught.value.exit_code == 4
    assert picture(root) == seen


@pytest.mark.parametrize("path", ["a.py", "new/tests/b.py"])
def test_touches_nothing_where_a_person_has_removed_a_file_since(root: Path, path: str) -> None:
    commit(FIRST, root)
    (root / path).unlink()
    seen = picture(root)
    with pytest.raises(RefusedError, match=path):
        undo(root)
    assert picture(root) == seen


def test_leaves_folders_that_are_in_use(root: Path) -> None:
    commit(FIRST, root)
    (root / "new/mine.py").write_bytes(b"")
    undo(root)
    assert not (root / "new/tests").exists()
    assert (root / "new/mine.py").exists()


def test_keeps_what_else_is_in_its_folder(root: Path) -> None:
    commit(FIRST, root)
    (root / ".celerify/evidence.json").write_text("{}")
    undo(root)
    assert [path.name for path in (root / ".celerify").iterdir()] == ["evidence.json"]


def calls_of_an_undo(root: Path) -> int:
    commit(FIRST, root)
    counter = FaultyStorage()
    undo(root, storage=counter)
    return len(counter.calls)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_at_any_call_is_finished_by_the_next_undo(root: Path, moment: Moment) -> None:
    before = picture(root)
    for at in range(1, calls_of_an_undo(root) + 1):
        commit(FIRST, root)
        after = picture(root, without=".celerify")
        storage = FaultyStorage(at, killed, moment)
        assert run_and_die(lambda storage=storage: undo(root, storage=storage)) == 9  # type: ignore[misc]
        assert pending(root) or picture(root, without=".celerify") in (before, after)
        while undo(root):
            pass
        assert picture(root) == before, f"call {at}"


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_failing_disk_leaves_all_of_it_or_nothing(root: Path, moment: Moment) -> None:
    before = picture(root)
    for at in range(1, calls_of_an_undo(root) + 1):
        commit(FIRST, root)
        after = picture(root)
        try:
            undo(root, storage=FaultyStorage(at, moment=moment))
        except ProofFailedError:
            assert picture(root) == after
            undo(root)
        assert not pending(root)
        assert picture(root) == before, f"call {at}"


@pytest.mark.parametrize("moment", MOMENTS)
def test_control_c_leaves_all_of_it_or_nothing(root: Path, moment: Moment) -> None:
    before = picture(root)
    for at in range(1, calls_of_an_undo(root) + 1):
        commit(FIRST, root)
        after = picture(root)
        with pytest.raises(KeyboardInterrupt):
            undo(root, storage=FaultyStorage(at, control_c, moment))
        assert picture(root) in (before, after), f"call {at}"
        while undo(root):
            pass
        assert picture(root) == before


def test_a_disk_that_stays_broken_leaves_it_to_the_next_undo(root: Path) -> None:
    class Broken(FaultyStorage):
        def remove(self, path: Path) -> None:
            raise OSError(5, f"Input/output error: {path.name}")

    before = picture(root)
    commit(FIRST, root)
    with pytest.raises(NotUnderstoodError) as caught:
        undo(root, storage=Broken())
    assert caught.value.exit_code == 3
    assert pending(root)
    undone = undo(root)
    assert undone is not None
    assert undone.interrupted
    assert picture(root) == before


names = st.sampled_from(["a", "b.py", "x/c", "x/y/d", "x/y/e", "z/f"])
trees = st.dictionaries(names, st.binary(max_size=20), max_size=6)


@settings(max_examples=40)
@given(start=trees, steps=st.lists(trees, min_size=1, max_size=4))
def test_any_sequence_of_commits_is_undone_exactly(
    tmp_path_factory: pytest.TempPathFactory, start: dict[str, bytes], steps: list[dict[str, bytes]]
) -> None:
    root = tmp_path_factory.mktemp("any")
    for name, content in start.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    pictures = [picture(root, without=".celerify")]
    for step in steps:
        changes = [
            Change(name, (root / name).read_bytes() if (root / name).exists() else None, content)
            for name, content in sorted(step.items())
        ]
        if commit(changes, root, storage=FaultyStorage()):
            pictures.append(picture(root, without=".celerify"))
    while len(pictures) > 1:
        assert picture(root, without=".celerify") == pictures.pop()
        assert undo(root, storage=FaultyStorage())
    assert picture(root) == pictures[0]
