"""The kind of requirement that is a Grafana dashboard on metrics that exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.facts.monitoring.dashboards import read_dashboards
from celerify.model import Location, Observation
from celerify.requirements.attested import Attested
from celerify.requirements.metric_names import counted, wrong_names
from celerify.requirements.monitoring_files import is_written, with_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.project import Project

PATH = "deploy/grafana/celery-dashboard.json"


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard in the repository asks for metrics that are served, or a person attests one outside.

    Attributes:
        item: the item that the attestation is for.
    """

    item: str

    attestable: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each dashboard on Celery's metrics; without any, the attestation."""
        found = tuple(read_dashboards(project.tree))
        for each in found:
            holds, said = wrong_names(project, each.metrics)
            said = said or f"asks for {counted(each.metrics, 'metric')} of Celery"
            yield Observation(holds, f"the dashboard {each.title} {said}", Location(each.path))
        if not found:
            yield from Attested(self.item).observe(project)

    def vacancy(self, project: Project) -> Observation:
        """Return that there is no dashboard."""
        del project
        said = "no Grafana dashboard of the repository asks for Celery's metrics, and nobody attests one"
        return Observation(holds=False, summary=said)

    def fix(self, project: Project) -> Project:
        """Return the project with a dashboard on Flower's metrics, where metrics are wanted.

        Raises:
            CannotWriteError: there is a file of that name that is no such dashboard.
        """
        return with_file(project, PATH) if is_written(project, "prometheus") else project
