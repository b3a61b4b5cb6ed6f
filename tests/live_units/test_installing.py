from __future__ import annotations

from pathlib import Path

import pytest

from celerify.live.installing import Installing, Missing, missing_in, shown_python
from celerify.project import Project
from trees import tree_of


def installing(python: str = "", **files: str) -> Installing:
    tree = tree_of(
        {"manage.py": "import django", **{name.replace("__", "."): text for name, text in files.items()}}
    )
    return Installing(Project(tree).dependencies, python)


@pytest.mark.parametrize(
    ("message", "written"),
    [
        ("No module named 'packaging'", "celery[redis]"),
        ("No module named 'django_celery_beat.apps'", "django-celery-beat"),
        ("No module named 'some_thing'", "some-thing"),
        ("Missing redis library (pip install redis)", "celery[redis]"),
        ("The Memcached backend requires the 'pymemcache' library.", "celery[memcache]"),
        ("Error loading psycopg2 or psycopg module", "psycopg[binary]"),
        ("Error loading MySQLdb module.", "mysqlclient"),
        ("You need to install the pymongo library to use the MongoDB backend.", "celery[mongodb]"),
        ("No decoder installed for msgpack. Please install the msgpack-python library", "celery[msgpack]"),
        ("KeyError: 'yaml'", "celery[yaml]"),
    ],
)
def test_what_is_missing_is_read_from_what_was_raised(message: str, written: str) -> None:
    found = missing_in(message)
    assert found is not None
    assert found.written == written


def test_what_names_no_module_names_nothing() -> None:
    assert missing_in("connection refused") is None


def test_what_is_declared_is_only_installed() -> None:
    found = installing(".venv/bin/python", requirements__txt="django\ncelery[redis]\n")
    run = "`.venv/bin/python -m pip install -r requirements.txt`"
    assert found.advice(Missing("celery", "redis")) == f"install celery[redis]: {run}"


def test_what_nobody_declares_is_declared_first() -> None:
    found = installing(requirements__txt="django\ncelery\n")
    said = "declare celery[redis] in requirements.txt, then run `python -m pip install -r requirements.txt`"
    assert found.advice(Missing("celery", "redis")) == said
    assert installing().advice(Missing("celery", "redis")) == (
        "install it: `python -m pip install 'celery[redis]'`"
    )


def test_a_python_is_shown_as_a_person_types_it() -> None:
    assert shown_python("/srv/shop/.venv/bin/python", Path("/srv/shop")) == ".venv/bin/python"
    assert shown_python("/opt/envs/shop/bin/python", Path("/srv/shop")) == "python"
