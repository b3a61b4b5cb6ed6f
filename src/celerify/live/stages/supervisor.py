"""The stage that kills a worker under its supervisor's policy, and sees systemd bring it back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from celerify.facts.processes.units import read_units
from celerify.live.apart import command_apart
from celerify.live.run import APP
from celerify.live.session import MARK
from celerify.live.stage import Seen, Stage
from celerify.live.supervised import manager_answers, supervised
from celerify.live.text import last_error, shown, tail
from celerify.live.waiting import awaited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.processes.units import Unit as Declared
    from celerify.live.run import Run
    from celerify.live.supervised import Unit

ITEM = ("6.3.4",)
QUEUE = "supervised"
LONGEST = 5.0
"""Seconds that a restart waits for at most in this stage."""

_KEPT = ("Restart", "KillMode", "RestartForceExitStatus", "RestartPreventExitStatus", "SuccessExitStatus")
_READY_WITHIN = 40.0


def left_out(run: Run) -> str:
    """Return why no supervisor can be put to the test here, or ""."""
    if _declared(run) is None:
        return "the repository has no systemd unit of a worker; what another supervisor does is attested"
    if not manager_answers():
        return "no systemd user manager answers here: attest 6.3.4, or run this where there is one"
    return ""


def prove(run: Run) -> Iterator[Seen]:
    """Yield whether a worker with the restart policy of the repository's unit came back after kill -9."""
    declared = _declared(run)
    if declared is None:
        return
    node = f"{QUEUE}@{run.session.id}"
    words = ("worker", f"--hostname={node}", "--loglevel=INFO", *command_apart(run, QUEUE).words)
    name = f"{run.session.id}-worker"
    env = {**run.environment({}), MARK: run.session.id}
    policy = policy_of(declared)
    command = (run.python.path, "-m", "celery", "-A", APP, *words)
    folder = run.session.folder
    try:
        with supervised(name, command, policy, cwd=run.cwd, env=env, folder=folder) as unit:
            yield _seen(run, declared, unit, node)
    except OSError as error:
        yield Seen(None, f"systemd does not take the unit: {shown(run, str(error))}", ITEM)


def policy_of(declared: Declared) -> dict[str, str]:
    """Return the restart policy of a unit, with a wait that a test can bear."""
    service = declared.sections.get("Service", {})
    kept = {name: service[name] for name in _KEPT if service.get(name)}
    return {**kept, "RestartSec": f"{min(delay_of(declared), LONGEST)}s"}


def delay_of(declared: Declared) -> float:
    """Return how many seconds a unit waits before it starts again; 0.1 where it does not say."""
    written = declared.sections.get("Service", {}).get("RestartSec", "").strip()
    number = written.removesuffix("s").removesuffix("sec").strip()
    try:
        return float(number) if number else 0.1
    except ValueError:
        return LONGEST  # `1min 30s`: longer than a test waits


def _declared(run: Run) -> Declared | None:
    places = {process.at for process in run.project.processes if process.kind == "worker"}
    units = (unit for unit in read_units(run.project.tree) if unit.target == "systemd")
    return next((unit for unit in units if unit.at in places), None)


def _seen(run: Run, declared: Declared, unit: Unit, node: str) -> Seen:
    place = f"{declared.at.path} (Restart={policy_of(declared).get('Restart', 'no')})"
    log = run.session.folder / f"{unit.name}.log"
    if not awaited(run, lambda: len(_ready(run, node)) > 0, _READY_WITHIN):
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        said = f"a worker did not start under systemd: {last_error(run, text)}"
        return Seen(None, said, ITEM, log=tail(run, text))
    begun = time.monotonic()
    unit.kill()
    awaited(run, lambda: len(_ready(run, node)) > 1 or unit.gone, LONGEST + _READY_WITHIN / 2)
    back = len(_ready(run, node)) > 1
    seconds = round(time.monotonic() - begun, 1)
    numbers = {"seconds": seconds, "restarts": unit.restarts}
    if not (back and unit.restarts and run.client.ask("ping", node=node)):
        remedy = "set Restart=always (and RestartSec=5) in its [Service]"
        said = f"systemd did not bring back a worker that was killed with kill -9, by the policy of {place}"
        return Seen(False, said, ITEM, numbers, remedy=remedy)
    said = (
        f"systemd brought back a worker {seconds} s after kill -9, by the policy of {place}, and it answers"
    )
    return Seen(True, said, ITEM, numbers)


def _ready(run: Run, node: str) -> list[dict[str, object]]:
    return run.journal("worker-ready", worker=node)


STAGE = Stage(
    name="supervisor",
    title="A killed worker is brought back",
    items=ITEM,
    prove=prove,
    left_out=left_out,
)
