"""How a person reads what is left to do by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.cli.init import next_commands
from celerify.cli.screen import manual_text
from celerify.discover import all_rules
from celerify.engine import plan
from celerify.errors import CannotWriteError
from celerify.facts.choices import Choices
from celerify.model import Manual
from celerify.project import Project
from celerify.requirements.flower_proxy import FlowerProxy
from celerify.rules._bases import BARE, WIRED
from celerify.rules.monitoring._flower import UNIT
from celerify.tree import Tree
from commands import lay

if TYPE_CHECKING:
    from pathlib import Path


def test_one_reason_is_said_once() -> None:
    why = "which service is the project's own cannot be told"
    left = [Manual(item, "Configure", why, f"{item}:\n", "compose.yaml") for item in ("6.4.1", "6.4.2")]
    text = manual_text([*left, Manual("6.4.3", "Configure", why, "", "other.yaml")])
    assert text.count(why) == 2
    assert text.count("as above") == 1


def test_flower_gets_a_password_in_the_snippet_for_compose(tmp_path: Path) -> None:
    files = WIRED | {"compose.yaml": "services:\n  web:\n    image: somebody/else\n"}
    project = Project(Tree.at(lay(tmp_path, files)), Choices(deploy=("compose",), monitoring="flower"))
    text = manual_text(plan(project, all_rules()).manual)
    assert "FLOWER_BASIC_AUTH: ${FLOWER_BASIC_AUTH:?set it in .env}" in text


def test_a_site_for_the_nginx_that_is_there_fits_a_screen(tmp_path: Path) -> None:
    site = "server {\n    listen 80;\n    location / {\n        proxy_pass http://127.0.0.1:8000;\n    }\n}\n"
    project = Project(
        Tree.at(lay(tmp_path, WIRED | {"deploy/flower.service": UNIT, "etc/nginx.conf": site})), Choices()
    )
    with pytest.raises(CannotWriteError) as refused:
        FlowerProxy("5.1.3").fix(project)
    snippet = refused.value.snippet
    assert len(snippet.splitlines()) < 20
    pasted = project.write("etc/nginx.conf", f"{site}\n{snippet}".encode())
    assert all(seen.holds for seen in FlowerProxy("5.1.3").observe(pasted))


def test_what_migrates_runs_where_the_lock_file_is_found(tmp_path: Path) -> None:
    files = {f"backend/{path}": text for path, text in BARE.items() if path != "requirements.txt"}
    files["backend/pyproject.toml"] = '[project]\nname = "shop"\ndependencies = ["django>=5.2"]\n'
    files["backend/uv.lock"] = 'version = 1\n[[package]]\nname = "django"\nversion = "5.2.1"\n'
    found = plan(Project(Tree.at(lay(tmp_path, files)), Choices()), all_rules())
    assert "(cd backend && uv run python manage.py migrate)" in next_commands(found)
