"""`--format json`: the schema `celerify.audit/1` (report/audit.schema.json)."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from celerify.model import Format

if TYPE_CHECKING:
    from celerify.model import Finding, Observation, Report


def rendered(report: Report, _colour: bool, _width: int) -> str:
    """Return the report as JSON: no timestamp, no host, no absolute path; two runs give the same bytes."""
    document = {
        "schema": "celerify.audit/1",
        "celerify": report.celerify,
        "project": {
            "manage": report.manage,
            "settings": [{"module": module, "role": role} for module, role in report.settings],
            "celery_app": report.celery_app,
            "celery_version": report.celery_version,
        },
        "summary": report.summary,
        "findings": [_finding(finding) for finding in report.listed],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "item": finding.rule.item,
        "rule": finding.rule.slug,
        "title": finding.rule.title,
        "status": finding.status.value,
        "severity": finding.rule.severity.value,
        "reason": finding.reason,
        "observations": [_observation(observation) for observation in finding.observations],
        "remedy": finding.remedy,
        "fingerprint": fingerprint(finding),
    }


def _observation(observation: Observation) -> dict[str, object]:
    at = observation.at
    return {
        "holds": observation.holds,
        "summary": observation.summary,
        "path": at.path if at else None,
        "line": at.line if at else None,
    }


def fingerprint(finding: Finding) -> str:
    """Return a name that stays when lines move: made of the rule, the status, and the files at fault."""
    places = sorted({item.at.path for item in finding.observations if item.at and item.holds is not True})
    return hashlib.sha256("\0".join([finding.rule.slug, finding.status.value, *places]).encode()).hexdigest()[
        :16
    ]


FORMAT = Format("json", rendered)
