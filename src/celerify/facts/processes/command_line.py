"""What a command runs: a Celery worker, beat, Flower, the web server, a broker, or none of these."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# celery 5.7: `celery --help`, `celery worker --help`, `celery beat --help`; `multi` starts workers
_LETTERS = {
    "A": "app", "b": "broker", "n": "hostname", "l": "loglevel", "O": "optimization", "c": "concurrency",
    "P": "pool", "Q": "queues", "X": "exclude-queues", "I": "include", "s": "schedule", "f": "logfile",
}  # fmt: skip
_FLAG_LETTERS = {"B": "beat", "E": "task-events", "D": "detach", "C": "no-color", "q": "quiet"}
_FLAGS = frozenset(
    {
        "beat", "task-events", "events", "detach", "no-color", "quiet", "skip-checks", "purge", "discard",
        "disable-prefetch", "without-gossip", "without-mingle", "without-heartbeat", "enable-remote-control",
        "no-enable-remote-control", "persistent", "debug", "auto_refresh",
    }
)  # fmt: skip
_SYNONYMS = {"events": "task-events", "schedule-filename": "schedule", "discard": "purge"}
_KINDS = {"worker": "worker", "beat": "beat", "flower": "flower"}
_SILENT = frozenset(
    {
        "echo", "printf", "cat", "grep", "egrep", "pgrep", "pkill", "kill", "killall", "ps", "which", "type",
        "rm", "mkdir", "touch", "chown", "chmod", "cp", "mv", "cd", "test", "[", "[[", "docker", "podman",
        "docker-compose", "kubectl", "helm", "systemctl", "service", "supervisorctl", "heroku", "git", "pip",
        "pip3", "apt", "apt-get", "apk", "conda", "npm", "yarn", "useradd", "adduser", "groupadd", "addgroup",
        "watch", "make",
    }
)  # fmt: skip
_WEB = frozenset(
    {"gunicorn", "uvicorn", "daphne", "hypercorn", "granian", "uwsgi", "waitress-serve", "mod_wsgi-express"}
)
_SERVED = frozenset({"runserver", "runserver_plus", "runmodwsgi", "run_uvicorn", "run_gunicorn"})
_BROKERS = frozenset({"redis-server", "valkey-server", "keydb-server", "rabbitmq-server", "dragonfly"})
_BROKER_IMAGE = re.compile(
    r"^(redis|redis-stack|redis-stack-server|valkey|valkey-bundle|keydb|dragonfly|rabbitmq)$"
)
_CELERY_VARIABLE = re.compile(r"^\$\{?\w*CELERY_?(BIN|BINARY|CMD|COMMAND|PATH|EXEC)\}?$", re.IGNORECASE)


@dataclass(frozen=True)
class Program:
    """What one command runs.

    Attributes:
        kind: `worker`, `beat`, `flower`, `web` or `broker`.
        words: the words of the command.
        options: Celery's options by long name without dashes, as `{"pool": "gevent"}`; a flag is "true".
    """

    kind: str
    words: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)


def program(words: Sequence[str]) -> Program | None:
    """Return what a command runs, wrappers as `poetry run` or `dumb-init` passed over, or None."""
    if not words or is_silent(words):
        return None
    for index, word in enumerate(words):
        if (_base(word) == "celery" and not _follows_option(words, index)) or _CELERY_VARIABLE.match(word):
            return _celery(words, index + 1)
    return _server(words)


def is_silent(words: Sequence[str]) -> bool:
    """Tell whether a command starts nothing that lasts: `echo`, `cp`, `docker compose up`, `pip install`."""
    return _base(words[0]) in _SILENT or bool({"install", "add"} & set(words[1:4]))


def image_kind(image: str) -> str | None:
    """Return `broker` or `flower` for a container image that is one, by its name alone."""
    name = re.sub(r"[:@].*$", "", image.rpartition("/")[2])
    if _BROKER_IMAGE.match(name):
        return "broker"
    return "flower" if name == "flower" else None


def environment_options(kind: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the options that Celery's command line takes from variables, as CELERY_WORKER_CONCURRENCY."""
    prefix = f"CELERY_{kind.upper()}_"
    found = {
        name.removeprefix(prefix).lower().replace("_", "-"): value
        for name, value in environment.items()
        if name.startswith(prefix) and value
    }
    known = {
        *_LETTERS.values(),
        "scheduler",
        "autoscale",
        "max-tasks-per-child",
        "max-memory-per-child",
        "time-limit",
    }
    return {
        name: value
        for name, value in found.items()
        if name in known | {"soft-time-limit", "prefetch-multiplier"}
    }


def _base(word: str) -> str:
    return word.lstrip("(").rpartition("/")[2]


def _follows_option(words: Sequence[str], index: int) -> bool:
    # `su celery`, `-u celery`, `--user celery`, `gosu celery`: a user of that name
    before = words[index - 1] if index else ""
    return before in {
        "-u",
        "--user",
        "-g",
        "--group",
        "-U",
        "gosu",
        "su-exec",
        "su",
        "setuser",
        "s6-setuidgid",
        "runuser",
    }


def _celery(words: Sequence[str], start: int) -> Program | None:
    positional: list[str] = []
    options = dict(_parsed(words[start:], positional))
    if not positional:
        return None
    kind = _KINDS.get(positional[0])
    if positional[0] == "multi" and len(positional) > 1 and positional[1] in {"start", "restart"}:
        kind = "worker"
    return Program(kind, tuple(words), options) if kind else None


def _parsed(words: Sequence[str], positional: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each option with its value; put what is no option into `positional`."""
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word.startswith("--") and len(word) > 2:  # noqa: PLR2004 - the dashes themselves
            name, equals, value = word[2:].partition("=")
            flag = name in _FLAGS or name.startswith("no-")
            if not equals:
                value = "true" if flag or not queue or queue[0].startswith("-") else queue.pop(0)
            yield _SYNONYMS.get(name, name), value
        elif word.startswith("-") and len(word) > 1:
            yield from _letters(word[1:], queue, positional)
        else:
            positional.append(word)


def _letters(word: str, queue: list[str], positional: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the options of one word as `-BQemails` or `-l`."""
    while word:
        letter, word = word[0], word[1:]
        if letter in _FLAG_LETTERS:
            yield _FLAG_LETTERS[letter], "true"
            continue
        name = _LETTERS.get(letter)
        if letter == "S":  # a worker's state file, beat's scheduler
            name = "scheduler" if "beat" in positional else "statedb"
        value = word.removeprefix("=") or (queue.pop(0) if queue else "")
        if name:
            yield name, value
        return


def _server(words: Sequence[str]) -> Program | None:
    bases = [_base(word) for word in words]
    if _BROKERS & set(bases):
        return Program("broker", tuple(words))
    if _WEB & set(bases) or (
        _SERVED & set(bases) and any("manage" in base or "django-admin" in base for base in bases)
    ):
        return Program("web", tuple(words))
    return None
