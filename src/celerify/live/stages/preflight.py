"""The stage before anything is started: versions, imports, the clients of the servers, Django's checks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from celerify.live.brokers import NAMES
from celerify.live.installing import Missing, missing_in
from celerify.live.python import OURS
from celerify.live.results import NAMES as RESULTS
from celerify.live.results import kind_of_results
from celerify.live.stage import Seen, Stage
from celerify.live.stages.broker import own_kind
from celerify.live.start_faults import cause_behind, remedy_of, variable_in
from celerify.live.text import shown, tail
from celerify.live.versions import misfits
from celerify.live.worker_log import is_of_a_read_only_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.inspected import Fault
    from celerify.live.run import Run

_STARTS = ("7.1.1", "7.1.4")


def prove(run: Run) -> Iterator[Seen]:
    """Yield what the project says of itself from inside."""
    yield from _versions(run)
    inspected = run.inspected
    for phase in ("versions", "imports", "tasks", "conf"):
        if fault := inspected.faults.get(phase):
            yield _fails(run, phase, fault)
            return
    if (unheeded := _unheeded(run)) is not None:
        yield unheeded
        return
    count = len(inspected.tasks)
    said = (
        f"Celery and Django start{_with(run)}, and {count} {'task' if count == 1 else 'tasks'} of the project"
    )
    yield Seen(True, f"{said} {'is' if count == 1 else 'are'} registered")
    yield from _clients(run)
    if fault := inspected.faults.get("checks"):
        yield _fails(run, "checks", fault)
    for said in inspected.values.get("checks", ()):
        remedy = "`python manage.py check` says the same: correct what it names"
        yield Seen(False, f"Django's system check fails: {shown(run, said)}", remedy=remedy)


def _with(run: Run) -> str:
    """Return what else the project could have been started with: celerify's Python, its settings."""
    used = run.inspected.settings
    known = {chain.entry.module for chain in run.project.deployed}
    parts = [OURS] if run.python.found == OURS else []
    parts += [f"the settings {used}"] if used and known != {used} else []
    return f" with {' and '.join(parts)}" if parts else ""


def _unheeded(run: Run) -> Seen | None:
    """Return that the project uses other settings than those that --settings names, or None."""
    asked, used = run.asked.settings, run.inspected.settings
    if not asked or not used or asked == used:
        return None
    app = run.project.celery_app
    place = app.path if app else "the module of the Celery application"
    said = f"--settings names {asked}, and the project takes {used} all the same"
    remedy = f"let {place} only `setdefault` DJANGO_SETTINGS_MODULE, or leave --settings out"
    return Seen(False, said, remedy=remedy)


def _versions(run: Run) -> Iterator[Seen]:
    found = run.inspected.values.get("versions", {})
    kinds = {own_kind(run), kind_of_results(run.inspected.conf.get("result_backend"))}
    extras = frozenset({"redis"}) & kinds
    for misfit in misfits(run.inspected.packages, found.get("requires", {}), found.get("marker", {}), extras):
        yield Seen(False if misfit.certain else None, misfit.summary, remedy=misfit.remedy)


_DOING = {
    "versions": "the project's Python cannot be asked",
    "imports": "the project cannot be imported",
    "tasks": "the task modules cannot be imported",
    "conf": "the Celery settings cannot be read",
    "checks": "Django's system checks cannot be run",
}


def _fails(run: Run, phase: str, fault: Fault) -> Seen:
    said = f"{_DOING[phase]}: {_fault(run, fault)}{shown(run, cause_behind(fault))}"
    ours = is_of_a_read_only_database(fault.message)  # the run's own doing is no evidence against the project
    log = "" if ours or variable_in(fault.message) else tail(run, run.inspected.log)
    remedy = remedy_of(fault, run.installing, run.cwd)
    return Seen(False, said, () if ours else _STARTS, log=log, remedy=remedy)


def _fault(run: Run, fault: Fault) -> str:
    place = ""
    if fault.path:
        path = Path(fault.path)
        root = run.project.tree.root
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        place = f"{name}:{fault.line}: "
    message = " ".join(fault.message.split())
    return shown(run, f"{place}{': '.join(filter(None, (fault.type, message)))}")


def _clients(run: Run) -> Iterator[Seen]:
    """Yield what keeps the client of the project's broker, or of its result backend, from starting."""
    conf = run.inspected.conf
    if own := (conf.get("clients") or {}).get("own"):
        name = NAMES.get(own_kind(run), own_kind(run))
        yield _client(run, f"the broker is {name}, and its client does not start", own, _STARTS)
    if error := (conf.get("results") or {}).get("error"):
        kind = kind_of_results(conf.get("result_backend"))
        name = RESULTS.get(kind, str(conf.get("result_backend")).partition(":")[0])
        told = {"type": "", "message": error}
        yield _client(run, f"results go to {name}, and that backend does not start", told, ("7.2.2",))


def _client(run: Run, said: str, told: dict[str, str], items: tuple[str, ...]) -> Seen:
    message = " ".join(f"{told['type']}: {told['message']}".removeprefix(": ").split())
    missing = missing_in(message)
    if missing is None and "requires redis-py" in message:
        missing = Missing("celery", "redis")
    if "isn't in an application in INSTALLED_APPS" in message:
        remedy = "add 'django_celery_results' to INSTALLED_APPS, and run `python manage.py migrate`"
    elif missing:
        remedy = run.installing.advice(missing)
    else:
        remedy = f"correct {'`result_backend`' if '7.2.2' in items else '`broker_url`'}, or what it names"
    return Seen(False, f"{said}: {shown(run, message)}", items, remedy=remedy)


STAGE = Stage(
    name="preflight",
    title="The project starts: versions, imports, Django's system checks",
    decides=True,
    items=(*_STARTS, "7.2.2"),
    prove=prove,
)
