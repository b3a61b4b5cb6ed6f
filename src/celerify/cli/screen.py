"""What a plan looks like to a person: what changes by section, what is left, what is theirs to decide."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.model import Change, Manual, Plan, Step
    from celerify.project import Project


def added_lines(change: Change) -> int:
    """Return how many lines a change adds."""
    return change.after.count(b"\n") - (change.before or b"").count(b"\n")


def changes_text(plan: Plan, headings: dict[str, str]) -> str:
    """Return what changes: each section with its items, then each file with the lines it gains."""
    if not plan.changes:
        return "Nothing to change: every slot that celerify may fill is filled.\n"
    parts = ["What changes\n"]
    for section, steps in groupby(plan.steps, key=lambda step: step.item.rpartition(".")[0]):
        parts.append(f"  {section} {headings.get(section, '')}\n")
        parts.extend(_step_line(step) for step in steps)
    parts.append("\nFiles\n")
    parts.extend(_file_line(change) for change in plan.changes)
    return "".join(parts)


def _step_line(step: Step) -> str:
    return f"    + {step.item:<7}{step.title}  ({', '.join(step.paths)})\n"


def _file_line(change: Change) -> str:
    kind = "create" if change.before is None else "edit  "
    return f"  {kind} {change.path}  (+{added_lines(change)} lines)\n"


def diff_text(diff: str) -> str:
    """Return a diff for the screen: credentials masked line by line, undecodable bytes shown as `?`."""
    from celerify.facts.masking import masked

    lines = (masked(line) for line in diff.splitlines())
    return "\n".join(lines).encode("utf-8", "replace").decode() + "\n"


def manual_text(left: Iterable[Manual]) -> str:
    """Return what a person must do, each with its exact snippet."""
    return _snippets("Left to do by hand", "☐", left)


def decisions_text(decisions: Iterable[Manual]) -> str:
    """Return what is the user's to decide in a project that already runs Celery, with its consequence."""
    return _snippets(
        "Yours to decide (they change how existing tasks run; --adopt ITEM writes one)", "?", decisions
    )


def _snippets(title: str, mark: str, entries: Iterable[Manual]) -> str:
    parts = []
    for entry in entries:
        parts.append(f"  {mark} {entry.item:<7}{entry.title}{f'  ({entry.path})' if entry.path else ''}\n")
        parts.append(textwrap.fill(entry.why, 92, initial_indent=" " * 11, subsequent_indent=" " * 11) + "\n")
        if entry.snippet.strip():
            parts.append(textwrap.indent(entry.snippet.rstrip(), " " * 13) + "\n")
    return f"\n{title}\n{''.join(parts)}" if parts else ""


def next_text(commands: Iterable[str]) -> str:
    """Return the commands to run next."""
    lines = "".join(f"  {command}\n" for command in commands)
    return f"\nNext\n{lines}" if lines else ""


def plan_text(plan: Plan, headings: dict[str, str], *, show_diff: bool) -> str:
    """Return the whole screen of a plan: changes, the diff where wanted, what is left, what is to be decided."""
    parts = [changes_text(plan, headings)]
    if show_diff and plan.changes:
        parts.append("\n" + diff_text(plan.diff))
    return "".join([*parts, manual_text(plan.manual), decisions_text(plan.decisions)])


def detected_text(project: Project) -> str:
    """Return what was detected, each with the place that says so."""
    from celerify.requirements.decisions import beat_choice, broker_choice, monitoring_choice, results_choice

    layout = project.layout
    app = project.celery_app
    home = project.dependencies.home
    rows = [("manage.py", layout.manage, "")]
    rows += [
        (f"settings ({chain.entry.role})", chain.entry.module or chain.path, str(chain.entry.at))
        for chain in project.deployed
    ]
    rows.append(("Celery app", f"{app.module}:{app.variable}", str(app.at)) if app else ("Celery app", "none yet", ""))
    rows.append(("dependencies", home.path if home else "no file declares any", ""))
    rows.append(("tests", project.suite.runner, str(project.suite.at or "")))
    decided = (
        ("broker", broker_choice(project)), ("results", results_choice(project)),
        ("beat", beat_choice(project)), ("monitoring", monitoring_choice(project)),
    )  # fmt: skip
    rows += [(name, f"{found.value}  ({found.why})", str(found.at or "")) for name, found in decided]
    lines = "".join(f"  {name:<20}{value}{f'  {place}' if place else ''}\n" for name, value, place in rows)
    return f"Detected\n{lines}\n"
