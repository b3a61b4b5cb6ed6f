from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema

import celerify
from celerify.live.evidence import Outcome
from celerify.live.report_json import as_json
from celerify.live.report_junit import as_junit
from celerify.live.stage import Seen
from proofs import left, proof, stage

SCHEMA = json.loads((Path(celerify.__file__).parent / "report" / "verify.schema.json").read_text())
PROOFS = (
    proof(stage("workers", "7.1.1"), Seen(True, "it is up", ("7.1.1",), {"seconds": 1.5})),
    proof(
        stage("round-trip"),
        Seen(False, "no result <came> back", ("7.2.2",), log="\x1b[31mred\x1b[0m\nline", remedy="look & see"),
        Seen(True, "the task ran"),
    ),
    proof(stage("crash"), Seen(None, "a folder loses what it hands out")),
    left(stage("load"), "--load N was not asked for"),
)


def test_the_json_is_of_the_published_shape() -> None:
    outcomes = (Outcome("7.1.1", True, "it is up"), Outcome("7.2.2", False, "no result"))
    text = as_json(PROOFS, outcomes, broker="redis", versions={"celery": "5.7.0"}, recorded=("7.1.1",))
    document = json.loads(text)
    jsonschema.validate(document, SCHEMA)
    assert document["summary"] == {"passed": 1, "failed": 1, "not provable": 1, "left out": 1}
    assert [found["recorded"] for found in document["items"]] == [True, False]
    assert [found["name"] for found in document["stages"]] == ["workers", "round-trip", "crash", "load"]


def test_junit_has_one_case_a_stage() -> None:
    suite = ET.fromstring(as_junit(PROOFS)).find("testsuite")  # noqa: S314 - written by the call itself
    assert suite is not None
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped", "time")} == {
        "tests": "4", "failures": "1", "errors": "0", "skipped": "2", "time": "4.500",
    }  # fmt: skip
    passed, failed, unproved, out = suite.findall("testcase")
    assert [child.tag for child in passed] == ["system-out"]
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("message") == "no result <came> back"
    assert failure.text == "no result <came> back\nlook & see\n?[31mred?[0m\nline"
    assert [case.find("skipped") is not None for case in (unproved, out)] == [True, True]
    assert out.find("skipped").get("message") == "left out: --load N was not asked for"  # type: ignore[union-attr]
    assert {case.get("time") for case in (passed, failed)} == {"1.500"}
