from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from celery.app import defaults

from celerify.facts.celery_app import CeleryApp, ConfigFromObject
from celerify.facts.celery_config import Options, celery_version, read_options
from celerify.facts.dependencies import Dependencies
from celerify.facts.layout import Entry, Layout, Role
from celerify.facts.masking import shown
from celerify.facts.option_names import SINCE, TO_NEW
from celerify.facts.option_sources import interpolated
from celerify.facts.packages.declared import Declared
from celerify.facts.services import Process
from celerify.facts.settings import read_settings
from celerify.facts.sources import Sources
from celerify.facts.values import Binding, Known, Reference, Value
from celerify.model import Location
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

AT = Location("config/celery.py", 5)
DJANGO = "django.conf:settings"


def application(
    conf: Mapping[str, Value] | None = None,
    constructor: Mapping[str, Value] | None = None,
    source: str | None = DJANGO,
    namespace: str | None = "CELERY",
) -> CeleryApp:
    return CeleryApp(
        module="config.celery",
        path="config/celery.py",
        variable="app",
        name="config",
        at=AT,
        settings_default=AT,
        settings_module=None,
        config=(ConfigFromObject(source, namespace, AT),) if source else (),
        autodiscover=(),
        imports=(),
        conf=tuple(Binding(name, value, (AT,)) for name, value in (conf or {}).items()),
        constructor=tuple((constructor or {}).items()),
    )


def celery(specifier: str = "", locked: str | None = None) -> Dependencies:
    declared = Declared("celery", (), specifier, "main", "requirements", Location("requirements.txt"))
    pins = {"celery": (locked, Location("uv.lock"))} if locked else {}
    return Dependencies((declared,), (), pins, None, None, None)


def worker(kind: str = "worker", **environment: str) -> Process:
    at = Location("compose.yaml", 9)
    return Process(kind, "compose", kind, (), None, {}, environment, None, embedded_beat=False, at=at)


