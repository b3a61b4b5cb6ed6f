"""One new task as a list of requirements: what it is, where it goes, and what it may not be."""

from __future__ import annotations

import builtins
import difflib
import keyword
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.compatibility import assumed_python
from celerify.errors import RefusedError, UsageError
from celerify.facts.models import model_named, models_in
from celerify.requirements.list_entry import ListEntry
from celerify.requirements.new_task import NewTask
from celerify.requirements.new_task_test import NewTaskTest, place_of_tests
from celerify.requirements.task_route import TaskRoute
from celerify.requirements.task_text import Argument, ExceptionName, ModelName, TaskText

if TYPE_CHECKING:
    from celerify.facts.apps import App
    from celerify.model import Fixable
    from celerify.project import Project

TYPES = {
    "int": "1", "str": '"a"', "float": "1.5", "bool": "True", "list": "[1]", "dict": '{"a": 1}',
}  # fmt: skip
"""What survives the JSON round trip of a task's arguments unchanged, with a sample of each."""

DEFAULT_RETRY_FOR = ("ConnectionError", "TimeoutError")


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """What the user asked for.

    Attributes:
        target: `APP.NAME`; APP is a label or a dotted package.
        arguments: each as `order_id:int`.
        model: `orders.Order`, or None.
        retry_for: builtin or dotted exceptions.
        max_retries: how often it is retried; 0 for never.
        time_limit: seconds until the worker kills it.
        soft_time_limit: seconds until it is told to stop; below `time_limit`.
        with_test: write tests, too.
        queue: route it there, or None.
        install_app: add the app to INSTALLED_APPS where it is missing.
    """

    target: str
    arguments: tuple[str, ...] = ()
    model: str | None = None
    retry_for: tuple[str, ...] = DEFAULT_RETRY_FOR
    max_retries: int = 3
    time_limit: int = 360
    soft_time_limit: int = 300
    with_test: bool = True
    queue: str | None = None
    install_app: bool = False


@dataclass(frozen=True, slots=True)
class TaskRecipe:
    """What one new task requires, the app it goes to, its name, and whether the app gets installed."""

    app: App
    name: str
    requirements: tuple[Fixable, ...]
    installs: bool


def task_recipe(project: Project, spec: TaskSpec) -> TaskRecipe:
    """Return what one new task requires.

    Raises:
        UsageError: a name, type, number or app is not usable.
        RefusedError: the name is taken.
    """
    package, _, function = spec.target.rpartition(".")
    if not package:
        raise UsageError(f"`{spec.target}` names no app", "write APP.NAME, as orders.process_order")
    _identifier(function, "the task's name")
    _limits(spec)
    app = app_named(project, package)
    text = TaskText(
        name=f"{app.label}.{function}",
        function=function,
        package=app.package,
        arguments=_arguments(project, spec),
        model=_model(project, spec.model),
        retry_for=tuple(_exception(name) for name in spec.retry_for),
        max_retries=spec.max_retries,
        time_limit=spec.time_limit,
        soft_time_limit=spec.soft_time_limit,
        returns=_returns(project),
    )
    installs = spec.install_app and not app.installed
    task = NewTask(app.folder, app.package, text, found=app.installed or installs)
    _free(project, task)
    requirements: list[Fixable] = [ListEntry("INSTALLED_APPS", app.package)] if installs else []
    requirements.append(task)
    if spec.queue:
        _identifier(spec.queue.replace("-", "_").replace(".", "_"), "a queue")
        requirements.append(TaskRoute(text.name, spec.queue))
    if spec.with_test:
        place = place_of_tests(project, app.folder, app.label)
        requirements.append(NewTaskTest(place, task.module(project), text))
    return TaskRecipe(app, text.name, tuple(requirements), installs)


def _identifier(name: str, what: str) -> None:
    if not name.isidentifier():
        raise UsageError(
            f"`{name}` cannot be {what}: it is no Python identifier", "use letters, digits and _"
        )
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise UsageError(f"`{name}` cannot be {what}: it is a keyword of Python", "choose another name")


def _limits(spec: TaskSpec) -> None:
    if not 0 < spec.soft_time_limit < spec.time_limit:
        raise UsageError(
            f"the soft time limit ({spec.soft_time_limit} s) must lie between 0 and"
            f" the hard one ({spec.time_limit} s)",
            "the soft limit lets the task clean up before the hard one kills its process",
        )
    if spec.max_retries < 0:
        raise UsageError("--max-retries must be 0 or more", "0 means: never retried")


