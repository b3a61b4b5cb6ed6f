"""Which Celery, with which broker client, a project without Celery gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.compatibility import (
    CELERY,
    DJANGO_WITHOUT_CELERY,
    REDIS_EXTRA_PACKAGING,
    REDIS_RELEASES,
    CeleryLine,
    bounds,
    celery_lines,
)
from celerify.errors import CannotWriteError, RefusedError
from celerify.facts.packages.versions import allows, overlap
from celerify.requirements.broker_client import CLIENTS
from celerify.requirements.decisions import broker_choice
from celerify.requirements.dependency_edit import Addition, home_path

if TYPE_CHECKING:
    from celerify.errors import CelerifyError
    from celerify.facts.dependencies import Dependencies
    from celerify.project import Project


def celery_additions(project: Project) -> tuple[Addition, ...]:
    """Return what to declare for Celery and its broker client in a project that has neither.

    The newest Celery whose client agrees with the redis-py that is declared already. A pinned `packaging`
    is kept out of the extra's way by declaring redis-py itself.

    Raises:
        CannotWriteError: no supported Celery runs beside the project's redis-py.
        RefusedError: none runs on its Python or Django, so that code for it would only break the project.
    """
    dependencies = project.dependencies
    broker = broker_choice(project).value
    lines = celery_lines(dependencies.python, dependencies.at_least("django"))
    if not lines:
        raise _without_celery(project)
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


def _without_celery(project: Project) -> CelerifyError:
    """Return why there is no Celery for the project; only a note where it runs one all the same."""
    dependencies = project.dependencies
    django, python = dependencies.at_least("django"), dependencies.python
    old = django is not None and django < DJANGO_WITHOUT_CELERY
    uses = f"Django {_dotted(django[:2])}" if old and django else f"Python {_dotted(python or ())}"
    oldest = CELERY[-1]
    needs = f"Django {_dotted(DJANGO_WITHOUT_CELERY)}" if old else f"Python {_dotted(oldest.python)}"
    what = f"the project uses {uses}, and no supported Celery (from {oldest.bounds.low}) runs below {needs}"
    if project.uses_celery:
        return CannotWriteError(what, "", home_path(project))
    return RefusedError(what, f"bring the project to {needs} or newer first, then run `celerify init` again")


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


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
