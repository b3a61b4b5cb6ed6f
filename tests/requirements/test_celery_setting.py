"""One Celery option: what fills its slot in each deployed chain, and what is written into a free one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from celerify.facts.celery_config import Option, Options
from celerify.facts.layout import Entry, Role
from celerify.facts.services import Process
from celerify.facts.settings import Settings
from celerify.facts.values import Either, Env, Known, Unset, Value
from celerify.model import Location, Observation
from celerify.project import Project
from celerify.requirements.any_of import AnyOf
from celerify.requirements.celery_setting import CelerySetting
from celerify.requirements.setting_values import address, one, true
from celerify.rules._bases import BARE
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

PATH = "config/settings.py"
AT = Location(PATH, 9)
ACKS = CelerySetting("task_acks_late", true, "True", "At least once.")
PREFETCH = CelerySetting("worker_prefetch_multiplier", one, "1", flag="prefetch-multiplier")


def chain(module: str = "config.settings", **options: Value) -> Options:
    entry = Entry("wsgi", Role.DEPLOYED, module, module, PATH, Location("config/wsgi.py", 1))
    found = {
        name: Option(name, f"CELERY_{name.upper()}", value, (AT,), "settings")
        for name, value in options.items()
    }
    return Options(Settings(entry, PATH, (PATH,), {}, ()), "CELERY", found, {}, "")


def project_with(folder: Path, *chains: Options, processes: tuple[Process, ...] = ()) -> Project:
    for name, text in BARE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    project = Project(Tree.at(folder))
    project.__dict__["options"] = chains
    project.__dict__["deployed"] = tuple(options.settings for options in chains)
    project.__dict__["celery_app"] = None
    project.__dict__["processes"] = processes
    return project


def worker(**options: str) -> Process:
    return Process(
        kind="worker",
        target="procfile",
        name="worker",
        command=(),
        queues=None,
        options=options,
        environment={},
        image=None,
        embedded_beat=False,
        at=Location("Procfile", 1),
    )


def seen(requirement: CelerySetting | AnyOf, project: Project) -> list[Observation]:
    return list(requirement.observe(project))


def test_nothing_fills_it(tmp_path: Path) -> None:
    project = project_with(tmp_path, chain())
    assert seen(ACKS, project) == []
    vacancy = ACKS.vacancy(project)
    assert (vacancy.holds, vacancy.summary) == (False, "task_acks_late is not set")
    assert vacancy.at is not None
    assert vacancy.at.path == PATH


def test_set_in_one_place_for_all_chains(tmp_path: Path) -> None:
    project = project_with(tmp_path, chain(task_acks_late=Known(1, AT)), chain(task_acks_late=Known(1, AT)))
    assert seen(ACKS, project) == [Observation(holds=True, summary="task_acks_late is 1", at=AT)]


def test_a_chain_without_it_is_named(tmp_path: Path) -> None:
    project = project_with(tmp_path, chain("config.prod", task_acks_late=Known(1, AT)), chain("config.asgi"))
    assert [(one.holds, one.summary) for one in seen(ACKS, project)] == [
        (True, "task_acks_late is 1 in config.prod"),
        (False, "task_acks_late is not set in config.asgi"),
    ]


def test_what_depends_on_a_condition_is_unknown(tmp_path: Path) -> None:
    value = Either((Known(1, AT), Unset(AT)), AT)
    assert [one.holds for one in seen(ACKS, project_with(tmp_path, chain(task_acks_late=value)))] == [None]


def test_a_variable_without_default_gives_the_broker(tmp_path: Path) -> None:
    broker = CelerySetting("broker_url", address)
    project = project_with(tmp_path, chain(broker_url=Env("BROKER", None, AT)))
    assert [(one.holds, one.summary) for one in seen(broker, project)] == [
        (True, "broker_url comes from the environment variable BROKER")
    ]


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    broker = CelerySetting("broker_url", address)
    url = Known("amqp://user:hunter2@broker:5672//", AT)
    (found,) = seen(broker, project_with(tmp_path, chain(broker_url=url)))
    assert "hunter2" not in found.summary


def test_an_old_name_is_no_vacancy(tmp_path: Path) -> None:
    dead = {"broker_url": Option("broker_url", "BROKER_URL", Known("redis://x", AT), (AT,), "settings")}
    options = chain()
    project = project_with(tmp_path, Options(options.settings, "CELERY", {}, dead, ""))
    assert [
        (one.holds, "BROKER_URL" in one.summary) for one in seen(CelerySetting("broker_url"), project)
    ] == [(False, True)]


def test_what_could_not_be_read_is_unknown(tmp_path: Path) -> None:
    project = project_with(
        tmp_path, Options(chain().settings, "CELERY", {}, {}, "from secrets import * in x.py")
    )
    (found,) = seen(ACKS, project)
    assert found.holds is None
    assert "from secrets import *" in found.summary


@pytest.mark.parametrize(
    ("flags", "setting", "holds"),
    [
        (("1", "1"), None, [True, True]),
        (("1", "1"), 4, [True, True]),
        (("8", "1"), 1, [False, True]),
        (("1", None), None, [True, False]),
        (("1", None), 1, [True, True]),
        (("x", "x"), 1, [False, False]),
    ],
)
def test_the_command_line_wins(
    flags: tuple[str | None, ...], setting: int | None, holds: list[bool], tmp_path: Path
) -> None:
    workers = [worker(**({"prefetch-multiplier": flag} if flag else {})) for flag in flags]
    workers = [replace(each, name=f"w{number}") for number, each in enumerate(workers)]
    options = chain() if setting is None else chain(worker_prefetch_multiplier=Known(setting, AT))
    project = project_with(tmp_path, options, processes=tuple(workers))
    assert [one.holds for one in seen(PREFETCH, project)] == holds


def test_it_is_written_with_its_comment(tmp_path: Path) -> None:
    project = project_with(tmp_path, chain())
    fixed = ACKS.fix(project)
    assert fixed.tree.text(PATH).endswith("\n# At least once.\nCELERY_TASK_ACKS_LATE = True\n")


def test_it_is_not_written_for_a_celery_that_does_not_know_it(tmp_path: Path) -> None:
    new = CelerySetting("task_retry_on_worker_lost", value="True", since=(5, 7))
    project = project_with(tmp_path, chain())
    old = project.write("requirements.txt", b"celery>=5.5,<6\n")
    for name in ("options", "deployed", "celery_app", "processes"):
        old.__dict__[name] = project.__dict__[name]
    assert new.fix(old) is old
    assert new.fix(project) is not project


def test_any_of_reports_the_one_that_holds(tmp_path: Path) -> None:
    either = AnyOf((ACKS, PREFETCH))
    wrong, right = Known(0, AT), Known(1, AT)
    project = project_with(tmp_path, chain(task_acks_late=wrong, worker_prefetch_multiplier=right))
    assert [one.holds for one in seen(either, project)] == [True]
    assert seen(either, project_with(tmp_path, chain())) == []
    assert either.vacancy(project).summary == "task_acks_late is not set"
    assert "CELERY_TASK_ACKS_LATE = True" in either.fix(project_with(tmp_path, chain())).tree.text(PATH)
