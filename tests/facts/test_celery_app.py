from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.values import Env, Known
from celerify.project import Project
from celerify.rules._bases import BARE, WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from celerify.facts.celery_app import CeleryApp

SETDEFAULT = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n'


def project_at(folder: Path, files: Mapping[str, str]) -> Project:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Project(Tree.at(folder))


def apps_of(folder: Path, text: str, **more: str) -> tuple[CeleryApp, ...]:
    others = {name.replace("__", "/", 1) + ".py": content for name, content in more.items()}
    return project_at(folder, BARE | {"config/celery_app.py": text} | others).celery_apps


def app_of(folder: Path, text: str, **more: str) -> CeleryApp:
    (app,) = apps_of(folder, text, **more)
    return app


def test_the_plain_shape_is_read_whole(tmp_path: Path) -> None:
    (app,) = project_at(tmp_path, WIRED).celery_apps
    assert (app.module, app.path, app.variable, app.name) == (
        "config.celery",
        "config/celery.py",
        "app",
        "config",
    )
    assert app.settings_default
    assert app.settings_module == "config.settings"
    assert [(item.source, item.namespace) for item in app.config] == [("django.conf:settings", "CELERY")]
    assert [(item.packages, item.related_name) for item in app.autodiscover] == [(None, "tasks")]
    assert app.exported == ("config.celery_app",)
    assert not app.sample


@pytest.mark.parametrize(
    "text",
    [
        "from celery import Celery\ncelery_app = Celery('x')\n",
        "import celery\ncelery_app = celery.Celery('x')\n",
        "from celery import Celery as Base\ncelery_app: Base = Base('x')\n",
        "from celery import Celery\nclass Own(Celery):\n    pass\ncelery_app = Own('x')\n",
        (
            "from celery import Celery\nif True:\n    try:\n"
            "        celery_app = Celery('x')\n    except E:\n        pass\n"
        ),
        (
            "from celery import Celery\ndef make():\n"
            "    app = Celery('x')\n    return app\ncelery_app = make()\n"
        ),
        "from celery import Celery\ndef make():\n    return Celery('x')\ncelery_app = make()\n",
    ],
)
def test_an_application_is_found_however_it_is_made(tmp_path: Path, text: str) -> None:
    app = app_of(tmp_path, text)
    assert (app.variable, app.name, app.sample) == ("celery_app", "x", False)


def test_a_subclass_of_another_module_counts(tmp_path: Path) -> None:
    base = "from celery import Celery\n\n\nclass CeleryApp(Celery):\n    pass\n"
    app = app_of(
        tmp_path, "from config.base import CeleryApp\napp = CeleryApp('studio')\n", config__base=base
    )
    assert app.name == "studio"


@pytest.mark.parametrize(
    "text",
    [
        '"""Celery(\'x\') in words."""\n# app = Celery("x")\n',
        "class Celery:\n    pass\n\n\napp = Celery()\n",
        "from vegetables import Celery\napp = Celery('x')\n",
    ],
)
def test_what_only_looks_like_one_does_not_count(tmp_path: Path, text: str) -> None:
    assert apps_of(tmp_path, text) == ()


def test_an_application_of_a_test_is_a_sample_and_comes_last(tmp_path: Path) -> None:
    made = "from celery import Celery\napp = Celery('t')\n"
    project = project_at(tmp_path, WIRED | {"a_tests/test_worker.py": made})
    assert [app.sample for app in project.celery_apps] == [False, True]
    chosen = project.celery_app
    assert chosen is not None
    assert chosen.module == "config.celery"


