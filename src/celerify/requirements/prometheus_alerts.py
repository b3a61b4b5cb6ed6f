"""The kind of requirement that is a file of alert rules on Celery's metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.monitoring.prometheus import read_alerts
from celerify.model import Location, Observation
from celerify.requirements.metric_names import counted, wrong_names
from celerify.requirements.monitoring_files import is_written, with_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.monitoring.prometheus import Alert
    from celerify.project import Project

PATH = "deploy/prometheus/celery-alerts.yml"


@dataclass(frozen=True, slots=True)
class AlertRules:
    """A rule file alerts on Celery's metrics, by names that exist."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each file of alert rules on Celery, and each rule whose metrics do not exist."""
        files: dict[str, list[Alert]] = {}
        for alert in read_alerts(project.tree):
            files.setdefault(alert.at.path, []).append(alert)
        for path, alerts in files.items():
            judged = [(alert, *wrong_names(project, alert.metrics)) for alert in alerts]
            failing = [each for each in judged if not each[1]]
            for alert, holds, said in failing:
                yield Observation(holds, f"the alert {alert.name} {said}", alert.at)
            if not failing:
                said = f"{path} has {counted(alerts, 'alert rule')} on Celery"
                yield Observation(holds=True, summary=said, at=Location(path, alerts[0].at.line))

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing alerts on Celery."""
        del project
        said = "no rule file of the repository alerts on Celery's metrics"
        return Observation(holds=False, summary=said)

    def fix(self, project: Project) -> Project:
        """Return the project with alert rules on Flower's metrics, where metrics are wanted.

        Raises:
            CannotWriteError: there is a file of that name that alerts on nothing of Celery's.
        """
        return with_file(project, PATH) if is_written(project, "prometheus") else project
