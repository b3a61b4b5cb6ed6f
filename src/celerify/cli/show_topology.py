"""`celerify show topology|queues`: who sends what to which queue, and which worker takes it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from celerify.cli import output
from celerify.cli.context import open_project
from celerify.cli.options import Folder, Manage, SettingsModule


class TopologyFormat(StrEnum):
    """How `show topology` draws."""

    TEXT = "text"
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    JSON = "json"


class QueuesFormat(StrEnum):
    """How `show queues` prints."""

    TEXT = "text"
    JSON = "json"


def show_topology(
    folder: Folder = Path(),
    format_: Annotated[
        TopologyFormat, typer.Option("--format", help="text, mermaid, dot, svg or json.")
    ] = TopologyFormat.TEXT,
    manage: Manage = None,
    settings: SettingsModule = None,
) -> None:
    """Show the way of every message: schedules and apps, tasks, queues, workers, and what is wrong there."""
    from celerify.facts.choices import Choices

    topology = open_project(folder, Choices(manage=manage, settings=settings)).topology
    match format_:
        case TopologyFormat.TEXT:
            from celerify.cli.topology.text import topology_text

            said = topology_text(topology, colour=output.colour_wanted(), width=output.width())
        case TopologyFormat.JSON:
            from celerify.cli.topology.document import topology_json

            said = topology_json(topology)
        case TopologyFormat.MERMAID:
            from celerify.cli.topology.mermaid import topology_mermaid
            from celerify.cli.topology.picture import picture_of

            said = topology_mermaid(picture_of(topology))
        case TopologyFormat.DOT:
            from celerify.cli.topology.dot import topology_dot
            from celerify.cli.topology.picture import picture_of

            said = topology_dot(picture_of(topology))
        case TopologyFormat.SVG:
            from celerify.cli.topology.picture import picture_of
            from celerify.cli.topology.svg import topology_svg

            said = topology_svg(picture_of(topology))
    output.data(said)


def show_queues(
    folder: Folder = Path(),
    format_: Annotated[QueuesFormat, typer.Option("--format", help="text or json.")] = QueuesFormat.TEXT,
    manage: Manage = None,
    settings: SettingsModule = None,
) -> None:
    """Show each queue, who sends to it and who consumes it."""
    from celerify.facts.choices import Choices

    topology = open_project(folder, Choices(manage=manage, settings=settings)).topology
    if format_ is QueuesFormat.JSON:
        from celerify.cli.topology.document import queues_json

        output.data(queues_json(topology))
        return
    from celerify.cli.topology.text import queues_text

    output.data(queues_text(topology, colour=output.colour_wanted(), width=output.width()))