@pytest.mark.parametrize(
    ("above", "module"),
    [
        ('import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "a.b")\n', "a.b"),
        ('from os import environ\nenviron["DJANGO_SETTINGS_MODULE"] = "a.b"\n', "a.b"),
        ('import os\nNAME = "a.b"\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", NAME)\n', "a.b"),
        ('import os\nos.environ.update(DJANGO_SETTINGS_MODULE="a.b")\n', "a.b"),
        ('import os\nif "X" not in os.environ:\n    os.environ["DJANGO_SETTINGS_MODULE"] = "a.b"\n', "a.b"),
        ('import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", f"a.{os.environ[\'E\']}")\n', None),
        ("import configurations\nconfigurations.setup()\n", None),
    ],
)
def test_a_default_for_the_settings_is_seen(tmp_path: Path, above: str, module: str | None) -> None:
    text = (
        f'{above}from celery import Celery\napp = Celery("x")\n'
        'app.config_from_object("django.conf:settings")\n'
    )
    app = app_of(tmp_path, text)
    assert app.settings_default
    assert app.settings_module == module


def test_a_loader_of_the_project_gives_the_default(tmp_path: Path) -> None:
    loader = (
        "import os\n\n\ndef setup_env():\n"
        '    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n'
    )
    text = "from celery import Celery\nfrom config.env import setup_env\nsetup_env()\napp = Celery('x')\n"
    app = app_of(tmp_path, text, config__env=loader)
    assert app.settings_default
    assert app.settings_default.path == "config/env.py"
    assert app.settings_module == "config.settings"


@pytest.mark.parametrize(
    "text",
    [
        "import django\nfrom celery import Celery\ndjango.setup()\napp = Celery('x')\n",
        (
            "from celery import Celery\napp = Celery('x')\n"
            f"app.config_from_object('django.conf:settings')\n{SETDEFAULT}"
        ),
        (
            "from celery import Celery\napp = Celery('x')\n"
            f"if __name__ == '__main__':\n    {SETDEFAULT.splitlines()[2]}\n"
        ),
        (
            "from celery import Celery\n"
            '# os.environ.setdefault("DJANGO_SETTINGS_MODULE", "a")\napp = Celery("x")\n'
        ),
    ],
)
def test_no_default_is_no_default(tmp_path: Path, text: str) -> None:
    assert app_of(tmp_path, text).settings_default is None


@pytest.mark.parametrize(
    ("call", "source", "namespace"),
    [
        (
            'app.config_from_object("django.conf:settings", namespace="CELERY")',
            "django.conf:settings",
            "CELERY",
        ),
        ("app.config_from_object(settings, False, False, 'CELERY')", "django.conf:settings", "CELERY"),
        ("app.config_from_object(settings.CELERY)", "django.conf:settings.CELERY", None),
        ('app.config_from_object("config.celeryconfig")', "config.celeryconfig", None),
        ("app.config_from_object(obj=Config, namespace=PREFIX)", "config.celery_app.Config", "CEL"),
    ],
)
def test_where_the_configuration_comes_from(
    tmp_path: Path, call: str, source: str, namespace: str | None
) -> None:
    text = (
        "from celery import Celery\nfrom django.conf import settings\nPREFIX = 'CEL'\n\n\n"
        f"class Config:\n    task_acks_late = True\n\n\napp = Celery('x')\n{call}\n"
    )
    (config,) = app_of(tmp_path, text).config
    assert (config.source, config.namespace) == (source, namespace)


@pytest.mark.parametrize(
    ("call", "packages", "related", "computed"),
    [
        ("app.autodiscover_tasks()", None, "tasks", False),
        ("app.autodiscover_tasks(related_name='jobs')", None, "jobs", False),
        ("app.autodiscover_tasks(lambda: settings.INSTALLED_APPS)", None, "tasks", False),
        ("app.autodiscover_tasks(settings.INSTALLED_APPS, force=True)", None, "tasks", False),
        ("app.autodiscover_tasks(['a', 'b.c'])", ("a", "b.c"), "tasks", False),
        ("app.autodiscover_tasks(packages=('a',), related_name=None)", ("a",), "", False),
        ("app.autodiscover_tasks(find())", (), "tasks", True),
        ("app.autodiscover_tasks(lambda: [n.name for n in apps.get_app_configs()])", None, "tasks", False),
    ],
)
def test_what_is_discovered(
    tmp_path: Path, call: str, packages: tuple[str, ...] | None, related: str, *, computed: bool
) -> None:
    text = f"from celery import Celery\nfrom django.conf import settings\napp = Celery('x')\n{call}\n"
    (found,) = app_of(tmp_path, text).autodiscover
    assert (found.packages, found.related_name, bool(found.unread)) == (packages, related, computed)


