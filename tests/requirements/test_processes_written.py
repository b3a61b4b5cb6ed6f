"""Where workers, beat and Flower are written, and where they are left to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.discover import all_rules
from celerify.engine import audit, plan
from celerify.facts.choices import Choices
from celerify.project import Project
from celerify.rules._bases import BARE, WIRED
from celerify.tree import Tree
from commands import lay

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.model import Plan

RULES = [rule for rule in all_rules() if rule.item.startswith(("6.1", "6.2", "6.3"))]


def planned(folder: Path, files: dict[str, str], *targets: str, **choices: object) -> Plan:
    given = Choices(deploy=targets or None, **choices)  # type: ignore[arg-type]
    return plan(Project(Tree.at(lay(folder, files)), given), RULES)


def test_nothing_is_written_where_no_target_is_known(tmp_path: Path) -> None:
    result = planned(tmp_path, WIRED)
    assert (result.diff, result.manual) == ("", ())


def test_a_new_procfile_holds_celery_alone(tmp_path: Path) -> None:
    text = planned(tmp_path, WIRED, "procfile").after.tree.text("Procfile")
    assert [line.partition(":")[0] for line in text.splitlines()] == ["worker", "flower", "beat"]


def test_a_new_worker_brings_the_beat_that_runs_inside_another(tmp_path: Path) -> None:
    service = "services:\n  worker:\n    build: .\n    command: celery -A config worker -B\n"
    result = planned(tmp_path, WIRED | {"compose.yaml": service}, "compose", "procfile")
    names = [line.partition(":")[0] for line in result.after.tree.text("Procfile").splitlines()]
    assert {"worker", "beat"} <= set(names)
    assert "beat:" not in result.after.tree.text("compose.yaml")


def test_below_a_folder_celery_is_told_where_it_works(tmp_path: Path) -> None:
    files = {f"backend/{path}": text for path, text in WIRED.items()} | {"requirements.txt": "celery\n"}
    project = planned(tmp_path, files, "procfile").after
    assert "worker: celery --workdir backend -A config worker " in project.tree.text("Procfile")
    assert {process.kind for process in project.processes} == {"worker", "beat", "flower"}


def test_a_procfile_with_another_worker_is_left_to_a_person(tmp_path: Path) -> None:
    result = planned(tmp_path, WIRED | {"Procfile": "worker: python consume.py\n"}, "procfile")
    assert result.after.tree.text("Procfile").startswith("worker: python consume.py\nbeat: celery")
    (step,) = {step.snippet: step for step in result.manual}.values()
    assert step.path == "Procfile"
    assert step.snippet.startswith("worker: celery -A config worker ")


@pytest.mark.parametrize("target", ["supervisor", "kubernetes"])
def test_what_celerify_does_not_write_comes_as_a_snippet(target: str, tmp_path: Path) -> None:
    result = planned(tmp_path, WIRED, target)
    assert result.diff == ""
    snippets = [step.snippet for step in result.manual]
    assert any("celery -A config worker" in text for text in snippets)
    assert any("celery -A config beat" in text for text in snippets)
    assert ("[program:celery-worker]" in snippets[0]) == (target == "supervisor")


def test_a_unit_of_that_name_is_left_alone(tmp_path: Path) -> None:
    path = "deploy/systemd/celery-worker.service"
    result = planned(tmp_path, WIRED | {path: "[Unit]\nDescription=mine\n"}, "systemd")
    assert result.after.tree.text(path) == "[Unit]\nDescription=mine\n"
    assert any(step.path == path for step in result.manual)


def test_a_project_without_an_application_gets_no_worker(tmp_path: Path) -> None:
    result = planned(tmp_path, BARE, "procfile")
    assert result.diff == ""
    assert "no Celery application" in result.manual[0].why


def test_without_monitoring_and_beat_only_the_worker_is_written(tmp_path: Path) -> None:
    files = WIRED | {"requirements.txt": "Django>=5.2,<5.3\ncelery[redis]>=5.7,<5.8\n"}
    result = planned(tmp_path, files, "systemd", "procfile", beat=False, monitoring="none")
    assert {change.path for change in result.changes} == {
        "Procfile", "deploy/systemd/celery-worker.service", "deploy/systemd/install.sh",
        "deploy/celery.env.example",
    }  # fmt: skip
    assert "beat" not in result.diff
    assert "flower.env" not in {change.path.rpartition("/")[2] for change in result.changes}


def test_the_commands_of_a_person_are_never_edited(tmp_path: Path) -> None:
    lines = "worker: celery -A config worker -B\n"
    result = planned(tmp_path, WIRED | {"Procfile": lines})
    assert result.diff == ""
    found = {finding.rule.item: finding.status.value for finding in audit(result.after, RULES)}
    assert found["6.1.1"] == found["6.2.1"] == "missing"
    assert found["6.2.3"] == "done", "one embedded beat in one unscaled worker is one beat"


def test_no_second_beat_joins_one_inside_a_worker(tmp_path: Path) -> None:
    unit = "[Service]\nExecStart=/srv/x/bin/celery -A config worker -B\n"
    result = planned(tmp_path, WIRED | {"deploy/w.service": unit}, "systemd")
    assert not any("beat.service" in change.path for change in result.changes)


def test_a_second_run_writes_nothing(tmp_path: Path) -> None:
    once = planned(tmp_path, WIRED, "systemd", "procfile").after
    assert plan(once, RULES).diff == ""
