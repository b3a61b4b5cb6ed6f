"""`ScheduleSound`: each entry sends a task that exists, with arguments it takes, at times that come."""

from __future__ import annotations

import ast
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.facts.origins import Origins
from celerify.facts.scheduling.kinds import Crontab, Interval, kinds_of
from celerify.facts.scheduling.schedulers import in_database
from celerify.facts.scheduling.signatures import from_json, given_by, signature_of
from celerify.facts.scheduling.times import ImpossibleTimeError, read_times
from celerify.facts.values import Known, NotLiteralError, plain
from celerify.model import Observation
from celerify.requirements.schedule_expiry import Sent, expiry
from celerify.requirements.schedules_declared import WORDS
from celerify.requirements.when_periodic import no_beat_chosen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.schedules import Entry, RowWrite
    from celerify.facts.tasks import Task
    from celerify.facts.values import Value
    from celerify.model import Location
    from celerify.project import Project

_OF_ROWS = frozenset({"create", "get_or_create", "update_or_create", "save"})
_MODEL_FIELDS = frozenset(
    {"enabled", "description", "one_off", "start_time", "expires", "last_run_at", "total_run_count"}
)
"""What an entry may state besides under the DatabaseScheduler: fields of PeriodicTask."""
_ENTRY_KEYS = ("task", "schedule", "args", "kwargs", "options", "relative")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with an entry (a clause), or why it could not be judged; both "" where it is right."""

    wrong: str = ""
    unread: str = ""


@dataclass(frozen=True, slots=True)
class ScheduleSound:
    """Each entry, and each row that code writes for a task that can be read, does what it is there for."""

    universal: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield what is wrong or unread of each entry, tasks that several entries send, and what is right."""
        right: list[Sent] = []
        for item in sent(project):
            verdict = _judged(project, item)
            if verdict.wrong:
                yield Observation(holds=False, summary=f"{item.label}: {verdict.wrong}", at=item.at)
            elif verdict.unread:
                yield Observation(None, f"{item.label}: {verdict.unread}", item.at)
            else:
                right.append(item)
        for gap in project.schedules.unread:
            yield Observation(None, gap.summary, gap.at)
        if right:
            said = f"{len(right)} {'entries are' if len(right) > 1 else 'entry is'} sound"
            yield Observation(holds=True, summary=said, at=right[0].at)
        yield from _sent_twice(project)

    def vacancy(self, project: Project) -> Observation:
        """Say that there is no entry."""
        del project
        return Observation(holds=False, summary="nothing is scheduled in code")


def nothing_sent(project: Project) -> str | None:
    """Return that nothing is to be judged: rows get their task later, or nothing is periodic; or None."""
    schedules = project.schedules
    if sent(project) or schedules.unread:
        return None
    if not schedules.rows:
        return no_beat_chosen(project)
    if project.sources.blind_spot(WORDS):
        return None
    return "no entry: the rows that code writes get their task when it runs"


def sent(project: Project) -> tuple[Sent, ...]:
    """Return what is sent periodically: every entry, and the rows whose task can be read."""
    entries = [_of_entry(entry) for entry in project.schedules.entries]
    rows = [
        _of_row(row) for row in project.schedules.written_tasks
        if row.task is not None and row.method in _OF_ROWS and not (row.saved and row.method == "save")
    ]  # fmt: skip
    return (*entries, *rows)


def _of_entry(entry: Entry) -> Sent:
    label = f"the entry {entry.name}" if entry.name else f"the entry for {entry.task or 'a task'}"
    return Sent(
        label=label, task=entry.task, schedule=entry.schedule, args=entry.args, kwargs=entry.kwargs,
        options=entry.options, row=False, complete=entry.complete, strange=entry.strange, at=entry.at,
    )  # fmt: skip


def _of_row(row: RowWrite) -> Sent:
    name = row.fields.get("name")
    label = f"the row {name.value}" if isinstance(name, Known) else f"the row for {row.task}"
    return Sent(
        label=label, task=row.task, schedule=row.schedule, args=row.fields.get("args"),
        kwargs=row.fields.get("kwargs"), options=None, row=True, complete=row.complete, strange=(), at=row.at,
        fields=row.fields,
    )  # fmt: skip


def _judged(project: Project, item: Sent) -> Verdict:
    strange = _strange(project, item)
    if strange:
        return Verdict(strange)
    if item.task is None:
        return Verdict(unread="which task it sends cannot be read")
    task, verdict = _found(project, item.task)
    if verdict.wrong or verdict.unread:
        return verdict
    time = _time(item)
    if time.wrong:
        return time
    arguments = _arguments(item, task) if task is not None else Verdict()
    if arguments.wrong:
        return arguments
    expires = expiry(project, item, task) if task is not None else Verdict()
    found = (time, arguments, Verdict(expires.wrong, expires.unread))
    wrong = next((one.wrong for one in found if one.wrong), "")
    return Verdict(wrong, next((one.unread for one in found if one.unread), ""))


