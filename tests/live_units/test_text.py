"""What is shown of a run keeps its words, and loses passwords and folders."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from celerify.live.text import last_error, shown, tail

if TYPE_CHECKING:
    from celerify.live.run import Run


def _run(root: str, *addresses: str) -> Run:
    parts = SimpleNamespace(
        addresses=addresses,
        project=SimpleNamespace(tree=SimpleNamespace(root=Path(root))),
        session=SimpleNamespace(folder=Path("/scratch/celerify-1a2b-ff"), id="celerify-1a2b"),
    )
    return cast("Run", parts)


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")


def test_a_password_of_one_letter_is_hidden_in_urls_alone() -> None:
    said = shown(_run("/srv/shop", "redis://:y@h/0"), "sqlalchemy is missing, and redis://:y@h/0 too")
    assert said == "sqlalchemy is missing, and redis://:***@h/0 too"


def test_a_longer_password_is_hidden_wherever_it_stands() -> None:
    assert shown(_run("/srv/shop", "redis://:hush@h/0"), "AUTH hush failed") == "AUTH *** failed"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("see /srv/my shop/blog/tasks.py", "see blog/tasks.py"),
        ("no folder '/srv/my shop'", "no folder '.'"),
        ("file:///srv/my%20shop/db.sqlite3?mode=ro", "file://db.sqlite3?mode=ro"),
        ("/srv/my shop-old/x", "/srv/my shop-old/x"),
        ("/home/ada/.venv/lib/x.py and /home/ada", "~/.venv/lib/x.py and ~"),
        ("/home/adam/x", "/home/adam/x"),
        ("in /scratch/celerify-1a2b-ff/t/x", "in t/x"),
    ],
)
def test_folders_of_the_machine_are_left_out(text: str, said: str) -> None:
    assert shown(_run("/srv/my shop"), text) == said


def test_a_repository_and_a_home_at_the_root_leave_urls_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/")
    assert shown(_run("/"), "redis://localhost/0 and /srv/x") == "redis://localhost/0 and /srv/x"


_NO_FILE = "FileNotFoundError: [Errno 2] No such file: '/var/log/x.log'"
_WRAPPED = "ValueError: Unable to configure handler 'c'"
_WARNED = "celery.exceptions.SecurityWarning: You're running the worker with superuser privileges"


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (f"{_NO_FILE}\n\nThe above ...\n{_WRAPPED}\n", f"{_WRAPPED}: {_NO_FILE}"),
        (f"{_WARNED}\n\nUser information: uid=0\n", _WARNED),
        ("starting\nstopped\n", "stopped"),
    ],
)
def test_the_line_that_says_what_went_wrong(log: str, said: str) -> None:
    assert last_error(_run("/srv/shop"), log) == said


def test_the_end_of_a_log_leaves_out_how_python_imports() -> None:
    log = 'first\n  File "<frozen importlib._bootstrap>", line 690, in _load_unlocked\nKeyError: 1\n'
    assert tail(_run("/srv/shop"), log, 2) == "first\nKeyError: 1"
