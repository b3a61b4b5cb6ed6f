"""What systemd refuses or misreads in a unit, and what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.processes.unit_faults import faults
from celerify.facts.processes.units import read_units
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

UNIT = """\
[Unit]
Description=Celery

[Service]
Type=exec
WorkingDirectory=/srv/shop
ExecStart=/srv/shop/.venv/bin/celery -A config worker

[Install]
WantedBy=multi-user.target
"""
START = "/srv/shop/.venv/bin/celery -A config worker"


def says(text: str, folder: Path, name: str = "celery.service") -> list[str]:
    (folder / name).write_text(text)
    tree = Tree.at(folder)
    unit = next(iter(read_units(tree)))
    return [fault.says for fault in faults(unit, tree)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Type=exec", "Type=simple"),
        ("Type=exec\n", ""),
        ("Type=exec", "Type=idle"),
        (START, "-/usr/bin/env celery -A config worker"),
        (START, "%h/venv/bin/celery -A config worker"),
        (START, '"/srv/my shop/bin/celery" -A config worker'),
        (START, "/bin/sh -c '${CELERY_BIN} -A config worker'"),
        (START, f"{START} \\\n    --pool=prefork \\\n    --concurrency=4"),
        (START, f"{START} $WORKER_OPTS"),
        ("WorkingDirectory=/srv/shop", "WorkingDirectory=~"),
        ("WorkingDirectory=/srv/shop", "WorkingDirectory=-/srv/shop"),
        ("WorkingDirectory=/srv/shop", "WorkingDirectory=%h/shop"),
        ("[Install]", "# a comment\n; another\n[X-Ours]\nOwner=me\n\n[Install]"),
        ("ExecStart=", "ExecStart=\nExecStart="),
        ("Type=exec", "Type=forking\nPIDFile=/run/celery.pid"),
        ("/srv/shop/.venv/bin/celery", "celery"),
    ],
)
def test_what_systemd_takes(old: str, new: str, tmp_path: Path) -> None:
    text = UNIT.replace(old, new)
    if "forking" in new:
        text = text.replace(START, "/srv/shop/.venv/bin/celery multi start w1 -A config")
    assert says(text, tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("/srv/shop/.venv/bin/celery", "${CELERY_BIN}", "expands no variable there"),
        ("/srv/shop/.venv/bin/celery", "/srv/${NAME}/celery", "expands no variable there"),
        ("/srv/shop/.venv/bin/celery", ".venv/bin/celery", "no absolute path, which systemd refuses"),
        ("Type=exec", "Type=forking", "never goes to the background"),
        ("Type=exec", "Type=oneshot", "which it never does"),
        ("Type=exec", "Type=notify", "Celery does not send"),
        ("Type=exec", "Type=daemon", "none that systemd knows"),
        ("celery -A config worker", "celery -A config worker --detach", "goes to the background"),
        ("celery -A config worker", "celery -A config multi start 2", "goes to the background"),
        ("WorkingDirectory=/srv/shop", "WorkingDirectory=shop", "no absolute path"),
        ("WorkingDirectory=/srv/shop", "WorkingDirectory=${HOME}/shop", "no absolute path"),
        ("config worker", 'config worker --hostname="w@%%h', "do not close"),
        ("ExecStart=", "ExecStart=/bin/true\nExecStart=", "several ExecStart="),
        ("[Unit]\n", "Description=x\n[Unit]\n", "outside of any section"),
        ("[Install]", "[Instal]", "no section that systemd knows"),
        ("Type=exec", "Type exec", "is no `Name=value`"),
    ],
)
def test_what_systemd_refuses(old: str, new: str, said: str, tmp_path: Path) -> None:
    found = says(UNIT.replace(old, new), tmp_path)
    assert any(said in fault for fault in found), found


def test_code_that_tells_systemd_may_be_waited_for(tmp_path: Path) -> None:
    (tmp_path / "ready.py").write_text('import os\n\nADDRESS = os.environ.get("NOTIFY_SOCKET")\n')
    assert says(UNIT.replace("Type=exec", "Type=notify"), tmp_path) == []


def test_a_template_is_filled_in_before_systemd_sees_it(tmp_path: Path) -> None:
    text = (
        UNIT.replace("/srv/shop", "{{ app_dir }}").replace("[Install]", "{% if boot %}\n[Install]")
        + "{% endif %}\n"
    )
    assert says(text, tmp_path, "celery.service.j2") == []


def test_a_supervisor_starts_copies(tmp_path: Path) -> None:
    (tmp_path / "celery.conf").write_text(
        "[program:beat]\ncommand=celery -A config beat\nnumprocs=2\n\n"
        "[program:worker]\ncommand=celery -A config worker\n"
    )
    assert {unit.name: unit.replicas for unit in read_units(Tree.at(tmp_path))} == {"beat": 2, "worker": None}


def test_repeated_entries_are_kept_and_an_empty_one_takes_them_back(tmp_path: Path) -> None:
    text = UNIT.replace(
        "Type=exec", "EnvironmentFile=/a\nEnvironmentFile=\nEnvironmentFile=/b\nEnvironmentFile=/c"
    )
    (tmp_path / "celery.service").write_text(text)
    (unit,) = read_units(Tree.at(tmp_path))
    assert [entry.value for entry in unit.values("Service", "EnvironmentFile")] == ["/b", "/c"]
