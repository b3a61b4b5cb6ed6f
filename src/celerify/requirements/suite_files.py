"""Where the tests of Celery itself go, and their text, in the project's style."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.render import render
from celerify.errors import CannotWriteError
from celerify.facts.apps import own_names
from celerify.facts.imports import joined
from celerify.facts.python import Module
from celerify.facts.suite import gathered_tests
from celerify.requirements.celery_file import package_folder

if TYPE_CHECKING:
    from celerify.edits.import_order import Needed
    from celerify.project import Project

NAMES = ("test_celery.py", "test_celery_worker.py")
"""What the module of tests is called, if that is free."""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of the set-up: the imports it needs, the names it binds, its text."""

    needed: tuple[Needed, ...]
    binds: tuple[str, ...]
    code: str


def by_pytest_django(project: Project) -> bool:
    """Tell whether pytest runs the tests with Django set up; otherwise they are written for unittest."""
    suite = project.suite
    named = any(declared.name == "pytest-django" for declared in project.dependencies.declared)
    return suite.runner == "pytest" and (named or suite.settings is not None)


def conftest_path(project: Project) -> str:
    """Return the conftest that every test of the project loads: the one beside manage.py.

    Where all tests lie in one folder that has a conftest already, that one.
    """
    base = project.layout.base
    path = joined(base, "conftest.py")
    if project.tree.exists(path):
        return path
    folders = project.suite.folders or tuple(filter(None, (_gathered(project),)))
    below = [joined(folder, "conftest.py") for folder in folders]
    return below[0] if len(below) == 1 and project.tree.exists(below[0]) else path


def tests_path(project: Project) -> str:
    """Return the module that tests of Celery itself go into, where the runner finds them.

    Raises:
        CannotWriteError: every name is taken by a module of another purpose.
    """
    folder = _folder(project)
    for name in NAMES:
        path = joined(folder, name)
        elsewhere = [other for other in project.tree.named(name) if other != path]
        own = not project.tree.exists(path) or b"celery.contrib.testing" in project.tree.read(path)
        if (own or b"CELERY_BROKER_READ_URL" in project.tree.read(path)) and not elsewhere:
            return path
    raise CannotWriteError(f"{folder or 'the root'} has a test_celery.py of another purpose", "", None)


def _folder(project: Project) -> str:
    """Return the folder of tests of the whole project: where tests are gathered, else the project package."""
    suite, tree = project.suite, project.tree
    gathered = _gathered(project)
    package = package_folder(project)
    if suite.runner == "pytest" and suite.folders:
        places = [folder for folder in suite.folders if folder]
        inside = package is not None and any(f"{package}/".startswith(f"{place}/") for place in places)
        if places and not inside:
            return places[0]
    if gathered and (suite.runner == "pytest" or tree.exists(f"{gathered}/__init__.py")):
        return gathered
    folder = project.layout.base if package is None else package
    return f"{folder}/tests" if tree.exists(f"{folder}/tests/__init__.py") else folder


def _gathered(project: Project) -> str | None:
    return gathered_tests(project.tree, project.layout.base, (app.folder for app in project.apps))


def isolation() -> Part:
    """Return what points the four variables that Celery reads at a broker in memory."""
    from celerify.edits.import_order import Needed

    return Part((Needed("os"),), (), render("_parts/conftest_isolation.py.jinja"))


def eager_fixture(project: Project) -> Part:
    """Return the fixture that switches eager mode on for one test."""
    from celerify.edits.import_order import Needed

    code = render("_parts/conftest_eager.py.jinja", **_context(project))
    return Part((Needed("pytest"),), ("celery_eager",), code)


def eager_tests(project: Project) -> Part:
    """Return the test class that runs in eager mode, for unittest."""
    from celerify.edits.import_order import Needed

    code = render("_parts/test_celery_eager_unittest.py.jinja", **_context(project))
    needed = [Needed("django.test", "SimpleTestCase"), _application(project)]
    needed += [Needed("django.test", "override_settings")] if _setting(project) else []
    return Part(tuple(needed), ("EagerTests",), code)


def round_trip(project: Project) -> Part:
    """Return the tests that send a task through a worker, and that no real broker is reached."""
    from celerify.edits.import_order import Needed

    starts = Needed("celery.contrib.testing.worker", "start_worker")
    if by_pytest_django(project):
        code = render("_parts/test_celery_pytest.py.jinja", **_context(project))
        return Part((Needed("pytest"), starts, _application(project)), ("echo", "worker_thread"), code)
    code = render("_parts/test_celery_unittest.py.jinja", **_context(project))
    needed = [Needed("django.test", "TransactionTestCase"), starts, _application(project)]
    needed += [Needed("django.test", "override_settings")] if _setting(project) else []
    return Part(tuple(needed), ("echo", "WorkerThreadTests"), code)


def with_part(project: Project, path: str, part: Part) -> Project:
    """Return the project with a piece at the end of a file, its imports among those that are there.

    Raises:
        CannotWriteError: the file does not parse, or binds one of the names already.
    """
    from celerify.edits.task_module import bound_names, extended_module, new_module

    if not project.tree.exists(path):
        return project.write(path, new_module(part.needed, part.code))
    module = project.sources.read(path)
    bound = bound_names(module.tree) if isinstance(module, Module) else {}
    taken = next((name for name in part.binds if name in bound), None)
    if taken:
        raise CannotWriteError(f"{path} has a `{taken}` already", part.code, path)
    own = own_names(project.apps, project.layout.package)
    raw = project.tree.read(path)
    if not raw.strip():
        return project.write(path, raw + new_module(part.needed, part.code))
    return project.write(path, extended_module(raw, path, part.needed, part.code, own=own))


def _application(project: Project) -> Needed:
    from celerify.edits.import_order import Needed

    context = _context(project)
    return Needed(str(context["module"]), str(context["variable"]), own=True)


def _context(project: Project) -> dict[str, object]:
    """Return what the templates are given.

    Raises:
        CannotWriteError: no module holds a Celery application under a name.
    """
    app = project.celery_app
    if app is None or not app.variable:
        what = "the tests need the Celery application, which no module holds under a name yet"
        raise CannotWriteError(what, "", joined(_folder(project), NAMES[0]))
    return {"module": app.module, "variable": app.variable, "setting": _setting(project)}


def _setting(project: Project) -> str:
    """Return the Django setting of eager mode, or "" where Celery is given no namespace."""
    app = project.celery_app
    config = app.config[-1] if app and app.config else None
    namespace = config.namespace if config else None
    return f"{namespace}_TASK_ALWAYS_EAGER" if namespace else ""
