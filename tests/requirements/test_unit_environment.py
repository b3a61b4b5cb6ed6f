"""Environment files of units: which file is the example of which, and what in one is a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.project import Project
from celerify.requirements.systemd_environment import EnvironmentExample
from celerify.requirements.unit_environment import settings_module, variables
from celerify.rules._bases import WIRED
from celerify.tree import Tree
from commands import lay

if TYPE_CHECKING:
    from pathlib import Path

UNIT = "[Service]\nEnvironmentFile={}\nExecStart=/srv/x/bin/celery -A config worker\n"


def seen(folder: Path, files: dict[str, str]) -> list[tuple[bool | None, str]]:
    project = Project(Tree.at(lay(folder, WIRED | files)))
    return [(one.holds, one.summary) for one in EnvironmentExample().observe(project)]


@pytest.mark.parametrize(
    ("named", "example"),
    [
        ("/etc/default/celery", "deploy/celery.env.example"),
        ("-/etc/default/celery", "etc/default/celery"),
        ("/etc/conf.d/celery", "celery.sample"),
        ("/etc/shop/celery.env", "ansible/templates/celery.env.j2"),
        ("/srv/shop/.env", ".env.example"),
        ("/srv/shop/.env", "deploy/.env.dist"),
        ("/etc/shop.conf", "deploy/shop.conf.template"),
    ],
)
def test_an_example_goes_by_its_name(named: str, example: str, tmp_path: Path) -> None:
    files = {"deploy/w.service": UNIT.format(named), example: "CELERY_BROKER_URL=redis://localhost\n"}
    assert [holds for holds, _ in seen(tmp_path, files)] == [True]


@pytest.mark.parametrize(
    ("example", "text"),
    [
        ("deploy/other.env.example", "A=b\n"),
        ("deploy/celery.conf", "[program:celery]\ncommand=celery\n"),
        ("logrotate/celery", "/var/log/celery.log {\n  weekly\n}\n"),
        ("config/celery.py", WIRED["config/celery.py"]),
    ],
)
def test_what_is_no_example(example: str, text: str, tmp_path: Path) -> None:
    assert seen(tmp_path, {"deploy/w.service": UNIT.format("/etc/default/celery"), example: text}) == []


@pytest.mark.parametrize(
    "value",
    [
        "SECRET_KEY=", "SECRET_KEY=change-me", "SECRET_KEY=<secret>", "SECRET_KEY=your-key", "API_TOKEN=xxxx",
        "SECRET_KEY=${SECRET_KEY}", "SECRET_KEY={{ vault_key }}", "SECRET_KEY=django-insecure-4x8",
        "CELERY_BROKER_URL=amqp://guest:guest@localhost:5672//", "CELERY_BROKER_URL=redis://10.0.0.5:6379/0",
        "CELERY_BROKER_URL=redis://:CHANGE_ME@10.0.0.5:6379/0", "CACHE_KEY=shop",
        "FLOWER_BASIC_AUTH=admin:CHANGE_ME",
    ],
)  # fmt: skip
def test_what_is_no_secret(value: str, tmp_path: Path) -> None:
    files = {"w.service": UNIT.format("/etc/celery.env"), "celery.env.example": f"{value}\n"}
    assert [holds for holds, _ in seen(tmp_path, files)] == [True]


@pytest.mark.parametrize(
    "value",
    [
        "SECRET_KEY=p4s5w0rd7x", "export API_TOKEN='9f8e7d6c5b'", "SENTRY_AUTH_TOKEN=k2$m9Qa",
        "CELERY_BROKER_URL=redis://:hT7pQ2@10.0.0.5:6379/0", "FLOWER_BASIC_AUTH=admin:hT7pQ2",
        "DATABASE_URL=postgres://shop:hT7pQ2@db.example.org/shop",
    ],
)  # fmt: skip
def test_what_is_a_secret(value: str, tmp_path: Path) -> None:
    files = {"w.service": UNIT.format("/etc/celery.env"), "celery.env.example": f"A=b\n{value}\n"}
    ((holds, said),) = seen(tmp_path, files)
    assert holds is False
    assert "hT7pQ2" not in said
    assert value.removeprefix("export ").partition("=")[0] in said


def test_what_the_settings_read_is_asked_for(tmp_path: Path) -> None:
    extra = (
        'API_TOKEN = os.environ["API_TOKEN"]\nSENTRY = os.environ.get("SENTRY_DSN")\n'
        'TITLE = os.environ.get("TITLE", "Shop")\n'
        'if os.environ.get("AWS"):\n    AWS_KEY = os.environ["AWS_KEY"]\n'
        'DATABASES = {"default": {"PASSWORD": os.environ.get("DB_PASSWORD", "shop")}}\n'
    )
    files = WIRED | {"config/settings.py": WIRED["config/settings.py"] + extra}
    project = Project(Tree.at(lay(tmp_path, files)))
    assert variables(project, "shop") == {
        "CELERY_BROKER_URL": "redis://:CHANGE_ME@127.0.0.1:6379/0",
        "DJANGO_SECRET_KEY": "CHANGE_ME",
        "API_TOKEN": "CHANGE_ME",
        "DB_PASSWORD": "CHANGE_ME",
    }
    assert settings_module(project) == "config.settings"


def test_the_urls_keep_clear_of_the_databases_of_a_cache(tmp_path: Path) -> None:
    settings = WIRED["config/settings.py"].replace("localhost:6379/0", "localhost:6379/2")
    project = Project(Tree.at(lay(tmp_path, WIRED | {"config/settings.py": settings})))
    assert variables(project, "shop")["CELERY_BROKER_URL"] == "redis://:CHANGE_ME@127.0.0.1:6379/2"
