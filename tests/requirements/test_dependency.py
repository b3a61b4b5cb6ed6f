from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, ClassVar

import pytest

from celerify.errors import CannotWriteError, RefusedError
from celerify.facts.celery_config import Option, Options
from celerify.facts.choices import Choices
from celerify.facts.layout import Entry, Layout, Role
from celerify.facts.services import Process
from celerify.facts.settings import Settings
from celerify.facts.values import Either, Env, Known
from celerify.model import Location, Observation
from celerify.project import Project
from celerify.requirements.broker_client import BrokerClient
from celerify.requirements.dependency import Dependency
from celerify.requirements.dependency_edit import operator_of
from celerify.requirements.pinned import Pinned
from celerify.requirements.when_dependencies import no_beat, no_database_results, no_flower
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.model import Fixable

AT = Location("settings.py")
ENTRY = Entry("wsgi", Role.DEPLOYED, "settings", '"settings"', "settings.py", AT)
SETTINGS = Settings(ENTRY, "settings.py", (), {}, ())


class Small(Project):
    """A project whose dependencies are read, and nothing else."""

    layout: ClassVar[Layout] = Layout("manage.py", (), "", ("",), (), None)
    options: ClassVar[tuple[Options, ...]] = ()
    deployed = ()
    processes: ClassVar[tuple[Process, ...]] = ()


def project(folder: Path, files: dict[str, str], **choices: object) -> Project:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return Small(Tree.at(folder), Choices(**choices))  # type: ignore[arg-type]


def fixed(requirement: Fixable, before: Project, path: str = "requirements.txt") -> str:
    after = requirement.fix(before)
    assert all(seen.holds for seen in requirement.observe(after))
    assert {change.path for change in after.tree.changes_since(before.tree)} == {path}
    return after.tree.text(path)


def seen(requirement: Fixable, found: Project) -> list[bool | None]:
    return [observation.holds for observation in requirement.observe(found)]


CELERY = Dependency("celery")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Django==5.2.1\n", "Django==5.2.1\ncelery[redis]==5.7.0\n"),
        ("Django~=5.2\ngunicorn~=23.0\n", "Django~=5.2\ngunicorn~=23.0\ncelery[redis]~=5.7.0\n"),
        ("Django>=5.2,<6\n", "Django>=5.2,<6\ncelery[redis]>=5.7,<5.8\n"),
        ("Django\n", "Django\ncelery[redis]>=5.7,<5.8\n"),
        ("Django==2.2.14\n", "Django==2.2.14\ncelery[redis]==5.5.3\n"),
        ("Django\nredis~=8.0.0\n", "Django\nredis~=8.0.0\ncelery[redis]~=5.7.0\n"),
        ("Django\nredis==6.2.0\n", "Django\nredis==6.2.0\ncelery[redis]==5.6.3\n"),
        ("Django\nredis>=4,<6\n", "Django\nredis>=4,<6\ncelery[redis]>=5.6,<5.7\n"),
        ("Django\npackaging<26\n", "Django\npackaging<26\ncelery>=5.7,<5.8\nredis>=6.4,<9\n"),
        ("Django\npackaging<26\nredis>=7\n", "celery>=5.7,<5.8\nDjango\npackaging<26\nredis>=7\n"),
    ],
)
def test_celery_beside_what_is_there(tmp_path: Path, before: str, after: str) -> None:
    found = project(tmp_path, {"requirements.txt": before})
    assert fixed(CELERY, found) == after
    assert seen(BrokerClient(), CELERY.fix(found)) == [True]


def test_redis_that_no_celery_can_use_is_left_to_a_person(tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError) as caught:
        CELERY.fix(project(tmp_path, {"requirements.txt": "Django\nredis==3.5.3\n"}))
    assert "redis==3.5.3" in caught.value.what
    assert caught.value.snippet == "celery[redis]>=5.7,<5.8"


