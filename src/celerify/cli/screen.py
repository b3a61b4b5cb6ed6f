"""What a plan looks like to a person: what changes by section, what is left, what is theirs to decide."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

from celerify.cli.output import width
from celerify.facts.generated import ANSWERS_FILE
from celerify.report.headings import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from celerify.model import Change, Manual, Plan, Step

_WIDEST = 110
_DETAIL = 11
_SNIPPET = 13


def wrapped(text: str, first: str, hanging: int) -> str:
    """Return the text wrapped at the terminal's width, `first` before its first line, the others indented."""
    return (
        textwrap.fill(
            text, min(width(), _WIDEST), initial_indent=first, subsequent_indent=" " * hanging,
            break_long_words=False, break_on_hyphens=False,
        )
        + "\n"
    )  # fmt: skip


def counted(number: int, what: str) -> str:
    """Return `1 file`, `2 files`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def added_lines(change: Change) -> int:
    """Return how many lines a change adds."""
    return change.after.count(b"\n") - (change.before or b"").count(b"\n")


def changes_text(plan: Plan) -> str:
    """Return what changes: each section with its items, then each file with the lines it gains."""
    if not plan.changes:
        return "Nothing to change: every slot that celerify may fill is filled.\n"
    parts = ["What changes\n"]
    for section, steps in groupby(plan.steps, key=lambda step: step.item.rpartition(".")[0]):
        parts.append(f"  {section} {SECTIONS[section]}\n")
        parts.extend(_step_line(step) for step in steps)
    parts.append("\nFiles\n")
    parts.extend(_file_line(plan, change) for change in plan.changes)
    return "".join(parts)


def _step_line(step: Step) -> str:
    return wrapped(f"{step.title}  ({', '.join(step.paths)})", f"    + {step.item:<7}", _SNIPPET)


def _file_line(plan: Plan, change: Change) -> str:
    kind = "create" if change.before is None else "edit  "
    notes = [f"+{counted(added_lines(change), 'line')}"]
    if (
        change.before is None
        and change.path.endswith("requirements.txt")
        and not plan.before.dependencies.home
    ):
        notes.append("celerify's lines only: no file declares the project's dependencies")
    if change.path == ANSWERS_FILE:
        notes.append("what `celerify update` starts from")
    elif not any(change.path in step.paths for step in plan.steps):
        notes.append("the choices that were made")
    return wrapped(f"{change.path}  ({'; '.join(notes)})", f"  {kind} ", 9)


def diff_text(diff: str) -> str:
    """Return a diff for the screen: credentials masked line by line, undecodable bytes shown as `?`."""
    from celerify.facts.masking import masked

    lines = (masked(line) for line in diff.splitlines())
    return "\n".join(lines).encode("utf-8", "replace").decode() + "\n"


def manual_text(left: Sequence[Manual]) -> str:
    """Return what a person must do, each with its exact snippet."""
    return _snippets("Left to do by hand", "☐", left)


def decisions_text(decisions: Sequence[Manual]) -> str:
    """Return what is the user's to decide in a project that already runs Celery, with its consequence."""
    if not decisions:
        return ""
    items = list(dict.fromkeys(entry.item for entry in decisions))
    told = "Yours to decide: tasks run here already, and these change how they run"
    commands = f"  `celerify init --adopt {items[0]}` writes {'one' if items[1:] else 'it'}\n"
    if items[1:]:
        commands += f"  `celerify init --adopt {','.join(items)}` writes all of them\n"
    return _snippets(told, "?", decisions) + commands


def _snippets(title: str, mark: str, entries: Sequence[Manual]) -> str:
    from celerify.facts.masking import masked

    parts = []
    why = ("", "")
    for (item, said), group in groupby(entries, key=lambda entry: (entry.item, entry.title)):
        left = list(group)
        paths = ", ".join(dict.fromkeys(entry.path for entry in left if entry.path))
        parts.append(wrapped(f"{said}{f'  ({paths})' if paths else ''}", f"  {mark} {item:<7}", _DETAIL))
        for entry in left:
            again, why = why == (entry.why, entry.path), (entry.why, entry.path or "")
            parts.append(wrapped("as above" if again else masked(entry.why), " " * _DETAIL, _DETAIL))
            if entry.snippet.strip():
                parts.append(textwrap.indent(masked(entry.snippet.strip("\n")), " " * _SNIPPET) + "\n")
    return f"\n{title}\n{''.join(parts)}" if parts else ""


def next_text(commands: Iterable[str]) -> str:
    """Return the commands to run next."""
    lines = "".join(f"  {command}\n" for command in commands)
    return f"\nNext\n{lines}" if lines else ""


def plan_text(plan: Plan, *, show_diff: bool) -> str:
    """Return the whole screen of a plan: changes, the diff where wanted, what is left, what to decide."""
    parts = [changes_text(plan)]
    if show_diff and plan.changes:
        parts.append("\n" + diff_text(plan.diff))
    return "".join([*parts, manual_text(plan.manual), decisions_text(plan.decisions)])
