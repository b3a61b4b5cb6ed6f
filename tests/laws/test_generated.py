"""The six laws over generated projects: every way in which people write settings that we could think of."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from statements import hold_in_memory, undo_is_exact

from celerify.discover import all_rules
from celerify.project import Project
from celerify.tree import Tree

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

RULES = all_rules()
APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
MANAGE = """\
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""
WSGI = """\
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")
application = get_wsgi_application()
"""
EXISTING = (
    'CELERY_BROKER_URL = "redis://queue:6379/2"',
    'CELERY_BROKER_URL = os.environ["BROKER"]',
    "CELERY_TASK_ACKS_LATE = True",
    "CELERY_TASK_ACKS_LATE = False",
    'CELERY_RESULT_BACKEND = "rpc://"',
    'CELERY_ACCEPT_CONTENT = ["pickle"]',
    "CELERY_RESULT_EXPIRES = 60 * 60",
    'CELERY_TASK_SERIALIZER = "json"',
    'CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}',
    "CELERY_TASK_TIME_LIMIT = 30",
)
HEADS = ("", '"""Settings."""\n', "# -*- coding: utf-8 -*-\n", "#!/usr/bin/env python\n# settings, déjà vu\n")
TAILS = (
    "",
    "try:\n    from .local_settings import *\nexcept ImportError:\n    pass\n",
    "if DEBUG:\n    INTERNAL_IPS = ['127.0.0.1']\n",
    "# the end",
    "from .local import *  # noqa\n",
    "\n\n\n",
)
INITS = (
    "",
    '"""The site."""\n',
    "# nothing here",
    "from __future__ import annotations\n",
    "import pymysql\n\npymysql.install_as_MySQLdb()\n",
    '__all__ = ["VERSION"]\nVERSION = "1"\n',
    "__all__ = ('VERSION',)\n\nVERSION = (1, 0)\n",
    '__version__ = "1.0"',
)
REQUIREMENTS = (
    "Django>=5.2,<5.3\n",
    "django==5.2.4",
    "# web\nDjango ~= 5.2.0  # long-term\n\ngunicorn\n",
    "Django>=5.2,<5.3\nredis==5.2.1\n",
    "Django>=5.2,<5.3\ncelery==5.5.3\n",
    "-r more.txt\nDjango>=5.2,<5.3\n",
    "Django>=5.2,<5.3 ; python_version >= '3.10'\nflower\n",
)


@st.composite
def lists(draw: DrawFn) -> str:
    """Write INSTALLED_APPS in one of the ways there are."""
    quote = draw(st.sampled_from("'\""))
    start, end = draw(st.sampled_from([("[", "]"), ("(", ")")]))
    auth, types, own = (f"{quote}{name}{quote}" for name in APPS)
    comma = draw(st.sampled_from([",", ""]))
    tab = draw(st.sampled_from(["    ", "  ", "\t"]))
    match draw(st.sampled_from(["lines", "one line", "hanging", "comments", "added", "unpacked"])):
        case "one line":
            return f"INSTALLED_APPS = {start}{auth}, {types}, {own}{comma}{end}\n"
        case "hanging":
            pad = " " * 18
            return f"INSTALLED_APPS = {start}{auth},\n{pad}{types},\n{pad}{own}{comma}{end}\n"
        case "comments":
            lines = "".join(f"{tab}{name},  # {index}\n" for index, name in enumerate((auth, types, own)))
            return f"INSTALLED_APPS = {start}  # ours\n{lines}{tab}# no more\n{end}\n"
        case "added":
            first = f"INSTALLED_APPS = {start}\n{tab}{auth},\n{tab}{types}{comma}\n{end}\n"
            return f"{first}INSTALLED_APPS += {start}{own},{end}\n"
        case "unpacked":
            first = f"OWN = {start}{own},{end}\n"
            return f"{first}INSTALLED_APPS = {start}\n{tab}{auth},\n{tab}{types},\n{tab}*OWN{comma}\n{end}\n"
    return f"INSTALLED_APPS = {start}\n{tab}{auth},\n{tab}{types},\n{tab}{own}{comma}\n{end}\n"


@st.composite
def projects(draw: DrawFn) -> dict[str, bytes]:
    """Write a small project whose settings, package and requirements all vary."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    mark = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    existing = draw(
        st.lists(st.sampled_from(EXISTING), max_size=3, unique_by=lambda line: line.partition(" =")[0])
    )
    parts = [
        draw(st.sampled_from(HEADS)),
        "import os\n",
        'SECRET_KEY = os.environ.get("SECRET_KEY", "only-for-development")\nDEBUG = False\n',
        draw(lists()),
        'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db"}}\n',
        "".join(f"{line}\n" for line in existing),
        draw(st.sampled_from(TAILS)),
    ]
    text = "".join(parts)
    if draw(st.booleans()):
        text = text.rstrip("\n")
    ast.parse(text)
    requirements = draw(st.sampled_from(REQUIREMENTS))
    files = {
        "manage.py": MANAGE,
        "site_/__init__.py": draw(st.sampled_from(INITS)),
        "site_/settings.py": text,
        "site_/local.py": "",
        "site_/wsgi.py": WSGI,
        "shop/__init__.py": "",
        "shop/models.py": "",
        "requirements.txt": requirements,
        "more.txt": "gunicorn\n",
    }
    encoded = {name: content.replace("\n", end).encode() for name, content in files.items()}
    return encoded | {"site_/settings.py": mark + encoded["site_/settings.py"]}


def lay(files: dict[str, bytes], factory: pytest.TempPathFactory) -> Project:
    root = factory.mktemp("generated")
    for name, content in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(content)
        note(f"--- {name}\n{content!r}")
    return Project(Tree.at(root))


@pytest.mark.slow
@settings(max_examples=25)
@given(files=projects())
def test_all_rules_together(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    project = lay(files, tmp_path_factory)
    undo_is_exact(project.tree.root, hold_in_memory(project, RULES, RULES))


@pytest.mark.slow
@settings(max_examples=200)
@given(files=projects(), items=st.sets(st.sampled_from([rule.item for rule in RULES]), min_size=1))
def test_any_rules(
    files: dict[str, bytes], items: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    project = lay(files, tmp_path_factory)
    rules = [rule for rule in RULES if rule.item in items]
    undo_is_exact(project.tree.root, hold_in_memory(project, rules, RULES))
