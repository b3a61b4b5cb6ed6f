from __future__ import annotations

import pytest

from celerify.facts.processes.shell import assignments, commands, expanded, without_assignments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("celery -A p worker", [("celery", "-A", "p", "worker")]),
        ("a && b; c | d & e", [("a",), ("b",), ("c",), ("d",), ("e",)]),
        ("celery -A p \\\n  worker \\\n  -l INFO", [("celery", "-A", "p", "worker", "-l", "INFO")]),
        ("sh -c 'a && b'", [("sh", "-c", "a && b")]),
        ("# don't\na # it's\nb", [("a",), ("b",)]),
        ("if true; then celery; fi", [("true",), ("celery",), ("fi",)]),
        ("celery -n w#1@%h", [("celery", "-n", "w#1@%h")]),
        ("python -c 'a\nb'\nnext", [("python", "-c", "a\nb"), ("next",)]),
        ("", []),
    ],
)
def test_commands(text: str, expected: list[tuple[str, ...]]) -> None:
    assert [command.words for command in commands(text)] == expected


def test_a_quote_that_never_ends_loses_nothing_else() -> None:
    found = commands("echo 'open\n" + "\n" * 60 + "celery -A p worker")
    assert ("celery", "-A", "p", "worker") in [command.words for command in found]


def test_lines_are_those_of_the_first_word() -> None:
    assert [command.line for command in commands("\na\nb \\\nc\nd")] == [2, 3, 5]


def test_branches_and_functions_label_their_commands() -> None:
    text = 'case "$1" in\n  worker|celery)\n    celery worker\n    ;;\n  *)\n    web\n    ;;\nesac\nlast\n'
    labels = {command.words[0]: command.labels for command in commands(text)}
    assert labels["celery"] == ("worker|celery",)
    assert labels["web"] == ("*",)
    assert labels["last"] == ()
    assert {c.words[0]: c.labels for c in commands("go() {\n  celery worker\n}\ngo")}["celery"] == ("go",)


def test_one_line_branches() -> None:
    text = "case $1 in\nworker) exec celery worker ;;\nbeat) exec celery beat ;;\nesac"
    assert {c.words[2]: c.labels for c in commands(text) if "celery" in c.words} == {
        "worker": ("worker",),
        "beat": ("beat",),
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A ${A}", "1 1"),
        ("${B:-x} ${B-y} ${B:-}", "x y "),
        ("${B:-${A}}", "1"),
        ("$B ${B}", "$B ${B}"),
        ("${A:-x}", "1"),
        ("${B:-${C:-z}}", "z"),
    ],
)
def test_expanded(text: str, expected: str) -> None:
    assert expanded(text, {"A": "1"}) == expected


def test_assignments_are_read_from_dotenv_text() -> None:
    text = "A=1\nexport B='two words'\n# C=3\nD=\"$A\" \nE=x # why\nnot one\n"
    assert assignments(text) == {"A": "1", "B": "two words", "D": "1", "E": "x"}


def test_assignments_in_front_of_a_command() -> None:
    assert without_assignments(("env", "A=1", "celery", "B=2")) == ({"A": "1"}, ("celery", "B=2"))
    assert without_assignments(("A=1",)) == ({"A": "1"}, ())
