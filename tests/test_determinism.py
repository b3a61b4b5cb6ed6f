"""Two runs give the same bytes whatever the order in which Python keeps a set."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from celerify.rules._bases import WIRED
from commands import lay

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

BASE = "services:\n  web:\n    build: .\n    command: gunicorn config.wsgi\n  redis:\n    image: redis:7\n"
OVER = "services:\n  worker:\n    command: celery -A config worker -c {count}\n    depends_on: [{on}]\n"
FILES = WIRED | {
    "compose.yaml": BASE,
    **{f"compose.{name}.yaml": OVER.format(count=n, on=on) for n, (name, on) in enumerate(
        [("one", "redis"), ("two", "web"), ("three", "redis"), ("four", "web"), ("five", "redis")], 1
    )},
    "Procfile": "worker: celery -A config worker\nbeat: celery -A config beat\n",
    "deploy/a.service": "[Service]\nExecStart=/srv/x/bin/celery -A config beat\n",
    "deploy/b.service": "[Service]\nExecStart=/srv/x/bin/celery -A config worker -Q a,b,c,d\n",
}  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [
        ("audit", "--format", "json"),
        ("show", "topology", "--format", "json"),
        ("init", "--dry-run", "--diff"),
    ],
    ids=["audit", "topology", "init"],
)
def test_the_hash_seed_changes_nothing(command: tuple[str, ...], tmp_path: Path) -> None:
    lay(tmp_path, FILES)
    outputs = {
        subprocess.run(
            [sys.executable, "-m", "celerify", *command],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=False,
        ).stdout
        for seed in range(6)
    }
    assert len(outputs) == 1
    assert outputs != {b""}
