"""`celerify show`: what celerify sees, and where each value comes from."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celerify.cli import output, show_topology
from celerify.cli.context import open_project
from celerify.cli.options import Folder, Manage, SettingsModule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.celery_config import Options
    from celerify.facts.dependencies import Declared
    from celerify.facts.tasks import Task
    from celerify.facts.values import Value
    from celerify.model import Location
    from celerify.project import Project

app = typer.Typer(
    help="Show what celerify sees and where each value comes from.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


app.command("queues")(show_topology.show_queues)
app.command("topology")(show_topology.show_topology)


class ShowFormat(StrEnum):
    """How `show` prints."""

    TEXT = "text"
    JSON = "json"


Printed = Annotated[ShowFormat, typer.Option("--format", help="text or json.")]


@app.command("project")
def show_project(
    folder: Folder = Path(),
    format_: Printed = ShowFormat.TEXT,
    manage: Manage = None,
    settings: SettingsModule = None,
) -> None:
    """Show manage.py, import roots, settings chains, the Celery application, dependencies and processes."""
    project = _opened(folder, manage, settings)
    _print({section: list(rows) for section, rows in _project_rows(project)}, format_)


@app.command("settings")
def show_settings(
    folder: Folder = Path(),
    format_: Printed = ShowFormat.TEXT,
    manage: Manage = None,
    settings: SettingsModule = None,
) -> None:
    """Show Celery's options in effect in each deployed chain, and the chain of places of each value."""
    project = _opened(folder, manage, settings)
    _print(
        {
            found.settings.entry.module or found.settings.path: _option_rows(found)
            for found in project.options
        },
        format_,
    )


@app.command("tasks")
def show_tasks(
    folder: Folder = Path(),
    format_: Printed = ShowFormat.TEXT,
    manage: Manage = None,
    settings: SettingsModule = None,
) -> None:
    """Show the project's tasks, how each is declared, and whether the worker imports it."""
    project = _opened(folder, manage, settings)
    _print({"tasks": _task_rows(project)}, format_)


def _opened(folder: Path, manage: str | None, settings: str | None) -> Project:
    from celerify.facts.choices import Choices

    return open_project(folder, Choices(manage=manage, settings=settings))


Row = dict[str, str]


def _row(name: str, value: str, via: Iterable[Location | None] = (), note: str = "") -> Row:
    from celerify.facts.masking import masked

    return {
        "name": name,
        "value": masked(value),
        "from": " -> ".join(str(place) for place in via if place),
        "note": note,
    }


def _project_rows(project: Project) -> Iterable[tuple[str, Iterable[Row]]]:
    layout = project.layout
    yield (
        "layout",
        [
            _row("manage.py", layout.manage),
            _row("project package", layout.package or "none (flat layout)"),
            _row("import roots", ", ".join(root or "." for root in layout.roots)),
        ],
    )
    yield (
        "settings",
        [
            _row(f"{entry.source} ({entry.role})", entry.module or entry.expression, [entry.at])
            for entry in layout.entries
        ],
    )
    yield (
        "celery application",
        [
            _row(f"{found.module}:{found.variable}", found.name or "", [found.at])
            for found in project.celery_apps
        ],
    )
    yield (
        "dependencies",
        [
            _row(_named(found), found.specifier or "any", [found.at])
            for found in project.dependencies.declared
        ],
    )
    yield (
        "processes",
        [_row(found.kind, f"{found.target} {found.name}", [found.at]) for found in project.processes],
    )


def _named(found: Declared) -> str:
    return f"{found.name}[{','.join(found.extras)}]" if found.extras else found.name


def _option_rows(found: Options) -> list[Row]:
    alive = [
        _row(option.written, _shown(option.value), option.via, option.note)
        for option in found.options.values()
    ]
    dead = [
        _row(option.written, _shown(option.value), option.via, "this name has no effect in this version")
        for option in found.dead.values()
    ]
    return [*alive, *dead]


def _task_rows(project: Project) -> list[Row]:
    return [
        _row(
            task.name,
            f"@{task.decorator}"
            + "".join(f" {name}={_shown(value)}" for name, value in task.options.items()),
            [task.at],
            "; ".join(
                note
                for note in (_sample_note(task), "" if task.reached else "the worker does not import it")
                if note
            ),
        )
        for task in project.tasks
    ]


def _sample_note(task: Task) -> str:
    return "a sample" if task.sample else ""


def _shown(value: Value) -> str:
    from celerify.facts.masking import shown

    return shown(value)


def _print(sections: dict[str, list[Row]], format_: ShowFormat) -> None:
    if format_ is ShowFormat.JSON:
        output.data(json.dumps(sections, indent=2, ensure_ascii=False) + "\n")
        return
    for title, rows in sections.items():
        output.data(f"{title}\n")
        room = min(44, max((len(row["name"]) for row in rows), default=0))
        for row in rows:
            place = f"  ({row['from']})" if row["from"] else ""
            note = f"  [{row['note']}]" if row["note"] else ""
            output.data(f"  {row['name']:<{room}}  {row['value']}{place}{note}\n")
        if not rows:
            output.data("  none\n")
        output.data("\n")
