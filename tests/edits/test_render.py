from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from celerify.edits.render import render, templates
from celerify.requirements.start_up import Dotenv

PLAIN = {"package": "config", "settings": '"config.settings"', "configurations": None, "dotenv": None}


def test_the_templates_are_found() -> None:
    assert (templates() / "celery.py.jinja").is_file()


def test_a_name_that_the_context_lacks_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("celery.py.jinja", package="config")


@pytest.mark.parametrize("configurations", [None, "", 'os.getenv("C", "Production")'])
@pytest.mark.parametrize(
    "dotenv", [None, Dotenv(("find_dotenv", "load_dotenv"), "load_dotenv(find_dotenv())")]
)
def test_every_variant_compiles_and_has_no_odd_blank_lines(
    configurations: str | None, dotenv: Dotenv | None
) -> None:
    text = render("celery.py.jinja", **(PLAIN | {"configurations": configurations, "dotenv": dotenv}))
    compile(text, "celery.py", "exec")
    assert "\n\n\n" not in text
    assert text.endswith("app.autodiscover_tasks()\n")
    assert ("DJANGO_CONFIGURATION" in text) == bool(configurations)
    assert ("importer.install()" in text) == (configurations is not None)
    assert ("load_dotenv(find_dotenv())" in text) == bool(dotenv)