class Reading:
    """Reads the options of one settings module; what is not said is Celery 5.7 with the usual application."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __call__(
        self,
        source: str,
        app: CeleryApp | None = None,
        version: str | Dependencies = "5.7.0",
        *processes: Process,
        files: Mapping[str, str] | None = None,
    ) -> Options:
        for path, text in {"settings.py": source, **(files or {})}.items():
            (self._root / path).write_text(dedent(text))
        sources = Sources(Tree.at(self._root))
        entry = Entry("wsgi", Role.DEPLOYED, "settings", "'settings'", "settings.py", Location("settings.py"))
        layout = Layout("manage.py", (), "", ("",), (entry,), None)
        (chain,) = read_settings(sources, layout)
        dependencies = version if isinstance(version, Dependencies) else celery(locked=version)
        return read_options(chain, app or application(), dependencies, processes, sources, layout)


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def said(options: Options, name: str) -> tuple[str, str] | None:
    """Return the value and the origin of an option, or None where it is not set."""
    found = options.options.get(name)
    return (shown(found.value, name), found.origin) if found else None


def known(value: object) -> Known:
    return Known(value, AT)


def test_the_prefix_is_taken_off(read: Reading) -> None:
    found = read("CELERY_TASK_ACKS_LATE = True\nOTHER_TASK_TIME_LIMIT = 5\nBROKER = 1\n")
    assert list(found.options) == ["task_acks_late"]
    assert found.options["task_acks_late"].written == "CELERY_TASK_ACKS_LATE"
    assert found.options["task_acks_late"].via == (Location("settings.py", 1, 1, 1, 29),)
    assert found.unread == ""


@pytest.mark.parametrize(
    ("version", "expected"), [("5.7.0", ("'conf'", "conf")), ("5.6.3", ("'settings'", "settings"))]
)
def test_the_version_decides_between_settings_and_code(
    read: Reading, version: str, expected: tuple[str, str]
) -> None:
    app = application({"task_default_queue": known("conf")})
    found = read("CELERY_TASK_DEFAULT_QUEUE = 'settings'\n", app, version)
    assert said(found, "task_default_queue") == expected
    note = found.options["task_default_queue"].note
    assert "loses" in note
    assert "5.7" in note


def test_the_same_value_in_both_places_needs_no_note(read: Reading) -> None:
    found = read("CELERY_TASK_TIME_LIMIT = 60\n", application({"task_time_limit": known(60)}), "5.6.3")
    assert found.options["task_time_limit"].note == ""


@pytest.mark.parametrize(
    ("version", "expected"), [("5.7.0", ("'code'", "constructor")), ("5.5.3", ("'settings'", "settings"))]
)
def test_the_constructor_counts_as_code(read: Reading, version: str, expected: tuple[str, str]) -> None:
    app = application(constructor={"broker_url": known("code")})
    assert said(read("CELERY_BROKER_URL = 'settings'\n", app, version), "broker_url") == expected


def test_conf_beats_the_constructor(read: Reading) -> None:
    app = application({"broker_url": known("conf")}, {"broker_url": known("made")})
    assert said(read("", app, "5.4.0"), "broker_url") == ("'conf'", "conf")


@pytest.mark.parametrize("version", ["5.4.0", "5.7.0"])
def test_without_a_namespace_code_always_wins_and_old_names_count(read: Reading, version: str) -> None:
    app = application({"broker_url": known("conf")}, namespace=None)
    found = read("BROKER_URL = 'old'\nCELERY_ACKS_LATE = True\nCELERY_TASK_TIME_LIMIT = 5\n", app, version)
    assert said(found, "broker_url") == ("'conf'", "conf")
    assert said(found, "task_acks_late") == ("True", "settings")
    assert "task_time_limit" not in found.options
    assert "no namespace" in found.dead["task_time_limit"].note


OLD = [
    ("BROKER_URL", "broker_url"),
    ("CELERYBEAT_SCHEDULE", "beat_schedule"),
    ("CELERYD_CONCURRENCY", "worker_concurrency"),
    ("CELERY_QUEUES", "task_queues"),
    ("CELERY_ALWAYS_EAGER", "task_always_eager"),
    ("CELERY_TASK_RESULT_EXPIRES", "result_expires"),
    ("CELERYD_TASK_TIME_LIMIT", "task_time_limit"),
]


@pytest.mark.parametrize(("written", "option"), OLD)
def test_old_names_are_dead_before_57_and_alive_from_there(read: Reading, written: str, option: str) -> None:
    dead = read(f"{written} = 1\n", None, "5.6.3")
    assert option not in dead.options
    assert dead.dead[option].written == written
    assert "switches it on" in dead.dead[option].note
    alive = read(f"{written} = 1\n", None, "5.7.0")
    assert said(alive, option) == ("1", "settings")
    assert not alive.dead
    assert "old name" in alive.options[option].note


@pytest.mark.parametrize("version", ["5.6.3", "5.7.0"])
def test_the_new_name_beats_the_old_one(read: Reading, version: str) -> None:
    found = read("BROKER_URL = 'old'\nCELERY_BROKER_URL = 'new'\nBROKER_URL = 'older'\n", None, version)
    assert said(found, "broker_url") == ("'new'", "settings")
    assert not found.dead


def test_a_name_that_is_both_old_and_new_is_alive_everywhere(read: Reading) -> None:
    assert said(read("CELERY_RESULT_BACKEND = 'django-db'\n", None, "5.3.6"), "result_backend") == (
        "'django-db'",
        "settings",
    )


def test_an_option_newer_than_celery_is_dead(read: Reading) -> None:
    found = read("CELERY_TASK_RETRY_ON_WORKER_LOST = True\n", None, "5.6.3")
    assert not found.options
    assert "came with 5.7" in found.dead["task_retry_on_worker_lost"].note


def test_the_environment_of_every_worker_beats_code_and_settings(read: Reading) -> None:
    app = application({"broker_url": known("conf")})
    given = worker(CELERY_BROKER_URL="redis://:pw@broker")
    found = read("CELERY_BROKER_URL = 'settings'\n", app, "5.7.0", given, worker("web"))
    assert said(found, "broker_url") == ("'redis://:***@broker'", "environment")
    some = read("CELERY_BROKER_URL = 'settings'\n", None, "5.7.0", given, worker())
    assert said(some, "broker_url") == ("'settings'", "settings")


def test_settings_that_read_the_variable_are_filled_not_beaten(read: Reading) -> None:
    source = "import os\nCELERY_BROKER_URL = os.environ.get('CELERY_BROKER_URL', 'redis://here')\n"
    found = read(source, None, "5.7.0", worker(CELERY_BROKER_URL="redis://:pw@broker"))
    assert said(found, "broker_url") == (
        "the environment variable CELERY_BROKER_URL (default redis://here)",
        "settings",
    )
    assert (
        found.options["broker_url"].note == "compose.yaml:9 sets CELERY_BROKER_URL to 'redis://:***@broker'"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("redis://redis", "'redis://redis'"),
        ("${URL}", "the environment variable URL"),
        ("${URL:-redis://here}", "the environment variable URL (default redis://here)"),
        ("redis://$HOST:${PORT}/0", "'redis://{HOST}:{PORT}/0'"),
    ],
)
def test_interpolation(text: str, expected: str) -> None:
    assert shown(interpolated(text, AT)) == expected


def test_the_time_zone_is_djangos_unless_set(read: Reading) -> None:
    assert said(read("TIME_ZONE = 'Europe/Berlin'\n"), "timezone") == ("'Europe/Berlin'", "settings")
    own = read("TIME_ZONE = 'Europe/Berlin'\nCELERY_TIMEZONE = 'UTC'\n")
    assert said(own, "timezone") == ("'UTC'", "settings")


def test_settings_named_in_code_are_looked_up(read: Reading) -> None:
    app = application({"broker_url": Reference("django.conf.settings.REDIS_URL", AT)})
    assert said(read("REDIS_URL = 'redis://x'\n", app), "broker_url") == ("'redis://x'", "conf")


def test_conditional_values_stay_open(read: Reading) -> None:
    source = "import os\nif os.environ.get('D'):\n    CELERY_TASK_ALWAYS_EAGER = True\n"
    assert said(read(source), "task_always_eager") == ("True or not set", "settings")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from company.settings import *", "settings.py:1: company.settings"),
        ("try:\n    from local import *\nexcept ImportError:\n    pass", ""),
    ],
)
def test_why_an_absent_option_could_be_set(read: Reading, source: str, expected: str) -> None:
    found = read(source).unread
    assert found.startswith(expected)
    assert bool(found) is bool(expected)


def test_code_that_updates_with_something_unread(read: Reading) -> None:
    found = read("", application({"*": Reference("load", AT)}))
    assert found.unread == "config/celery.py:5: the application is given options that cannot be read"
    assert not found.options


def test_code_that_updates_with_a_setting(read: Reading) -> None:
    app = application({"*": Reference("django.conf.settings.OPTIONS", AT)})
    found = read("OPTIONS = {'task_acks_late': True}\n", app)
    assert said(found, "task_acks_late") == ("True", "conf")
    assert not found.unread


def test_a_module_of_its_own(read: Reading) -> None:
    app = application(source="celeryconfig", namespace=None)
    files = {"celeryconfig.py": "broker_url = 'redis://x'\ntask_acks_late = True\n"}
    found = read("CELERY_TASK_ACKS_LATE = False\n", app, files=files)
    assert said(found, "broker_url") == ("'redis://x'", "settings")
    assert said(found, "task_acks_late") == ("True", "settings")


def test_a_class_of_its_own(read: Reading) -> None:
    app = application(source="celeryconfig.Config", namespace=None)
    files = {"celeryconfig.py": "class Config:\n    task_acks_late = True\n"}
    assert said(read("", app, files=files), "task_acks_late") == ("True", "settings")


def test_a_dict_in_the_settings(read: Reading) -> None:
    app = application(source=f"{DJANGO}.CELERY", namespace=None)
    found = read("CELERY = {'task_acks_late': True, 'BROKER_URL': 'redis://x'}\n", app)
    assert said(found, "task_acks_late") == ("True", "settings")
    assert said(found, "broker_url") == ("'redis://x'", "settings")


def test_an_application_whose_configuration_cannot_be_read(read: Reading) -> None:
    found = read("CELERY_TASK_ACKS_LATE = True\n", application(source="nowhere.to.be.found"))
    assert not found.options
    assert found.unread


@pytest.mark.parametrize(
    ("text", "unread"),
    [("def set_up(app):\n    app.config_from_object('settings')\n", True), ("x = 1\n", False)],
)
def test_an_application_that_nothing_configures_reads_no_settings(
    read: Reading, text: str, *, unread: bool
) -> None:
    found = read("CELERY_TASK_ACKS_LATE = True\n", application(source=None), files={"other.py": text})
    assert not found.options
    assert bool(found.unread) is unread


def test_without_an_application_the_usual_prefix_counts(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text("CELERY_TASK_ACKS_LATE = True\n")
    sources = Sources(Tree.at(tmp_path))
    entry = Entry("wsgi", Role.DEPLOYED, "settings", "'settings'", "settings.py", Location("settings.py"))
    (chain,) = read_settings(sources, Layout("manage.py", (), "", ("",), (entry,), None))
    found = read_options(chain, None, celery(), ())
    assert found.namespace == "CELERY"
    assert said(found, "task_acks_late") == ("True", "settings")


@pytest.mark.parametrize(
    ("dependencies", "expected"),
    [
        (celery(locked="5.4.0"), (5, 4)),
        (celery("==5.5.3"), (5, 5)),
        (celery(">=5.3,<5.6"), (5, 5)),
        (celery("~=5.4.0"), (5, 4)),
        (celery(), (5, 7)),
    ],
)
def test_the_version_is_the_locked_one_else_the_newest_allowed(
    dependencies: Dependencies, expected: tuple[int, int]
) -> None:
    version, guessed = celery_version(dependencies)
    assert version == expected
    assert bool(guessed) is (dependencies.version("celery") is None)


def test_a_guessed_version_is_said_where_it_decides(read: Reading) -> None:
    app = application({"task_time_limit": known(5)})
    found = read("CELERY_TASK_TIME_LIMIT = 9\n", app, celery("<5.7"))
    assert "not locked" in found.options["task_time_limit"].note


def test_the_names_are_those_of_the_installed_celery() -> None:
    installed = {name for name, _ in defaults.flatten(defaults.NAMESPACES)}
    assert installed <= SINCE.keys()
    assert {name for name, version in SINCE.items() if version == (5, 7)} <= installed
    assert dict(TO_NEW) == defaults._TO_NEW_KEY
