"""`celerify add-periodic NAME --task APP.TASK`: a schedule, in code or as a row that a migration writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celerify.cli import output
from celerify.cli.apply import Manner, present_and_apply
from celerify.cli.context import open_for_writing
from celerify.cli.options import AllowDirty, Diff, DryRun, Folder, Manage, SettingsModule

if TYPE_CHECKING:
    from celerify.project import Project
    from celerify.recipes.periodic import PeriodicRecipe


def add_periodic(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the schedule: daily-report.")],
    task: Annotated[str, typer.Option("--task", help="The task it sends: reports.daily.")],
    crontab: Annotated[
        str | None, typer.Option("--crontab", help='Five fields, as cron has them: "0 6 * * *".')
    ] = None,
    every: Annotated[str | None, typer.Option("--every", help="An interval: 30s, 5m, 2h, 1d.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="Once: 2026-12-01T06:00 (needs --store migration).")
    ] = None,
    args: Annotated[str | None, typer.Option("--args", help="A JSON list of arguments: '[7]'.")] = None,
    kwargs: Annotated[
        str | None, typer.Option("--kwargs", help="A JSON object of arguments: '{\"days\": 7}'.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", help="Where the clock hangs: Europe/Berlin.")
    ] = None,
    queue: Annotated[str | None, typer.Option("--queue", help="Send it to this queue.")] = None,
    store: Annotated[
        str,
        typer.Option("--store", help="code: an entry of beat_schedule; migration: a row in the database."),
    ] = "code",
    dry_run: DryRun = False,
    diff: Diff = False,
    allow_dirty: AllowDirty = False,
    folder: Folder = Path(),
    manage: Manage = None,
    settings: SettingsModule = None,
) -> None:
    """Add a schedule that fits its task and expires, where the project keeps its schedules."""
    from celerify.discover import all_rules
    from celerify.engine import plan_requirements
    from celerify.facts.choices import Choices
    from celerify.recipes.periodic import PeriodicSpec, periodic_recipe

    project = open_for_writing(folder, Choices(manage=manage, settings=settings))
    spec = PeriodicSpec(name, task, crontab, every, at, args, kwargs, timezone, queue, store)
    recipe = periodic_recipe(project, spec)
    found = plan_requirements(project, recipe.requirements, "3.1.1", f"Add the schedule {name}")
    manner = Manner(dry_run=dry_run, diff=diff, allow_dirty=allow_dirty, yes=True)
    commands = next_commands(project, recipe, migrates=store == "migration")
    present_and_apply(found, f"celerify add-periodic {name}", manner, commands, all_rules())
    for line in recipe.remarks:
        output.talk(f"celerify: {line}")


def next_commands(project: Project, recipe: PeriodicRecipe, *, migrates: bool) -> list[str]:
    """Return what to run next: the migration, and a beat that sends the schedule."""
    from celerify.cli.add_task import run_at_root
    from celerify.requirements.process_specs import application

    commands = []
    if migrates:
        commands.append(f"{run_at_root(project, 'python manage.py migrate')}  # writes the row")
    if project.celery_app is None:
        commands.append("celerify init  # the project has no Celery application yet")
    else:
        beat = run_at_root(project, f"celery -A {application(project)} beat --loglevel=INFO")
        commands.append(f"{beat}  # sends {recipe.text.task}; restart the one that runs")
    return [*commands, "celerify audit --select 3"]
