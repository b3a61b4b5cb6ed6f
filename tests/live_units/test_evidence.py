from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.discover import all_rules
from celerify.live.decisive import decisive
from celerify.live.deployed.stages import STAGES as DEPLOYED
from celerify.live.evidence import outcomes
from celerify.live.stage import Seen
from celerify.live.stages import STAGES
from celerify.project import Project
from celerify.rules._bases import WIRED
from celerify.tree import Tree
from commands import lay
from proofs import left, proof, stage

if TYPE_CHECKING:
    from pathlib import Path

WORKER = stage("workers", "7.1.1", "7.2.1", decides=True)
TRIP = stage("round-trip", "7.1.4", "7.2.2")
REGISTERED = stage("registered", "7.1.4")
EVERY = (WORKER, TRIP, REGISTERED)
ITEMS = frozenset({"7.1.1", "7.1.4", "7.2.1", "7.2.2"})


def held(*items: str) -> Seen:
    return Seen(True, "it holds", items, {"seconds": 1.0})


def test_an_item_holds_where_all_that_was_seen_of_it_holds() -> None:
    seen = (held("7.1.1"), Seen(True, "so does this", ("7.1.1",), {"tasks": 2}))
    one, *others = outcomes((proof(WORKER, *seen),), (WORKER,), ITEMS)
    assert others == []
    assert (one.item, one.holds, one.summary) == ("7.1.1", True, "it holds; so does this")
    assert one.numbers == {"seconds": 1.0, "tasks": 2}


def test_what_does_not_hold_outweighs_what_cannot_be_told_and_that_what_holds() -> None:
    wrong, open_ = (
        Seen(False, "it does not", ("7.1.1",), remedy="mend it"),
        Seen(None, "who knows", ("7.1.1",)),
    )
    (one,) = outcomes((proof(WORKER, held("7.1.1"), open_, wrong),), (WORKER,), ITEMS)
    assert (one.holds, one.summary, one.remedy) == (False, "it does not", "mend it")
    (one,) = outcomes((proof(WORKER, open_, held("7.1.1")),), (WORKER,), ITEMS)
    assert (one.holds, one.summary) == (None, "who knows")


def test_items_that_a_run_does_not_settle_are_left_alone() -> None:
    assert outcomes((proof(WORKER, held("4.3.1")),), (WORKER,), ITEMS) == ()


def test_a_stage_that_breaks_off_proves_nothing() -> None:
    broken = Seen(False, "the worker did not answer in time")
    (one,) = outcomes((proof(WORKER, held("7.1.1"), broken),), (WORKER,), ITEMS)
    assert one.holds is None
    assert one.summary == "the stage workers failed: the worker did not answer in time"


def test_a_failed_sentence_about_an_item_leaves_the_others_of_its_stage() -> None:
    wrong = Seen(False, "no result came back", ("7.2.2",))
    found = outcomes((proof(TRIP, held("7.1.4"), wrong), proof(REGISTERED, held("7.1.4"))), EVERY[1:], ITEMS)
    assert [(one.item, one.holds) for one in found] == [("7.1.4", True), ("7.2.2", False)]


def test_an_item_of_several_stages_needs_all_of_them() -> None:
    (one,) = outcomes((proof(REGISTERED, held("7.1.4")),), EVERY, ITEMS)
    assert (one.holds, one.summary) == (None, "the stage round-trip, which decides it too, did not run")


def test_a_stage_with_nothing_to_prove_in_the_project_is_not_missed() -> None:
    (one,) = outcomes((left(TRIP), proof(REGISTERED, held("7.1.4"))), (TRIP, REGISTERED), ITEMS)
    assert one.holds is True


def test_a_stage_behind_a_failed_one_is_missed() -> None:
    first = stage("broker", "7.2.1", decides=True)
    trip = stage("round-trip", "7.1.4")
    proofs = (
        proof(first, held("7.1.4"), Seen(False, "it is down", ("7.2.1",))),
        left(trip, "nothing to prove while the stage broker fails"),
    )
    found = outcomes(proofs, (first, trip), ITEMS)
    assert [(one.item, one.holds) for one in found] == [("7.1.4", None), ("7.2.1", False)]


def test_items_come_in_the_order_of_the_checklist() -> None:
    items = ("7.1.10", "7.1.2")
    found = outcomes((proof(stage("x", *items), held(*items)),), (), frozenset(items))
    assert [one.item for one in found] == ["7.1.2", "7.1.10"]


def test_every_item_that_only_a_run_settles_has_a_stage() -> None:
    named = {item for one in (*STAGES, *DEPLOYED) for item in one.items}
    rules = {rule.item: rule.decided for rule in all_rules()}
    assert {rules[item] for item in named} <= {"live", "static+live"}
    assert {item for item, decided in rules.items() if decided == "live"} <= named | {"6.3.4"}


def test_the_files_that_decide_an_item(tmp_path: Path) -> None:
    compose = "services:\n  w:\n    build: .\n    command: celery -A config worker\n"
    files = WIRED | {"compose.yaml": compose, "Procfile": "beat: celery -A config beat\n"}
    found = decisive(Project(Tree.at(lay(tmp_path, files))), ("1.5.1", "7.1.1", "7.1.2", "7.2.6"))
    assert "config/settings.py" in found["1.5.1"]
    assert "config/celery.py" not in found["1.5.1"]
    assert {"config/celery.py", "config/__init__.py", "compose.yaml"} <= set(found["7.1.1"])
    assert "Procfile" not in found["7.1.1"]
    assert "Procfile" in found["7.1.2"]
    assert "compose.yaml" not in found["7.1.2"]
    assert set(found["7.1.1"]) | set(found["7.1.2"]) <= set(found["7.2.6"])
    assert all(known is None or len(known) == 64 for known in found["7.2.6"].values())


def test_a_task_module_that_comes_later_ends_the_evidence_of_tasks(tmp_path: Path) -> None:
    settings = WIRED["config/settings.py"] + "\nINSTALLED_APPS += ['blog']\n"
    files = WIRED | {"config/settings.py": settings, "blog/__init__.py": "", "blog/apps.py": ""}
    found = decisive(Project(Tree.at(lay(tmp_path, files))), ("7.1.4", "7.2.2"))
    assert found["7.1.4"]["blog/tasks.py"] is None
    assert "blog/tasks.py" not in found["7.2.2"]
