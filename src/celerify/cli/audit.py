"""`celerify audit`: judge the checklist's items, with evidence, without running the project."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celerify.cli import output
from celerify.cli.context import folder_argument, open_project, root_of, split_names, tell_unread
from celerify.cli.options import Manage, SettingsModule
from celerify.errors import NotUnderstoodError
from celerify.model import Severity, Status

if TYPE_CHECKING:
    from celerify.model import Report

CANNOT_TELL = 3
MISSING = 1


class FailOn(StrEnum):
    """The least severity of a missing item that fails the command."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"


def audit(
    path: Annotated[
        Path | None, typer.Argument(help="A folder of the repository; the current one by default.")
    ] = None,
    select: Annotated[
        list[str] | None, typer.Option("--select", help="Items, slugs or groups: 1.2,celery-app-import.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", help="The same, to leave out.")] = None,
    format_: Annotated[str, typer.Option("--format", help="Output format: text or json.")] = "text",
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit 1 from this severity on.")
    ] = FailOn.WARNING,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for what is unknown, too.")] = False,
    only_failing: Annotated[
        bool, typer.Option("--only-failing", help="List only what is missing or unknown.")
    ] = False,
    settings: SettingsModule = None,
    manage: Manage = None,
) -> int:
    """Judge the checklist's items, with evidence, without importing or running the project."""
    from celerify.commit import pending
    from celerify.discover import format_named, selected_rules, with_roots
    from celerify.engine import report
    from celerify.facts.choices import Choices

    chosen = format_named(format_)
    rules = selected_rules(split_names(select), split_names(ignore))
    folder = folder_argument(path)
    root, _ = root_of(folder)
    project = open_project(folder, Choices(settings=settings, manage=manage))
    whole = report(project, with_roots(rules))
    selected = {rule.item for rule in rules}
    findings = tuple(finding for finding in whole.findings if finding.rule.item in selected)
    found = replace(whole, findings=findings, only_failing=only_failing)
    output.data(chosen.render(found, output.colour_wanted(), output.width()))
    tell_unread(project)
    if pending(root):
        raise NotUnderstoodError(
            "a commit of celerify was interrupted in this repository: what was audited may be half-written",
            "run `celerify undo`, which takes it back",
        )
    return exit_code(found, fail_on, strict=strict)


def exit_code(report: Report, fail_on: FailOn, *, strict: bool) -> int:
    """Return 3 when a rule crashed, 1 when something is missing at or above `fail_on`, else 0."""
    if any(finding.crashed for finding in report.findings):
        return CANNOT_TELL
    order = list(Severity)
    counted = set() if fail_on is FailOn.NEVER else set(order[: order.index(Severity(fail_on.value)) + 1])
    failing = {Status.MISSING, Status.UNKNOWN} if strict else {Status.MISSING}
    failed = any(item.status in failing and item.rule.severity in counted for item in report.findings)
    return MISSING if failed else 0