def test_options_in_code_are_read_in_order(tmp_path: Path) -> None:
    text = """\
from celery import Celery

app = Celery("x", broker="redis://", include=["a.tasks"], worker_concurrency=2)
app.conf.task_acks_late = True
app.conf["timezone"] = "UTC"
app.conf.update(result_expires=60, task_time_limit=30)
app.conf.update({"task_default_queue": "default"})
app.conf |= {"enable_utc": True}
app.conf.imports = ("b.tasks",)
if True:
    app.conf.broker_url = "amqp://"
"""
    app = app_of(tmp_path, text)
    names = (
        "task_acks_late timezone result_expires task_time_limit "
        "task_default_queue enable_utc imports broker_url"
    )
    assert [binding.name for binding in app.conf] == names.split()
    assert [name for name, _ in app.constructor] == ["broker_url", "include", "worker_concurrency"]
    assert app.imports == ("a.tasks", "b.tasks")
    first = app.conf[0].value
    assert isinstance(first, Known)
    assert first.value is True


def test_a_package_that_configures_the_application_counts(tmp_path: Path) -> None:
    files = BARE | {
        "config/celery.py": "from celery import Celery\napp = Celery('x')\n",
        "config/__init__.py": "from .celery import app as celery_app\ncelery_app.autodiscover_tasks()\n",
    }
    app = project_at(tmp_path, files).celery_app
    assert app is not None
    assert app.exported == ("config.celery_app",)
    assert len(app.autodiscover) == 1


@pytest.mark.parametrize(
    ("expression", "default"),
    [
        ('os.environ.get("LIMIT", 4)', 4),
        ('int(os.getenv("LIMIT", "4"))', "4"),
        ('env.int("LIMIT", 4)', 4),
        ('env("LIMIT", default=4)', 4),
        ('config("LIMIT", default=4, cast=int)', 4),
    ],
)
def test_an_option_from_the_environment_is_seen(tmp_path: Path, expression: str, default: object) -> None:
    text = (
        "import os\nimport environ\nfrom celery import Celery\nfrom decouple import config\n"
        f"env = environ.Env()\napp = Celery('x')\napp.conf.worker_concurrency = {expression}\n"
    )
    value = app_of(tmp_path, text).conf[0].value
    assert isinstance(value, Env)
    assert value.variable == "LIMIT"
    assert isinstance(value.default, Known)
    assert value.default.value == default


def test_a_loader_that_the_package_of_the_application_calls_gives_the_default(tmp_path: Path) -> None:
    files = BARE | {
        "config/start.py": "import os\n\n\ndef prepare():\n"
        '    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n',
        "config/queue/__init__.py": "from ..start import prepare\n\nprepare()\n\nfrom .app import app\n",
        "config/queue/app.py": "from celery import Celery\n\napp = Celery('x')\n",
    }
    (app,) = project_at(tmp_path, files).celery_apps
    assert app.settings_module == "config.settings"


@pytest.mark.parametrize(("front", "module"), [(SETDEFAULT, "config.settings"), ("", None)])
def test_a_module_in_front_of_the_application_gives_the_default(
    tmp_path: Path, front: str, module: str | None
) -> None:
    files = BARE | {
        "start_celery.py": front + "from config.celery_app import app\n",
        "config/celery_app.py": "from celery import Celery\n\napp = Celery('x')\n",
    }
    (app,) = project_at(tmp_path, files).celery_apps
    assert app.settings_module == module


def test_a_default_below_the_import_of_the_application_comes_too_late(tmp_path: Path) -> None:
    files = BARE | {
        "start_celery.py": "from config.celery_app import app\n" + SETDEFAULT,
        "config/celery_app.py": "from celery import Celery\n\napp = Celery('x')\n",
    }
    (app,) = project_at(tmp_path, files).celery_apps
    assert app.settings_default is None
