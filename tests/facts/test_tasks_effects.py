from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.import_graph import ImportLine, graph_of, import_lines
from celerify.facts.task_effects import effect_of
from celerify.facts.tasks import read_tasks
from celerify.project import Project
from celerify.rules._bases import WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def project_at(folder: Path, files: Mapping[str, str]) -> Project:
    for name, text in {**WIRED, "orders/__init__.py": "", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Project(Tree.at(folder))


def test_imports_are_read_from_bytes() -> None:
    text = (
        b"import os, a.b as c\nfrom .x import (y,  # why\n"
        b"    z as w)\nif 1:\n    import d\ndef f():\n    import no\n"
    )
    assert import_lines(text) == (
        ImportLine("os"),
        ImportLine("a.b"),
        ImportLine(".x", ("y", "z")),
        ImportLine("d"),
    )


def test_relative_imports_climb(tmp_path: Path) -> None:
    files = {
        "a/__init__.py": "",
        "a/b/__init__.py": "from .. import c\n",
        "a/c.py": "from .b import d\n",
        "a/b/d.py": "",
    }
    project = project_at(tmp_path, files)
    graph = graph_of(project.sources, project.layout)
    assert set(graph.imported_by("a/b/__init__.py")) == {"a/__init__.py", "a/c.py"}
    assert "a/b/d.py" in set(graph.closure(["a/b/__init__.py"]))


@pytest.mark.parametrize(
    ("body", "kind", "what"),
    [
        ("Order.objects.get(pk=1)", "outside", "the database"),
        ("requests.post('x')", "outside", "the network (requests.post)"),
        ("send_mail('a')", "outside", "mail"),
        ("cache.get('x')", "outside", "the cache"),
        ("subprocess.run(['x'])", "outside", "another program"),
        ("open('x').read()", "outside", "a file"),
        ("other.delay(1)", "outside", "another task"),
        ("thing.save()", "outside", "the database"),
        ("helper()", "outside", "the network"),
        ("local(1)", "local", ""),
        ("return json.dumps({'a': len([])})", "local", ""),
        ("somewhere.render(1)", "unknown", "vendor.somewhere.render"),
    ],
)
def test_what_a_task_touches(tmp_path: Path, body: str, kind: str, what: str) -> None:
    text = (
        "import json\nimport subprocess\nimport requests\nfrom celery import shared_task\n"
        "from django.core.cache import cache\n"
        "from django.core.mail import send_mail\nfrom vendor import somewhere\n"
        "from orders.far import helper\n\n\ndef local(x): return str(x).strip()\n\n\n"
        f"@shared_task\ndef act(other, thing):\n    x = {{}}\n    {body}\n"
    )
    far = "import httpx\n\n\ndef helper(): return deeper()\n\n\ndef deeper(): return httpx.get('x')\n"
    project = project_at(tmp_path, {"orders/tasks.py": text, "orders/far.py": far})
    (task,) = read_tasks(project.sources, project.layout, project.celery_apps, ())
    effect = effect_of(project.sources, project.layout, task)
    assert effect.kind == kind
    assert effect.what.startswith(what)
