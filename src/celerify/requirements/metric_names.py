"""Whether the metrics that a dashboard or an alert asks for are served by anything declared here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.monitoring.exporters import read_exporters
from celerify.facts.monitoring.metrics import unknown_metrics
from celerify.requirements.monitoring_files import flowers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from celerify.project import Project


def counted(things: Sequence[object], noun: str) -> str:
    """Return how many there are, in words: `1 metric`, `2 metrics`."""
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"


def wrong_names(project: Project, names: Sequence[str]) -> tuple[bool | None, str]:
    """Return whether the names hold, and what is wrong with them in words that follow a subject, or ""."""
    exporters = read_exporters(project.tree)
    flower = bool(flowers_of(project))
    wrong = unknown_metrics(names, flower=flower, exporter=bool(exporters))
    if not wrong:
        return True, ""
    if all(name.startswith("celery_") for name in wrong) and exporters:
        said = (
            f"asks for {', '.join(wrong[:3])}: whether {exporters[0].name} exports that cannot be told here"
        )
        return None, said
    who = " and ".join([*(["Flower"] if flower else []), *(each.name for each in exporters)])
    return False, f"asks for {', '.join(wrong[:3])}, which {who or 'nothing declared here'} does not serve"
