"""A project: its tree, the choices in effect, and every fact about it, read when first asked for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from celerify.facts.choices import Choices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.facts.apps import App
    from celerify.facts.attestations import Attestation
    from celerify.facts.calls import TaskCall
    from celerify.facts.celery_app import CeleryApp
    from celerify.facts.celery_config import Options
    from celerify.facts.dependencies import Dependencies
    from celerify.facts.evidence import Evidence
    from celerify.facts.flow import Topology
    from celerify.facts.layout import Layout
    from celerify.facts.schedules import Schedules
    from celerify.facts.services import Process
    from celerify.facts.settings import Settings
    from celerify.facts.sources import Sources
    from celerify.facts.suite import Suite
    from celerify.facts.tasks import Task
    from celerify.facts.testing.setup import SuiteSetup
    from celerify.facts.testing.task_tests import TaskTests
    from celerify.tree import Tree


@dataclass(frozen=True)
class Project:
    """A repository as celerify sees it. Facts are lazy, and each is read at most once."""

    tree: Tree
    choices: Choices = field(default_factory=Choices)

    def with_tree(self, tree: Tree) -> Project:
        """Return the same project over another tree."""
        return replace(self, tree=tree)

    def write(self, path: str, content: bytes) -> Project:
        """Return a project in which `path` holds `content`."""
        return self.with_tree(self.tree.write(path, content))

    @cached_property
    def sources(self) -> Sources:
        """The Python files, parsed on demand."""
        from celerify.facts.sources import Sources

        return Sources(self.tree)

    @cached_property
    def layout(self) -> Layout:
        """Where manage.py, the settings modules and the import roots are."""
        from celerify.facts.layout import read_layout

        return read_layout(self.sources, self.choices)

    @cached_property
    def settings(self) -> tuple[Settings, ...]:
        """Every settings chain that could be found, deployed ones first."""
        from celerify.facts.settings import read_settings

        return read_settings(self.sources, self.layout)

    @cached_property
    def deployed(self) -> tuple[Settings, ...]:
        """The chains that decide: deployed ones, or manage.py's where there is no other."""
        from celerify.facts.settings import deciding

        return deciding(self.settings)

    @cached_property
    def apps(self) -> tuple[App, ...]:
        """The Django applications of the repository's own."""
        from celerify.facts.apps import read_apps

        return read_apps(self.sources, self.layout, self.deployed)

    @cached_property
    def celery_apps(self) -> tuple[CeleryApp, ...]:
        """Every Celery application of the project, samples last."""
        from celerify.facts.celery_app import read_celery_apps

        return read_celery_apps(self.sources, self.layout)

    @cached_property
    def celery_app(self) -> CeleryApp | None:
        """The application that the processes use; None without one (samples do not count)."""
        from celerify.facts.celery_app import chosen_app

        return chosen_app(self.celery_apps, self.layout, self.processes)

    @cached_property
    def options(self) -> tuple[Options, ...]:
        """Celery's options in effect, one set for each deployed chain."""
        from celerify.facts.celery_config import read_options

        return tuple(
            read_options(chain, self.celery_app, self.dependencies, self.processes, self.sources, self.layout)
            for chain in self.deployed
        )

    @cached_property
    def dependencies(self) -> Dependencies:
        """What the project depends on."""
        from celerify.facts.dependencies import read_dependencies

        return read_dependencies(self.sources, self.layout)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The project's own tasks, samples included and marked; not those of tests."""
        from celerify.facts.tasks import read_tasks

        return read_tasks(self.sources, self.layout, self.celery_apps, self.deployed)

    @cached_property
    def calls(self) -> tuple[TaskCall, ...]:
        """Where tasks are sent, tests included and marked."""
        from celerify.facts.calls import read_calls

        return read_calls(self.sources, self.layout, self.tasks, self.deployed)

    @cached_property
    def processes(self) -> tuple[Process, ...]:
        """The processes that the repository declares."""
        from celerify.facts.services import read_processes

        return read_processes(self.tree)

    @cached_property
    def schedules(self) -> Schedules:
        """What beat is to send, and the schedule rows that code writes."""
        from celerify.facts.schedules import read_schedules

        return read_schedules(self.options, self.sources, self.layout, self.tasks, self.celery_app)

    @cached_property
    def topology(self) -> Topology:
        """The way of every message: senders, tasks, queues and workers."""
        from celerify.facts.flow_reading import Parts, read_topology
        from celerify.facts.queues import read_queues

        queues = read_queues(self.options, self.tasks, self.calls, self.schedules)
        parts = Parts(self.options, self.tasks, self.calls, self.schedules, self.processes, self.apps, queues)
        return read_topology(parts)

    @cached_property
    def suite(self) -> Suite:
        """How the project's tests run."""
        from celerify.facts.suite import read_suite

        return read_suite(self.sources, self.layout)

    @cached_property
    def evidence(self) -> Mapping[str, Evidence]:
        """What `verify` recorded, by item; stale entries included and marked."""
        from celerify.facts.evidence import clock, read_evidence

        return read_evidence(self.tree, clock())

    @cached_property
    def evidence_fault(self) -> str:
        """Why the file of the evidence cannot be read, as a sentence, or ""."""
        from celerify.facts.evidence import evidence_fault

        return evidence_fault(self.tree)

    def refused(self, attestation: Attestation) -> str:
        """Return why an attestation does not count in this project now, or ""."""
        from celerify.facts.evidence import clock

        return attestation.refused(self.tree, clock())

    @cached_property
    def test_setup(self) -> SuiteSetup:
        """How the tests set Celery up."""
        from celerify.facts.testing.setup import read_test_setup

        return read_test_setup(
            self.sources, self.layout, self.settings, self.deployed, self.celery_app, self.dependencies
        )

    @cached_property
    def task_tests(self) -> TaskTests:
        """The tests that run the project's own tasks, and what each proves."""
        from celerify.facts.testing.task_tests import read_task_tests

        return read_task_tests(self.sources, self.layout, self.tasks)

    @property
    def uses_celery(self) -> bool:
        """The project already runs Celery: it has tasks of its own or declares a worker.

        A file that cannot be read and mentions tasks counts as well: what is written must not change them.
        """
        own = any(not task.sample for task in self.tasks)
        if own or any(process.kind == "worker" for process in self.processes):
            return True
        return self.sources.blind_spot(("shared_task", "app.task")) is not None
