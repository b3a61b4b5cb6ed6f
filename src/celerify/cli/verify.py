"""`celerify verify`: run the project's worker, beat and Flower, and record what was seen."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celerify.cli import output
from celerify.cli.context import folder_argument, open_project, split_names
from celerify.cli.options import Manage, SettingsModule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from celerify.live.stage import Proof, Stage


def verify(
    path: Annotated[
        Path | None, typer.Argument(help="A folder of the repository; the current one by default.")
    ] = None,
    python: Annotated[
        str | None,
        typer.Option("--python", help="The project's Python: an executable or a virtual environment."),
    ] = None,
    broker: Annotated[str | None, typer.Option("--broker", help="Verify on this broker, by its URL.")] = None,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Verify on a broker that celerify starts itself.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(
            "--against", help="`deployed`: only look at the workers that run on --broker; start nothing."
        ),
    ] = None,
    flower: Annotated[
        str | None,
        typer.Option(
            "--flower",
            help="Address of the deployed Flower; its user and password: CELERIFY_FLOWER_AUTH=user:password.",
        ),
    ] = None,
    load: Annotated[
        int, typer.Option("--load", min=0, help="Load a worker with so many tasks, and measure it.")
    ] = 0,
    producers: Annotated[
        int, typer.Option("--producers", min=1, max=64, help="How many processes send the tasks of --load.")
    ] = 2,
    tests: Annotated[
        bool,
        typer.Option(
            "--tests",
            help="Run the project's own tests of its tasks, which make and drop their test database as ever.",
        ),
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Prove only these stages, and what they need: round-trip,beat."),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print what was seen as JSON.")] = False,
    settings: SettingsModule = None,
    manage: Manage = None,
) -> int:
    """Run the project's worker, beat and Flower against a broker, and record what was seen as evidence."""
    from celerify.facts.choices import Choices
    from celerify.live.brokers import check_url
    from celerify.live.deployed.attaching import require
    from celerify.live.deployed.stages import STAGES as DEPLOYED
    from celerify.live.python import find_python
    from celerify.live.run import Asked, Run
    from celerify.live.session import Session
    from celerify.live.stage import Mark
    from celerify.live.stages import STAGES
    from celerify.live.verifying import verify as verified
    from celerify.requirements.process_specs import application

    check_url(broker)
    project = open_project(folder_argument(path), Choices(settings=settings, manage=manage))
    root = project.tree.root
    asked = Asked(
        application(project), broker, embedded, settings=settings, against=against or "", flower=flower,
        load=load, producers=producers, tests=tests,
    )  # fmt: skip
    require(asked)
    found = find_python(root, root / project.layout.base, python, project.dependencies)
    names = split_names(only)
    every = DEPLOYED if against else STAGES
    stages = [stage for stage in every if not names or stage.decides or stage.name in names]
    with Session() as session:
        proofs = verified(Run(project, asked, session, found), stages, _begins, _ends)
    if json_:
        output.data(_json(proofs))
    return 1 if any(proof.mark is Mark.FAILED for proof in proofs) else 0


def _json(proofs: Sequence[Proof]) -> str:
    stages = [
        {
            "name": proof.stage.name,
            "mark": proof.mark,
            "seconds": round(proof.seconds, 2),
            "reason": proof.reason,
            "seen": [
                {
                    "holds": seen.holds,
                    "summary": seen.summary,
                    "items": seen.items,
                    "numbers": seen.numbers,
                    "log": seen.log,
                    "remedy": seen.remedy,
                    "plot": seen.plot,
                }
                for seen in proof.seen
            ],
        }
        for proof in proofs
    ]
    return json.dumps({"schema": "celerify.verify/1", "stages": stages}, indent=2) + "\n"


def _begins(_stage: Stage) -> None:
    return


def _ends(proof: Proof) -> None:
    output.talk(f"{proof.mark:13} {proof.stage.name:12} {proof.seconds:5.1f} s  {proof.reason}")
    for seen in proof.seen:
        output.talk(f"    {seen.summary}")
        if seen.plot:
            output.talk(_drawn(seen.plot))
        if seen.log:
            output.talk(seen.log)


def _drawn(plot: str) -> str:
    from celerify.live.plot import in_ascii

    try:
        plot.encode(getattr(sys.stderr, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return in_ascii(plot)
    return plot
