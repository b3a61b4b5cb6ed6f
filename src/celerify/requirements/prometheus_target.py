"""The kind of requirement that is something which serves Celery's metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.monitoring.exporters import read_exporters
from celerify.model import Observation
from celerify.requirements.flower_process import FlowerProcess
from celerify.requirements.monitoring_files import flowers_of, is_wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.project import Project

_NO_OPTION = frozenset({"prometheus_metrics", "prometheus-metrics"})


@dataclass(frozen=True, slots=True)
class ServesMetrics(FlowerProcess):
    """Flower runs, which always serves metrics, or an exporter does."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each process that serves metrics."""
        for flower in flowers_of(project):
            words = {word.lstrip("-").partition("=")[0] for word in flower.process.command}
            said = f"{flower.name} runs Flower, which serves {flower.metrics_path}"
            if words & _NO_OPTION:
                said += "; `--prometheus_metrics` is no option of Flower's and does nothing"
            yield Observation(holds=True, summary=said, at=flower.process.at)
        for exporter in read_exporters(project.tree):
            yield Observation(holds=True, summary=f"{exporter.name} exports Celery's metrics", at=exporter.at)

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing serves metrics."""
        del project
        said = "no declared process serves Celery's metrics: neither Flower nor an exporter"
        return Observation(holds=False, summary=said)

    def fix(self, project: Project) -> Project:
        """Return the project with Flower in each deployment target, where metrics are wanted.

        Raises:
            CannotWriteError: no target could be written.
        """
        return FlowerProcess.fix(self, project) if is_wanted(project, "prometheus") else project


@dataclass(frozen=True, slots=True)
class MetricsServed:
    """What serves metrics is there: said where it is not, so that a picture of nothing does not count."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield what serves metrics, or that nothing does."""
        found = tuple(ServesMetrics().observe(project))
        yield from found or (self.vacancy(project),)

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing serves metrics."""
        return ServesMetrics().vacancy(project)
