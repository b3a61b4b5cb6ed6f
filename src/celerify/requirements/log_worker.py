"""The worker's lines go through the project's own logging: the kinds, and what they write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.logging import LATE_SIGNALS, configured, receivers
from celerify.facts.logging_dict import read_dict
from celerify.facts.values import Entries, Env, Known, alternatives, truth
from celerify.model import Location, Observation
from celerify.requirements.call import module_level
from celerify.requirements.log_verdicts import level_of, verdict_on
from celerify.requirements.log_writer import written_logging, written_receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.celery_config import Options
    from celerify.facts.logging import Configured, Receiver
    from celerify.facts.values import Value
    from celerify.project import Project

HIJACK = "worker_hijack_root_logger"


def connected(project: Project) -> tuple[Receiver, ...]:
    """Return the functions that are connected to Celery's signals about logging."""
    return tuple(receivers(project.sources, project.layout.roots))


def dicts_of(project: Project) -> tuple[Configured, ...]:
    """Return what configures logging in the deployed chains, a receiver's own dict first where it has one."""
    own = [
        found for found in connected(project) if found.given is not None and found.signal not in LATE_SIGNALS
    ]
    if own:
        from celerify.facts.logging import Configured

        return tuple(Configured(found.given, found.at, "the receiver of setup_logging") for found in own)
    roots = project.layout.roots
    found = (each for chain in project.deployed for each in configured(chain, project.sources, roots))
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class ProjectLogging:
    """The project's LOGGING has a handler for Celery's lines."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield whether each dict that configures logging has one."""
        yield from dict.fromkeys(_judged(found) for found in dicts_of(project))

    def vacancy(self, project: Project) -> Observation:
        """Return that the settings have no LOGGING."""
        paths = [chain.path for chain in project.deployed] or [project.layout.manage]
        said = "the settings have no LOGGING with a handler for Celery's lines"
        return Observation(holds=False, summary=said, at=Location(paths[0]))

    def fix(self, project: Project) -> Project:
        """Return the project with LOGGING in its settings.

        Raises:
            CannotWriteError: no settings module is fit for it.
        """
        return written_logging(project)


@dataclass(frozen=True, slots=True)
class WorkerKeepsLogging:
    """The worker leaves logging to the project: setup_logging is connected, or the hijack switched off."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each receiver, and the option where a chain sets it."""
        found = connected(project)
        early = [each for each in found if each.signal not in LATE_SIGNALS]
        yield from (_receiver(each) for each in early)
        if early:
            return
        seen = [_hijack(options) for options in project.options]
        if any(seen):
            yield from dict.fromkeys(each for each in seen if each is not None)
            return
        for each in found:
            said = f"{each.signal} adds to Celery's own handlers, which replace those of LOGGING"
            yield Observation(holds=False, summary=said, at=each.at)

    def vacancy(self, project: Project) -> Observation:
        """Return that the worker replaces the project's handlers."""
        app = project.celery_app
        said = (
            "the worker empties the root logger and brings its own handlers: setup_logging is not connected"
        )
        return Observation(holds=False, summary=said, at=app.at if app else Location(project.layout.manage))

    def fix(self, project: Project) -> Project:
        """Return the project with a receiver of setup_logging beside its application.

        Raises:
            CannotWriteError: LOGGING has no handler for Celery's lines, so that they would be lost; or the
                application's module is not fit for it.
        """
        return written_receiver(project, module_level(project, ""), safe=_has_dict(project))


def _judged(found: Configured) -> Observation:
    if found.value is None:
        return Observation(holds=True, summary=f"{found.how} configures logging", at=found.at)
    read = read_dict(found.value)
    if read is None:
        said = f"{found.how} is computed: whether it has a handler for Celery's lines cannot be read"
        return Observation(holds=None, summary=said, at=found.at)
    return verdict_on(read, found.how)


