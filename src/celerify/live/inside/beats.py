"""What the client is asked about beat: where it keeps its schedule, and which rows the run has made."""

from __future__ import annotations

import json
import os
from pathlib import Path

KEPT = {
    "celery.beat.PersistentScheduler": "file",
    "django_celery_beat.schedulers.DatabaseScheduler": "database",
    "redbeat.schedulers.RedBeatScheduler": "redis",
}
"""Where each scheduler that is known keeps its schedule; one derived from it does as it does."""

_BEFORE = "intervals.json"


def scheduler(name=None):
    """Return the class of a scheduler by the name that `--scheduler` takes, and where it keeps its schedule.

    Where is `file`, `database`, `redis`, `memory`, or None for one that keeps it in a way of its own.
    """
    from celerify_inside.app import app
    from celery.utils.imports import load_extension_class_names, symbol_by_name

    aliases = dict(load_extension_class_names("celery.beat_schedulers") or {})
    found = symbol_by_name(name or app.conf.beat_scheduler, aliases=aliases)
    bases = [f"{base.__module__}.{base.__qualname__}" for base in found.__mro__]
    where = next((KEPT[base] for base in bases if base in KEPT), None)
    return {"class": bases[0], "where": where or ("memory" if bases[0] == "celery.beat.Scheduler" else None)}


def remember_intervals():
    """Note which intervals the database has before beat adds the one of the probe."""
    from django_celery_beat.models import IntervalSchedule

    before = list(IntervalSchedule.objects.values_list("pk", flat=True))
    _file().write_text(json.dumps(before), encoding="utf-8")
    return len(before)


def forget_rows():
    """Delete the rows of the probe, and an interval that was made for it alone; return how many rows went."""
    from celerify_inside.app import RUN

    if not _file().exists():
        return 0
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    before = json.loads(_file().read_text(encoding="utf-8"))
    ours = PeriodicTask.objects.filter(name__startswith=f"{RUN['prefix']}.", task="celerify.probe.tick")
    intervals = set(ours.values_list("interval", flat=True))
    count, _ = ours.delete()
    made = IntervalSchedule.objects.filter(pk__in=intervals, periodictask=None).exclude(pk__in=before)
    return count + made.delete()[0]


def _file():
    return Path(os.environ["CELERIFY_RUN"]).with_name(_BEFORE)
