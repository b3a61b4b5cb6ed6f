"""How many beats a deployment runs, and which of them run together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.project import Project
from celerify.requirements.beat_single import OneBeat
from celerify.rules._bases import WIRED
from celerify.tree import Tree
from commands import lay

if TYPE_CHECKING:
    from pathlib import Path

WORKER = "worker: celery -A config worker\n"
BEAT = "beat: celery -A config beat\n"
COMPOSE = """\
services:
  web:
    build: .
    command: gunicorn config.wsgi
  worker:
    build: .
    command: celery -A config worker
  beat:
    build: .
    command: celery -A config beat
"""
PROGRAM = "[program:{0}]\ncommand=/srv/x/bin/celery -A config {0}\n{1}\n"
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {0}}}
spec:
  replicas: {1}
  template:
    spec:
      containers:
        - {{name: main, image: shop, command: [celery, -A, config, {2}]}}
"""
UNIT = "[Service]\nExecStart=/srv/x/bin/celery -A config {}\n"


def verdicts(folder: Path, files: dict[str, str]) -> set[bool | None]:
    project = Project(Tree.at(lay(folder, WIRED | files)))
    return {seen.holds for seen in OneBeat().observe(project)}


@pytest.mark.parametrize(
    "files",
    [
        {"Procfile": WORKER + BEAT},
        {"Procfile": WORKER.replace("worker\n", "worker -B\n")},
        {"Procfile": WORKER + BEAT, "Procfile.dev": WORKER},
        {"compose.yaml": COMPOSE, "compose.local.yaml": COMPOSE.partition("  beat:")[0]},
        {"compose.yaml": COMPOSE + "    deploy:\n      replicas: 1\n"},
        {"compose.yaml": COMPOSE + "    scale: ${BEATS:-1}\n"},
        {"compose.yaml": COMPOSE, "start-beat.sh": "#!/bin/sh\ncelery -A config beat\n"},
        {"etc/celery.conf": PROGRAM.format("worker", "numprocs=4") + PROGRAM.format("beat", "")},
        {"k8s/w.yaml": MANIFEST.format("w", 5, "worker"), "k8s/b.yaml": MANIFEST.format("b", 1, "beat")},
        {"units/w.service": UNIT.format("worker"), "etc/supervisor.conf": PROGRAM.format("beat", "")},
        {"a/beat.service": UNIT.format("beat"), "b/beat.service": UNIT.format("beat")},
    ],
)
def test_one_beat(files: dict[str, str], tmp_path: Path) -> None:
    assert verdicts(tmp_path, files) == {True}


@pytest.mark.parametrize(
    "files",
    [
        {"Procfile": WORKER + BEAT + BEAT.replace("beat:", "clock:")},
        {
            "Procfile": WORKER.replace("worker\n", "worker -B\n")
            + "more: celery -A config worker --beat -Q x\n"
        },
        {"compose.yaml": COMPOSE + "    deploy:\n      replicas: 2\n"},
        {"compose.yaml": COMPOSE + "    scale: 0\n"},
        {"compose.yaml": COMPOSE + "    scale: ${BEATS:-2}\n"},
        {"etc/celery.conf": PROGRAM.format("worker", "") + PROGRAM.format("beat", "numprocs=2")},
        {"k8s/w.yaml": MANIFEST.format("w", 5, "worker"), "k8s/b.yaml": MANIFEST.format("b", 2, "beat")},
        {"k8s/w.yaml": MANIFEST.format("w", 5, "worker, -B")},
        {"a/beat.service": UNIT.format("beat"), "a/clock.service": UNIT.format("beat")},
    ],
)
def test_not_one_beat(files: dict[str, str], tmp_path: Path) -> None:
    assert verdicts(tmp_path, files) == {False}


@pytest.mark.parametrize(
    "files",
    [
        {"compose.yaml": COMPOSE + "    deploy:\n      replicas: ${BEATS}\n"},
        {"a/beat.service": UNIT.format("beat"), "b/clock.service": UNIT.format("beat")},
        {"a/w.service": UNIT.format("multi start 3 -B")},
        {
            "run-beat.sh": "#!/bin/sh\ncelery -A config beat\n",
            "tools/beat.sh": "#!/bin/sh\ncelery -A config beat\n",
        },
        {"compose.yaml": "services:\n  beat: [\n"},
    ],
)
def test_what_cannot_be_told(files: dict[str, str], tmp_path: Path) -> None:
    assert verdicts(tmp_path, files) == {None}


def test_a_deployment_without_beat_is_told_from_one_with(tmp_path: Path) -> None:
    assert verdicts(tmp_path, {"compose.yaml": COMPOSE, "Procfile": WORKER}) == {True, False}


def test_without_any_beat_the_slot_is_free(tmp_path: Path) -> None:
    assert verdicts(tmp_path, {"Procfile": WORKER}) == set()
