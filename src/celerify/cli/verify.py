"""`celerify verify`: run the project's worker, beat and Flower, and record what was seen."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celerify.cli.context import folder_argument, open_project, split_names
from celerify.cli.options import Manage, SettingsModule
from celerify.errors import NotUnderstoodError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from celerify.live.stage import Stage
    from celerify.project import Project


class Database(StrEnum):
    """Where beat and results write during a run."""

    TEMPORARY = "temporary"
    OWN = "own"


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
    database: Annotated[
        Database,
        typer.Option(
            "--database",
            help="Where beat and results write: a temporary database, or the project's own.",
        ),
    ] = Database.TEMPORARY,
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
        int | None, typer.Option("--load", min=1, help="Load a worker with so many tasks, and measure it.")
    ] = None,
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
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Write the stages to this file as JUnit XML, too.")
    ] = None,
    no_record: Annotated[
        bool, typer.Option("--no-record", help="Leave .celerify/evidence.json as it is.")
    ] = False,
    settings: SettingsModule = None,
    manage: Manage = None,
) -> int:
    """Run the project's worker, beat and Flower against a broker, and record what was seen as evidence."""
    from celerify.cli.verify_run import Wanted, carried_out
    from celerify.facts.choices import Choices
    from celerify.live.brokers import check_url
    from celerify.live.deployed.attaching import require
    from celerify.live.deployed.stages import STAGES as DEPLOYED
    from celerify.live.run import Asked
    from celerify.live.stages import STAGES
    from celerify.requirements.process_specs import application

    check_url(broker)
    if junit is not None and (junit.is_dir() or not junit.absolute().parent.is_dir()):
        raise UsageError(f"--junit: `{junit}` cannot be a file", "name a file in a folder that is there")
    project = open_project(folder_argument(path), Choices(settings=settings, manage=manage))
    asked = Asked(
        application(project), broker, embedded, own_database=database is Database.OWN, settings=settings,
        against=against or "", flower=flower, load=load or 0, producers=producers, tests=tests,
    )  # fmt: skip
    require(asked)
    _require_whole(project)
    every = DEPLOYED if against else STAGES
    stages = _selected(every, split_names(only))
    _require_application(project)
    return carried_out(project, asked, Wanted(python, stages, every, json_, junit, record=not no_record))


def _require_whole(project: Project) -> None:
    """Refuse to run files that may be half old and half new.

    Raises:
        NotUnderstoodError: a commit of celerify was killed here.
    """
    from celerify.commit import pending

    if pending(project.tree.root):
        raise NotUnderstoodError(
            "a commit of celerify was interrupted in this repository: what would be run may be half-written",
            "run `celerify undo`, which takes it back",
        )


def _selected(every: Sequence[Stage], names: Sequence[str]) -> tuple[Stage, ...]:
    """Return the stages of these names and those that decide whether they can be proved.

    Raises:
        UsageError: a name is none of a stage.
    """
    known = [stage.name for stage in every]
    for name in names:
        if name not in known:
            raise UsageError(f"`--only {name}` names no stage", f"the stages are {', '.join(known)}")
    return tuple(stage for stage in every if not names or stage.decides or stage.name in names)


def _require_application(project: Project) -> None:
    """Refuse a project without a Celery application, before anything is started.

    Raises:
        NotUnderstoodError: none was found, or it may be in a file that cannot be read.
    """
    if project.celery_app is not None:
        return
    blind = project.sources.blind_spot(("Celery(",))
    if blind is not None:
        place = f" ({blind.at})" if blind.at else ""
        raise NotUnderstoodError(
            f"the Celery application was not found, and a file that may hold it cannot be read: "
            f"{blind.summary}{place}",
            "mend the file, then verify again",
        )
    found = project.sources
    made = next((path for path in found.mentioning("Celery(") if found.kind(path) == "code"), None)
    if made is not None:
        raise NotUnderstoodError(
            f"{made} makes a Celery application, and none was found at the top level of a module",
            "keep it in a variable of the module that makes it: what `celery -A` takes is found there",
        )
    raise NotUnderstoodError(
        "the project has no Celery application, so that there is nothing to run",
        "let celerify write one: `celerify init`",
    )
