"""The stage that chooses the broker of the run and greets it.

Who is asked, and what follows where it cannot be used:

- `--broker URL`: that one. Nothing takes its place: what keeps it from being used fails the stage.
- `--embedded`: one that the run starts.
- Neither: the project's own where it answers. Where nobody is there (refused, no such host, no answer, no
  way), it is probably just not running here: one that the run starts takes its place, and the sentence says
  why. Where it answers and turns the project away (password, virtual host, TLS, another protocol), the
  project's settings are wrong, and the stage fails: a broker of our own would hide that. A file system is
  never used where it is the project's own, as a folder has no room of its own for a run; nor is a kind that
  cannot be verified on.

The result backend follows: the project's own beside a broker that is not ours, and it must answer then; the
same kind, where there is one, beside a broker of the run's own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from celerify.live.brokers import KINDS, NAMES, Broker, kind_of
from celerify.live.client import ClientError
from celerify.live.deployed.causes import cause_of
from celerify.live.embedded import start_filesystem, start_redis
from celerify.live.results import embedded_results, kind_of_results, own_results
from celerify.live.stage import Seen, Stage
from celerify.live.text import shown, tail

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from celerify.live.deployed.causes import Cause
    from celerify.live.inspected import Fault
    from celerify.live.run import Run

_NOBODY = frozenset({"refused", "name", "timeout", "network"})
"""Causes that say that no broker is there, by the kind of the cause."""

_REMEDIES = {
    "password": "put the right user and password there",
    "place": "name a virtual host that this user may use",
    "refused": "start it, or correct the address",
    "other": "correct what it says",
}
"""What to do about causes whose own advice speaks of workers elsewhere."""

_FREE_OF_TLS = {"broker_use_ssl": False, "redis_backend_use_ssl": None}
"""What a server of the run's own needs of a project whose own speaks TLS."""


def prove(run: Run) -> Iterator[Seen]:
    """Choose the broker, greet it, and start what asks Celery on it."""
    fault = run.inspected.faults.get("broker")
    cause = _cause(fault) if fault else None
    if cause and (run.asked.broker or cause.kind not in _NOBODY) and own_kind(run) != "filesystem":
        yield _refused(run, cause)
        return
    broker, why = _chosen(run, cause)
    if not broker.ours and (failed := run.inspected.faults.get("results")):
        yield _no_results(run, _cause(failed))
        return
    try:
        run.use(broker)
    except ClientError as error:
        items = ("7.2.1",) if broker.own else ()
        yield Seen(False, shown(run, str(error)), items, log=tail(run, error.log))
        return
    yield _told(broker, why)
    if not broker.configured:
        name = NAMES.get(own_kind(run), own_kind(run))
        said = f"the project is set to use {name}: that it connects cannot be shown on {NAMES[broker.kind]}"
        remedy = "start the project's broker, or name one of its kind: `celerify verify --broker URL`"
        yield Seen(None, said, ("7.2.1",), remedy=remedy)


def own_kind(run: Run) -> str:
    """Return the kind of the project's own broker: that of a URL, else kombu's name of it."""
    conf = run.inspected.conf
    url = _first_url(conf.get("broker_url"))
    known = str(conf.get("transport") or "") or url.partition("://")[0]
    return KINDS.get(known) or kind_of(url) or known


def _first_url(url: object) -> str:
    """Return the first of several URLs: a list, or a text with semicolons, for failover."""
    first = url[0] if isinstance(url, list) and url else url
    return str(first or "").partition(";")[0]


def _cause(fault: Fault) -> Cause:
    return cause_of(fault.chain or ({"names": [], "text": fault.message},))


def _says(run: Run, cause: Cause) -> str:
    """Return the clause of a cause; only what it quotes can hold a credential."""
    return shown(run, cause.says) if cause.kind == "other" else cause.says