def test_python_decides_the_release_line(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\nrequires-python = ">=3.9"\ndependencies = ["django"]\n'
    after = fixed(CELERY, project(tmp_path, {"pyproject.toml": text}), "pyproject.toml")
    assert tomllib.loads(after)["project"]["dependencies"] == ["django", "celery[redis]>=5.6,<5.7"]


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "^5.2"\nattrs = "^24"\n',
            'celery = {extras = ["redis"], version = "~5.7"}',
        ),
        (
            "pyproject.toml",
            '[project]\nname = "x"\n[dependency-groups]\nweb = [\n    "django~=5.2",\n]\n',
            '    "celery[redis]~=5.7.0",',
        ),
        ("Pipfile", '[packages]\ndjango = "~=5.2"\n', 'celery = {extras = ["redis"], version = "~=5.7.0"}'),
        ("setup.cfg", "[options]\ninstall_requires =\n\tdjango\n", "\tcelery[redis]>=5.7,<5.8"),
    ],
)
def test_every_kind_of_file(tmp_path: Path, path: str, text: str, line: str) -> None:
    assert fixed(CELERY, project(tmp_path, {path: text}), path).splitlines().count(line) == 1


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({"setup.py": "setup(install_requires=['django'])\n"}, "setup.py: a setup.py file is not edited"),
        ({"environment.yml": "dependencies:\n  - django\n"}, "environment.yml: a conda file is not edited"),
        (
            {"requirements.txt": "django==5 --hash=sha256:00\n"},
            "requirements.txt: every requirement in it needs",
        ),
        (
            {
                "requirements.txt": "# This file is autogenerated by pip-compile\n"
                "#    pip-compile x.in\ndjango==5\n"
            },
            "requirements.txt is compiled by `pip-compile x.in` from x.in",
        ),
        (
            {"pyproject.toml": '[project]\nname = "x"\ndynamic = ["dependencies"]\n'},
            "pyproject.toml: there is no project.dependencies",
        ),
    ],
)
def test_what_is_left_to_a_person(tmp_path: Path, files: dict[str, str], what: str) -> None:
    with pytest.raises(CannotWriteError) as caught:
        CELERY.fix(project(tmp_path, files))
    assert caught.value.what.startswith(what)
    assert "celery[redis]" in caught.value.snippet
    assert caught.value.path == next(iter(files))


def test_without_any_file_a_new_one_holds_our_lines_only(tmp_path: Path) -> None:
    found = project(tmp_path, {})
    assert CELERY.vacancy(found).summary == "celery is not declared: there is no dependency file"
    assert fixed(CELERY, found) == "celery[redis]>=5.7,<5.8\n"


@pytest.mark.parametrize(
    ("django", "fits"), [("==6.0.3", True), ("==6.1", False), (">=5.2", True), ("<=6.2", True)]
)
def test_beat_stays_below_django_6_1(tmp_path: Path, *, django: str, fits: bool) -> None:
    found = project(tmp_path, {"requirements.txt": f"Django{django}\n"})
    beat = Dependency("django-celery-beat")
    if fits:
        assert "django-celery-beat" in fixed(beat, found)
        return
    with pytest.raises(CannotWriteError, match=r"supports Django 6\.1"):
        beat.fix(found)


def test_missing_beat_says_where_no_release_fits(tmp_path: Path) -> None:
    without = Dependency("django-celery-beat").vacancy(
        project(tmp_path, {"requirements.txt": "Django==6.1\n"})
    )
    assert without.summary == (
        "django-celery-beat is not declared in requirements.txt, and no release supports Django 6.1 yet"
    )


def test_development_groups_count_for_flower_only(tmp_path: Path) -> None:
    text = (
        '[project]\nname = "x"\ndependencies = ["django"]\n[dependency-groups]\ndev = ["celery", "flower"]\n'
    )
    found = project(tmp_path, {"pyproject.toml": text})
    assert seen(CELERY, found) == [False]
    assert seen(Dependency("flower", any_group=True), found) == [True]


def test_unread_file_that_names_it_makes_it_unknown(tmp_path: Path) -> None:
    found = project(tmp_path, {"setup.py": "setup(install_requires=REQUIRES + ['celery'])\n"})
    assert seen(CELERY, found) == [None]
    assert seen(Dependency("flower"), found) == []


