"""`celerify update`: bring the files that celerify wrote whole to its newest templates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celerify.cli import output, screen
from celerify.cli.apply import Manner, present_and_apply, require_an_answer
from celerify.cli.context import folder_argument, open_for_writing, tell_unread
from celerify.cli.options import AllowDirty, Diff, DryRun, Manage, SettingsModule, Yes
from celerify.errors import RefusedError

if TYPE_CHECKING:
    from celerify.project import Project
    from celerify.update import Brought, Update

CONFLICT = RefusedError.exit_code


def update(
    path: Annotated[
        Path | None, typer.Argument(help="A folder of the repository; the current one by default.")
    ] = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Write conflict markers where both sides changed a place.")
    ] = False,
    template: Annotated[
        str | None,
        typer.Option("--template", help="Another copier template: a folder, or gh:ORG/REPO@TAG."),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    diff: Diff = False,
    allow_dirty: AllowDirty = False,
    settings: SettingsModule = None,
    manage: Manage = None,
) -> None:
    """Bring the files that celerify wrote whole to its newest templates; your edits stay.

    Where both sides changed one place nothing at all is written, and the exit code is 4.
    """
    from celerify.discover import all_rules
    from celerify.engine import prove_kept
    from celerify.facts.choices import Choices
    from celerify.facts.generated import read_generated
    from celerify.update import plan_update

    require_an_answer(yes=yes, dry_run=dry_run, patch=None)
    project = open_for_writing(folder_argument(path), Choices(settings=settings, manage=manage))
    if not read_generated(project.tree).written:
        output.data("Nothing to update: celerify has written no whole file here.\n")
        return
    found = plan_update(project, _newest(project, template) if template else None)
    tell_unread(project)
    if found.conflicts and not merge:
        output.data(update_text(found, show_diff=diff))
        raise RefusedError(
            f"nothing was written: {', '.join(file.path for file in found.conflicts)} cannot be merged",
            "`celerify update --merge` marks the conflicts in the files; `celerify undo` takes them back",
        )
    rules = () if found.conflicts else all_rules()
    prove_kept(found.plan, rules)
    manner = Manner(dry_run=dry_run, diff=diff, allow_dirty=allow_dirty, yes=yes)
    told = update_text(found, show_diff=diff)
    present_and_apply(found.plan, "celerify update", manner, ["git diff", "celerify audit"], rules, told)
    if found.conflicts:
        raise typer.Exit(CONFLICT)


def _newest(project: Project, template: str) -> dict[str, bytes]:
    from celerify.cli.template import copied
    from celerify.requirements.answers import answers

    return copied(template, answers(project))


def update_text(found: Update, *, show_diff: bool) -> str:
    """Return what comes of each file, and the diff where it is wanted."""
    if not found.plan.changes:
        return "Nothing to update: every file is as the newest templates make it, your edits apart.\n"
    lines = [_line(file) for file in found.files]
    text = f"What the newest templates bring\n{''.join(lines)}"
    return f"{text}\n{screen.diff_text(found.plan.diff)}" if show_diff else text


def _line(file: Brought) -> str:
    why = f": {file.why}" if file.why else ""
    return screen.wrapped(f"{file.path}  ({file.fate}{why})", "  ", 4)
