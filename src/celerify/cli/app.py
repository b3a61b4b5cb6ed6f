"""The command line: every command, and the one error boundary."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from celerify import __version__
from celerify.cli import add_task, audit, explain, init, show, undo
from celerify.cli.output import talk
from celerify.errors import CelerifyError

INTERRUPTED = 130
CRASHED = 3

app = typer.Typer(
    name="celerify",
    help="Take an existing Django repository to a Celery integration that survives production, and keep it so.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:  # noqa: FBT001 - typer hands the flag over by position
    if value:
        typer.echo(f"celerify {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[  # noqa: ARG001 - the callback answers it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Take an existing Django repository to a Celery integration that survives production, and keep it so."""


app.command("init")(init.init)
app.command("add-task")(add_task.add_task)
app.command("audit")(audit.audit)
app.command("explain")(explain.explain)
app.command("undo")(undo.undo)
app.add_typer(show.app, name="show")


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code (design.md, section 5); no traceback for a fault of the project."""
    try:
        result = app(arguments, prog_name="celerify", standalone_mode=False)
    except CelerifyError as error:
        _complain(error)
        return error.exit_code
    except TyperException as error:
        talk(f"celerify: {error.format_message()}")
        talk("  run `celerify --help`, or `celerify COMMAND --help`")
        return 2
    except (KeyboardInterrupt, typer.Abort):
        talk("celerify: interrupted; nothing is half-written")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at exit
        return 0
    except RecursionError:
        talk("celerify: a file is nested too deeply to be read")
        return CRASHED
    return result if isinstance(result, int) else 0


def _complain(error: CelerifyError) -> None:
    talk(f"celerify: {error.what}")
    if error.advice:
        talk(f"  {error.advice}")
