"""`celerify init`: fill every free slot of the checklist that can be written safely."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celerify.cli import output
from celerify.cli.apply import Manner, present_and_apply, require_an_answer
from celerify.cli.context import folder_argument, open_for_writing, split_names, tell_unread
from celerify.cli.detected import detected_text
from celerify.cli.options import AllowDirty, Diff, DryRun, Manage, SettingsModule, Yes, named_list
from celerify.errors import CannotWriteError, UsageError
from celerify.model import Init, Manual

if TYPE_CHECKING:
    from celerify.model import Plan, Rule
    from celerify.project import Project

ADOPTABLE = frozenset({Init.ASK, Init.SAFE, Init.WRITES})
INSTALLED_APPS = "1.2.1"
"""The item that adds applications with tables of their own."""


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


class PlanFormat(StrEnum):
    """How the plan is printed."""

    TEXT = "text"
    JSON = "json"


def init(
    path: Annotated[
        Path | None, typer.Argument(help="A folder of the repository; the current one by default.")
    ] = None,
    broker: Annotated[
        Broker | None, typer.Option("--broker", help="The broker; detected by default.")
    ] = None,
    results: Annotated[Results | None, typer.Option("--results", help="The result backend.")] = None,
    beat: Annotated[bool | None, typer.Option("--beat/--no-beat", help="Periodic tasks or none.")] = None,
    monitoring: Annotated[
        str | None, typer.Option("--monitoring", help="flower, prometheus (a comma list), or none.")
    ] = None,
    deploy: Annotated[
        str | None,
        typer.Option("--deploy", help="compose, systemd, procfile (a comma list), or none."),
    ] = None,
    select: Annotated[
        list[str] | None, typer.Option("--select", help="Only these items, slugs or groups.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", help="Leave these out.")] = None,
    adopt: Annotated[
        list[str] | None,
        typer.Option(
            "--adopt", help="Write this item though it changes how existing tasks run (repeatable)."
        ),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    diff: Diff = False,
    patch: Annotated[
        Path | None,
        typer.Option("--patch", help="Write the exact diff to this file instead; for `git apply`."),
    ] = None,
    format_: Annotated[PlanFormat, typer.Option("--format", help="text or json.")] = PlanFormat.TEXT,
    allow_dirty: AllowDirty = False,
    settings: SettingsModule = None,
    manage: Manage = None,
) -> None:
    """Fill every free slot that can be written safely; a person's text is never overwritten."""
    from celerify.cli.questions import ask
    from celerify.discover import selected_rules
    from celerify.facts.choices import TARGETS, Choices
    from celerify.requirements.recorded_choices import refuse_contradictions

    rules = selected_rules(split_names(select), split_names(ignore))
    adopted = adopted_rules(split_names(adopt))
    require_an_answer(yes=yes, dry_run=dry_run, patch=patch)
    flags = Choices(
        broker=broker, results=results, beat=beat, settings=settings, manage=manage,
        monitoring=monitoring_flag(monitoring), deploy=named_list(deploy, "--deploy", TARGETS),
    )  # fmt: skip
    project = open_for_writing(folder_argument(path), flags)
    refuse_contradictions(project.tree, flags)
    if not (yes or dry_run or patch or format_ is PlanFormat.JSON):
        project = ask(project)
    found = planned(project, rules, adopted)
    tell_unread(project)
    if format_ is PlanFormat.TEXT:
        output.data(detected_text(project))
    manner = Manner(
        dry_run=dry_run,
        diff=diff,
        allow_dirty=allow_dirty,
        yes=yes,
        patch=patch,
        as_json=format_ is PlanFormat.JSON,
    )
    present_and_apply(found, "celerify init", manner, next_commands(found), rules)


def monitoring_flag(text: str | None) -> str | None:
    """Return the choice that `--monitoring` makes; Prometheus scrapes what Flower serves, so it brings it.

    Raises:
        UsageError: something else is named.
    """
    names = named_list(text, "--monitoring", ("flower", "prometheus", "none"))
    if names is None:
        return None
    return "flower,prometheus" if "prometheus" in names else ",".join(names) or "none"


def adopted_rules(names: tuple[str, ...]) -> tuple[Rule, ...]:
    """Return the rules to write though they change how existing tasks run.

    Raises:
        UsageError: a name is no item, slug or group, or nothing of it is ever written by `init`.
    """
    from celerify.discover import selected_rules

    found: list[Rule] = []
    for name in names:
        writable = [rule for rule in selected_rules((name,)) if rule.init_existing in ADOPTABLE]
        if not writable:
            raise UsageError(
                f"`{name}` cannot be adopted: `celerify init` never writes it in a project that runs Celery",
                f"`celerify explain {name}` says what fixes it",
            )
        found += writable
    return tuple(found)


def planned(project: Project, rules: tuple[Rule, ...], adopted: tuple[Rule, ...]) -> Plan:
    """Return the plan, with the choices recorded that nobody could detect afterwards."""
    from celerify.engine import plan
    from celerify.requirements.recorded_choices import with_choices_recorded

    adopt = frozenset(rule.item for rule in adopted)
    found = plan(project, (*(rule for rule in rules if rule.item not in adopt), *adopted), adopt)
    try:
        return replace(found, after=with_choices_recorded(found.after))
    except CannotWriteError as error:
        left = Manual("", "Record the choices", error.what, error.snippet, error.path)
        return replace(found, manual=(*found.manual, left))


def next_commands(found: Plan) -> list[str]:
    """Return what to run next: lock and install, migrate, a first task, something to run it, the audit."""
    from celerify.cli.add_task import run_at_root
    from celerify.facts.packages.install_commands import install_command, run_with, tool_of
    from celerify.requirements.decisions import deploy_targets

    after = found.after
    changed = {change.path for change in found.changes}
    commands = []
    home = after.dependencies.home
    if home and home.path in changed:
        commands.append(install_command(after.dependencies) or "")
    if any(step.item == INSTALLED_APPS for step in found.steps):
        apart = tool_of(after.dependencies) and after.layout.base
        commands.append(
            run_at_root(after, "python manage.py migrate")
            if apart
            else f"{run_with(after.dependencies)}python {after.layout.manage} migrate"
        )
    if all(task.sample for task in after.tasks):
        app = next((app.label for app in after.apps if app.installed and app.label[0] != "_"), "APP")
        commands.append(f"celerify add-task {app}.NAME --arg order_id:int")
    if not deploy_targets(after) and after.choices.deploy is None:
        commands.append("celerify add compose  # or systemd, procfile: nothing runs a worker yet")
    return [*commands, "celerify verify", "celerify audit"]
