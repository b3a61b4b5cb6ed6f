"""Which broker and result backend a project gets, and the URLs that are written for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.celery_config import Option, Options
from celerify.facts.choices import Choices
from celerify.facts.layout import Entry, Role
from celerify.facts.services import Process
from celerify.facts.settings import Settings
from celerify.facts.values import Binding, Entries, Env, Known, Text, Value
from celerify.model import Location
from celerify.project import Project
from celerify.requirements.decisions import broker_choice, results_choice
from celerify.requirements.settings_place import Home
from celerify.requirements.urls import broker_expression, results_expression
from celerify.rules._bases import BARE
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PATH = "config/settings.py"
AT = Location(PATH, 4)
HOME = Home(PATH, None, "CELERY_")


def project_with(
    folder: Path,
    options: Mapping[str, Value] | None = None,
    *,
    bindings: Mapping[str, Value] | None = None,
    image: str = "",
    requirements: str = "Django>=5.2\n",
    settings: str = BARE[PATH],
    **choices: str,
) -> Project:
    for name, text in {**BARE, "requirements.txt": requirements, PATH: settings}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    project = Project(Tree.at(folder), Choices(**choices))  # type: ignore[arg-type]
    entry = Entry("wsgi", Role.DEPLOYED, "config.settings", "", PATH, AT)
    bound = {name: Binding(name, value, (AT,)) for name, value in (bindings or {}).items()}
    chain = Settings(entry, PATH, (PATH,), bound, ())
    found = {name: Option(name, name, value, (AT,), "settings") for name, value in (options or {}).items()}
    broker = Process(
        "broker",
        "compose",
        "queue",
        (),
        None,
        {},
        {},
        image,
        embedded_beat=False,
        at=Location("compose.yaml", 3),
    )
    project.__dict__["options"] = (Options(chain, "CELERY", found, {}, ""),)
    project.__dict__["deployed"] = (chain,)
    project.__dict__["processes"] = (broker,) if image else ()
    return project


@pytest.mark.parametrize(
    ("value", "broker"),
    [
        (Known("redis://x/0", AT), "redis"),
        (Known("rediss://x/0", AT), "redis"),
        (Known("sentinel://x/0", AT), "redis"),
        (Known("amqp://x//", AT), "rabbitmq"),
        (Known("sqs://", AT), "sqs"),
        (Env("BROKER", Known("amqp://x//", AT), AT), "rabbitmq"),
        (Text((Known("redis://", AT), Env("HOST", None, AT)), AT), "redis"),
    ],
)
def test_the_broker_is_that_of_its_url(value: Value, broker: str, tmp_path: Path) -> None:
    found = broker_choice(project_with(tmp_path, {"broker_url": value}))
    assert (found.value, found.at) == (broker, AT)


@pytest.mark.parametrize(
    ("image", "broker"),
    [
        ("redis:7-alpine", "redis"),
        ("docker.io/valkey/valkey:8", "redis"),
        ("rabbitmq:4-management", "rabbitmq"),
        ("redislabs/rejson", "redis"),
    ],
)
def test_the_broker_is_that_of_the_services(image: str, broker: str, tmp_path: Path) -> None:
    assert broker_choice(project_with(tmp_path, image=image)).value == broker


@pytest.mark.parametrize(
    ("requirements", "broker"),
    [
        ("django-redis>=5\n", "redis"),
        ("celery[redis]>=5\n", "redis"),
        ("pika\n", "rabbitmq"),
        ("Django\n", "redis"),
    ],
)
def test_the_broker_is_that_of_the_dependencies(requirements: str, broker: str, tmp_path: Path) -> None:
    assert broker_choice(project_with(tmp_path, requirements=requirements)).value == broker


def test_a_choice_wins(tmp_path: Path) -> None:
    project = project_with(tmp_path, image="redis:7", broker="rabbitmq")
    assert broker_choice(project).value == "rabbitmq"
    assert results_choice(project).value == "rpc"
    assert results_choice(project_with(tmp_path, results="django-db")).value == "django-db"


@pytest.mark.parametrize(
    ("url", "results"),
    [
        ("redis://x/1", "redis"),
        ("django-db", "django-db"),
        ("rpc://", "rpc"),
        ("disabled://", "none"),
        ("db+sqlite", "db+sqlite"),
    ],
)
def test_results_are_those_of_their_url(url: str, results: str, tmp_path: Path) -> None:
    assert results_choice(project_with(tmp_path, {"result_backend": Known(url, AT)})).value == results


def caches(location: Value) -> Entries:
    key = Known("LOCATION", AT)
    return Entries(((Known("default", AT), Entries(((key, location),), AT)),), AT)


def written(project: Project) -> tuple[str, str]:
    broker, results = broker_expression(project, HOME), results_expression(project, HOME)
    return (broker.text if broker else "", results.text if results else "")


def test_the_default_urls(tmp_path: Path) -> None:
    assert written(project_with(tmp_path)) == (
        'os.environ.get("CELERY_BROKER_URL", "redis://localhost:6379/0")',
        'os.environ.get("CELERY_RESULT_BACKEND", "redis://localhost:6379/1")',
    )


def test_a_database_of_a_cache_is_left_alone(tmp_path: Path) -> None:
    project = project_with(tmp_path, bindings={"CACHES": caches(Known("redis://127.0.0.1:6379", AT))})
    assert [text.rpartition("/")[2] for text in written(project)] == ['1")', '2")']


def test_a_database_named_at_the_end_of_a_composed_url_is_left_alone(tmp_path: Path) -> None:
    composed = Text((Env("REDIS_URL", None, AT), Known("/0", AT)), AT)
    project = project_with(tmp_path, bindings={"CACHES": caches(composed)})
    assert [text.rpartition("/")[2] for text in written(project)] == ['1")', '2")']


def test_results_avoid_the_database_of_the_broker(tmp_path: Path) -> None:
    project = project_with(tmp_path, {"broker_url": Known("redis://x:6379/1", AT)})
    assert written(project)[1].endswith('6379/0")')


REDIS = BARE[PATH] + 'REDIS_URL = os.environ["REDIS_URL"]\n'


@pytest.mark.parametrize(
    ("bindings", "reused"),
    [
        ({"REDIS_URL": Env("REDIS_URL", None, AT)}, True),
        ({"REDIS_URL": Env("REDIS_URL", Known("redis://x/0", AT), AT)}, True),
        ({"REDIS_URL": Env("REDIS_URL", Known(None, AT), AT)}, False),
        ({"REDIS_URL": Env("REDIS_URL", Known("", AT), AT)}, False),
        ({"REDIS_URL": Env("REDIS_URL", None, AT), "CACHES": caches(Env("REDIS_URL", None, AT))}, False),
        ({}, False),
    ],
)
def test_redis_url_is_reused_where_no_cache_lives_on_it(
    bindings: dict[str, Value], *, reused: bool, tmp_path: Path
) -> None:
    broker, _ = written(project_with(tmp_path, bindings=bindings, settings=REDIS))
    assert (broker == 'os.environ.get("CELERY_BROKER_URL", REDIS_URL)') is reused


def test_a_broker_that_celerify_does_not_set_up(tmp_path: Path) -> None:
    assert broker_expression(project_with(tmp_path, {"broker_url": Known("sqs://", AT)}), HOME) is None


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("redis://redis:6379/0", "redis:6379"),
        ("redis://cache", "cache:6379"),
        ("redis://:secret@redis:6379/0", "localhost:6379"),
        ("rediss://redis:6379/0", "localhost:6379"),
    ],
)
def test_the_redis_that_the_settings_name_is_kept(url: str, server: str, tmp_path: Path) -> None:
    project = project_with(tmp_path, bindings={"REDIS_URL": Env("REDIS_URL", Known(url, AT), AT)})
    written = results_expression(project, HOME)
    assert written is not None
    assert f"redis://{server}/1" in written.text


def test_a_database_of_a_cache_in_other_settings_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    folder.joinpath("prod.py").write_text(
        'CACHES = {\n    "a": {"LOCATION": SECRETS.get("a", "redis://localhost:6379")},\n'
        '    "b": {"LOCATION": "redis://localhost:6379/2"},\n}\n'
    )
    assert [text.rpartition("/")[2] for text in written(project_with(tmp_path))] == ['1")', '3")']
