from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from jinja2 import UndefinedError

from celerify.edits.render import render, templates, whole_files
from celerify.requirements.celery_application import CELERY_FILE

if TYPE_CHECKING:
    from pathlib import Path

DOTENV = {"names": ["find_dotenv", "load_dotenv"], "call": "load_dotenv(find_dotenv())"}
PLAIN = {
    "package": "config",
    "settings_expression": '"config.settings"',
    "configurations": None,
    "dotenv": None,
    "connects_logging": False,
}


def test_the_templates_are_found() -> None:
    assert (templates() / CELERY_FILE).is_file()


def test_a_name_that_the_context_lacks_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render(CELERY_FILE, package="config")


@pytest.mark.parametrize("configurations", [None, "", 'os.getenv("C", "Production")'])
@pytest.mark.parametrize("dotenv", [None, DOTENV])
def test_every_variant_compiles_and_has_no_odd_blank_lines(
    configurations: str | None, dotenv: dict[str, object] | None
) -> None:
    text = render(CELERY_FILE, **(PLAIN | {"configurations": configurations, "dotenv": dotenv}))
    compile(text, "celery.py", "exec")
    assert "\n\n\n" not in text
    assert text.endswith("app.autodiscover_tasks()\n")
    assert ("DJANGO_CONFIGURATION" in text) == bool(configurations)
    assert ("importer.install()" in text) == (configurations is not None)
    assert ("load_dotenv(find_dotenv())" in text) == bool(dotenv)


def test_names_are_templates_and_pieces_are_no_files(tmp_path: Path) -> None:
    names = {
        "{{ where }}.jinja": "{{ word }}\n",
        "d/{% yield one from many %}{{ one.name }}{% endyield %}.unit.jinja": "{{ one.name }}: {{ word }}",
        "_parts/piece.jinja": "{{ unknown }}",
        "deploy/note.txt": "no template",
    }
    for name, text in names.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    context = {"where": "a/b.py", "word": "w", "many": [{"name": "x"}, {"name": "y"}]}
    assert whole_files(context, folder=tmp_path) == {
        "a/b.py": b"w\n",
        "d/x.unit": b"x: w",
        "d/y.unit": b"y: w",
    }
    assert whole_files(context, {"d/y.unit"}, tmp_path) == {"d/y.unit": b"y: w"}
    assert not whole_files({**context, "many": None}, {"d/y.unit"}, tmp_path)
