"""How the tests set Celery up: what they state of its options, and which run a real worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.celery_config import CODE_WINS, celery_version
from celerify.facts.testing.cases import Cases
from celerify.facts.testing.settings import ForTests
from celerify.facts.testing.stated import Names, stated_in_tests
from celerify.facts.testing.workers import tests_with_a_worker
from celerify.facts.values import truth

if TYPE_CHECKING:
    from celerify.facts.celery_app import CeleryApp
    from celerify.facts.dependencies import Dependencies
    from celerify.facts.layout import Layout
    from celerify.facts.settings import Settings
    from celerify.facts.sources import Sources
    from celerify.facts.testing.stated import Stated
    from celerify.model import Location


@dataclass(frozen=True, slots=True)
class SuiteSetup:
    """How the tests set Celery up.

    Attributes:
        stated: what they set of Celery's options, settings first.
        workers: the tests that run a task through a real worker.
    """

    stated: tuple[Stated, ...]
    workers: tuple[Location, ...]

    @property
    def eager(self) -> tuple[Stated, ...]:
        """Where eager mode is switched on."""
        return tuple(one for one in self.stated if one.option == "task_always_eager" and _is_true(one))


def _is_true(stated: Stated) -> bool:
    return stated.value is not None and truth(stated.value) is True


def read_test_setup(  # noqa: PLR0913, PLR0917 - the facts that it joins
    sources: Sources,
    layout: Layout,
    settings: tuple[Settings, ...],
    deployed: tuple[Settings, ...],
    app: CeleryApp | None,
    dependencies: Dependencies,
) -> SuiteSetup:
    """Return how the tests set Celery up; without an application the namespace counts as CELERY."""
    config = app.config[-1] if app and app.config else None
    namespace = config.namespace if config else "CELERY"
    names = Names(namespace, namespace is None or celery_version(dependencies)[0] >= CODE_WINS)
    read = ForTests(sources, layout, settings, deployed, app, dependencies)
    stated = (*read.stated(names), *stated_in_tests(sources, layout.roots, names))
    workers = tuple(tests_with_a_worker(sources, Cases(sources, layout.roots)))
    return SuiteSetup(tuple(dict.fromkeys(stated)), workers)