def _refused(run: Run, cause: Cause) -> Seen:
    """Return that the broker turns the run away; what --broker names says nothing of the project."""
    named = bool(run.asked.broker)
    said = "the broker that --broker names" if named else "the project's broker"
    where = "the URL" if named else "`broker_url`"
    url = shown(run, run.asked.broker or _own_url(run))
    remedy = f"{_REMEDIES.get(cause.kind, cause.remedy)} ({where} is {url}); "
    return Seen(
        False, f"{said} {_says(run, cause)}", () if named else ("7.2.1",),
        remedy=f"{remedy}or verify on a broker of the run's own: `--embedded`",
    )  # fmt: skip


def _no_results(run: Run, cause: Cause) -> Seen:
    where = shown(run, str(run.inspected.conf.get("result_backend") or ""))
    remedy = f"{_REMEDIES.get(cause.kind, cause.remedy)} (`result_backend` is {where}); "
    return Seen(
        False, f"the result backend {_says(run, cause)}", ("7.2.2",),
        remedy=f"{remedy}or verify on servers of the run's own: `--embedded`",
    )  # fmt: skip


def _own_url(run: Run) -> str:
    return _first_url(run.inspected.conf.get("broker_url")) or "not set: Celery takes RabbitMQ on localhost"


def _chosen(run: Run, cause: Cause | None) -> tuple[Broker, str]:
    """Return the broker, and why it is not the project's own where nobody has asked for another."""
    kind = own_kind(run)
    if run.asked.broker:
        used = kind_of(run.asked.broker) or "amqp"
        return _with_own_results(run, Broker(used, run.asked.broker, None, ours=False, source="--broker")), ""
    if run.asked.embedded:
        return _embedded(run), ""
    if kind == "filesystem":
        return _embedded(run), "a folder of the run's own stands for the project's"
    if kind not in {"redis", "amqp"}:
        return _embedded(run), f"the project's own is {kind}, which cannot be verified on"
    if cause:
        return _embedded(run), f"the project's own {_says(run, cause)}"
    url = _first_url(run.inspected.conf.get("broker_url"))
    own = Broker(kind, url, None, ours=False, source="the project's own", own=True)
    return _with_own_results(run, own), ""


def _with_own_results(run: Run, broker: Broker) -> Broker:
    conf, folder = run.inspected.conf, run.session.folder
    found = own_results(
        conf, folder, sqlalchemy="sqlalchemy" in run.inspected.packages, own_database=run.asked.own_database
    )
    return replace(
        broker, configured=broker.kind == own_kind(run), results=found.url, results_differ=found.differ
    )


def _embedded(run: Run) -> Broker:
    """Start a broker of the run's own: of the kind that the project has, else the one that can prove most."""
    conf, kind = run.inspected.conf, own_kind(run)
    usable = not (conf.get("clients") or {}).get("redis", "it was not looked at")
    places = run.inspected.values.get("versions", {}).get("servers", {})
    started = start_redis(run.session, places) if usable and kind != "filesystem" else None
    broker = started or start_filesystem(run.session)
    redis = broker.results if broker.kind == "redis" else None
    found = embedded_results(
        conf, run.session.folder, redis, sqlalchemy="sqlalchemy" in run.inspected.packages
    )
    return replace(
        broker,
        configured=broker.kind == kind,
        results=found.url,
        results_differ=found.differ or _other_replies(conf, kind, broker.kind),
        conf=_FREE_OF_TLS,
    )


def _other_replies(conf: Mapping[str, Any], kind: str, used: str) -> str:
    """Return that replies went by another kind of broker than the project's, or ""."""
    if kind == used or kind_of_results(conf.get("result_backend")) != "rpc":
        return ""
    return f"the project's results are replies on {NAMES.get(kind, kind)}, and this run's on {NAMES[used]}"


def _told(broker: Broker, why: str) -> Seen:
    name = NAMES[broker.kind]
    if broker.ours:
        said = f"verified on {name} of the run's own ({broker.source})"
    else:
        said = f"verified on {name}: {broker.source}, in a key space of the run's own"
    return Seen(True, f"{said}; {why}" if why else said)


STAGE = Stage(
    name="broker",
    title="A broker answers, and so does the result backend",
    items=("7.2.1", "7.2.2"),
    prove=prove,
    decides=True,
)