@pytest.mark.parametrize(
    ("lines", "holds"),
    [
        ("celery[redis]==5.4.0", [True]),
        ("celery==5.7.0\nkombu[redis]", [True]),
        ("celery==5.7.0", []),
        ("celery==5.7.0\nredis==8.0.1", []),
        ("celery==5.7.0\nredis==8.0.1\npackaging", [True]),
        ("celery==5.6.3\nredis==7.4.0\nkombu==5.6.2", [True]),
        ("celery==5.6.3\nredis==5.0.1", [False]),
        ("celery~=5.5.1\nredis==5.0.1", [True]),
        ("celery==5.5.3\nredis==5.0.1", [True]),
        ("celery>=5.5\nredis==5.0.1", [False]),
        ("celery==5.5.3\nredis==3.1.0", [False]),
        ("celery==5.7.0\nredis>=5\npackaging", [True]),
    ],
)
def test_client_for_redis(tmp_path: Path, lines: str, holds: list[bool]) -> None:
    found = project(tmp_path, {"requirements.txt": f"Django\n{lines}\n"}, broker="redis")
    assert seen(BrokerClient(), found) == holds


def test_a_lock_file_settles_kombu_and_packaging(tmp_path: Path) -> None:
    names = {"celery": "5.7.0", "kombu": "5.7.0", "redis": "8.0.1", "packaging": "26.2"}
    lock = "".join(
        f'[[package]]\nname = "{name}"\nversion = "{version}"\n\n' for name, version in names.items()
    )
    text = '[project]\nname = "x"\ndependencies = ["django", "celery", "redis"]\n'
    assert seen(BrokerClient(), project(tmp_path, {"pyproject.toml": text, "uv.lock": lock})) == [True]


@pytest.mark.parametrize(
    ("broker", "lines", "holds"),
    [
        ("rabbitmq", "celery", [True]),
        ("sqs", "celery", []),
        ("sqs", "celery\nboto3", [True]),
        ("new", "celery", [None]),
    ],
)
def test_client_for_other_brokers(tmp_path: Path, broker: str, lines: str, holds: list[bool | None]) -> None:
    assert (
        seen(BrokerClient(), project(tmp_path, {"requirements.txt": f"Django\n{lines}\n"}, broker=broker))
        == holds
    )


def test_every_broker_that_may_be_used_needs_its_client(tmp_path: Path) -> None:
    value = Either((Known("amqp://host", AT), Known("rediss://host", AT)), AT)
    url = Option("broker_url", "CELERY_BROKER_URL", value, (AT,), "settings")

    class Both(Small):
        options: ClassVar[tuple[Options, ...]] = (Options(SETTINGS, "CELERY", {"broker_url": url}, {}, ""),)

    (tmp_path / "requirements.txt").write_bytes(b"Django\ncelery==5.4.0\n")
    found = Both(Tree.at(tmp_path))
    assert seen(BrokerClient(), found) == []
    assert "its redis extra for the broker redis" in BrokerClient().vacancy(found).summary
    assert fixed(BrokerClient(), found) == "Django\ncelery[redis]==5.4.0\n"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("requirements.txt", "Django\ncelery~=5.7.0  # tasks\n", "Django\ncelery[redis]~=5.7.0  # tasks\n"),
        (
            "pyproject.toml",
            '[project]\nname = "x"\ndependencies = ["django", "Celery >=5.7"]\n',
            '[project]\nname = "x"\ndependencies = ["django", "Celery[redis] >=5.7"]\n',
        ),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\ndjango = "*"\ncelery = "^5.7"\n',
            '[tool.poetry.dependencies]\ndjango = "*"\ncelery = {extras = ["redis"], version = "^5.7"}\n',
        ),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n  django\n  celery>=5.7\n",
            "[options]\ninstall_requires =\n  django\n  celery[redis]>=5.7\n",
        ),
    ],
)
def test_an_extra_is_added_and_nothing_else(tmp_path: Path, path: str, before: str, after: str) -> None:
    assert fixed(BrokerClient(), project(tmp_path, {path: before}), path) == after


def test_an_extra_that_cannot_be_installed_is_not_added(tmp_path: Path) -> None:
    found = project(tmp_path, {"requirements.txt": "Django\ncelery==5.7.0\nredis==6.2.0\n"})
    assert seen(BrokerClient(), found) == []
    with pytest.raises(CannotWriteError, match="cannot be installed together"):
        BrokerClient().fix(found)


