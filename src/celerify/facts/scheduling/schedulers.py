"""Where beat keeps its schedule: in the database, or in a file and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.values import Env, Known, Unset, alternatives

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.celery_config import Options
    from celerify.facts.services import Process
    from celerify.facts.values import Value


def in_database(options: Iterable[Options], processes: Iterable[Process]) -> frozenset[bool | None]:
    """Return, for each beat that may run, whether its schedule lives in the database; None: not readable.

    What `--scheduler` says on a beat's command line wins over the setting; without any the answer is no.
    """
    beats = [process for process in processes if process.kind == "beat" or process.embedded_beat]
    named = [beat.options.get("scheduler") for beat in beats]
    found = {_by_name(name) for name in named if name}
    if not named or not all(named):
        settings = [chain.options.get("beat_scheduler") for chain in options]
        for option in settings:
            found |= {_of_value(way) for way in alternatives(option.value)} if option else {False}
    return frozenset(found or {False})


def _of_value(value: Value) -> bool | None:
    match value:
        case Known(value=str(name)):
            return _by_name(name)
        case Known() | Unset():
            return False
        case Env(default=Known(value=str(name))):
            return _by_name(name)
        case _:
            return None


def _by_name(name: str) -> bool | None:
    if "$" in name:
        return None
    return name.rpartition(":")[2].rpartition(".")[2].endswith("DatabaseScheduler") or name == "django"