def _has_dict(project: Project) -> bool:
    """Tell whether every deployed chain has a LOGGING that a receiver can hand to dictConfig."""
    roots = project.layout.roots
    each = [configured(chain, project.sources, roots) for chain in project.deployed]
    ways = [way for found in each for way in found]
    return (
        bool(each)
        and all(each)
        and all(
            way.how == "LOGGING" and isinstance(way.value, Entries) and _judged(way).holds for way in ways
        )
    )


def _receiver(found: Receiver) -> Observation:
    how = "configures logging" if found.configures else "leaves logging to what Django has set up"
    return Observation(holds=True, summary=f"setup_logging is connected, and its receiver {how}", at=found.at)


def _hijack(options: Options) -> Observation | None:
    option = options.options.get(HIJACK)
    if option is None:
        return None
    at = option.via[-1] if option.via else option.value.at
    ways = {truth(_by_default(way)) for way in alternatives(option.value)}
    if ways == {False}:
        said = (
            f"{option.written} is False; tasks' own loggers (get_task_logger) still print by Celery's handler"
        )
        return Observation(holds=True, summary=said, at=at)
    if ways == {True}:
        said = f"{option.written} lets the worker replace the root's handlers"
        return Observation(holds=False, summary=said, at=at)
    said = f"{option.written} is decided when the settings are loaded: whether logging is kept cannot be read"
    return Observation(None, said, at)


def _by_default(way: Value) -> Value:
    """Return what the settings say where the environment does not, as `config("NAME", default=False)`."""
    match way:
        case Env(default=Known(value=str() as written), at=at, cast="bool"):
            return Known(written.lower() in {"1", "true", "t", "yes", "y", "on"}, at)
        case Env(default=Known(value=bool()) as default):
            return default
        case _:
            return way


@dataclass(frozen=True, slots=True)
class LevelStated:
    """A level that takes effect is stated for Celery's lines."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield the level in each dict, or the workers' --loglevel where that decides."""
        slots = [tuple(each.observe(project)) for each in (ProjectLogging(), WorkerKeepsLogging())]
        if not any(slots):
            return
        lost = [seen for slot in slots for seen in slot if not seen.holds]
        if lost or not all(slots):
            holds = None if lost and all(seen.holds is None for seen in lost) else False
            said = "5.3.1 is missing: no level in LOGGING reaches Celery's lines"
            yield Observation(holds, said if holds is False else lost[0].summary, _first(slots))
            return
        received = any(each.signal not in LATE_SIGNALS for each in connected(project))
        yield from dict.fromkeys(_level(project, found, received=received) for found in dicts_of(project))

    def vacancy(self, project: Project) -> Observation:
        """Return that no level is stated."""
        at = ProjectLogging().vacancy(project).at
        return Observation(holds=False, summary="no level is stated for Celery's lines", at=at)

    def fix(self, project: Project) -> Project:
        """Return the project with LOGGING, which states the level, and with its receiver.

        Raises:
            CannotWriteError: one of them cannot be written.
        """
        return WorkerKeepsLogging().fix(ProjectLogging().fix(project))


def _first(slots: list[tuple[Observation, ...]]) -> Location | None:
    return next((seen.at for slot in slots for seen in slot), None)


def _level(project: Project, found: Configured, *, received: bool) -> Observation:
    read = read_dict(found.value) if found.value is not None else None
    stated = level_of(read) if read else None
    if stated and (received or stated[0] == "celery"):
        return Observation(holds=True, summary=f"the logger {stated[0]} has {stated[1]}", at=found.at)
    workers = [process for process in project.processes if process.kind == "worker"]
    silent = [process for process in workers if "loglevel" not in process.options]
    if received:
        said = (
            "LOGGING states no level for root or celery, and setup_logging makes --loglevel count for nothing"
        )
        return Observation(holds=None if read is None else False, summary=said, at=found.at)
    if workers and not silent:
        return Observation(holds=True, summary="every worker states its --loglevel", at=workers[0].at)
    where = silent[0].at if silent else found.at
    said = "the worker sets the root's level by --loglevel, which is not stated: WARNING"
    return Observation(holds=False, summary=said, at=where)
