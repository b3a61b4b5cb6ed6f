"""A worker that was killed is brought back by systemd, by the policy of the repository's unit."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from verified import verify

pytestmark = [pytest.mark.live, pytest.mark.slow]

MANAGER = "/lib/systemd/systemd"
# In a mount namespace: systemd only starts where it takes the machine to be booted by it.
WITH_MANAGER = f"""\
set -e
mount -t tmpfs tmpfs /run/systemd
mkdir /run/systemd/system
export XDG_RUNTIME_DIR="$1"
shift
{MANAGER} --user --log-target=null & manager=$!
trap 'kill $manager; wait $manager || true' EXIT
until systemctl --user is-system-running >/dev/null 2>&1; do kill -0 $manager; sleep 0.05; done
"$@"
"""


@cache
def can_start_a_manager() -> bool:
    """Tell whether this machine lets us mount, and has systemd."""
    if os.geteuid() or not Path(MANAGER).exists() or not shutil.which("unshare"):
        return False
    command = ("unshare", "--mount", "sh", "-c", "mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd")
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not can_start_a_manager(), reason="systemd cannot be started here")
def test_a_killed_worker_comes_back_where_its_unit_says_so_and_not_otherwise(
    project: Path, tmp_path: Path
) -> None:
    runtime, script = tmp_path / "runtime", tmp_path / "manager.sh"
    runtime.mkdir(mode=0o700)
    script.write_text(WITH_MANAGER)
    behind = ("unshare", "--mount", "bash", str(script), str(runtime))
    unit = project / "deploy" / "systemd" / "celery-worker.service"
    unit.write_text(unit.read_text().replace("RestartSec=5", "RestartSec=1"))
    verified = verify(project, "--embedded", "--only", "supervisor", behind=behind)
    assert verified.mark("supervisor") == "passed", verified.talk
    (seen,) = verified.stages["supervisor"]["seen"]
    assert seen["items"] == ["6.3.4"]
    assert "celery-worker.service (Restart=always), and it answers" in seen["summary"]

    unit.write_text(unit.read_text().replace("Restart=always", "Restart=no"))
    broken = verify(project, "--embedded", "--only", "supervisor", behind=behind)
    assert "systemd did not bring back a worker that was killed" in broken.said("supervisor")[0]


def test_without_a_manager_the_stage_is_left_out_with_its_reason(project: Path, tmp_path: Path) -> None:
    verified = verify(project, "--embedded", "--only", "supervisor", XDG_RUNTIME_DIR=str(tmp_path))
    assert verified.mark("supervisor") == "left out", verified.talk
    assert "no systemd user manager answers here" in verified.stages["supervisor"]["reason"]
