"""What became of the lines that a task logs: found once with its id, twice, without it, or not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = "root"


@dataclass(frozen=True, slots=True)
class Found:
    """Where the line of one logger was found.

    Attributes:
        logger: its name.
        counts: how often, by place; places without it are left out.
        marked: it was found with the id of the task somewhere.
    """

    logger: str
    counts: Mapping[str, int]
    marked: bool

    @property
    def right(self) -> bool:
        """It is somewhere, nowhere twice, and has the id."""
        return bool(self.counts) and max(self.counts.values()) == 1 and self.marked


def find(logger: str, message: str, task: str, places: Mapping[str, str]) -> Found:
    """Return where a line is: `places` holds what was written, by what it is called."""
    expression = re.compile(re.escape(message) + r"(?![\w.])")
    counts, marked = {}, False
    for place, text in places.items():
        lines = [line for line in text.splitlines() if expression.search(line)]
        if lines:
            counts[place] = len(lines)
            marked = marked or any(task in line for line in lines)
    return Found(logger, counts, marked)


def why_silent(logger: Mapping[str, Any], *, own: bool) -> tuple[bool | None, str, str]:
    """Return whether an INFO line is known to be lost (None: it may be elsewhere), why, and what to do.

    Args:
        logger: what the probe noted of it.
        own: the project configures logging itself; else Celery does.
    """
    handlers, name = logger["handlers"], logger["name"]
    if logger["disabled"]:
        said = f"the logger {name} is disabled"
        return False, said, 'set "disable_existing_loggers": False in LOGGING, or name the logger there'
    if logger["level"] in {"WARNING", "ERROR", "CRITICAL"}:
        whose = "it" if logger["level_of"] == name else f"the logger {logger['level_of']} above it"
        said = f"{whose} is at {logger['level']}, so that INFO is dropped"
        return False, said, _louder(logger["level_of"], own=own)
    return _of_handlers([one for one in handlers if not one["silent"]], name)


def _of_handlers(heard: list[Mapping[str, Any]], name: str) -> tuple[bool | None, str, str]:
    if not heard:
        said = f"no handler gets what the logger {name} is told"
        return False, said, 'give "root" a handler in LOGGING, and let loggers below it propagate'
    if all(one["level"] for one in heard):
        said = f"its handlers take lines from {heard[0]['level']} on"
        return False, said, 'set "level": "INFO" for the handler in LOGGING'
    if others := [one["type"] for one in heard if not one["stream"] and not one["level"]]:
        return None, f"its lines go to {others[0]}, which this run cannot read", ""
    if filters := [name for one in heard for name in one["filters"]]:
        said = f"the filter {filters[0]} of its handler lets nothing of it through"
        return False, said, "take the filter off the handler, or let it pass lines of tasks"
    said = f"its handler {heard[0]['type']} wrote nothing to the worker's output"
    return False, said, "let the handler write to stderr: without a stream, logging.StreamHandler does"


def _louder(owner: str, *, own: bool) -> str:
    if not own:
        return "start the worker with --loglevel=INFO"
    where = 'LOGGING["root"]' if owner == ROOT else f'LOGGING["loggers"]["{owner}"]'
    return f'set {where}["level"] to "INFO"'


def why_twice(logger: Mapping[str, Any]) -> tuple[str, str]:
    """Return why a line is written twice, and what to do."""
    owners = list(dict.fromkeys(one["of"] for one in logger["handlers"] if one["stream"]))
    name = logger["name"]
    if len(owners) > 1:
        said = f"{' and '.join(owners)} each have a handler that writes it"
        return said, f'set "propagate": False for {owners[0]} in LOGGING, or take its handler away'
    said = f"{owners[0] if owners else name} has more than one handler that writes it"
    return said, "leave it one handler"


def without_id(logger: Mapping[str, Any], *, own: bool) -> str:
    """Return what to do about lines that do not say which task they are of."""
    if own:
        formatter = "celery.app.log.TaskFormatter"
        return (
            f"format with {formatter} in LOGGING, and write %(task_id)s in its format; another kind "
            "of formatter, as one for JSON, can take the id from `celery.current_task.request.id`"
        )
    module = logger["name"]
    return f"in {module}, use `logger = get_task_logger(__name__)` of celery.utils.log"
