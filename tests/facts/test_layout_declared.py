from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.declared_settings import declared_settings
from celerify.facts.entry import Role
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

DECLARED = {
    ".env.example": "# DJANGO_SETTINGS_MODULE=a.b\nexport DJANGO_SETTINGS_MODULE='shop.settings'\n",
    ".envs/.production/.django": "DJANGO_SETTINGS_MODULE=shop.settings\n",
    "Dockerfile": "FROM python\nENV A=1 DJANGO_SETTINGS_MODULE=shop.settings B=2\n",
    "docker/app.Dockerfile": "FROM python\nENV DJANGO_SETTINGS_MODULE shop.settings\n",
    "compose.yml": "services:\n  a:\n    environment:\n      DJANGO_SETTINGS_MODULE: shop.settings\n",
    "compose.prod.yml": "services:\n - DJANGO_SETTINGS_MODULE=${DJANGO_SETTINGS_MODULE:-shop.settings}\n",
    "Procfile": "worker: DJANGO_SETTINGS_MODULE=shop.settings celery -A config worker\n",
    "bin/start": "#!/bin/sh\nexport DJANGO_SETTINGS_MODULE=shop.settings\n",
    "etc/web.service": '[Service]\nEnvironment="DJANGO_SETTINGS_MODULE=shop.settings"\n',
    "uwsgi.ini": "[uwsgi]\nenv = DJANGO_SETTINGS_MODULE=shop.settings\n",
    "k8s/web.yaml": "env:\n- name: DJANGO_SETTINGS_MODULE\n  value: 'shop.settings'\n",
    "app.json": '{"env": {\n  "DJANGO_SETTINGS_MODULE": {\n    "value": "shop.settings"\n  }}}\n',
}


@pytest.mark.parametrize(("path", "text"), DECLARED.items(), ids=DECLARED)
def test_a_declared_process_is_deployed(tmp_path: Path, path: str, text: str) -> None:
    entries = declared_settings(Tree.at(tmp_path).write(path, text.encode()))
    assert [(entry.source, entry.role, entry.module) for entry in entries] == [
        ("process", Role.DEPLOYED, "shop.settings")
    ]
    line = text.splitlines()[entries[0].at.line - 1]
    assert entries[0].at.path == path
    assert "shop.settings" in line


OTHERWISE = {
    ".env.local": ("DJANGO_SETTINGS_MODULE=shop.settings\n", Role.MANAGE),
    ".env": ("DJANGO_SETTINGS_MODULE=shop.settings.local\n", Role.MANAGE),
    "compose.dev.yml": ("a:\n  DJANGO_SETTINGS_MODULE: shop.settings\n", Role.MANAGE),
    "compose.yml": ("a:\n  DJANGO_SETTINGS_MODULE: shop.settings.test\n", Role.TEST),
    "compose.ci.yml": ("a:\n  DJANGO_SETTINGS_MODULE: shop.settings\n", Role.TEST),
    ".devcontainer/devcontainer.json": ('{"DJANGO_SETTINGS_MODULE": "shop.settings.local"}', Role.MANAGE),
}


@pytest.mark.parametrize("path", OTHERWISE)
def test_what_runs_on_a_desk_or_in_tests_is_not_deployed(tmp_path: Path, path: str) -> None:
    text, role = OTHERWISE[path]
    entries = declared_settings(Tree.at(tmp_path).write(path, text.encode()))
    assert [entry.role for entry in entries] == [role]


NAMELESS = {
    ".github/workflows/ci.yml": "env:\n  DJANGO_SETTINGS_MODULE: shop.settings\n",
    "docs/deploy.yml": "env:\n  DJANGO_SETTINGS_MODULE: shop.settings\n",
    "start.sh": '[ "$DJANGO_SETTINGS_MODULE" = "shop.settings" ]\nexport DJANGO_SETTINGS_MODULE=a.$B\n',
    "compose.yml": "a:\n  DJANGO_SETTINGS_MODULE: ${DJANGO_SETTINGS_MODULE}\n",
    "Dockerfile": "RUN DJANGO_SETTINGS_MODULE=shop.settings.build python manage.py collectstatic\n",
    "build.sh": "DJANGO_SETTINGS_MODULE=shop.settings.build python manage.py collectstatic\n",
    "README.md": "DJANGO_SETTINGS_MODULE=shop.settings\n",
}


@pytest.mark.parametrize(("path", "text"), NAMELESS.items(), ids=NAMELESS)
def test_what_names_nothing(tmp_path: Path, path: str, text: str) -> None:
    assert declared_settings(Tree.at(tmp_path).write(path, text.encode())) == ()


def test_unsaved_bytes_take_the_place_of_those_on_disk(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("DJANGO_SETTINGS_MODULE=a.b\n")
    tree = Tree.at(tmp_path)
    assert [entry.module for entry in declared_settings(tree)] == ["a.b"]
    later = tree.write(".env.example", b"A=1\n").write("Procfile", b"x: DJANGO_SETTINGS_MODULE=c.d celery\n")
    assert [entry.module for entry in declared_settings(later)] == ["c.d"]
    assert [entry.module for entry in declared_settings(tree)] == ["a.b"]
