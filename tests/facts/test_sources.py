from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.facts.python import Module, Unread
from celerify.facts.sources import Sources
from celerify.model import Location
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def sources(root: Path, files: Mapping[str, str]) -> Sources:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return Sources(Tree.at(root))


def test_files_are_found_by_what_they_mention(tmp_path: Path) -> None:
    found = sources(tmp_path, {"a.py": "import celery", "b.py": "x = 1", "c.txt": "celery", "d.py": "kombu"})
    assert found.python_paths == ("a.py", "b.py", "d.py")
    assert found.mentioning("celery") == ("a.py",)
    assert found.mentioning("kombu", "celery", "nothing") == ("a.py", "d.py")
    assert found.mentioning() == ()


def test_unsaved_bytes_count_and_not_what_they_replace(tmp_path: Path) -> None:
    found = sources(tmp_path, {"a.py": "import celery", "b.py": "x = 1"})
    assert found.mentioning("celery") == ("a.py",)
    tree = found.tree.write("a.py", b"x = 1").write("new/c.py", b"celery").write("notes.md", b"celery")
    assert Sources(tree).mentioning("celery") == ("new/c.py",)
    assert found.mentioning("celery") == ("a.py",)


def test_what_was_asked_for_and_not_read_is_kept(tmp_path: Path) -> None:
    found = sources(tmp_path, {"b.py": "def f(:", "a.py": "x = 1", "c.py": "def g(:"})
    assert isinstance(found.read("a.py"), Module)
    assert found.module("b.py") is None
    assert isinstance(found.read("gone.py"), Unread)
    assert [(unread.path, unread.line) for unread in found.unread] == [("b.py", 1), ("gone.py", 1)]


KINDS = {
    "shop/orders/tasks.py": "code",
    "shop/settings/test.py": "test",
    "shop/orders/tests.py": "test",
    "shop/orders/test_views.py": "test",
    "shop/conftest.py": "test",
    "shop/tests/factories.py": "test",
    "shop/tests/fixtures/prj/celery.py": "fixture",
    "shop/fixtures/data.py": "fixture",
    "integration_tests/base.py": "test",
    "blood_tests/models.py": "code",
    "blood_tests/views.py": "code",
    "tests/nested/manage.py": "fixture",
    "tests/nested/prj/celery.py": "fixture",
    ".semgrep/rules/task.py": "fixture",
    "docs/conf.py": "docs",
    "examples/demo.py": "docs",
    "example/wsgi.py": "code",
    "example/views.py": "code",
    "shop/conf/app_template/models.py": "template",
    "{{cookiecutter.slug}}/manage.py": "template",
    "shop/_vendor/six.py": "vendored",
    "vendor/six.py": "vendored",
    "vendors/models.py": "code",
    "manage.py": "code",
}


def test_each_file_is_for_something(tmp_path: Path) -> None:
    found = sources(tmp_path, dict.fromkeys(KINDS, "x = 1\n"))
    assert {path: found.kind(path) for path in KINDS} == KINDS


def test_a_quiz_app_may_be_called_tests(tmp_path: Path) -> None:
    names = ("apps", "models", "views", "tasks")
    found = sources(tmp_path, {f"tests/{name}.py": "" for name in names})
    assert found.kind("tests/tasks.py") == "code"


def test_the_only_project_is_code_wherever_it_lies(tmp_path: Path) -> None:
    files = {"examples/site/manage.py": "", "examples/site/shop/tasks.py": "", "examples/other/x.py": ""}
    found = sources(tmp_path, files | {"examples/site/tests/test_x.py": ""})
    assert found.kind("examples/site/shop/tasks.py") == "code"
    assert found.kind("examples/site/tests/test_x.py") == "test"
    assert found.kind("examples/other/x.py") == "docs"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('import os\nMODULE = "{{ project_name }}.settings"\n', "template"),
        ("{% if cookiecutter.celery %}\nimport celery\n{% endif %}\n", "template"),
        ("class {{ name }}Config:\n    pass\n", "template"),
        ('x = f"{{a}}"\n', "code"),
        ('x = "{{ a }}"\ndef f(:\n', "code"),
    ],
)
def test_a_template_shows_in_its_text(tmp_path: Path, text: str, kind: str) -> None:
    assert sources(tmp_path, {"shop/x.py": text}).kind("shop/x.py") == kind


BROKEN = "import celery\ndef f(:\n"


def test_a_blind_spot_is_a_broken_file_that_mentions_the_thing(tmp_path: Path) -> None:
    found = sources(tmp_path, {"shop/b.py": BROKEN, "shop/a.py": "import celery\n", "shop/c.py": BROKEN})
    seen = found.blind_spot(("shared_task", "celery"))
    assert seen is not None
    assert seen.holds is None
    assert seen.summary == "could not read shop/b.py (line 2: invalid syntax), which mentions celery"
    assert seen.at == Location("shop/b.py", 2)
    assert found.blind_spot(("kombu",)) is None
    assert found.blind_spot(()) is None


@pytest.mark.parametrize(
    "path", ["tests/x.py", "docs/x.py", "shop/fixtures/x.py", ".hooks/x.py", "shop/x.txt"]
)
def test_what_the_project_does_not_import_is_no_blind_spot(tmp_path: Path, path: str) -> None:
    assert sources(tmp_path, {path: BROKEN}).blind_spot(("celery",)) is None


def test_a_short_word_is_a_whole_identifier(tmp_path: Path) -> None:
    found = sources(tmp_path, {"shop/a.py": "metadata = 1\ndef f(:\n", "shop/b.py": "send(eta=1)\ndef f(:\n"})
    seen = found.blind_spot(("eta",))
    assert seen is not None
    assert str(seen.at) == "shop/b.py:2"
    assert [unread.path for unread in found.unread] == ["shop/b.py"]
