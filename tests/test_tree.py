from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def lay(root: Path, files: dict[str, bytes]) -> Tree:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return Tree.at(root)


def applied(root: Path, diff: str) -> None:
    raw = diff.encode("utf-8", "surrogateescape")
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    done = subprocess.run(command, cwd=root, input=raw, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_lists_files_and_leaves_out_what_is_no_source(tmp_path: Path) -> None:
    lay(tmp_path, {
        "manage.py": b"", "a/b.py": b"", ".env": b"", "node_modules/x.py": b"", ".git/config": b"",
        ".celerify/x": b"", "env/pyvenv.cfg": b"", "env/lib/django/x.py": b"", "a/__pycache__/b.pyc": b"",
        "build/keep.py": b"",
    })  # fmt: skip
    tree = Tree.at(tmp_path)
    assert tree.paths == (".env", "a/b.py", "build/keep.py", "manage.py")
    assert tree.folders == {"", "a", "build"}


def test_a_link_to_a_file_is_listed_and_a_link_to_a_folder_is_not_entered(tmp_path: Path) -> None:
    lay(tmp_path, {"a/b.py": b"x"})
    (tmp_path / "link.py").symlink_to("a/b.py")
    (tmp_path / "again").symlink_to("a")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "dangling.py").symlink_to("nowhere")
    assert Tree.at(tmp_path).paths == ("a/b.py", "link.py")
    assert Tree.at(tmp_path).read("link.py") == b"x"


def test_unsaved_bytes_lie_over_the_disk(tmp_path: Path) -> None:
    before = lay(tmp_path, {"a.py": b"1", "b.py": b"2"})
    after = before.write("a.py", b"11").write("new/c.py", b"")
    assert (after.read("a.py"), after.read("b.py"), before.read("a.py")) == (b"11", b"2", b"1")
    assert after.paths == ("a.py", "b.py", "new/c.py")
    assert "new" in after.folders
    assert after.exists("new/c.py")
    assert not before.exists("new/c.py")
    assert (after.size("a.py"), after.size("b.py")) == (2, 1)
    assert not (tmp_path / "new").exists()
    assert [change.path for change in after.changes_since(before)] == ["a.py", "new/c.py"]


def test_what_was_written_back_to_the_same_bytes_is_no_change(tmp_path: Path) -> None:
    before = lay(tmp_path, {"a.py": b"1"})
    assert before.write("a.py", b"2").write("a.py", b"1").changes_since(before) == ()
    assert before.write("a.py", b"1").diff_since(before) == ""


def test_reads_text_by_its_byte_order_mark(tmp_path: Path) -> None:
    tree = lay(tmp_path, {
        "bom.txt": "\ufeffé\r\n".encode(), "wide.txt": "é\r\n".encode("utf-16"),
        "latin.txt": "é".encode("latin-1"),
    })  # fmt: skip
    assert tree.text("bom.txt") == "é\r\n"
    assert tree.text("wide.txt") == "é\r\n"
    assert tree.text("latin.txt").encode("utf-8", "surrogateescape") == b"\xe9"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    tree = Tree.at(tmp_path)
    assert not tree.exists("a.py")
    with pytest.raises(FileNotFoundError):
        tree.read("a.py")


CASES = {
    "lf": (b"a\nb\nc\n", b"a\nb\nB\nc\n"),
    "crlf": (b"a\r\nb\r\nc\r\n", b"a\r\nb\r\nB\r\nc\r\n"),
    "mixed line ends": (b"a\r\nb\nc\rd\n", b"a\r\nb\nB\r\nc\rd\n"),
    "no final newline before": (b"a\nb", b"a\nb\nc\n"),
    "no final newline after": (b"a\nb\n", b"a\nb\nc"),
    "no final newline at all": (b"a\nb", b"x\na\nb"),
    "byte order mark": (b"\xef\xbb\xbfa\n", b"\xef\xbb\xbfa\nb\n"),
    "latin-1": ("# é\na = 1\n".encode("latin-1"), "# é\na = 1\nb = 2\n".encode("latin-1")),
    "form feed and unicode separators": ("a\x0c\u2028b\x85\n".encode(), "a\x0c\u2028b\x85\nc\n".encode()),
    "from empty": (b"", b"a\n"),
    "far apart": (
        b"".join(b"%d\n" % n for n in range(60)),
        b"x\n" + b"".join(b"%d\n" % n for n in range(60)) + b"y\n",
    ),
    "new file": (None, b"a\nb\n"),
    "new file without final newline": (None, b"a"),
}


@pytest.mark.parametrize(("old", "new"), CASES.values(), ids=CASES)
def test_git_applies_the_diff(repository: Path, old: bytes | None, new: bytes) -> None:
    before = lay(repository, {} if old is None else {"a dir/f.py": old})
    applied(repository, before.write("a dir/f.py", new).diff_since(before))
    assert (repository / "a dir/f.py").read_bytes() == new


@pytest.mark.parametrize(
    "name", ["é.py", "a\tb.py", 'quo"te.py', "back\\slash.py", "spaced name.py", "empty/__init__.py"]
)
@pytest.mark.parametrize("content", [b"x\n", b""])
def test_git_applies_the_diff_of_a_file_with_an_odd_name(repository: Path, name: str, content: bytes) -> None:
    before = Tree.at(repository)
    applied(repository, before.write(name, content).diff_since(before))
    assert (repository / name).read_bytes() == content


lines = st.lists(
    st.sampled_from([b"a", b"b\r", b"", b"-x", b"+y", b"\\ z", b"\xe9", b"@@ -1 +1 @@"]), max_size=8
)


@settings(max_examples=60)
@given(old=lines, new=lines)
def test_git_applies_any_diff(
    tmp_path_factory: pytest.TempPathFactory, old: list[bytes], new: list[bytes]
) -> None:
    root = tmp_path_factory.mktemp("any")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    before = lay(root, {"f": b"\n".join(old)})
    after = before.write("f", b"\n".join(new))
    if after.diff_since(before):
        applied(root, after.diff_since(before))
    assert (root / "f").read_bytes() == b"\n".join(new)
