"""The stage in which beat sends a probe through the scheduler that the project configures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from celerify.live.beat import STARTS_WITHIN, WITHIN, commands, start
from celerify.live.beat_entries import nothing_scheduled, unregistered
from celerify.live.client import ClientError
from celerify.live.stage import Seen, Stage
from celerify.live.text import last_error, shown, tail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.beat import Beating, Command
    from celerify.live.run import Run

ITEMS = ("3.2.3", "7.1.2", "7.1.6")
_TICKS = 2
_MISSING = re.compile(r"ModuleNotFoundError: No module named '(\w+)")
_OPTION = re.compile(r"No such option:? '?(--[\w-]+)")
_TABLE = re.compile(r"no such table|relation \"\w+\" does not exist|doesn't exist")
_NOT_ADDED = re.compile(r"Cannot add entry '([^']+)' to database schedule: (.*)\. Contents:")
_NOT_TIMED = re.compile(r"Cannot calculate the next run of '([^']+)'")
_PACKAGES = {"redbeat": "celery-redbeat", "django_celery_beat": "django-celery-beat"}


def prepare(run: Run) -> None:
    """Start every beat of a process of its own; one inside a worker would take the probes of other stages."""
    for command in commands(run.project):
        if not command.embedded:
            _started(run, command)


def prove(run: Run) -> Iterator[Seen]:
    """Judge what is scheduled, then see each beat tick."""
    wrong = tuple(unregistered(run))
    yield from wrong
    items = tuple(item for item in ITEMS if not (wrong and item == "7.1.6"))
    for command in commands(run.project):
        beating = next((one for one in run.beats if one.command == command), None) or _started(run, command)
        if isinstance(beating, Seen):
            yield beating
            continue
        yield _seen(run, beating, items)
        yield from _refused(run, beating)
        if command.embedded:
            _end(run, beating)
    if not run.flowers:
        end_all(run)


def end_all(run: Run) -> None:
    """End every beat that is up, and take back what they wrote where the database is the project's own."""
    for beating in tuple(run.beats):
        _end(run, beating)
    if run.asked.own_database:
        run.client.ask("forget_rows")


def _end(run: Run, beating: Beating) -> None:
    grace = 3.0 if run.asked.own_database else 0.0  # to save when each entry ran last
    run.session.end(beating.process, grace=grace)
    run.beats.remove(beating)
    run.kept.pop(beating.command.label, None)


def _started(run: Run, command: Command) -> Beating | Seen:
    """Start a beat; where its scheduler cannot be run, return why."""
    try:
        found = run.client.ask("scheduler", name=command.scheduler)
    except ClientError as error:
        said = f"{command.called} does not start: {shown(run, str(error))}"
        return Seen(False, said, ITEMS, remedy=_remedy(run, str(error)))
    where, name = found["where"], found["class"]
    if where is None:
        said = f"{command.called} was not started: where {name} keeps its schedule is not known, so nothing "
        return Seen(None, f"{said}could keep it from writing there", ITEMS)
    if where == "redis" and run.broker.kind != "redis":
        said = f"{command.called} was not started: {name} keeps its schedule in Redis, and this run has none"
        return Seen(None, said, ITEMS, remedy="run it with `--broker redis://...`")
    if where == "database" and run.asked.own_database:
        run.client.ask("remember_intervals")
    beating = start(run, command)
    run.beats.append(beating)
    run.kept[command.label] = beating.process
    return beating


def _seen(run: Run, beating: Beating, items: tuple[str, ...]) -> Seen:
    command = beating.command
    ticked = beating.ticked(run, _TICKS)
    if not (ticked and beating.process.alive):
        return _failed(run, beating)
    ticks = beating.ticks(run)
    first = round(ticks[0]["at"] - beating.begun, 1)
    apart = round((ticks[-1]["at"] - ticks[0]["at"]) / (len(ticks) - 1), 2)
    scheduler = run.client.ask("scheduler", name=command.scheduler)["class"]
    withheld = run.journal("withheld", pid=beating.process.popen.pid)
    said = (
        f"{command.called} sent the probe {len(ticks)} times through {scheduler.rpartition('.')[2]}, first "
    )
    said += f"after {first} s, then every {apart} s"
    if withheld:
        said += f"; {len(withheld)} due of the project's own were not sent, as verify sends none of them"
    numbers = {"ticks": len(ticks), "first": first, "interval": apart, "withheld": len(withheld)}
    return Seen(True, said, items, numbers)


def _failed(run: Run, beating: Beating) -> Seen:
    command, text = beating.command, beating.process.text
    if not beating.process.alive:
        said = f"{command.called} does not stay up: {last_error(run, text)}"
        return Seen(False, said, ITEMS, log=tail(run, text), remedy=_remedy(run, text))
    count = len(beating.ticks(run))
    if not count and beating.ready(run) is None:
        said = f"{command.called} was not up within {STARTS_WITHIN:.0f} s"
        return Seen(False, said, ITEMS, log=tail(run, text), remedy=_remedy(run, text))
    if not count and (late := _late(run, command)):
        return late
    said = f"{command.called} is up, and the probe ran {count} times in {WITHIN:.0f} s in place of {_TICKS}"
    if f"Sending due task {run.session.id}" in text:
        said += ": beat sent it, and no worker ran it"
    return Seen(False, said, ITEMS, {"ticks": count}, tail(run, text))


def _late(run: Run, command: Command) -> Seen | None:
    """Return that times without a zone are why nothing is due yet; None where they are not."""
    hours = run.inspected.conf.get("ahead_of_utc") or 0
    if hours <= 0 or run.client.ask("scheduler", name=command.scheduler)["where"] != "database":
        return None
    said = f"{command.called} is up, and the probe did not run in {WITHIN:.0f} s: with USE_TZ = False "
    said += "django-celery-beat takes the local times in its rows for UTC, and a row that is new or changed "
    said += f"runs {hours:g} hours late"
    return Seen(False, said, ITEMS, {"ticks": 0}, remedy="set USE_TZ = True, or TIME_ZONE = 'UTC'")


def _remedy(run: Run, text: str) -> str:
    if found := _MISSING.search(text):
        package = _PACKAGES.get(found[1], found[1])
        return f"install it in the project's Python: `python -m pip install {package}`"
    if found := _OPTION.search(text):
        return f"take {found[1]} out of its command, or install a Celery that has it"
    if _TABLE.search(text):
        return "run `python manage.py migrate django_celery_beat`"
    return f"start it by hand to see more: `celery -A {run.asked.application} beat`"


def _refused(run: Run, beating: Beating) -> Iterator[Seen]:
    """Yield each entry that the scheduler itself did not take."""
    text = beating.process.text
    for name, why in dict(_NOT_ADDED.findall(text)).items():
        said = f"beat does not take the entry {name}: {shown(run, why)}"
        yield Seen(False, said, ("7.1.6",), remedy=f"mend the entry {name}")
    for name in dict.fromkeys(_NOT_TIMED.findall(text)):
        said = f"beat cannot tell when the entry {name} is due"
        yield Seen(False, said, ("7.1.6",), log=tail(run, text), remedy=f"mend the schedule of {name}")


STAGE = Stage(
    name="beat",
    title="Beat runs the probe through the scheduler that is configured",
    items=ITEMS,
    prove=prove,
    left_out=nothing_scheduled,
    prepare=prepare,
)
