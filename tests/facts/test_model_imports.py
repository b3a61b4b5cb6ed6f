"""Modules called `models` in packages that are no Django application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.model_imports import first_model_import
from celerify.project import Project
from celerify.rules._bases import WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("module", "installed", "loads"),
    [
        ("parsing_library.models", frozenset({"django", "shop"}), False),
        ("parsing_library.models", None, True),
        ("someapp.models", frozenset({"someapp"}), True),
        ("shop.models", frozenset({"django"}), True),
        ("django.contrib.auth.models", frozenset({"shop"}), True),
    ],
)
def test_models_of_a_package_that_is_not_installed_as_an_app_are_something_else(
    tmp_path: Path, module: str, installed: frozenset[str] | None, *, loads: bool
) -> None:
    files = {"shop/__init__.py": "", "shop/models.py": "", "shop/tasks.py": f"from {module} import Thing\n"}
    for name, text in {**WIRED, **files}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    project = Project(Tree.at(tmp_path))
    found = first_model_import(project.sources, project.layout, "shop/tasks.py", installed)
    assert (found is not None) is loads
