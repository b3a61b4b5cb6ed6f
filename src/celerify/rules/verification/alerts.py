"""Item 7.2.5 of the checklist: alerts, which a file defines and a person sees arrive."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.attested import Attested
from celerify.requirements.prometheus_alerts import AlertRules
from celerify.requirements.when_processes import without_prometheus
from celerify.rules._bases import WIRED
from celerify.rules._recorded import attested
from celerify.rules.monitoring._flower import COMPOSED

_WANTED = {"monitoring": "flower,prometheus"}
_RULES = """\
groups:
  - name: celery
    rules:
      - alert: TasksFail
        expr: sum by (task) (rate(flower_events_total{type="task-failed"}[5m])) > 0
"""

RULES = (
    Rule(
        item="7.2.5",
        slug="alerts-configured",
        title="Alerts configured",
        why="A dashboard helps who looks at it; at three in the morning nobody does. An alert rule is half of it: where it is not routed to somebody's telephone, or has never been seen to arrive there, it is a file.",
        severity=Severity.NOTE,
        decided="person",
        root="5.2.1",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="an alert rule file on Celery metrics exists and a person attests delivery; the file alone is unverified, saying so",
        not_applicable="chosen without prometheus",
        requires=(
            AlertRules(),
            Attested("7.2.5", "a rule file alone does not show that an alert reaches anybody"),
        ),
        applies=without_prometheus,
        remedy='write alert rules (celerify init --monitoring flower,prometheus), let one fire, see it arrive, and attest it: "7.2.5" in [tool.celerify.attestations]',
        examples=(
            Example(
                name="free: nothing alerts",
                files=COMPOSED,
                choices=_WANTED,
                status=Status.MISSING,
                says="no rule file of the repository alerts on Celery's metrics",
                adds={"deploy/prometheus/celery-alerts.yml": "alert: CeleryNoWorkerOnline"},
            ),
            Example(
                name="the file alone",
                files=COMPOSED | {"alerts.yml": _RULES},
                status=Status.UNVERIFIED,
                says="a rule file alone does not show that an alert reaches anybody: nobody attests it",
            ),
            Example(
                name="a file, and somebody saw an alert arrive",
                files=COMPOSED | attested("7.2.5") | {"alerts.yml": _RULES},
                status=Status.DONE,
                says="alerts.yml has 1 alert rule on Celery",
            ),
            Example(
                name="something else: attested, and no file",
                files=COMPOSED | attested("7.2.5"),
                status=Status.MISSING,
                says="no rule file",
            ),
            Example(
                name="something else: an alert on a name that does not exist",
                files=COMPOSED | {"alerts.yml": _RULES.replace("events_total", "task_failures_total")},
                status=Status.MISSING,
                says="the alert TasksFail asks for flower_task_failures_total, which Flower does not serve",
            ),
            Example(
                name="nothing serves metrics",
                files=WIRED,
                status=Status.NOT_APPLICABLE,
                says="nothing to judge while 5.2.1 is missing",
            ),
        ),
    ),
)
