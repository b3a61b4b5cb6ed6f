"""`celerify verify --json`: the schema `celerify.verify/1` (report/verify.schema.json)."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from celerify.live.stage import Mark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from celerify.live.evidence import Outcome
    from celerify.live.stage import Proof, Seen


def as_json(
    proofs: Sequence[Proof],
    outcomes: Sequence[Outcome],
    *,
    broker: str | None,
    versions: Mapping[str, str],
    recorded: Sequence[str],
) -> str:
    """Return a run as JSON.

    Args:
        proofs: what came of each stage.
        outcomes: what that means for the checklist's items.
        broker: its kind; None where the run had none.
        versions: of Python and the Celery family, by name.
        recorded: the items that were written to the evidence.
    """
    marks = Counter(proof.mark for proof in proofs)
    document = {
        "schema": "celerify.verify/1",
        "broker": broker,
        "versions": dict(sorted(versions.items())),
        "summary": {mark.value: marks[mark] for mark in Mark},
        "stages": [_stage(proof) for proof in proofs],
        "items": [
            {"item": one.item, "holds": one.holds, "summary": one.summary, "recorded": one.item in recorded}
            for one in outcomes
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _stage(proof: Proof) -> dict[str, object]:
    return {
        "name": proof.stage.name,
        "title": proof.stage.title,
        "mark": proof.mark.value,
        "seconds": round(proof.seconds, 2),
        "reason": proof.reason,
        "seen": [_seen(seen) for seen in proof.seen],
    }


def _seen(seen: Seen) -> dict[str, object]:
    return {
        "holds": seen.holds,
        "summary": seen.summary,
        "items": list(seen.items),
        "numbers": dict(seen.numbers),
        "log": seen.log,
        "remedy": seen.remedy,
        "plot": seen.plot,
    }
