"""Which Celery, with which broker client, a project without Celery gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.compatibility import REDIS_EXTRA_PACKAGING, REDIS_RELEASES, CeleryLine, bounds, celery_lines
from celerify.errors import CannotWriteError
from celerify.facts.versions import allows, overlap
from celerify.requirements.broker_client import CLIENTS
from celerify.requirements.decisions import broker_choice
from celerify.requirements.dependency_edit import Addition, home_path

if TYPE_CHECKING:
    from celerify.facts.dependencies import Dependencies
    from celerify.project import Project


def celery_additions(project: Project) -> tuple[Addition, ...]:
    """Return what to declare for Celery and its broker client in a project that has neither.

    The newest Celery whose client agrees with the redis-py that is declared already. A pinned `packaging`
    is kept out of the extra's way by declaring redis-py itself.

    Raises:
        CannotWriteError: no supported Celery runs on the project's Python or beside its redis-py.
    """
    dependencies = project.dependencies
    broker = broker_choice(project).value
    lines = celery_lines(dependencies.python, dependencies.at_least("django"))
    if not lines:
        raise CannotWriteError("no supported Celery runs on the project's Python", "", home_path(project))
    if broker != "redis":
        extra = CLIENTS.get(broker, ("", ""))[0]
        return (Addition("celery", (extra,) if extra else (), lines[0].bounds),)
    pins = dependencies.named("redis")
    fitting = [
        line
        for line in lines
        if all(overlap(pin.specifier, line.redis, REDIS_RELEASES) is not False for pin in pins)
    ]
    if not fitting:
        what = f"redis{pins[0].specifier} is too old or too new for every supported Celery"
        raise CannotWriteError(what, Addition("celery", ("redis",), lines[0].bounds).text(), pins[0].at.path)
    return _redis_additions(dependencies, fitting[0])


def _redis_additions(dependencies: Dependencies, line: CeleryLine) -> tuple[Addition, ...]:
    packaging = dependencies.named("packaging")
    clash = line.pins_packaging and any(
        allows(pin.specifier, REDIS_EXTRA_PACKAGING) is False for pin in packaging
    )
    if not clash:
        return (Addition("celery", ("redis",), line.bounds),)
    redis = bounds("redis")
    beside = (Addition("redis", (), redis),) if redis and not dependencies.named("redis") else ()
    return (Addition("celery", (), line.bounds), *beside)
