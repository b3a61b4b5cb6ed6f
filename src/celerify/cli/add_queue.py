"""`celerify add-queue NAME`: a queue with the route to it, and a worker of its own in every deployment."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celerify.cli import output
from celerify.cli.apply import Manner, present_and_apply
from celerify.cli.context import open_for_writing
from celerify.cli.options import Folder, Manage, SettingsModule

if TYPE_CHECKING:
    from celerify.project import Project
    from celerify.recipes.queue import QueueRecipe


class Pool(StrEnum):
    """The pools of a worker that celerify writes."""

    PREFORK = "prefork"
    THREADS = "threads"
    GEVENT = "gevent"


def add_queue(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The queue: emails.")],
    match: Annotated[
        list[str] | None, typer.Option("--match", help="Tasks to route there: 'emails.*' (repeatable).")
    ] = None,
    pool: Annotated[
        Pool, typer.Option("--pool", help="prefork for work that computes, gevent or threads for waiting.")
    ] = Pool.PREFORK,
    concurrency: Annotated[
        int | None, typer.Option("--concurrency", help="How many tasks its worker runs at once.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it and stop.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show the whole unified diff.")] = False,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="Write into files with uncommitted changes, too.")
    ] = False,
    folder: Folder = Path(),
    manage: Manage = None,
    settings: SettingsModule = None,
) -> None:
    """Add a queue: the route of its tasks, and a worker of its own in every deployment that runs one."""
    from celerify.discover import all_rules
    from celerify.engine import plan_requirements
    from celerify.facts.choices import Choices
    from celerify.recipes.queue import QueueSpec, queue_recipe

    project = open_for_writing(folder, Choices(manage=manage, settings=settings))
    spec = QueueSpec(name, tuple(dict.fromkeys(match or ())), pool.value, concurrency)
    recipe = queue_recipe(project, spec)
    plan = plan_requirements(project, recipe.requirements, "2.2.1", f"Add the queue {name}")
    manner = Manner(dry_run=dry_run, diff=diff, allow_dirty=allow_dirty, yes=True)
    present_and_apply(plan, f"celerify add-queue {name}", manner, next_commands(project, recipe), all_rules())
    for line in recipe.remarks:
        output.talk(f"celerify: {line}")


def next_commands(project: Project, recipe: QueueRecipe) -> list[str]:
    """Return what to run next: the worker itself, started before the routes go live, and the proof."""
    from celerify.facts.packages.install_commands import run_with
    from celerify.requirements.queue_worker import command

    start = f"{run_with(project.dependencies)}{command(project, recipe.worker)}"
    base = project.layout.base
    return [
        f"{f'(cd {base} && {start})' if base else start}  # start the worker before the new routes are live",
        "celerify show topology",
        "celerify audit --select 2.2,6.1.4",
    ]
