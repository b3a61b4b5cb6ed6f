from __future__ import annotations

import pytest

from celerify.live.flower_commands import Command, commands
from celerify.project import Project
from trees import tree_of

HEAD = "services:\n  worker:\n    build: .\n    command: celery -A shop worker\n"


def flowers(*services: str, **files: str) -> tuple[Command, ...]:
    texts = [f"  flower{number}:\n    build: .\n{text}" for number, text in enumerate(services)]
    kept = {path.replace("__", "."): text for path, text in files.items()}
    tree = tree_of({"manage.py": "", "compose.yaml": "".join((HEAD, *texts)), **kept})
    return commands(Project(tree))


def given(environment: str, options: str = "") -> str:
    return f"    command: celery -A shop flower {options}\n    environment:\n      {environment}\n"


def test_where_none_is_declared_flower_runs_plain_with_a_password_of_the_run() -> None:
    (command,) = flowers()
    assert (command.access, command.words) == ("unseen", ())
    assert command.environment == {"FLOWER_BASIC_AUTH": command.credentials}


@pytest.mark.parametrize(
    "service",
    [
        given("FLOWER_BASIC_AUTH: boss:${FLOWER_PASSWORD:?}"),
        given("FLOWER_BASIC_AUTH: boss:known"),
        "    command: celery -A shop flower --basic_auth=boss:known --db=/var/lib/flower --port=80\n",
    ],
)
def test_a_declared_password_is_replaced_by_one_of_the_run_that_is_on_no_command_line(service: str) -> None:
    (command,) = flowers(service)
    assert (command.access, command.words) == ("password", ())
    assert command.credentials == command.environment["FLOWER_BASIC_AUTH"]
    assert "known" not in command.environment["FLOWER_BASIC_AUTH"]


@pytest.mark.parametrize(("variable", "unset"), [("${PASSWORD:-}", ()), ("${PASSWORD}", ("PASSWORD",))])
def test_a_password_that_may_be_unset_is_empty(variable: str, unset: tuple[str, ...]) -> None:
    (command,) = flowers(given(f"FLOWER_BASIC_AUTH: boss:{variable}"))
    assert (command.access, command.credentials, command.unset) == ("password", "boss:", unset)


def test_without_authentication_it_is_started_without() -> None:
    (command,) = flowers("    command: celery -A shop flower --url_prefix=monitor --max-tasks=5\n")
    assert (command.access, command.credentials, command.prefix) == ("open", None, "/monitor")
    assert command.environment == {}
    assert command.words == ("--url_prefix=monitor", "--max_tasks=5")


def test_a_login_elsewhere_gets_a_key_of_the_run() -> None:
    options = "--auth=.*@example.com --auth_provider=flower.views.auth.GithubLoginHandler"
    (command,) = flowers(f"    command: celery -A shop flower {options} --oauth2_secret=known\n")
    assert (command.access, command.credentials) == ("login", None)
    assert len(command.words) == 2
    assert sorted(command.environment) == ["FLOWER_OAUTH2_KEY", "FLOWER_OAUTH2_SECRET"]


def test_the_variables_of_a_configuration_file_are_filled_in() -> None:
    text = 'import os\nbasic_auth = ["boss:" + os.environ["PASSWORD"]]\n'
    (command,) = flowers("    command: celery -A shop flower\n", flowerconfig__py=text)
    assert (command.access, command.conf) == ("password", "flowerconfig.py")
    assert command.credentials == f"boss:{command.environment['PASSWORD']}"


def test_two_that_differ_in_nothing_that_a_run_keeps_are_one() -> None:
    ports = [f"    command: celery -A shop flower --port={port}\n" for port in (5555, 5556)]
    assert [command.label for command in flowers(*ports)] == ["flower"]
    guarded = given("FLOWER_BASIC_AUTH: boss:known")
    assert [command.label for command in flowers(*ports, guarded)] == ["flower", "flower-2"]


def test_what_comes_from_outside_the_repository_is_not_taken_for_a_password() -> None:
    (command,) = flowers(given("FLOWER_BASIC_AUTH: $$(cat /run/secrets/flower)"))
    assert command.access == "unseen"
    assert command.environment == {"FLOWER_BASIC_AUTH": command.credentials}
