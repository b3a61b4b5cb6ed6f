"""`celerify init`: fill every free slot of the checklist that can be written safely."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celerify.cli import output, screen
from celerify.cli.apply import Manner, present_and_apply, require_an_answer
from celerify.cli.context import folder_argument, open_for_writing, split_names

if TYPE_CHECKING:
    from celerify.model import Plan, Rule
    from celerify.project import Project


class Broker(StrEnum):
    """The brokers that `init` sets up."""

    REDIS = "redis"
    RABBITMQ = "rabbitmq"


class Results(StrEnum):
    """The result backends that `init` sets up."""

    REDIS = "redis"
    DJANGO_DB = "django-db"
    RPC = "rpc"
    NONE = "none"


class Monitoring(StrEnum):
    """What watches the workers."""

    FLOWER = "flower"
    NONE = "none"


class PlanFormat(StrEnum):
    """How the plan is printed."""

    TEXT = "text"
    JSON = "json"


def init(  # noqa: PLR0913 - one parameter an option
    path: Annotated[Path | None, typer.Argument(help="A folder of the repository; the current one by default.")] = None,
    broker: Annotated[Broker | None, typer.Option("--broker", help="The broker; detected by default.")] = None,
    results: Annotated[Results | None, typer.Option("--results", help="The result backend.")] = None,
    beat: Annotated[bool | None, typer.Option("--beat/--no-beat", help="Periodic tasks or none.")] = None,
    monitoring: Annotated[Monitoring | None, typer.Option("--monitoring", help="Flower or nothing.")] = None,
    select: Annotated[list[str] | None, typer.Option("--select", help="Only these items, slugs or groups.")] = None,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", help="Leave these out.")] = None,
    adopt: Annotated[
        list[str] | None,
        typer.Option("--adopt", help="Write this item though it changes how existing tasks run (repeatable)."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take what is detected and write.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Show it and stop.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show the whole unified diff, credentials masked.")] = False,
    patch: Annotated[
        Path | None, typer.Option("--patch", help="Write the exact diff to this file instead; for `git apply`.")
    ] = None,
    format_: Annotated[PlanFormat, typer.Option("--format", help="text or json.")] = PlanFormat.TEXT,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="Write into files with uncommitted changes, too.")
    ] = False,
    settings: Annotated[str | None, typer.Option("--settings", help="The settings module that is deployed.")] = None,
    manage: Annotated[str | None, typer.Option("--manage", help="The manage.py to use.")] = None,
) -> None:
    """Fill every free slot of the checklist that can be written safely; a person's text is never overwritten."""
    from celerify.cli.questions import ask
    from celerify.discover import selected_rules
    from celerify.facts.choices import Choices
    from celerify.report.headings import SECTIONS

    rules = selected_rules(split_names(select), split_names(ignore))
    adopted = split_names(adopt)
    require_an_answer(yes=yes, dry_run=dry_run, patch=patch)
    folder = folder_argument(path)
    flags = Choices(broker=broker, results=results, beat=beat, monitoring=monitoring, settings=settings, manage=manage)
    project = open_for_writing(folder, flags)
    if not (yes or dry_run or patch or format_ is PlanFormat.JSON):
        project = ask(project)
    found = planned(project, rules, frozenset(rule.item for rule in selected_rules(adopted)) if adopted else frozenset())
    if format_ is PlanFormat.TEXT:
        output.data(screen.detected_text(project))
    manner = Manner(
        dry_run=dry_run, diff=diff, allow_dirty=allow_dirty, yes=yes, patch=patch, as_json=format_ is PlanFormat.JSON
    )
    present_and_apply(found, "celerify init", manner, next_commands(found), SECTIONS)


def planned(project: Project, rules: tuple[Rule, ...], adopt: frozenset[str]) -> Plan:
    """Return the plan, with the choices recorded that nobody could detect afterwards."""
    from celerify.engine import plan
    from celerify.requirements.recorded_choices import with_choices_recorded

    found = plan(project, rules, adopt)
    return replace(found, after=with_choices_recorded(found.after))


def next_commands(found: Plan) -> list[str]:
    """Return what to run next: lock and install, migrate, a first task, the audit."""
    from celerify.facts.dependencies import lock_command

    if not found.changes:
        return ["celerify audit"]
    base = found.after.layout.base
    below = f"cd {base} && " if base else ""
    lock = lock_command(found.after.dependencies)
    commands = [f"{lock}  # then install" if lock else "install the new dependencies"]
    commands.append(f"{below}python manage.py migrate  # the tables of django-celery-beat and django-celery-results")
    if not found.after.uses_celery:
        app = next((app.label for app in found.after.apps if app.installed), "APP")
        commands.append(f"celerify add-task {app}.NAME --arg order_id:int")
    return [*commands, "celerify audit"]
