from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.errors import UsageError
from celerify.facts.choices import Choices, merged, read_choices
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def choices(root: Path, text: str, path: str = "pyproject.toml") -> Choices:
    return read_choices(Tree.at(root).write(path, text.encode()))


FULL = """\
broker = "rabbitmq"
results = "django-db"
beat = false
monitoring = "prometheus, flower"
deploy = ["compose", "systemd"]
manage = "backend/manage.py"
settings = "config.settings.prod"

[{table}waivers]
"1.2.5" = "one idempotent   task"
celery-app-import = "imported by apps.py"
"""
WANTED = Choices(
    broker="rabbitmq",
    results="django-db",
    beat=False,
    monitoring="flower,prometheus",
    deploy=("compose", "systemd"),
    manage="backend/manage.py",
    settings="config.settings.prod",
    waivers={"1.2.5": "one idempotent task", "celery-app-import": "imported by apps.py"},
)


def test_choices_are_recorded_in_pyproject(tmp_path: Path) -> None:
    text = "[project]\nname = 'x'\n[tool.celerify]\n" + FULL.replace("{table}", "tool.celerify.")
    assert choices(tmp_path, text) == WANTED
    assert choices(tmp_path, "\ufeff" + text.replace("\n", "\r\n")) == WANTED


def test_or_in_a_file_of_their_own(tmp_path: Path) -> None:
    assert choices(tmp_path, FULL.replace("{table}", ""), ".celerify.toml") == WANTED


@pytest.mark.parametrize("text", ["", "[tool.black]\nline-length = 100\n", "[project]\nname = 'x'\n"])
def test_nothing_chosen(tmp_path: Path, text: str) -> None:
    assert choices(tmp_path, text) == Choices()
    assert read_choices(Tree.at(tmp_path)) == Choices()


def test_two_places_are_one_too_many(tmp_path: Path) -> None:
    tree = Tree.at(tmp_path).write("pyproject.toml", b"").write(".celerify.toml", b"beat = true\n")
    with pytest.raises(UsageError, match=r"\.celerify\.toml is not read") as said:
        read_choices(tree)
    assert "[tool.celerify]" in str(said.value.advice)


@pytest.mark.parametrize(
    ("line", "says", "advice"),
    [
        ('brokr = "redis"', "unknown key `brokr` in [tool.celerify]", "did you mean `broker`?"),
        ("zzz = 1", "unknown key `zzz`", "the keys are broker, results, beat"),
        (
            'broker = "kafka"',
            '`broker` in [tool.celerify] in pyproject.toml cannot be "kafka"',
            '"redis" or "rabbitmq"',
        ),
        ("broker = 1", "cannot be 1", '"redis" or "rabbitmq"'),
        ('results = "mongo"', "`results`", '"redis" or "django-db" or "rpc" or "none"'),
        ('beat = "yes"', '`beat` in [tool.celerify] in pyproject.toml cannot be "yes"', "true or false"),
        ('monitoring = "grafana"', "`monitoring`", '"flower"'),
        ("monitoring = 3", "`monitoring`", '"flower"'),
        (
            'deploy = ["compose", "heroku"]',
            '`deploy` in [tool.celerify] in pyproject.toml cannot be "heroku"',
            '"systemd"',
        ),
        ('deploy = ["none", "compose"]', "`deploy`", "alone"),
        ("deploy = 1", "`deploy`", "a list of targets"),
        ('manage = ""', "`manage`", "not empty"),
        ("settings = 1", "`settings`", "not empty"),
        ("waivers = 1", "`waivers`", "a table of items and reasons"),
        ('waivers = {"1.2.5" = ""}', "the waiver of `1.2.5`", "give the reason"),
        ('waivers = {"1.2.5" = true}', "the waiver of `1.2.5`", "give the reason"),
        ('waivers = {" " = "x"}', "the waiver of ` `", "give the reason"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_right(tmp_path: Path, line: str, says: str, advice: str) -> None:
    with pytest.raises(UsageError) as said:
        choices(tmp_path, f"[tool.celerify]\n{line}\n")
    assert says in said.value.what
    assert advice in str(said.value.advice)


def test_a_table_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a table"):
        choices(tmp_path, "[tool]\ncelerify = 1\n")


def test_no_toml_says_the_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"pyproject\.toml is not valid TOML: .*line 2"):
        choices(tmp_path, "[tool.celerify]\nbroker = \n")
    with pytest.raises(UsageError, match="it is not UTF-8"):
        read_choices(Tree.at(tmp_path).write("pyproject.toml", b"x = '\xe9'\n"))


@pytest.mark.parametrize(("written", "read"), [('"compose"', ("compose",)), ('"none"', ()), ("[]", ())])
def test_targets(tmp_path: Path, written: str, read: tuple[str, ...]) -> None:
    assert choices(tmp_path, f"[tool.celerify]\ndeploy = {written}\n").deploy == read


def test_flags_win_and_waivers_add_up() -> None:
    recorded = Choices(broker="redis", beat=True, waivers={"1.1.1": "a"}, start="")
    flags = Choices(broker="rabbitmq", beat=False, waivers={"1.1.2": "b"}, start="backend")
    both = merged(recorded, flags)
    assert both == Choices(
        broker="rabbitmq", beat=False, waivers={"1.1.1": "a", "1.1.2": "b"}, start="backend"
    )
    assert merged(recorded, Choices()) == recorded
