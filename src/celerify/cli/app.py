"""The command line: every command, and the one error boundary."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from celerify import __version__
from celerify.cli import (
    add,
    add_periodic,
    add_queue,
    add_task,
    audit,
    explain,
    init,
    show,
    undo,
    update,
    verify,
)
from celerify.cli.output import talk
from celerify.errors import CelerifyError, NotUnderstoodError

INTERRUPTED = 130
CRASHED = 3
STOPPED = "celerify: interrupted; nothing is half-written"

app = typer.Typer(
    name="celerify",
    help="Take an existing Django repository to a Celery integration that survives production.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"celerify {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Take an existing Django repository to a Celery integration that survives production."""


app.command("init")(init.init)
app.command("add")(add.add)
app.command("add-queue")(add_queue.add_queue)
app.command("add-periodic")(add_periodic.add_periodic)
app.command("add-task")(add_task.add_task)
app.command("audit")(audit.audit)
app.command("explain")(explain.explain)
app.command("undo")(undo.undo)
app.command("update")(update.update)
app.command("verify")(verify.verify)
app.add_typer(show.app, name="show")


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; no traceback for a fault of the project or of the call."""
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
        talk(STOPPED)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at exit
        return 0
    except Exception as error:  # noqa: BLE001 - the last resort: whatever is left is told in two lines
        _complain(_crash(error))
        return CRASHED
    if result == INTERRUPTED:  # typer answers Ctrl-C itself, in silence
        talk(STOPPED)
    return result if isinstance(result, int) else 0


def _crash(error: Exception) -> NotUnderstoodError:
    """Return what to say of an exception that nothing expected."""
    match error:
        case RecursionError():
            return NotUnderstoodError("a file is nested too deeply to be read")
        case OSError():
            return NotUnderstoodError(f"{error.filename or 'the system'}: {error.strerror or error}")
    last = traceback.extract_tb(error.__traceback__)[-1]
    return NotUnderstoodError(
        f"celerify crashed ({type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {error})",
        "nothing is half-written; please report it with the shape of the project",
    )


def _complain(error: CelerifyError) -> None:
    from celerify.facts.masking import masked

    talk(f"celerify: {masked(error.what)}")
    if error.advice:
        talk(f"  {masked(error.advice)}")
