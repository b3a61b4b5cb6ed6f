"""How the test suite sets Celery up: fixtures, a broker in memory, a real worker, eager mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.values import Env, alternatives, scheme, truth
from celerify.model import Location, Observation
from celerify.requirements.suite_files import (
    by_pytest_django,
    conftest_path,
    eager_fixture,
    eager_tests,
    isolation,
    round_trip,
    tests_path,
    with_part,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.celery_config import Option
    from celerify.facts.testing.stated import Stated
    from celerify.project import Project

_PLACES = {
    "settings": "the settings of tests",
    "override": "an override",
    "conf": "app.conf",
    "environment": "the environment",
    "fixture": "a fixture",
}


@dataclass(frozen=True, slots=True)
class SuiteSetup:
    """The test suite sets Celery up: by fixtures, settings of tests, or overrides."""

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield the first place that sets an option or starts a worker."""
        setup = project.test_setup
        if setup.stated:
            first = setup.stated[0]
            said = f"{_PLACES[first.where]} sets {first.option} for the tests"
            yield Observation(holds=True, summary=said, at=first.at)
        elif setup.workers:
            yield Observation(holds=True, summary="a test starts a worker", at=setup.workers[0])

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing sets Celery up for tests, at the file that would."""
        said = "nothing sets Celery up for the tests: they use the broker of the settings in effect"
        return Observation(holds=False, summary=said, at=Location(_setup_path(project)))

    def fix(self, project: Project) -> Project:
        """Point the tests at a broker in memory."""
        return _isolated(project)


@dataclass(frozen=True, slots=True)
class MemoryBroker:
    """The tests state a broker in memory."""

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield the place that states memory://, else one that states another broker for tests."""
        stated = [one for one in project.test_setup.stated if one.option == "broker_url" and one.value]
        found = sorted((one for one in stated if _in_memory(one)), key=lambda one: one.where != "environment")
        if found:
            yield _memory(found[0])
        for one in stated[:1] if not found else ():
            kind = scheme(one.value) if one.value else None
            said = f"{_PLACES[one.where]} names a broker for the tests that "
            if kind is None:
                yield Observation(None, f"{said}could not be read", one.at)
            else:
                yield Observation(holds=False, summary=f"{said}is no memory:// but {kind}://", at=one.at)

    def vacancy(self, project: Project) -> Observation:
        """Return that no test set-up states memory://."""
        said = "nothing states memory:// for the tests: what they send goes to a real broker"
        return Observation(holds=False, summary=said, at=Location(_setup_path(project)))

    def fix(self, project: Project) -> Project:
        """Point the tests at a broker in memory, whatever the environment says."""
        return _isolated(project)


def _in_memory(stated: Stated) -> bool:
    return stated.value is not None and scheme(stated.value) == "memory"


def _memory(stated: Stated) -> Observation:
    said = f"{_PLACES[stated.where]} states memory:// for the tests"
    if stated.where != "environment":
        said += "; CELERY_BROKER_URL in the environment would still win"
    return Observation(holds=True, summary=said, at=stated.at)


@dataclass(frozen=True, slots=True)
class WorkerTest:
    """A test runs a task through a real worker."""

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield the first test that does."""
        for at in project.test_setup.workers[:1]:
            yield Observation(holds=True, summary="a test sends a task to a worker of its own", at=at)

    def vacancy(self, project: Project) -> Observation:
        """Return that no test uses a worker."""
        said = "no test runs a task through a worker (start_worker, celery_worker)"
        return Observation(holds=False, summary=said, at=Location(project.layout.manage))

    def fix(self, project: Project) -> Project:
        """Add one round trip through a worker thread, on a broker that the environment cannot override."""
        part = round_trip(project)
        stated = project.test_setup.stated
        if not any(_in_memory(one) and one.where == "environment" for one in stated):
            project = _isolated(project)
        return with_part(project, tests_path(project), part)


@dataclass(frozen=True, slots=True)
class EagerInTests:
    """Eager mode is switched on in tests, and in no deployed chain."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield deployed chains that are eager, then the first place of the tests that is."""
        eager = project.test_setup.eager
        guarded = {(one.at.path, one.at.line) for one in eager}
        found = [seen for option, chain in _stated_for_deployment(project)
                 if not any((place.path, place.line) in guarded for place in option.via)
                 and (seen := _deployed(option, chain))]  # fmt: skip
        yield from (seen for seen in found if not seen.holds)
        if eager:
            first = eager[0]
            said = f"{_PLACES[first.where]} switches eager mode on for tests"
            yield Observation(holds=True, summary=said, at=first.at)
            yield from (seen for seen in found if seen.holds)

    def vacancy(self, project: Project) -> Observation:
        """Return that no test runs in eager mode."""
        said = "no test setting, override or fixture switches eager mode on"
        return Observation(holds=False, summary=said, at=Location(_setup_path(project)))

    def fix(self, project: Project) -> Project:
        """Add a fixture, or a test class, that is eager."""
        if by_pytest_django(project):
            return with_part(project, conftest_path(project), eager_fixture(project))
        return with_part(project, tests_path(project), eager_tests(project))


def _stated_for_deployment(project: Project) -> Iterator[tuple[Option, str]]:
    """Yield eager mode as each deployed chain states it, with the chain's name."""
    for chain in project.options:
        option = chain.options.get("task_always_eager")
        if option is not None:
            yield option, chain.settings.entry.module or chain.settings.path


def _deployed(option: Option, chain: str) -> Observation | None:
    """Return what a deployed chain says of eager mode, or None where it is off."""
    at = option.via[-1] if option.via else option.value.at
    ways = [truth(way) for way in alternatives(option.value)]
    if all(way is True for way in ways):
        said = (
            f"error: {chain} is deployed with {option.written} on: every task runs inside the request that "
            "sends it, and no worker ever gets one"
        )
        return Observation(holds=False, summary=said, at=at)
    if all(way is False for way in ways):
        return None
    if isinstance(option.value, Env) or True in ways or False in ways:
        said = f"whether {chain} is eager when deployed is for its environment to say ({option.written})"
        return Observation(holds=True, summary=said, at=at)
    return Observation(None, f"whether {chain} is deployed with eager mode could not be read", at)


def _setup_path(project: Project) -> str:
    return conftest_path(project) if by_pytest_django(project) else project.layout.manage


def _isolated(project: Project) -> Project:
    path = conftest_path(project) if by_pytest_django(project) else tests_path(project)
    return with_part(project, path, isolation())
