"""A project that does not start is told what to do by what it raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.live.inspected import Fault
from celerify.live.installing import Installing
from celerify.live.start_faults import cause_behind, remedy_of, variable_in
from celerify.project import Project
from trees import tree_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def installing() -> Installing:
    tree = tree_of({"manage.py": "import django", "requirements.txt": "django\ncelery\n"})
    return Installing(Project(tree).dependencies)


@pytest.mark.parametrize(
    "message",
    [
        "Set the STRIPE_KEY environment variable",
        "the environment variable STRIPE_KEY is not set",
        "STRIPE_KEY not found. Declare it as envvar or define a default value.",
        'Environment variable "STRIPE_KEY" not set',
        "Value 'KEY' is required to be set as the environment variable 'STRIPE_KEY'",
    ],
)
def test_a_variable_that_is_not_set_is_named(message: str, installing: Installing, tmp_path: Path) -> None:
    assert variable_in(message) == "STRIPE_KEY"
    remedy = remedy_of(Fault("ImproperlyConfigured", message), installing, tmp_path)
    assert remedy == "set it: `STRIPE_KEY=... celerify verify`, or where the settings read it from"


@pytest.mark.parametrize(
    "message",
    ["attempt to write a readonly database", "cannot execute INSERT in a read-only transaction"],
)
def test_what_the_run_itself_keeps_from_being_written(
    message: str, installing: Installing, tmp_path: Path
) -> None:
    remedy = remedy_of(Fault("OperationalError", message), installing, tmp_path)
    assert "`celerify verify --database own`" in remedy


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("no such table: auth_group", "migrate"),
        ('relation "auth_group" does not exist', "migrate"),
        ("connection failed: connection to server at ... failed: Connection refused", "start that database"),
    ],
)
def test_a_project_that_reads_its_database_as_it_starts(
    message: str, says: str, installing: Installing, tmp_path: Path
) -> None:
    assert says in remedy_of(Fault("OperationalError", message), installing, tmp_path)


def test_a_module_of_the_project_is_no_package_to_install(installing: Installing, tmp_path: Path) -> None:
    (tmp_path / "blog").mkdir()
    own = remedy_of(Fault("ModuleNotFoundError", "No module named 'blog.jobz'"), installing, tmp_path)
    assert own == "correct the import, or write the module: the project has no blog.jobz"
    other = remedy_of(Fault("ModuleNotFoundError", "No module named 'blgo'"), installing, tmp_path)
    assert other.startswith("declare blgo in requirements.txt")
    assert other.endswith("or correct the name where it is imported")
    known = remedy_of(Fault("ModuleNotFoundError", "No module named 'environ'"), installing, tmp_path)
    assert "correct the name" not in known


def test_anything_else_is_to_be_corrected(installing: Installing, tmp_path: Path) -> None:
    fault = Fault("ValueError", "no")
    assert remedy_of(fault, installing, tmp_path) == "correct it, and run `celerify verify` again"


def test_a_log_file_that_cannot_be_opened_is_named(installing: Installing, tmp_path: Path) -> None:
    chain = (
        {"names": ["builtins.ValueError"], "text": "Unable to configure handler 'c'"},
        {"names": ["builtins.FileNotFoundError"], "text": "No such file or directory: '/var/log/x/y.log'"},
    )
    fault = Fault("ValueError", "Unable to configure handler 'c'", chain=chain)
    assert cause_behind(fault) == ": FileNotFoundError: No such file or directory: '/var/log/x/y.log'"
    assert remedy_of(fault, installing, tmp_path).startswith("mend LOGGING")


def test_a_time_zone_that_is_not_there_may_lack_its_data(installing: Installing, tmp_path: Path) -> None:
    fault = Fault("ZoneInfoNotFoundError", "'No time zone found with key Mars/Olympus'")
    assert "install the package tzdata" in remedy_of(fault, installing, tmp_path)
