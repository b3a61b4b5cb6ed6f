"""The tasks that a run sends: each notes in the journal what it does, and touches nothing else.

Each takes further keywords: a task class of the project's may add some to every call, as a tenant.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time

from celerify_inside.app import ROLE, app
from celerify_inside.journal import note
from celery import signals
from celery.exceptions import SoftTimeLimitExceeded

SAID = "celerify probe"


class ProbeError(Exception):
    """What a probe raises on purpose."""


@app.task(name="celerify.probe.echo", bind=True)
def echo(self, value, **_):
    """Give the value back."""
    note("echo", id=self.request.id, value=value, worker=self.request.hostname)
    return value


@app.task(name="celerify.probe.tick", bind=True, ignore_result=True)
def tick(self, beat="", **_):
    """Note that a beat has sent this, and which."""
    note("tick", id=self.request.id, beat=beat)


@signals.before_task_publish.connect(sender="celerify.probe.tick")
def note_sender(headers=None, body=None, **_):
    """Note which beat sends a probe: two that share a schedule send the entries of each other, too."""
    own = next(iter(ROLE.get("conf", {}).get("beat_schedule", {})), "")
    sent = (headers or {}).get("id") or (body or {}).get("id")
    note("tick-sent", id=sent, by=own.rpartition(".")[2])


@app.task(name="celerify.probe.retry", bind=True, max_retries=3)
def retry(self, failures, countdown, **_):
    """Fail that often, each time waiting longer: countdown, then twice that; then succeed, or give up."""
    count = self.request.retries
    note("retry", id=self.request.id, retries=count)
    if count < failures:
        raise self.retry(exc=ProbeError(f"failure {count + 1}"), countdown=countdown * 2**count)
    return count


@app.task(
    name="celerify.probe.autoretry", bind=True, autoretry_for=(ProbeError,), max_retries=2, retry_backoff=1,
    retry_jitter=False,
)  # fmt: skip
def autoretry(self, **_):
    """Fail every time, so that its retries run out."""
    note("autoretry", id=self.request.id, retries=self.request.retries)
    raise ProbeError("fails every time")


@app.task(name="celerify.probe.sleep", bind=True)
def sleep(self, seconds, **_):
    """Run for a while, and note when it starts and when it ends."""
    note("sleep-start", id=self.request.id, worker=self.request.hostname)
    time.sleep(seconds)
    note("sleep-end", id=self.request.id, worker=self.request.hostname)
    return seconds


@app.task(name="celerify.probe.soft", bind=True)
def soft(self, seconds, **_):
    """Run for a while and note whether a soft time limit interrupts it."""
    note("soft-start", id=self.request.id, worker=self.request.hostname)
    try:
        time.sleep(seconds)
    except SoftTimeLimitExceeded:
        note("soft-limit", id=self.request.id)
        return "limited"
    note("soft-end", id=self.request.id)
    return "ran to its end"


@app.task(name="celerify.probe.die", bind=True, max_retries=1, default_retry_delay=1)
def die(self, times, **_):
    """Kill the process that runs this, the first so many times; -1 for always, as poison does."""
    note("die", id=self.request.id, retries=self.request.retries)
    if times < 0 or _starts(self.request.id) <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    note("survived", id=self.request.id)
    return "survived"


@app.task(name="celerify.probe.doom", bind=True)
def doom(self, seconds, **_):
    """Kill the whole worker that runs this, after some seconds; a later run only ends."""
    note("doom", id=self.request.id, worker=self.request.hostname)
    if _starts(self.request.id, "doom") == 1:
        time.sleep(seconds)
        os.killpg(os.getsid(0), signal.SIGKILL)
    note("survived", id=self.request.id)
    return "survived"


@app.task(name="celerify.probe.stop", bind=True)
def stop(self, seconds, **_):
    """Ask the worker that runs this to end, as a supervisor does, and go on for a while."""
    again = _starts(self.request.id, "sleep-start") > 0
    note("sleep-start", id=self.request.id, worker=self.request.hostname)
    if not again:
        os.kill(os.getsid(0), signal.SIGTERM)  # a run starts each worker in a session of its own
    time.sleep(seconds)
    note("sleep-end", id=self.request.id, worker=self.request.hostname)
    return seconds


def _starts(task_id, event="die"):
    from pathlib import Path

    from celerify_inside.journal import FILE

    path = Path(os.environ["CELERIFY_RUN"]).with_name(FILE)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return sum(f'"event": "{event}"' in line and task_id in line for line in lines)


RETRYING = frozenset({"celerify.probe.retry", "celerify.probe.autoretry"})
"""The probes whose success is noted as well: one that swallows its retry ends as a success."""


@signals.task_success.connect
def note_success(sender=None, **_):
    """Note a run that Celery takes for a success."""
    if sender is not None and sender.name in RETRYING:
        note("success", id=sender.request.id, task=sender.name, retries=sender.request.retries)


@signals.task_failure.connect
def note_failure(sender=None, task_id=None, exception=None, **_):
    """Note a probe that ends as a failure, where there is no result backend to tell."""
    if sender is not None and sender.name.startswith("celerify.probe."):
        note("failure", id=task_id, task=sender.name, error=type(exception).__name__)


@signals.worker_ready.connect
def note_ready(sender=None, **_):
    """Note that a worker consumes: what it logs is up to the project."""
    note("worker-ready", worker=sender.hostname)


@signals.beat_init.connect
@signals.beat_embedded_init.connect
def note_beat(**_):
    """Note that a beat is up: importing a large project may take longer than the first runs of the probe."""
    for entry in (app.conf.beat_schedule or {}).values():
        if entry.get("task") == tick.name:
            note("beat-ready", beat=entry["kwargs"]["beat"])


@app.task(name="celerify.probe.say", bind=True, ignore_result=True)
def say(self, token, **_):
    """Log one line on each logger of the project's task modules, and note where each of them writes."""
    loggers = project_loggers() or {"celerify_inside.probes": logging.getLogger("celerify_inside.probes")}
    for name, logger in loggers.items():
        logger.info("%s %s %s", SAID, token, name)
    told = [described(logger) for _, logger in sorted(loggers.items())]
    note("say", id=self.request.id, loggers=told, own=bool(signals.setup_logging.receivers))


