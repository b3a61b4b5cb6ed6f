"""`celerify add PART`: a slice of `init`, with the choice made by naming the part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.cli.add import PARTS, Part
from celerify.rules._bases import BARE, WIRED
from commands import answer, committed
from faults import picture

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]

pytestmark = pytest.mark.slow


FLOWER = {"Procfile": "worker: celery -A config worker\nflower: celery -A config flower\n"}


@pytest.mark.parametrize("part", Part)
def test_a_part_is_the_slice_of_init(part: Part, repository: Path, capsys: Capture) -> None:
    committed(repository, WIRED | (FLOWER if part is Part.MONITORING else {}))
    before = picture(repository, without=".git .celerify")
    assert answer(capsys, "add", part, "-C", repository).code == 0
    added = picture(repository, without=".git .celerify")
    assert added != before
    assert "Nothing to change" in answer(capsys, "add", part, "-C", repository).out
    assert picture(repository, without=".git .celerify") == added

    assert answer(capsys, "undo", repository).code == 0
    deploy = ("--deploy", part) if part in {"compose", "systemd", "procfile"} else ()
    select = ",".join(PARTS[part].items)
    assert answer(capsys, "init", "--yes", "--select", select, *deploy, repository).code == 0
    assert picture(repository, without=".git .celerify") == added


@pytest.mark.parametrize("part", ["compose", "systemd", "procfile"])
def test_a_deployment_joins_the_one_that_is_there(part: str, repository: Path, capsys: Capture) -> None:
    there = {"Procfile": "web: gunicorn config.wsgi\nworker: celery -A config worker\n"}
    committed(repository, WIRED | there)
    assert answer(capsys, "add", part, "-C", repository).code == 0
    assert (repository / "Procfile").read_text().startswith(there["Procfile"])
    shown = answer(capsys, "init", "--dry-run", repository).out
    line = next(line for line in shown.splitlines() if line.startswith("  deployment"))
    assert {"procfile", part} <= set(line.replace(",", " ").split())


def test_it_needs_an_application(repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    before = picture(repository)
    found = answer(capsys, "add", "compose", "-C", repository)
    assert found.code == 2
    assert "`celerify init` makes one" in found.err
    assert picture(repository) == before


@pytest.mark.parametrize(
    ("part", "recorded"),
    [
        ("compose", 'deploy = ["systemd"]'),
        ("systemd", 'deploy = "none"'),
        ("monitoring", 'monitoring = "none"'),
    ],
)
def test_what_is_recorded_otherwise_is_refused(
    part: str, recorded: str, repository: Path, capsys: Capture
) -> None:
    committed(repository, WIRED | {".celerify.toml": f"{recorded}\n"})
    before = picture(repository)
    found = answer(capsys, "add", part, "-C", repository)
    assert found.code == 2
    assert f"without {part}" in found.err
    assert picture(repository) == before


def test_monitoring_says_where_flower_is_declared(repository: Path, capsys: Capture) -> None:
    committed(repository, WIRED)
    found = answer(capsys, "add", "monitoring", "-C", repository)
    assert found.code == 0
    assert "nothing runs Flower yet: `celerify add compose`" in found.err


def test_a_dry_run_writes_nothing(repository: Path, capsys: Capture) -> None:
    committed(repository, WIRED)
    before = picture(repository)
    found = answer(capsys, "add", "tests", "--dry-run", "--diff", "-C", repository)
    assert found.code == 0
    assert "\n+" in found.out
    assert picture(repository) == before


def test_uncommitted_changes_are_guarded(repository: Path, capsys: Capture) -> None:
    committed(repository, WIRED | {"Procfile": "web: gunicorn config.wsgi\n"})
    (repository / "Procfile").write_text("web: gunicorn config.wsgi --workers 2\n")
    assert answer(capsys, "add", "procfile", "-C", repository).code == 4
    assert answer(capsys, "add", "procfile", "--allow-dirty", "-C", repository).code == 0


def test_an_unknown_part_is_told(repository: Path, capsys: Capture) -> None:
    committed(repository, WIRED)
    found = answer(capsys, "add", "kubernetes", "-C", repository)
    assert found.code == 2
    assert "systemd" in found.err