def test_a_broker_that_cannot_be_told_is_unknown_unless_redis_is_served_anyway(tmp_path: Path) -> None:
    url = Option("broker_url", "CELERY_BROKER_URL", Env("BROKER", None, AT), (AT,), "settings")

    class Unsettled(Small):
        options: ClassVar[tuple[Options, ...]] = (Options(SETTINGS, "CELERY", {"broker_url": url}, {}, ""),)

    (tmp_path / "requirements.txt").write_bytes(b"Django\ncelery==5.4.0\n")
    assert seen(BrokerClient(), Unsettled(Tree.at(tmp_path))) == [None]
    served = Unsettled(Tree.at(tmp_path)).write("requirements.txt", b"Django\ncelery[redis]==5.4.0\n")
    assert seen(BrokerClient(), served) == [True]


@pytest.mark.parametrize(
    ("lines", "holds"),
    [
        ("celery[redis]==5.4.0\nflower~=2.0", [True, True]),
        ("celery>=5.4", [False]),
        ("celery\n-c pins.txt", [True]),
        ("redis", []),
    ],
)
def test_pinned(tmp_path: Path, lines: str, holds: list[bool]) -> None:
    files = {"requirements.txt": f"Django\n{lines}\n", "pins.txt": "celery==5.4.0\n"}
    assert seen(Pinned(("celery", "redis", "flower")), project(tmp_path, files)) == holds


def test_when_they_do_not_apply(tmp_path: Path) -> None:
    text = "Django\ncelery-redbeat\n"
    found = project(tmp_path, {"requirements.txt": text}, monitoring="none", results="redis")
    assert no_beat(found) == "celery-redbeat schedules instead (requirements.txt:2)"
    assert no_flower(found) == "chosen: no monitoring"
    assert no_database_results(found) == "chosen: results go to redis"
    declared = found.write("requirements.txt", b"Django\ndjango-celery-beat\nflower\ndjango-celery-results\n")
    assert (no_beat(declared), no_flower(declared), no_database_results(declared)) == (None, None, None)


@pytest.mark.parametrize(
    ("constraints", "style", "operator"),
    [
        (["==1", "==2", ">=3"], "requirements", "=="),
        (["~=1.0", "~=2.0", "==1"], "requirements", "~="),
        (["^1", "^2"], "poetry", "^"),
        (["^1", "^2"], "pipenv", ">="),
        (["", ""], "requirements", ">="),
        ([], "requirements", ">="),
        (["1.2.3"], "poetry", "=="),
    ],
)
def test_operator_of_neighbours(constraints: list[str], style: str, operator: str) -> None:
    assert operator_of(constraints, style) == operator


def test_an_image_stands_in_for_a_package(tmp_path: Path) -> None:
    class Deployed(Small):
        processes: ClassVar[tuple[Process, ...]] = (
            Process("flower", "compose", "watch", (), None, {}, {}, "docker.io/mher/flower:2.0", False, AT),
        )

    (tmp_path / "requirements.txt").write_bytes(b"Django\n")
    found = Deployed(Tree.at(tmp_path))
    assert list(Dependency("flower", any_group=True, image="mher/flower").observe(found)) == [
        Observation(holds=True, summary="the service watch runs docker.io/mher/flower:2.0", at=AT)
    ]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"requirements.txt": "Django==1.10.5\n"}, "uses Django 1.10"),
        ({"requirements.txt": "Django==2.2\n", "runtime.txt": "python-3.6.2\n"}, "uses Python 3.6"),
    ],
)
def test_a_project_too_old_for_celery_is_refused_whole(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    with pytest.raises(RefusedError, match=said) as caught:
        Dependency("celery").fix(project(tmp_path, files))
    assert "run `celerify init` again" in (caught.value.advice or "")


@pytest.mark.parametrize(
    ("django", "celery"),
    [
        ("django >=5.2", "celery[redis] >=5.7,<5.8"),
        ("django (>=5.2,<6.0)", "celery[redis] (>=5.7,<5.8)"),
        ("django>=5.2", "celery[redis]>=5.7,<5.8"),
    ],
)
def test_versions_are_spaced_as_the_neighbours_are(tmp_path: Path, django: str, celery: str) -> None:
    text = f'[project]\nname = "a"\nversion = "1"\ndependencies = [\n  "{django}",\n  "a-b-c",\n]\n'
    after = fixed(Dependency("celery"), project(tmp_path, {"pyproject.toml": text}), "pyproject.toml")
    assert f'  "{celery}",\n' in after
