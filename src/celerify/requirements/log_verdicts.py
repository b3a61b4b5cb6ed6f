"""What is right and wrong with the dict that is to carry Celery's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.logging_dict import MISSING
from celerify.facts.values import Known
from celerify.model import Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.logging_dict import LoggingDict

DEBUG_ONLY = "require_debug_true"
NULL = "logging.NullHandler"


def verdict_on(read: LoggingDict, how: str) -> Observation:
    """Return whether a dict gives Celery's lines a way out: its first fault, or what to know."""
    fault = next(_faults(read), "")
    if fault:
        return Observation(holds=False, summary=f"{how} {fault}", at=read.at)
    silent = _silent(read)
    if silent:
        holds = False if read.complete else None
        said = silent if read.complete else f"could not be read whole: it {silent}, as far as can be seen"
        return Observation(holds=holds, summary=f"{how} {said}", at=read.at)
    having = [logger for logger in (read.root, *read.celery) if logger and logger.handlers]
    names = [logger.name or "root" for logger in having]
    if having and not any(logger.complete for logger in having):
        said = f"{how}: the handlers of {' and '.join(names)} are computed"
        return Observation(holds=None, summary=said, at=read.at)
    said = f"{how} has handlers for {' and '.join(names)}"
    remarks = [remark for remark in (_doubled(read), _uncovered(read), _switched_off(read)) if remark]
    return Observation(holds=True, summary="; ".join((said, *remarks)), at=read.at)


def _faults(read: LoggingDict) -> Iterator[str]:
    """Yield what makes dictConfig raise, which kills every process of the project."""
    if not read.complete:
        return
    if not read.versioned:
        yield "has no `version`: dictConfig refuses it"
    for handler in read.handlers.values():
        named = handler.formatter
        if named is not None and named not in {MISSING, *read.formatters}:
            yield f"names the formatter {named} in its handler {handler.name} and defines none of that name"
    for logger in read.loggers.values():
        unknown = [name for name in logger.handlers if name not in {MISSING, *read.handlers}]
        if unknown:
            owner = logger.name or "root"
            yield f"names the handler {unknown[0]} in its logger {owner} and defines none of that name"


def _silent(read: LoggingDict) -> str:
    """Return why Celery's lines have no way out, or ""."""
    root = read.root.handlers if read.root else ()
    own = [logger for logger in read.celery if logger.handlers or not logger.propagates]
    handlers = [*root, *(name for logger in own for name in logger.handlers)]
    kept = [read.handlers[name] for name in handlers if name in read.handlers]
    if not handlers:
        return "has neither a root handler nor a logger for Celery"
    if kept and all(handler.made_by == NULL for handler in kept):
        return "sends Celery's lines to NullHandler alone"
    if kept and all(DEBUG_ONLY in handler.filters for handler in kept):
        return "prints Celery's lines only where DEBUG is on"
    if not read.keeps_others and not read.celery:
        return (
            "switches off the loggers that Celery has made by then: disable_existing_loggers is not False, "
            "and it names no logger `celery`"
        )
    return ""


def _doubled(read: LoggingDict) -> str:
    """Return that lines come out twice, or ""."""
    root = set(read.root.handlers) if read.root else set()
    for logger in read.celery:
        if root and logger.handlers and logger.propagates:
            return f"the lines of {logger.name} come out twice: the root has handlers too"
    return ""


def _uncovered(read: LoggingDict) -> str:
    if read.root and read.root.handlers:
        return ""
    return "the root has no handler: what other loggers say is lost below WARNING"


def _switched_off(read: LoggingDict) -> str:
    if read.keeps_others or not read.complete:
        return ""
    return "disable_existing_loggers is not False: loggers of task modules imported by then stay silent"


def level_of(read: LoggingDict) -> tuple[str, str] | None:
    """Return the logger whose level counts for Celery's lines, and the level in words; None without one."""
    for logger in (*(item for item in read.celery if item.name == "celery"), *filter(None, [read.root])):
        level = logger.level
        if level is None or (isinstance(level, Known) and level.value in {None, "NOTSET", 0}):
            continue
        said = f"the level {level.value}" if isinstance(level, Known) else "a level that is computed"
        return logger.name or "root", said
    return None
