"""Leaves the broker as it was found, and the database without the rows of the probe, however a run ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.live.client import Client, ClientError

if TYPE_CHECKING:
    from celerify.live.brokers import Broker
    from celerify.live.run import Run

_WITHIN = 5.0
_APART_WITHIN = 12.0
"""Seconds for a process of its own, which imports Django and Celery first."""


def sweep(run: Run) -> None:
    """Leave a broker that is not ours as it was found, and the project's own database where beat wrote to it.

    On the broker the processes of the run end first: they would write again. A run against deployed workers
    has no key space; what its probe leaves, its stage deletes.

    Args:
        run: one that has ended, in whatever way.

    Raises:
        ClientError: something may be left.
    """
    if run.in_use is None or run.asked.against:
        return
    broker, client = run.in_use
    if broker.ours and not run.asked.own_database:
        return
    if not broker.ours:
        _end_all_but(run, client)
    try:
        _swept(run, client, broker)
    except ClientError as error:
        raise ClientError(f"{error}; what this run had there may be left", error.log) from error


def _end_all_but(run: Run, client: Client) -> None:
    for process in run.session.processes:
        if process.alive and process is not client.process:
            run.session.end(process, grace=0)


def _swept(run: Run, client: Client, broker: Broker) -> None:
    """Let the client sweep; a process of its own does where that has ended, is busy or hangs."""
    if not client.free:
        _swept_apart(run, client)
        return
    try:
        if run.asked.own_database:
            client.ask("forget_rows", _WITHIN)
        if not broker.ours:
            client.ask("sweep", _WITHIN)
    except ClientError as error:
        if error.answered:
            raise ClientError(f"the broker could not be swept: {error}") from error
        _swept_apart(run, client)


def _swept_apart(run: Run, client: Client) -> None:
    run.session.end(client.process, grace=0)
    command = (run.python.path, "-m", "celerify_inside.sweep")
    process = run.session.start("sweep", command, cwd=run.cwd, env=run.environment({}))
    if process.ended(_APART_WITHIN) and not process.popen.returncode:
        return
    run.session.end(process, grace=0)
    raise ClientError("the broker could not be swept", process.text)
