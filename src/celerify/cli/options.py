"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Option("-C", help="A folder of the repository.")]
Manage = Annotated[
    str | None, typer.Option("--manage", help="The manage.py to use, where there are several.")
]
SettingsModule = Annotated[
    str | None,
    typer.Option("--settings", help="The settings module that is deployed, as config.settings."),
]