def _returns(project: Project) -> str:
    """Return the annotation of a task's result: Python 3.8 cannot subscript `dict`."""
    dependencies = project.dependencies
    python = assumed_python(dependencies.python, dependencies.at_least("django"))
    return "dict" if python and python < (3, 9) else "dict[str, object]"


def app_named(project: Project, name: str) -> App:
    """Return the application with that label or dotted package.

    Raises:
        UsageError: there is none, or the label belongs to several.
    """
    if any(not part.isidentifier() for part in name.split(".")):
        raise UsageError(
            f"`{name}` is no app: an app is named by its label or dotted package", "as orders or apps.orders"
        )
    found = [app for app in project.apps if name in {app.label, app.package}]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"`{name}` is the label of several apps: {', '.join(app.package for app in found)}",
            "name one by its package",
        )
    labels = [app.label for app in project.apps]
    close = difflib.get_close_matches(name.rpartition(".")[2], labels, n=3) or labels[:8]
    raise UsageError(
        f"there is no app `{name}` in this repository",
        f"did you mean {', '.join(close)}?"
        if close
        else f"create it first: python manage.py startapp {name}",
    )


def _arguments(project: Project, spec: TaskSpec) -> tuple[Argument, ...]:
    arguments = [_argument(text) for text in spec.arguments]
    names = [argument.name for argument in arguments]
    if len(set(names)) != len(names):
        raise UsageError("two --arg have the same name", "give each argument a name of its own")
    if spec.model:
        own = _model_argument(project, spec.model)
        if own.name not in names:
            arguments.insert(0, own)
    return tuple(arguments)


def _argument(text: str) -> Argument:
    name, _, kind = text.partition(":")
    _identifier(name, "an argument")
    if name == "self":
        raise UsageError(
            "`self` cannot be an argument: the task itself is passed under that name", "choose another name"
        )
    kind = kind or "int"
    if kind not in TYPES:
        raise UsageError(
            f"`{kind}` is no type that survives the trip to a worker unchanged",
            f"use one of {', '.join(TYPES)}; pass a row's id, not the row; a date or UUID travels as str",
        )
    return Argument(name, kind, TYPES[kind])


def _model_argument(project: Project, dotted: str) -> Argument:
    model = _model(project, dotted)
    assert model is not None  # noqa: S101 - `dotted` is not None
    kind = model.key
    return Argument(f"{model.variable}_id", kind, TYPES[kind])


def _model(project: Project, dotted: str | None) -> ModelName | None:
    if dotted is None:
        return None
    package, _, name = dotted.rpartition(".")
    if not package:
        raise UsageError(f"`{dotted}` names no app", "write --model APP.Model, as orders.Order")
    app = app_named(project, package)
    found = model_named(project.sources, app.folder, app.package, name)
    if found:
        return ModelName(*found)
    known = models_in(project.sources, app.folder)
    close = difflib.get_close_matches(name, known, n=3) or known[:8]
    raise UsageError(
        f"there is no model `{name}` in {app.folder}",
        f"did you mean {', '.join(close)}?" if close else "write the model first, or leave --model out",
    )


def _exception(name: str) -> ExceptionName:
    module, _, last = name.rpartition(".")
    if any(not part.isidentifier() or keyword.iskeyword(part) for part in name.split(".")):
        raise UsageError(
            f"`{name}` is no exception", "name a builtin, or a dotted one as requests.RequestException"
        )
    found = getattr(builtins, name, None)
    if module or (isinstance(found, type) and issubclass(found, Exception)):
        return ExceptionName(last, module or None)
    raise UsageError(
        f"`{name}` is no builtin exception", "name it with its module, as requests.RequestException"
    )


def _free(project: Project, task: NewTask) -> None:
    """Refuse a name that is taken, in the module or as a task's name."""
    for other in project.tasks:
        if other.name == task.text.name:
            raise RefusedError(
                f"a task named {task.text.name} exists already, at {other.at}", "choose another name"
            )
    taken = task.taken(project)
    if taken:
        raise RefusedError(f"`{taken[0]}` is taken in {taken[1]}", "choose another name")
