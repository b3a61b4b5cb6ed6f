"""Lines that name a process and its command: Procfile, heroku.yml, fly.toml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.processes.yaml_files import documents
from celerify.facts.python import Unread
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.tree import Tree

_LINE = re.compile(r"^\s*([\w-]+)\s*:\s*(\S.*)$")


@dataclass(frozen=True, slots=True)
class Line:
    """One named command."""

    name: str
    command: str
    at: Location


def read_procfile(tree: Tree) -> Iterator[Line]:
    """Yield the processes of every `Procfile`, `Procfile.dev`, `heroku.yml` and `fly.toml`."""
    for path in tree.paths:
        name = path.rpartition("/")[2]
        if name.startswith("Procfile") and name != "Procfile.j2":
            yield from _procfile(tree, path)
    for path in tree.named("heroku.yml"):
        yield from _heroku(tree, path)
    for path in tree.named("fly.toml"):
        yield from _fly(tree, path)


def _procfile(tree: Tree, path: str) -> Iterator[Line]:
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        match = _LINE.match(line)
        if match and not line.lstrip().startswith("#"):
            yield Line(match[1], match[2], Location(path, number))


def _heroku(tree: Tree, path: str) -> Iterator[Line]:
    found = documents(path, tree.read(path))
    if isinstance(found, Unread) or not found or not isinstance(found[0].data, dict):
        return
    run = found[0].data.get("run")
    for name, body in (run if isinstance(run, dict) else {}).items():
        command = body.get("command") if isinstance(body, dict) else body
        text = " && ".join(map(str, command)) if isinstance(command, list) else str(command or "")
        yield Line(str(name), text, Location(path, found[0].lines.get(("run", str(name)), 1)))


def _fly(tree: Tree, path: str) -> Iterator[Line]:
    text = tree.text(path)
    try:
        processes = tomllib.loads(text).get("processes")
    except tomllib.TOMLDecodeError:
        return
    for name, command in (processes if isinstance(processes, dict) else {}).items():
        line = next((n for n, t in enumerate(text.splitlines(), 1) if t.lstrip(" \"'").startswith(name)), 1)
        yield Line(name, str(command), Location(path, line))
