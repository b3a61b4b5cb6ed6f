"""`celerify undo`: take the last change back, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from celerify.cli import output
from celerify.cli.context import folder_argument, root_of


def undo(
    path: Annotated[
        Path | None, typer.Argument(help="A folder of the repository; the current one by default.")
    ] = None,
) -> None:
    """Take the last change of celerify back, byte for byte; refuse where a person has edited since."""
    from celerify.commit import undo as take_back

    root, _ = root_of(folder_argument(path))
    undone = take_back(root)
    if undone is None:
        output.data("there is nothing to undo\n")
        return
    state = "interrupted " if undone.interrupted else ""
    output.data(f"took back {state}`{undone.title}`: {', '.join(undone.paths)}\n")
