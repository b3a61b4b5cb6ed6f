"""`celerify explain ITEM`: what it is, why, how it is proved, and what fixes it; offline."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from celerify.cli import output
from celerify.cli.context import split_names

if TYPE_CHECKING:
    from celerify.model import Example, Rule

PROVED = {
    "static": "by reading the repository",
    "live": "by a live run only: unverified until evidence is recorded",
    "static+live": "by reading the repository; a live run adds proof",
    "person": "by a person's word, recorded as an attestation",
}

INIT = {
    "writes": "`celerify init` writes it",
    "safe": "`celerify init` writes it where it is free: it cannot change how existing tasks run",
    "ask": "yours to decide: it changes how existing tasks run; `celerify init --adopt {item}` writes it",
    "add-task": "comes with `celerify add-task`",
    "add-queue": "comes with `celerify add-queue`",
    "add-periodic": "comes with `celerify add-periodic`",
    "never": "existing tasks are never edited; a person does it",
    "no": "nothing to write",
}


def explain(
    item: Annotated[
        str | None,
        typer.Argument(help="An item, slug or group: 1.4.1, celery-app-import, 1.2; all without it."),
    ] = None,
) -> None:
    """Say what an item is, why it matters, how it is proved and what fixes it."""
    from celerify.discover import selected_rules

    rules = selected_rules(split_names([item] if item else []))
    if item and any(item in {rule.item, rule.slug} for rule in rules):
        output.data(explanation(rules[0], output.width()))
    else:
        output.data("".join(f"{rule.item:<7}{rule.slug:<24}{rule.title}\n" for rule in rules))


def explanation(rule: Rule, width: int) -> str:
    """Return the page of one rule as plain text."""
    room = min(width, 100)

    def wrapped(label: str, text: str) -> str:
        return textwrap.fill(text, room, initial_indent=f"{label:<16}", subsequent_indent=" " * 16) + "\n"

    parts = [
        f"{rule.item} {rule.slug}: {rule.title}\n\n",
        textwrap.fill(rule.why, room) + "\n\n",
        wrapped("severity", rule.severity.value),
        wrapped("done when", rule.done),
        wrapped("not applicable", rule.not_applicable or "never: it applies to every project"),
        wrapped("proved", PROVED[rule.decided]),
        wrapped("new project", INIT[rule.init_new.value].format(item=rule.item)),
        wrapped("with Celery", INIT[rule.init_existing.value].format(item=rule.item)),
        wrapped("fix", rule.remedy),
    ]
    examples = [_example(example) for example in rule.examples if example.adds]
    return "".join([*parts, *examples[:1]])


def _example(example: Example) -> str:
    blocks = [f"  {path}\n{textwrap.indent(text.strip(), '    + ')}\n" for path, text in example.adds.items()]
    return f"\nadded to a project where the slot is free:\n{''.join(blocks)}"
