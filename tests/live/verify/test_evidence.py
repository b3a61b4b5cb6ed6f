"""What a whole run leaves behind: evidence that settles all that a run can, and says nothing it must not."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import celerify
from generated import environment, run
from verified import ENDS_WITHIN

pytestmark = [pytest.mark.live, pytest.mark.slow]

SCHEMA = json.loads((Path(celerify.__file__).parent / "report" / "evidence.schema.json").read_text())
OWN_ROWS = {"3.2.1", "3.2.2"}
PEOPLE = {"6.3.4", "7.2.5", "7.2.6"}
"""What needs a deployed host, an alert that reaches somebody, a load of the size of production."""


def audited(folder: Path) -> dict[str, dict[str, Any]]:
    report = json.loads(run(folder, "-m", "celerify", "audit", "--fail-on", "never", "--format", "json"))
    return {finding["item"]: finding for finding in report["findings"]}


def test_a_whole_run_settles_what_a_run_can(project: Path) -> None:
    junit = project.parent / "verify.xml"
    command = [sys.executable, "-m", "celerify", "verify", "--embedded", "--python", sys.executable]
    planted = environment({"REDIS_PASSWORD": "pl4nted-s3cret", "FLOWER_PASSWORD": "pl4nted-flower"})
    done = subprocess.run(
        [*command, "--junit", str(junit)], cwd=project, env=planted, capture_output=True, text=True,
        check=False, timeout=ENDS_WITHIN,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "failed" not in done.stdout.splitlines()[1]
    found = audited(project)
    left = {item for item, finding in found.items() if finding["status"] == "unverified"}
    assert left <= OWN_ROWS | PEOPLE
    assert left >= OWN_ROWS | {"7.2.5", "7.2.6"}
    for item in left:
        assert found[item]["remedy"], item
        assert f"○ {item}" in done.stdout
    text = (project / ".celerify/evidence.json").read_text()
    jsonschema.validate(json.loads(text), SCHEMA, format_checker=jsonschema.FormatChecker())
    machine = socket.gethostname()
    for said in ("pl4nted", str(project), "127.0.0.1", "celerify-", f"@{machine}", str(Path.home())):
        assert said not in text
        assert said not in junit.read_text() or said == "celerify-"
    status = subprocess.run(
        ["git", "status", "--short", "-uall"], cwd=project, capture_output=True, text=True, check=True
    ).stdout
    assert "?? .celerify/evidence.json\n" in status
    assert ".evidence-" not in status
    assert os.stat(project / ".celerify/evidence.json").st_mode & 0o777 == 0o644  # noqa: PTH116 - the mode alone


def test_a_partial_run_keeps_what_it_did_not_look_at(project: Path) -> None:
    place = project / ".celerify/evidence.json"
    place.parent.mkdir(exist_ok=True)
    entry = {"holds": True, "summary": "it ticked", "expires": 99_999_999_999, "files": {}}
    known = {"schema": "celerify.evidence/1", "evidence": {"7.1.2": entry}}
    place.write_text(json.dumps(known))
    run(project, "-m", "celerify", "verify", "--embedded", "--only", "round-trip", "--python", sys.executable)
    recorded = json.loads(place.read_text())["evidence"]
    assert recorded["7.1.2"] == entry
    assert recorded["7.2.2"]["holds"] is True
    assert recorded["7.1.4"]["holds"] is None  # what is registered was not looked at