def described(logger):
    """Return what decides whether an INFO line of a logger is written, and where it goes."""
    decides = logger
    while decides.parent and not decides.level:
        decides = decides.parent
    return {
        "name": logger.name,
        "level": logging.getLevelName(logger.getEffectiveLevel()),
        "level_of": decides.name,
        "disabled": bool(logger.disabled) or logging.root.manager.disable >= logging.INFO,
        "handlers": [
            {
                "type": type(handler).__name__,
                "of": owner.name,
                "level": logging.getLevelName(handler.level) if handler.level > logging.INFO else "",
                "stream": isinstance(handler, logging.StreamHandler),
                "file": getattr(handler, "baseFilename", None),
                "filters": [getattr(type(one), "__name__", str(one)) for one in handler.filters],
                "silent": isinstance(handler, logging.NullHandler),
            }
            for owner, handler in handlers_of(logger)
        ],
    }


def project_loggers():
    """Return the loggers that the modules of the project's own tasks have, by name."""
    found = {}
    for task in app.tasks.values():
        module = sys.modules.get(task.__module__)
        if module is None or task.__module__.partition(".")[0] in {"celery", "celerify_inside"}:
            continue
        for value in vars(module).values():
            if isinstance(value, logging.Logger) and not value.name.startswith("celery."):
                found[value.name] = value
    return found


def handlers_of(logger):
    """Return every handler that a record of this logger reaches, each with the logger that has it."""
    found = []
    current = logger
    while current:
        found += [(current, handler) for handler in current.handlers]
        current = current.parent if current.propagate else None
    return found


@app.task(name="celerify.probe.load", ignore_result=True)
def load(number, sent, **_):
    """Note one task of a load: its number, and how long it waited in seconds."""
    note("load", number=number, waited=time.time() - sent)
