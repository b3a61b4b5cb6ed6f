"""What every writing command ends with: the guard, the commit, and what was written."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celerify.cli import output, screen
from celerify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from celerify.model import Manual, Plan, Rule


@dataclass(frozen=True, slots=True)
class Manner:
    """How a plan is to be shown and applied.

    Attributes:
        dry_run: stop before the commit.
        diff: show the whole unified diff, credentials masked.
        allow_dirty: write even into files with uncommitted changes.
        yes: do not ask.
        patch: a file that gets the exact diff instead of the repository being changed.
        as_json: print the plan as JSON.
    """

    dry_run: bool = False
    diff: bool = False
    allow_dirty: bool = False
    yes: bool = False
    patch: Path | None = None
    as_json: bool = False


def present_and_apply(
    plan: Plan,
    title: str,
    manner: Manner,
    commands: Sequence[str],
    rules: Iterable[Rule],
    told: str | None = None,
) -> None:
    """Show the plan, then write it unless it is a dry run, a patch, empty, or declined.

    `told` is what a person is shown instead of the items and files.

    Raises:
        RefusedError: a target has uncommitted changes, or cannot be written safely.
        ProofFailedError: on disk one of the rules judges otherwise than was planned; all was taken back.
    """
    from celerify.commit import commit, guard
    from celerify.requirements.generated_files import with_files_recorded

    plan = replace(plan, after=with_files_recorded(plan.before, plan.after))
    root = plan.before.tree.root
    changes = plan.changes
    if manner.as_json:
        output.data(plan_json(plan, commands))
    else:
        output.data(told if told is not None else screen.plan_text(plan, show_diff=manner.diff))
    if not changes:
        if manner.patch is not None:
            output.talk(f"celerify: nothing to change: {manner.patch} was not written")
        return
    if manner.patch is not None:
        output.write_file(manner.patch, plan.diff)
        output.talk(
            f"celerify: wrote {manner.patch}; it is exact, nothing is masked: `git apply {manner.patch}`"
        )
        return
    if manner.dry_run:
        output.talk("celerify: dry run: nothing was written")
        return
    note = guard(root, [change.path for change in changes], allow_dirty=manner.allow_dirty)
    if note:
        output.talk(f"celerify: {note}")
    if not manner.yes and not _confirmed(len(changes)):
        output.talk("celerify: declined: nothing was written")
        return
    commit(changes, root, title, prove=lambda: _prove(plan, rules))
    wrote = screen.counted(len(changes), "file")
    output.talk(f"celerify: wrote {wrote}; `celerify undo` gives the old bytes back")
    if not manner.as_json:
        output.data(screen.next_text(commands))


def _prove(plan: Plan, rules: Iterable[Rule]) -> None:
    from celerify.engine import prove_written
    from celerify.project import Project
    from celerify.tree import Tree

    prove_written(plan.after, Project(Tree.at(plan.before.tree.root), plan.after.choices), rules)


def _confirmed(count: int) -> bool:
    import typer

    return typer.confirm(
        f"Write {'this file' if count == 1 else f'these {count} files'}?", default=True, err=True
    )


def require_an_answer(*, yes: bool, dry_run: bool, patch: Path | None) -> None:
    """Refuse to go on where nobody can be asked and nothing was said.

    Raises:
        UsageError: there is no terminal (or `CI` is set), and neither --yes, --dry-run nor --patch.
    """
    if not (yes or dry_run or patch or output.interactive()):
        raise UsageError(
            "there is nobody to ask here (no terminal, or CI is set)",
            "say --yes to write what is detected, or --dry-run to see it",
        )


def plan_json(plan: Plan, commands: Sequence[str]) -> str:
    """Return the plan as JSON (`celerify.plan/1`), credentials masked."""
    document = {
        "schema": "celerify.plan/1",
        "changes": [
            {"path": change.path, "action": "create" if change.before is None else "edit",
             "added_lines": screen.added_lines(change)}
            for change in plan.changes
        ],
        "steps": [{"item": step.item, "title": step.title, "paths": list(step.paths)} for step in plan.steps],
        "manual": [_manual(entry) for entry in plan.manual],
        "decisions": [_manual(entry) for entry in plan.decisions],
        "next": list(commands),
        "diff": screen.diff_text(plan.diff) if plan.changes else "",
    }  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _manual(entry: Manual) -> dict[str, object]:
    from celerify.facts.masking import masked

    return {
        "item": entry.item,
        "title": entry.title,
        "why": masked(entry.why),
        "snippet": masked(entry.snippet),
        "path": entry.path,
    }
