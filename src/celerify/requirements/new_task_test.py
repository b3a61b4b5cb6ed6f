"""`NewTaskTest`: tests of a new task, in the project's own style and where its runner finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.import_order import Needed
from celerify.edits.render import render
from celerify.edits.task_module import bound_names, extended_module, new_module
from celerify.facts.apps import own_names
from celerify.facts.python import Module
from celerify.facts.suite import gathered_tests
from celerify.model import Location, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.project import Project
    from celerify.requirements.task_text import TaskText


def place_of_tests(project: Project, folder: str, label: str) -> str:
    """Return the file for the tests of an app's tasks.

    A `tests` package of the app is used. An app with `tests.py` gets `test_tasks.py` beside it: a package
    of the same name would hide it. Where pytest looks only below other folders (`testpaths`), the first of
    them gets a file named after the app; so does a folder `tests` where no app has
    tests of its own.
    """
    tree = project.tree
    if tree.exists(f"{folder}/tests/__init__.py"):
        return f"{folder}/tests/test_tasks.py"
    if f"{folder}/tests" in tree.folders:
        return f"{folder}/tests/test_{label}_tasks.py"  # no package: a base name must be unique
    looked = project.suite.folders
    if looked and not any(folder == place or folder.startswith(f"{place}/") for place in looked if place):
        return f"{looked[0]}/test_{label}_tasks.py"
    gathered = gathered_tests(tree, project.layout.base, (app.folder for app in project.apps))
    if gathered and project.suite.runner == "pytest":
        return f"{gathered}/test_{label}_tasks.py"
    return f"{folder}/test_tasks.py"


@dataclass(frozen=True, slots=True)
class NewTaskTest:
    """There are tests of this task.

    Attributes:
        path: the file of the tests.
        module: the dotted module of the task, for imports and patches.
        text: the task.
    """

    path: str
    module: str
    text: TaskText

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield the test class of the task."""
        module = project.sources.read(self.path) if project.tree.exists(self.path) else None
        if isinstance(module, Module):
            found = bound_names(module.tree).get(self._class)
            if found is not None:
                yield Observation(
                    holds=True, summary=f"{self._class} tests {self.text.name}", at=module.at(found)
                )

    def vacancy(self, _project: Project) -> Observation:
        """Say that there is no such test."""
        return Observation(
            holds=False, summary=f"there is no test of {self.text.name}", at=Location(self.path)
        )

    def fix(self, project: Project) -> Project:
        """Add the tests: success, a bug, the retry count, recovery and the growing waits."""
        pytest = project.suite.runner == "pytest"
        propagates = _propagates(project)
        template = "_parts/test_task_pytest.py.jinja" if pytest else "_parts/test_task_unittest.py.jinja"
        code = render(template, **self.text.context, module=self.module, propagates=propagates)
        needed = self._needed(pytest=pytest, propagates=propagates)
        if project.tree.exists(self.path):
            own = own_names(project.apps, project.layout.package)
            raw = project.tree.read(self.path)
            content = extended_module(raw, self.path, needed, code, own=own)
        else:
            content = new_module(needed, code)
        return project.write(self.path, content)

    def _needed(self, *, pytest: bool, propagates: bool) -> list[Needed]:
        text = self.text
        needed = [Needed("unittest.mock", "patch"), Needed(self.module, text.function, own=True)]
        needed += [Needed(error.module, error.name) for error in text.retry_for[:1] if error.module]
        if text.max_retries:
            needed.append(Needed("celery.exceptions", "Retry"))
        if text.model:
            needed.append(Needed("django.core.exceptions", "ObjectDoesNotExist"))
        if not pytest:
            needed.append(Needed("unittest"))
        elif text.max_retries or propagates:
            needed.append(Needed("pytest"))
        return needed

    @property
    def _class(self) -> str:
        return f"Test{self.text.context['test_class']}"


def _propagates(project: Project) -> bool:
    """Tell whether some settings module turns eager propagation on, under which a retry ends a test's run."""
    files = {path for chain in project.settings for path in chain.files}
    return any(b"EAGER_PROPAGATES" in project.tree.read(path) for path in files)
