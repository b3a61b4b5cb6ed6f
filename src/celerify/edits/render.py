"""Renders the templates of the files that celerify writes whole.

The environment is copier's own default, so that `copier copy` gives the same bytes.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def templates() -> Path:
    """Return the folder of the templates: in the package of a wheel, beside `src` in an editable install."""
    packaged = Path(str(files("celerify") / "templates"))
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[3] / "templates"


def render(template_name: str, **context: object) -> str:
    """Return a template's text, line ends as line feeds; a name that the context lacks is an error."""
    return _environment().get_template(template_name).render(context)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(templates()),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Python, YAML and INI files are written, never HTML
        keep_trailing_newline=True,
    )
