"""A repository that is itself a template of `django-admin startproject --template`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.project import Project
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def test_a_repository_that_is_a_template_of_startproject_is_read_as_its_project(tmp_path: Path) -> None:
    name = "{{ project_name }}"
    manage = f'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "{name}.settings")\n'
    files = {
        "manage.py": manage + "from django.core.management import execute_from_command_line\n",
        "project_name/__init__.py": "",
        "project_name/settings.py": f'ROOT_URLCONF = "{name}.urls"\n',
        "shop/__init__.py": f"from {name} import settings\n",
    }
    compose = f"services:\n  shop:\n    image: {name}\n    command: celery -A {name} worker\n"
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "compose.yaml").write_text(compose)
    project = Project(Tree.at(tmp_path))
    assert [entry.module for entry in project.layout.entries] == ["project_name.settings"]
    assert {project.sources.kind(path) for path in files} == {"code"}
    assert not project.sources.unread
    assert [process.options["app"] for process in project.processes] == ["project_name"]


def test_a_template_beside_a_project_stays_one(tmp_path: Path) -> None:
    files = {
        "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
        "shop/settings.py": "",
        "start/manage.py": 'import os\nos.environ["DJANGO_SETTINGS_MODULE"] = "{{ project_name }}.x"\n',
        "start/project_name/__init__.py": "",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    project = Project(Tree.at(tmp_path))
    assert project.layout.manage == "manage.py"
    assert project.sources.kind("start/manage.py") == "template"