def _strange(project: Project, item: Sent) -> str:
    """Return what is wrong with the keys of an entry, or ""."""
    allowed = _MODEL_FIELDS if in_database(project.options, project.processes) == {True} else frozenset()
    strange = [key for key in item.strange if key not in allowed]
    if not strange:
        return ""
    close = difflib.get_close_matches(strange[0], _ENTRY_KEYS, n=1)
    hint = f", `{close[0]}` is" if close else ""
    return f"`{strange[0]}` is no key that beat knows{hint}"


def _found(  # noqa: PLR0911 - one answer for each reason
    project: Project, name: str
) -> tuple[Task | None, Verdict]:
    """Return the task of that name, or why there is none; a task of Celery's own is neither."""
    for task in project.tasks:
        if task.name == name:
            return task, Verdict()
    if name.startswith("celery."):
        return None, Verdict()
    package = name.partition(".")[0]
    if project.dependencies.named(package.replace("_", "-")):
        return None, Verdict(unread=f"the task {name} would come with {package}, which is not read")
    blind = project.sources.blind_spot(("shared_task", "app.task", name.rpartition(".")[2]))
    if blind is not None:
        return None, Verdict(unread=f"no task is named {name}, and {blind.summary}")
    computed = next((task for task in project.tasks if task.opaque or _computed_name(task)), None)
    if computed is not None:
        said = f"no task is named {name}, and the name of {computed.function} is computed ({computed.at})"
        return None, Verdict(unread=said)
    moved = [task.name for task in project.tasks if f"{task.module}.{task.function}" == name]
    made = None if moved else _made_otherwise(project, name)
    if made is not None:
        return None, Verdict(unread=f"whether {name} is a task cannot be read ({made})")
    names = [task.name for task in project.tasks]
    close = moved or difflib.get_close_matches(name, names, n=1)
    hint = f"; {close[0]} is" if close else ""
    return None, Verdict(f"no task is named {name}{hint}")


def _made_otherwise(project: Project, name: str) -> Location | None:
    """Return where a name is defined that something unknown could make a task of: a decorator, a call."""
    origins = Origins(project.sources, project.layout.roots)
    definition = origins.definition(project.layout.manage, name)
    node = origins.node(*definition) if definition else None
    module = project.sources.module(definition[0]) if definition else None
    if node is None or module is None:
        return None
    plain = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list
    return None if plain else module.at(node)


def _computed_name(task: Task) -> bool:
    given = task.options.get("name")
    return given is not None and not isinstance(given, Known)


def _time(item: Sent) -> Verdict:
    """Judge whether the times of a schedule ever come."""
    if item.schedule is None:
        return Verdict() if item.row else Verdict("it has no schedule")
    for kind in kinds_of(item.schedule):
        match kind:
            case Crontab(wrong=wrong) if wrong:
                return Verdict(f"its crontab cannot be: {wrong}")
            case Crontab(fields=fields):
                fault = fault_of(fields)
                if fault:
                    return Verdict(f"its crontab cannot be: {fault}")
            case Interval(wrong=wrong) if wrong:
                return Verdict(f"its interval cannot be: {wrong}")
            case Interval(seconds=float() as seconds) if seconds <= 0:
                return Verdict(f"its interval cannot be: {seconds:g} seconds")
    return Verdict()


def fault_of(fields: Mapping[str, Value]) -> str:
    """Return why the fields of a crontab are impossible, as far as they can be read; or ""."""
    known: dict[str, object] = {}
    for name, value in fields.items():
        try:
            known[name] = plain(value)
        except NotLiteralError:
            continue
    try:
        read_times(known)
    except ImpossibleTimeError as error:
        return str(error)
    return ""


def _arguments(item: Sent, task: Task) -> Verdict:
    """Judge whether the task takes the arguments."""
    args, kwargs = item.args, item.kwargs
    if item.row:
        for label, value in (("args", args), ("kwargs", kwargs)):
            loaded = from_json(value)
            if isinstance(loaded, str):
                return Verdict(f"its {label} are {loaded}")
        args, kwargs = _json(args), _json(kwargs)
    given = given_by(args, kwargs)
    if isinstance(given, str):
        return Verdict(given)
    if given is None:
        return Verdict(unread="its arguments cannot be read")
    signature = signature_of(task)
    fault = signature.fault(given) if signature is not None else ""
    if signature is None or (fault and signature.changed):
        return Verdict(unread=f"what {task.name} takes cannot be read ({task.at})")
    return Verdict(f"{task.name} does not take its arguments: {fault}") if fault else Verdict()


def _json(value: Value | None) -> Value | None:
    found = from_json(value)
    return None if isinstance(found, str) else found


def _sent_twice(project: Project) -> Iterator[Observation]:
    """Yield each task that several entries send: on purpose, or forgotten."""
    places: dict[str, list[tuple[str, Location]]] = {}
    for entry in project.schedules.entries:
        if entry.task is not None:
            places.setdefault(entry.task, []).append((entry.name or entry.written, entry.at))
    for task, found in places.items():
        if len(found) > 1:
            names = ", ".join(name for name, _ in found)
            said = f"{len(found)} entries send {task}: {names}"
            yield Observation(holds=True, summary=said, at=found[1][1])
