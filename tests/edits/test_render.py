from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from celerify.edits.render import render, templates
from celerify.requirements.celery_application import CELERY_FILE

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
