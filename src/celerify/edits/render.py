"""Renders the templates of the files that celerify writes whole.

The environment is copier's own default, so that `copier copy` gives the same bytes.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from jinja2 import Environment

SUFFIX = ".jinja"
PARTS = "_parts"
"""The folder of what is spliced into a person's file, and is no file of its own."""

_YIELD = re.compile(
    r"\{%-? *yield +(?P<name>\w+) +from +(?P<of>.+?) *-?%\}(?P<text>.*)\{%-? *endyield *-?%\}"
)


def templates() -> Path:
    """Return the folder of the templates: in the package of a wheel, beside `src` in an editable install."""
    packaged = Path(str(files("celerify") / "templates"))
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[3] / "templates"


def render(template_name: str, **context: object) -> str:
    """Return a template's text, line ends as line feeds; a name that the context lacks is an error."""
    return _environment(templates()).get_template(template_name).render(context)


def whole_files(
    context: Mapping[str, object], only: Container[str] | None = None, folder: Path | None = None
) -> dict[str, bytes]:
    """Return the files that the templates make of these answers, by path, whatever was chosen.

    A name is a template, too; one with copier's `{% yield one from many %}` makes a file for each.

    Args:
        context: the answers.
        only: the paths that are wanted; all of them by default.
        folder: other templates than celerify's own.
    """
    home = folder or templates()
    found = {}
    for name in template_names(home):
        for path, extended in _paths(name.removesuffix(SUFFIX), context, home):
            if only is None or path in only:
                found[path] = _environment(home).get_template(name).render(extended).encode()
    return found


def template_names(folder: Path) -> Iterable[str]:
    """Return the names of the templates of whole files, sorted."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob(f"*{SUFFIX}"))
    return sorted(name for name in names if not name.startswith(f"{PARTS}/"))


def _paths(
    name: str, context: Mapping[str, object], home: Path
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield each path that a name stands for, with the answers that its file is rendered with."""
    environment = _environment(home)
    loop = _YIELD.search(name)
    if loop is None:
        yield environment.from_string(name).render(context), context
        return
    for one in environment.compile_expression(loop["of"])(**context) or ():
        inner = {**context, loop["name"]: one}
        plain = f"{name[: loop.start()]}{loop['text']}{name[loop.end() :]}"
        yield environment.from_string(plain).render(inner), inner


@cache
def _environment(folder: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Python, YAML and INI files are written, never HTML
        keep_trailing_newline=True,
    )
