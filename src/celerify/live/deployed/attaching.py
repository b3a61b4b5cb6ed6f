"""Connects to the broker of workers that run elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from celerify.errors import UsageError
from celerify.live.brokers import Broker, kind_of
from celerify.live.client import Client

if TYPE_CHECKING:
    from celerify.live.run import Asked, Run

DEPLOYED = "deployed"
"""What `--against` takes."""

_READY_WITHIN = 60.0
_SWEEPS_WITHIN = 30.0
_MODULE = "celerify_inside.deployed_operations"
_KINDS = frozenset({"redis", "amqp"})


def require(asked: Asked) -> None:
    """Refuse what makes no sense of `--against` and of the options that go with it.

    Raises:
        UsageError: the sentence names the option.
    """
    if asked.against != DEPLOYED:
        if asked.against:
            raise UsageError(f"`--against {asked.against}` is not known", f"write `--against {DEPLOYED}`")
        if asked.flower:
            raise UsageError(
                "`--flower` is for workers that run elsewhere", f"add `--against {DEPLOYED} --broker URL`"
            )
        return
    if not asked.broker:
        raise UsageError(
            f"`--against {DEPLOYED}` needs `--broker URL`",
            "name the broker of the running workers; the one in the settings may be another",
        )
    if kind_of(asked.broker) not in _KINDS:
        raise UsageError(
            "workers can only be asked over Redis or RabbitMQ", "name one as `redis://...` or `amqp://...`"
        )
    if asked.embedded or asked.load or asked.tests or asked.own_database:
        raise UsageError(
            f"`--against {DEPLOYED}` starts nothing and only looks",
            "leave out `--embedded`, `--load`, `--tests` and `--database`",
        )
    if asked.flower:
        _require_address(asked.flower)


def _require_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError("`--flower` is no address", "write it whole, as `https://flower.example.com`")
    if parts.username or parts.password:
        raise UsageError(
            "`--flower` names a user, and everybody on this machine can read a command line",
            "put them into the environment: `CELERIFY_FLOWER_AUTH=user:password`",
        )


def connect(run: Run) -> None:
    """Start what asks Celery, in the project's Python, on the broker of the workers and in their key space.

    Raises:
        ClientError: the project cannot be imported, or does not answer.
    """
    url = run.asked.broker or ""
    kind = kind_of(url) or "amqp"
    run._broker = Broker(kind, url, None, ours=False, source="--broker")  # noqa: SLF001 - as `Run.use` does
    run.lay_inside()
    asked: dict[str, Any] = {
        "app": run.asked.application,
        "kind": kind,
        "url": url,
        "prefix": run.session.id,
    }
    run.file.touch(mode=0o600)
    run.file.write_text(json.dumps(asked), encoding="utf-8")
    process = run.session.start(
        "client", (run.python.path, "-m", "celerify_inside.client", _MODULE),
        cwd=run.cwd, env=_environment(run), pipes=True,
    )  # fmt: skip
    client = Client(process)
    client.ready(_READY_WITHIN)
    run._client = client  # noqa: SLF001 - the same: a client that never got ready has nothing to sweep


def sweep_on_death(run: Run) -> None:
    """Have the queue of the probe deleted, should celerify be killed before it has done so."""
    run.session.on_death(_sweep(run), run.cwd, _environment(run))


def sweep_apart(run: Run) -> bool:
    """Delete the queue of the probe in a process of its own; False where that could not be done."""
    process = run.session.start("sweep", _sweep(run), cwd=run.cwd, env=_environment(run))
    return process.ended(_SWEEPS_WITHIN) and process.popen.returncode == 0


def _sweep(run: Run) -> tuple[str, ...]:
    return (run.python.path, "-m", "celerify_inside.deployed_probe")


def _environment(run: Run) -> dict[str, str]:
    """Return the environment of a process that talks to the broker: Celery reads these before any setting."""
    names = ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL")
    return run.environment({}) | dict.fromkeys(names, run.asked.broker or "")
