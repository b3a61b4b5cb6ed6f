"""The error boundary: a clear sentence and the exit code of design.md, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from celerify import __version__
from celerify.cli.app import run

if TYPE_CHECKING:
    from pathlib import Path


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"celerify {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command"),
        (["audit", "--nonsense"], "No such option"),
        (["audit", "--fail-on", "often"], "often"),
        (["init", "--broker", "kafka"], "kafka"),
        (["explain", "9.9.9"], "no item, slug or group"),
        (["audit", "--select", "1.2,nothing"], "`nothing` is no item"),
        (["audit", "--format", "xml"], "there is no output format `xml`"),
        (["audit", "no/such/folder"], "is no folder"),
        (["add-task"], "Missing argument"),
    ],
)
def test_a_wrong_call_is_exit_2(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err
    assert not captured.out


def test_nobody_to_ask(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(repository)]) == 2
    assert "--yes" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["audit"], ["init", "--yes"], ["show", "project", "-C"]])
def test_no_manage_py_is_exit_3(
    command: list[str], repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "README").write_text("nothing here\n")
    assert run([*command, str(repository)]) == 3
    assert "manage.py" in capsys.readouterr().err
    assert [path.name for path in repository.iterdir() if path.name != ".git"] == ["README"]


@pytest.mark.parametrize("name", ["1.4.1", "celery-app-import"])
def test_explain(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", name]) == 0
    assert capsys.readouterr().out.startswith("1.4.1 celery-app-import: Import celery_app in __init__.py")


def test_explain_lists_a_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "1.4"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["1.4.1", "1.4.2"]


def test_a_closed_pipe_is_no_fault() -> None:
    piped = f"{sys.executable} -m celerify explain | head -1"
    done = subprocess.run(["sh", "-c", piped], capture_output=True, text=True, check=False)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "without"),
    [(["--version"], {"libcst", "rich", "copier", "typer"}), (["explain", "1.4.1"], {"copier", "rich"})],
)
def test_what_is_not_imported(arguments: list[str], without: set[str]) -> None:
    code = (
        "import sys; sys.argv = ['celerify', *sys.argv[1:]]\n"
        "from celerify.__main__ import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert not without & set(done.stderr.split())
