"""What beat is to send: entries in settings and code, and the rows that code writes to the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.scheduling.entries import Entry, Gap, RowWrite, Schedules
from celerify.facts.scheduling.in_code import added
from celerify.facts.scheduling.in_settings import assigned, hidden, scheduled
from celerify.facts.scheduling.reading import Reader
from celerify.facts.scheduling.rows import written_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.celery_app import CeleryApp
    from celerify.facts.celery_config import Options
    from celerify.facts.layout import Layout
    from celerify.facts.sources import Sources
    from celerify.facts.tasks import Task

__all__ = ["Entry", "Gap", "RowWrite", "Schedules", "read_schedules"]


def read_schedules(
    options: Iterable[Options],
    sources: Sources,
    layout: Layout,
    tasks: tuple[Task, ...],
    app: CeleryApp | None,
) -> Schedules:
    """Return what the deployed settings and the project's own code schedule, each place once.

    Read: `beat_schedule` in the settings and on `app.conf`, `add_periodic_task`, and statements that write
    the models of django-celery-beat. What tests write does not count.
    """
    chains = tuple(options)
    reader = Reader(sources, layout, tasks, tuple(chain.settings for chain in chains))
    found = [*scheduled(reader, chains, app), *assigned(reader), *added(reader)]
    rows = tuple(written_rows(reader))
    if not (found or rows):
        found = [*hidden(chains)]
    entries = {(item.at, item.name): item for item in found if isinstance(item, Entry)}
    gaps = {(item.at, item.summary): item for item in found if isinstance(item, Gap)}
    return Schedules(tuple(entries.values()), rows, tuple(gaps.values()))
