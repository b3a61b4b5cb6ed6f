"""`celerify show topology|queues` and `celerify add-queue` as programs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from celerify.cli.topology.dot import quoted
from celerify.cli.topology.mermaid import escaped
from celerify.rules._bases import BARE
from celerify.rules.tasks._shop import SHOP
from commands import answer, committed, lay
from faults import picture

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]

EVIL = 'nightly </text><script>alert("x")</script> & `rest` |{}'
LONG = "a_task_with_a_name_that_is_far_too_long_for_any_box_of_a_drawing"
TASKS = "from celery import shared_task\n" + "".join(
    f'\n\n@shared_task(name="orders.{name}")\ndef {name}():\n    return 1\n'
    for name in (LONG, *(f"t{number}" for number in range(9)))
)
SETTINGS = (
    SHOP["config/settings.py"]
    + "CELERY_TASK_ROUTES = {'orders.t1': 'slow', 'orders.*': 'orders', 'orders.late.*': 'late'}\n"
    + f"CELERY_BEAT_SCHEDULE = {{{EVIL!r}: {{'task': 'orders.t2', 'schedule': 60}},"
    + " 'b': {'task': 'other.clean', 'schedule': 60}}\n"
)
PROCFILE = """\
worker: celery -A config worker -Q default,orders -c 8
slow: celery -A config worker -Q slow -P gevent
"""
FILES = SHOP | {"config/settings.py": SETTINGS, "orders/tasks.py": TASKS, "Procfile": PROCFILE}
FORMATS = ("text", "mermaid", "dot", "svg", "json")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return committed(lay(tmp_path, FILES))


def shown(capsys: Capture, root: Path, format_: str, what: str = "topology") -> str:
    found = answer(capsys, "show", what, "-C", root, "--format", format_)
    assert found.code == 0, found.err
    return found.out


@pytest.mark.parametrize("format_", FORMATS)
def test_two_runs_say_the_same_and_name_no_place_of_this_machine(
    format_: str, shop: Path, capsys: Capture
) -> None:
    first = shown(capsys, shop, format_)
    assert shown(capsys, shop / "orders", format_) == first
    assert str(shop) not in first


@pytest.mark.parametrize("format_", FORMATS)
def test_a_project_without_celery(format_: str, tmp_path: Path, capsys: Capture) -> None:
    text = shown(capsys, lay(tmp_path, BARE), format_)
    assert "nobody" not in text
    assert ("nothing uses Celery" in text) == (format_ in {"text", "svg", "json"})


def test_the_tree_says_who_sends_and_who_consumes(shop: Path, capsys: Capture) -> None:
    text = shown(capsys, shop, "text")
    assert "✘ celery  the default queue" in text
    assert "→ slow  gevent  (Procfile:2)" in text
    assert "orders.t1  by a route of its own" in text
    assert "and 3 more" in text
    assert "✘ no worker in Procfile consumes the queue celery" in text
    assert "✘ no task reaches the route orders.late.*" in text
    assert "– the worker worker consumes the queue default, which nothing is sent to" in text  # noqa: RUF001 - its mark


def test_the_json(shop: Path, capsys: Capture) -> None:
    found = json.loads(shown(capsys, shop, "json"))
    assert list(found) == ["schema", "tasks", "schedules", "queues", "workers", "problems"]
    assert found["schema"] == "celerify.topology/1"
    by_name = {task["name"]: task for task in found["tasks"]}
    assert [way["queue"] for way in by_name["orders.t1"]["queues"]] == ["slow"]
    assert [queue["name"] for queue in found["queues"]] == ["celery", "default", "late", "orders", "slow"]
    assert {item["kind"] for item in found["problems"]} == {"unconsumed", "unreachable-route", "idle-queue"}
    assert found["workers"][1]["queues"] == ["default", "orders"]


def test_the_svg_stands_alone_and_is_sound(shop: Path, capsys: Capture) -> None:
    text = shown(capsys, shop, "svg")
    root = ET.fromstring(text)  # noqa: S314 - our own output
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        "svg", "title", "style", "rect", "g", "text", "path", "circle",
    }  # fmt: skip
    assert re.findall(r"https?://[^\"<\s]+", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"url\(|@import|href", text)
    assert "prefers-color-scheme: dark" in text
    assert f"<title>{LONG}" in text
    assert f">{LONG}</text>" not in text
    assert "nobody consumes it" in text


def test_the_boxes_of_the_svg_lie_inside_of_it(shop: Path, capsys: Capture) -> None:
    root = ET.fromstring(shown(capsys, shop, "svg"))  # noqa: S314 - our own output
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for element in root.iter():
        x, y = float(element.attrib.get("x", 0)), float(element.attrib.get("y", 0))
        assert x + float(element.attrib.get("width", 0)) <= width
        assert y + float(element.attrib.get("height", 0)) <= height


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_it(shop: Path, capsys: Capture) -> None:
    text = shown(capsys, shop, "dot")
    done = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "slow" in done.stdout


def test_mermaid_gets_no_character_that_it_could_read(shop: Path, capsys: Capture) -> None:
    text = shown(capsys, shop, "mermaid")
    assert text.startswith("flowchart LR\n")
    assert "<script>" not in text
    assert "`" not in text
    labels = re.findall(r'"([^"]*)"', text)
    assert all(not re.search(r"[|{}\[\]()`]", label.replace("<br/>", "")) for label in labels)


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\\", "a\nb", 'x\\"y'])
def test_a_quoted_string_of_graphviz_is_closed(text: str) -> None:
    assert re.fullmatch(r'"(?:[^"\\\n]|\\.)*"', quoted(text))


@pytest.mark.parametrize("text", ['"', "#", ";", "<b>", "]", "end\nclick", "#34;"])
def test_mermaid_entities(text: str) -> None:
    assert re.fullmatch(r"(?:[\w .,/:-]|#\d+;)*", escaped(text))


def test_the_queues(shop: Path, capsys: Capture) -> None:
    text = shown(capsys, shop, "text", "queues")
    assert "slow\n  sent by      orders.t1\n  consumed by  slow (Procfile)" in text
    assert "consumed by  nobody" in text
    found = json.loads(shown(capsys, shop, "json", "queues"))
    assert found["schema"] == "celerify.queues/1"
    slow = next(queue for queue in found["queues"] if queue["name"] == "slow")
    assert slow["consumed_by"] == [{"worker": "slow", "deployment": "Procfile"}]


def test_a_new_queue_is_written_and_taken_back(tmp_path: Path, capsys: Capture) -> None:
    files = SHOP | {"Procfile": "worker: celery -A config worker\n"}
    root = committed(lay(tmp_path, files))
    before = picture(root)
    arguments = ("add-queue", "mails", "--match", "orders.*", "-C", root)
    dry = answer(capsys, *arguments, "--dry-run", "--diff")
    assert dry.code == 0
    assert '+CELERY_TASK_ROUTES = {"orders.*": {"queue": "mails"}}' in dry.out
    assert picture(root) == before
    done = answer(capsys, *arguments)
    assert done.code == 0, done.err
    assert "start the worker before the new routes are live" in done.out
    audited = json.loads(
        answer(capsys, "audit", "--select", "2.2.1,2.2.2,6.1.4", "--format", "json", root).out
    )
    assert {finding["status"] for finding in audited["findings"]} == {"done"}
    again = answer(capsys, *arguments)
    assert again.code == 4
    assert "exists already" in again.err
    assert answer(capsys, "undo", root).code == 0
    assert picture(root) == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("a,b --match x.*", 2, "cannot be the name of a queue"),
        ("mails", 2, "name its tasks"),
        ("mails --match orders.* --pool solo", 2, "solo"),
        ("mails --match orders.* --concurrency 0", 2, "--concurrency"),
        ("celery --match orders.*", 4, "default queue"),
    ],
)
def test_what_add_queue_refuses_changes_nothing(
    arguments: str, code: int, said: str, tmp_path: Path, capsys: Capture
) -> None:
    root = committed(lay(tmp_path, SHOP))
    before = picture(root)
    found = answer(capsys, "add-queue", *arguments.split(), "-C", root)
    assert found.code == code
    assert said in found.err
    assert picture(root) == before
