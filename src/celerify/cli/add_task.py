"""`celerify add-task APP.NAME`: a shared task with all of section 2.1, and its tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celerify.cli import output
from celerify.cli.apply import Manner, present_and_apply
from celerify.cli.context import open_for_writing
from celerify.cli.options import Folder, Manage, SettingsModule

if TYPE_CHECKING:
    from celerify.project import Project
    from celerify.recipes.task import TaskRecipe

TEST_ITEMS = ("4.1.1", "4.1.2", "4.1.3", "4.1.4", "4.3.1", "4.3.2", "4.3.3")


def add_task(
    target: Annotated[
        str, typer.Argument(metavar="APP.NAME", help="The app and the task: orders.process_order.")
    ],
    arg: Annotated[
        list[str] | None, typer.Option("--arg", help="An argument: order_id:int (repeatable).")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="A model to load by its id: orders.Order.")
    ] = None,
    queue: Annotated[str | None, typer.Option("--queue", help="Route the task to this queue.")] = None,
    retry_for: Annotated[
        list[str] | None,
        typer.Option("--retry-for", help="An exception to retry for: requests.RequestException."),
    ] = None,
    max_retries: Annotated[int, typer.Option("--max-retries", help="How often it is retried.")] = 3,
    time_limit: Annotated[int, typer.Option("--time-limit", help="Seconds until the worker kills it.")] = 360,
    soft_time_limit: Annotated[
        int, typer.Option("--soft-time-limit", help="Seconds until it is told to stop.")
    ] = 300,
    no_test: Annotated[
        bool, typer.Option("--no-test", help="Write no tests, and say what that leaves missing.")
    ] = False,
    install_app: Annotated[
        bool, typer.Option("--install-app", help="Add the app to INSTALLED_APPS where it is missing.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it and stop.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show the whole unified diff.")] = False,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="Write into files with uncommitted changes, too.")
    ] = False,
    folder: Folder = Path(),
    manage: Manage = None,
    settings: SettingsModule = None,
) -> None:
    """Add a task that is named, retried, limited, logged and tested; it calls a function that you fill in."""
    from celerify.discover import all_rules
    from celerify.engine import plan_requirements
    from celerify.facts.choices import Choices
    from celerify.recipes.task import DEFAULT_RETRY_FOR, TaskSpec, task_recipe

    project = open_for_writing(folder, Choices(manage=manage, settings=settings))
    spec = TaskSpec(
        target=target,
        arguments=tuple(arg or ()),
        model=model,
        retry_for=tuple(retry_for or DEFAULT_RETRY_FOR),
        max_retries=max_retries,
        time_limit=time_limit,
        soft_time_limit=soft_time_limit,
        with_test=not no_test,
        queue=queue,
        install_app=install_app,
    )
    recipe = task_recipe(project, spec)
    found = plan_requirements(project, recipe.requirements, "2.1.1", f"Add the task {recipe.name}")
    manner = Manner(dry_run=dry_run, diff=diff, allow_dirty=allow_dirty, yes=True)
    present_and_apply(
        found,
        f"celerify add-task {target}",
        manner,
        next_commands(project, recipe, spec.queue),
        all_rules(),
    )
    for line in remarks(recipe, with_test=spec.with_test):
        output.talk(f"celerify: {line}")


def remarks(recipe: TaskRecipe, *, with_test: bool) -> list[str]:
    """Return what the user must know: an app that is not installed, tests that were left out."""
    lines = []
    if not recipe.app.installed and not recipe.installs:
        lines.append(
            f"{recipe.app.package} is not in INSTALLED_APPS: the worker will not find its tasks; "
            "--install-app adds it"
        )
    if not with_test:
        lines.append(f"without tests these items stay missing: {', '.join(TEST_ITEMS)}")
    return lines


def next_commands(project: Project, recipe: TaskRecipe, queue: str | None) -> list[str]:
    """Return what to run next: the tests, and a worker that consumes the task's queue."""
    from celerify.requirements.process_specs import application

    tests = "pytest" if project.suite.runner == "pytest" else f"python manage.py test {recipe.app.package}"
    commands = [f"{run_at_root(project, tests)}  # the new tests pass; fill in the work, then adapt them"]
    if project.celery_app is None:
        commands.append("celerify init  # the project has no Celery application yet")
    else:
        queues = f" -Q celery,{queue}" if queue else ""
        commands.append(
            run_at_root(project, f"celery -A {application(project)} worker{queues} --loglevel=INFO")
        )
    return [*commands, "celerify audit --select 2"]


def run_at_root(project: Project, command: str) -> str:
    """Return the command as it is typed at the root of the repository, in the project's environment."""
    from celerify.facts.packages.install_commands import run_with

    base = project.layout.base
    whole = f"{run_with(project.dependencies)}{command}"
    return f"(cd {base} && {whole})" if base else whole
