"""What the log of a worker says of itself: a line that tells of an error, and why it did not start."""

from __future__ import annotations

import re

_LEVEL = re.compile(
    r"\b(?P<loud>DEBUG|INFO|NOTICE|WARNING|WARN|ERROR|CRITICAL|FATAL)\b"
    r"""|\b(?:level|levelname|log_level|severity)["']?\s*[=:]\s*["']?(?P<quiet>[A-Za-z]+)"""
)
_BAD = frozenset({"error", "critical", "fatal"})
_READ_ONLY = re.compile(r"read-?\s?only (?:database|transaction|mode)", re.IGNORECASE)
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
_REFUSED = re.compile(r"Refusing to deserialize \w+ content of type [\w-]+(?: \([^)]*\))?")
_RAISED_WARNING = re.compile(r"^[\w.]*SecurityWarning: .*superuser privileges", re.MULTILINE)
"""A warning that is only printed has its file before it."""

_KEPT_OUT = re.compile(r"ACCESS_REFUSED - access to (?:queue|exchange) '\S+' .*refused for user")
_GOES_ON = "Will retry using next failover."
_LONGEST = 240
ACCEPT = "CELERY_ACCEPT_CONTENT must name what tasks and Celery itself are sent in: 'json', beside others"
"""What to do about content that a worker refuses."""

_POOLS = frozenset({"gevent", "eventlet"})


def error_line(text: str) -> str | None:
    """Return the first line of a log that is of an error, or the last one of the first traceback; else None.

    What a line is of is said by the first level that it names: a warning may speak of an ERROR.
    """
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("Traceback (most recent call last)"):
            return _raised(lines[number + 1 :]) or line
        if (found := _LEVEL.search(line)) and (found["loud"] or found["quiet"]).lower() in _BAD:
            if _GOES_ON in "".join(lines[number : number + 2]):
                continue
            return _short(line[found.start() :] if found["loud"] else line)
    return None


def failed_over(text: str) -> bool:
    """Tell whether a worker went on to another address of the broker, as its settings have several."""
    return _GOES_ON in text


def is_of_a_read_only_database(line: str) -> bool:
    """Tell whether an error comes from a database that a run keeps from being written."""
    return _READ_ONLY.search(line) is not None


def remedy(text: str) -> str:
    """Return what to do about a worker that printed this and did not start, where that is known; else ""."""
    if "superuser privileges" in text and "pickle" in text:
        return "run verify as a user that is not root, or take pickle out of CELERY_ACCEPT_CONTENT"
    if "queue subset" in text:
        return "declare the queue in CELERY_TASK_QUEUES, or take it out of the worker's -Q"
    if _RAISED_WARNING.search(text):
        return "run verify as a user that is not root, or let warnings be warnings in the settings"
    if "Unable to configure" in text or "in dictConfig\n" in text:
        return "mend LOGGING: the worker must be able to write where its handlers point"
    return ""


def is_kept_out(text: str) -> bool:
    """Tell whether a RabbitMQ did not let a worker make the queues and exchanges that it needs."""
    return _KEPT_OUT.search(text) is not None


def refused_content(text: str) -> str | None:
    """Return what a log says of a message that was refused for its content type, or None."""
    found = _REFUSED.search(text)
    return found[0] if found else None


def missing_pool(text: str, pool: str) -> bool:
    """Tell whether a worker did not start because the package of its pool is not installed."""
    found = _NO_MODULE.search(text)
    return found is not None and found[1] == pool and pool in _POOLS


def _short(line: str) -> str:
    found = line.strip()
    return found if len(found) <= _LONGEST else f"{found[:_LONGEST]} ..."


def _raised(lines: list[str]) -> str | None:
    """Return the line that ends a traceback: the first that is not indented."""
    return next((line.strip() for line in lines if line.strip() and not line.startswith((" ", "\t"))), None)
