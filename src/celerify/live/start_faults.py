"""What to do about a project that does not start, by what it raised."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from celerify.live.installing import is_guessed, missing_in, module_in
from celerify.live.worker_log import is_of_a_read_only_database
from celerify.live.worker_log import remedy as worker_remedy

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.live.inspected import Fault
    from celerify.live.installing import Installing

_VARIABLE = re.compile(
    r"Set the (\w+) environment variable"  # django-environ
    r"|environment variable \W?(\w+)\W? (?:is )?not set"  # os.environ as preflight tells it, environs
    r"|as the environment variable \W?(\w+)"  # django-configurations
    r"|(\w+) not found\. Declare it as envvar",  # python-decouple
    re.IGNORECASE,
)
_WITH_A_CAUSE = 2
_NO_TABLE = re.compile(r"no such table|relation .* does not exist|unable to open database file")
_NO_DATABASE = re.compile(r"connection (?:to server .* |.* )?(?:failed|refused)|can't connect", re.IGNORECASE)


def variable_in(message: str) -> str | None:
    """Return the environment variable that a message names as not set; None where it names none."""
    found = _VARIABLE.search(message)
    return found[found.lastindex or 0] if found else None


def remedy_of(fault: Fault, installing: Installing, folder: Path) -> str:
    """Return what to do about what a phase raised.

    Args:
        fault: what it raised.
        installing: how packages get into the project's Python.
        folder: of manage.py, to tell the project's own modules from packages.
    """
    message = fault.message
    if variable := variable_in(message):
        return f"set it: `{variable}=... celerify verify`, or where the settings read it from"
    if "No time zone found" in message:
        return "correct CELERY_TIMEZONE or TIME_ZONE; where the name is right, install the package tzdata"
    if is_of_a_read_only_database(message):
        return (
            "the run lets nothing write to the project's database, and this is written while the project "
            "starts: run `celerify verify --database own`, or move it out of what is imported"
        )
    if fault.type.endswith(("OperationalError", "ProgrammingError")):
        if _NO_TABLE.search(message):
            return "the project reads its database while it starts: run `python manage.py migrate` first"
        if _NO_DATABASE.search(message):
            return "the project reads its database while it starts: start that database first"
    return worker_remedy(message) or _module_remedy(message, installing, folder)


def cause_behind(fault: Fault) -> str:
    """Return the exception behind one of `logging.config`, which says too little by itself; else ""."""
    if not fault.message.startswith("Unable to configure") or len(fault.chain) < _WITH_A_CAUSE:
        return ""
    cause = fault.chain[1]
    return f": {cause['names'][0].rpartition('.')[2]}: {cause['text']}"


def _module_remedy(message: str, installing: Installing, folder: Path) -> str:
    missing, module = missing_in(message), module_in(message)
    if missing is None or module is None:
        return "correct it, and run `celerify verify` again"
    top = module.partition(".")[0]
    if (folder / top).is_dir() or (folder / f"{top}.py").is_file():
        return f"correct the import, or write the module: the project has no {module}"
    advice = installing.advice(missing)
    unsure = is_guessed(module) and not installing.declares(missing)
    return f"{advice}; or correct the name where it is imported" if unsure else advice
