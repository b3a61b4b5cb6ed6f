"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from celerify.errors import UsageError

Folder = Annotated[Path, typer.Option("-C", help="A folder of the repository.")]
Manage = Annotated[
    str | None, typer.Option("--manage", help="The manage.py to use, where there are several.")
]
SettingsModule = Annotated[
    str | None,
    typer.Option("--settings", help="The settings module that is deployed, as config.settings."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take what is detected and write.")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Show it and stop.")]
Diff = Annotated[bool, typer.Option("--diff", help="Show the whole unified diff, credentials masked.")]
AllowDirty = Annotated[
    bool, typer.Option("--allow-dirty", help="Write into files with uncommitted changes, too.")
]


def named_list(text: str | None, flag: str, allowed: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the names of a comma list in the order of `allowed`; empty for `none`, None for no flag.

    Raises:
        UsageError: a name is not allowed, nothing is named, or `none` is not alone.
    """
    if text is None:
        return None
    names = {name.strip() for name in text.split(",")}
    listed = ", ".join(name for name in allowed if name != "none")
    for name in sorted(names):
        if name not in allowed:
            raise UsageError(f"{flag} cannot be `{name}`", f"name some of {listed}, with commas; or none")
    if "none" in names and len(names) > 1:
        raise UsageError(f"{flag} names none, and something", f"name some of {listed}, with commas; or none")
    return tuple(name for name in allowed if name in names and name != "none")
