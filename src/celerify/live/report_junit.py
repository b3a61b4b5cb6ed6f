"""`celerify verify --junit FILE`: one test case a stage, for what reads test reports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from celerify.live.stage import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from celerify.live.stage import Proof

_NAME = "celerify verify"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot say, as the colour codes of a log."""


def as_junit(proofs: Sequence[Proof]) -> str:
    """Return the stages as test cases: failed, skipped with the reason, or passed."""
    failed = sum(proof.mark is Mark.FAILED for proof in proofs)
    skipped = sum(proof.mark in {Mark.UNPROVED, Mark.LEFT} for proof in proofs)
    counts = {
        "name": _NAME, "tests": str(len(proofs)), "failures": str(failed), "errors": "0",
        "skipped": str(skipped), "time": f"{sum(proof.seconds for proof in proofs):.3f}",
    }  # fmt: skip
    suites = ET.Element("testsuites")
    suite = ET.SubElement(suites, "testsuite", counts)
    for proof in proofs:
        _case(suite, proof)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _case(suite: ET.Element, proof: Proof) -> None:
    named = {"classname": _NAME, "name": proof.stage.name, "time": f"{proof.seconds:.3f}"}
    case = ET.SubElement(suite, "testcase", named)
    match proof.mark:
        case Mark.FAILED:
            wrong = [seen for seen in proof.seen if seen.holds is False]
            message = _clean("; ".join(seen.summary for seen in wrong))
            failure = ET.SubElement(case, "failure", {"message": message, "type": "failed"})
            more = (part for seen in wrong for part in (seen.summary, seen.remedy, seen.log) if part)
            failure.text = _clean("\n".join(more))
        case Mark.UNPROVED | Mark.LEFT:
            said = proof.reason or "; ".join(seen.summary for seen in proof.seen)
            ET.SubElement(case, "skipped", {"message": _clean(f"{proof.mark.value}: {said}")})
    if proof.seen:
        out = ET.SubElement(case, "system-out")
        out.text = _clean("\n".join(seen.summary for seen in proof.seen))


def _clean(text: str) -> str:
    return _NO_XML.sub("?", text)
