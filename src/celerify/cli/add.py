"""`celerify add PART`: one part of what `init` sets up, and nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celerify.cli import output
from celerify.cli.apply import Manner, present_and_apply
from celerify.cli.context import open_for_writing, tell_unread
from celerify.cli.options import AllowDirty, Diff, DryRun, Folder, Manage, SettingsModule
from celerify.errors import UsageError

if TYPE_CHECKING:
    from celerify.project import Project


class Part(StrEnum):
    """What can be added by itself."""

    TESTS = "tests"
    MONITORING = "monitoring"
    LOGGING = "logging"
    COMPOSE = "compose"
    SYSTEMD = "systemd"
    PROCFILE = "procfile"


@dataclass(frozen=True, slots=True)
class Slice:
    """The items of one part, by number or group.

    `adopted`: written though they change how existing tasks run, because naming the part asks for them.
    """

    items: tuple[str, ...]
    adopted: tuple[str, ...] = ()


PARTS = {
    Part.TESTS: Slice(("4.2",)),
    Part.MONITORING: Slice(("1.1.4", "5.1", "5.2", "7.2.5")),
    Part.LOGGING: Slice(("5.3",), ("5.3.1", "5.3.2")),
    Part.COMPOSE: Slice(("5.1.4", "6.1", "6.2", "6.4")),
    Part.SYSTEMD: Slice(("6.1", "6.2", "6.3")),
    Part.PROCFILE: Slice(("6.1", "6.2")),
}
DEPLOYMENTS = (Part.COMPOSE, Part.SYSTEMD, Part.PROCFILE)


def add(
    part: Annotated[Part, typer.Argument(help="The part to add.")],
    dry_run: DryRun = False,
    diff: Diff = False,
    allow_dirty: AllowDirty = False,
    folder: Folder = Path(),
    manage: Manage = None,
    settings: SettingsModule = None,
) -> None:
    """Add one part of what `init` sets up; it never asks, and a person's text is never overwritten."""
    from celerify.cli.init import adopted_rules, planned
    from celerify.discover import selected_rules
    from celerify.facts.choices import Choices
    from celerify.requirements.when_processes import running

    project = chosen(open_for_writing(folder, Choices(manage=manage, settings=settings)), part)
    if project.celery_app is None:
        raise UsageError(
            "there is no Celery application in this repository yet", "`celerify init` makes one, and the rest"
        )
    wanted = PARTS[part]
    rules = selected_rules(wanted.items)
    found = planned(project, rules, adopted_rules(wanted.adopted))
    tell_unread(project)
    if part is Part.MONITORING and not running(found.after, "flower"):
        output.talk(
            "celerify: nothing runs Flower yet: `celerify add compose`, systemd or procfile declares it"
        )
    manner = Manner(dry_run=dry_run, diff=diff, allow_dirty=allow_dirty, yes=True)
    commands = [f"celerify audit --select {','.join(wanted.items)}"]
    present_and_apply(found, f"celerify add {part}", manner, commands, rules)


def chosen(project: Project, part: Part) -> Project:
    """Return the project with the choice that the part stands for.

    Raises:
        UsageError: the repository records that it is not wanted.
    """
    from celerify.facts.choices import TARGETS
    from celerify.requirements.decisions import deploy_targets

    choices = project.choices
    if part is Part.MONITORING and choices.monitoring == "none":
        raise _not_wanted(project, part, 'monitoring = "none"')
    if part not in DEPLOYMENTS:
        return project
    if choices.deploy is not None and part not in choices.deploy:
        raise _not_wanted(project, part, f"deploy = {json.dumps(choices.deploy or 'none')}")
    targets = {*deploy_targets(project), part.value}
    deploy = tuple(target for target in TARGETS if target in targets)
    return replace(project, choices=replace(choices, deploy=deploy))


def _not_wanted(project: Project, part: Part, recorded: str) -> UsageError:
    home = "[tool.celerify] in pyproject.toml" if project.tree.exists("pyproject.toml") else ".celerify.toml"
    return UsageError(f"{home} records {recorded}, without {part}", "change it there, then run this again")
