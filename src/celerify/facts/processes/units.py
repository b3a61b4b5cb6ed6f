"""Units of supervisors on a machine: systemd, supervisor, circus, and s6 `run` scripts."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celerify.facts.processes.shell import assignments
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.tree import Tree

_SECTION = re.compile(r"^\s*\[([^\]]+)\]\s*$")
_ENTRY = re.compile(r"^\s*([\w.-]+)\s*=\s*(.*)$")
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'|(\S+)")
_PLACEHOLDER = re.compile(r"\{\{-?\s*([^}]*?)\s*-?\}\}")
_UNIT_ENDINGS = (
    ".service",
    ".service.j2",
    ".service.in",
    ".service.template",
    ".service.example",
    ".service.sample",
)
_PROGRAM_ENDINGS = (".conf", ".ini", ".conf.j2", ".ini.j2", ".conf.tmpl", ".conf.template", ".conf.example")


@dataclass(frozen=True)
class Unit:
    """One unit of a supervisor.

    Attributes:
        target: `systemd` or `supervisor`.
        name: the unit's or the program's name.
        command: the shell text it runs.
        environment: what the unit gives to it, environment files of the repository included.
        sections: every section of its file: name to entries (the last value of a repeated one).
        entries: every entry of its file in order, repeated ones included.
        at: the place of the command.
    """

    target: str
    name: str
    command: str
    environment: Mapping[str, str]
    at: Location
    sections: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()

    @property
    def replicas(self) -> int | None:
        """How many of it a supervisor starts (`numprocs`), where that is written as a number."""
        for kind in ("program", "watcher"):
            count = self.sections.get(f"{kind}:{self.name}", {}).get("numprocs", "")
            if self.target == "supervisor" and count.isdigit():
                return int(count)
        return None

    def values(self, section: str, name: str) -> tuple[Entry, ...]:
        """Return each entry of that name, in order; an empty one takes back those before it."""
        found: tuple[Entry, ...] = ()
        for entry in self.entries:
            if (entry.section, entry.name) == (section, name):
                found = (*found, entry) if entry.value else ()
        return found


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an ini file: its section, name, value (continued lines joined) and line."""

    section: str
    name: str
    value: str
    line: int


def read_units(tree: Tree) -> Iterator[Unit]:
    """Yield each systemd service and each supervisor or circus program of the repository."""
    for path in tree.ending(*_UNIT_ENDINGS):
        if b"ExecStart" in tree.read(path):
            yield from _systemd(tree, path)
    for path in tree.ending(*_PROGRAM_ENDINGS):
        raw = tree.read(path)
        if b"[program:" in raw or b"[watcher:" in raw:
            yield from _programs(tree, path)


def _entries(text: str) -> Iterator[Entry]:
    """Yield the entries of an ini file; a value goes on after a backslash or deeper in."""
    section = ""
    held: Entry | None = None
    for number, line in enumerate(_PLACEHOLDER.sub(r"${template}", text).splitlines(), 1):
        if line.lstrip().startswith(("#", ";")):
            continue
        if held and (held.value.endswith("\\") or (line[:1] in {" ", "\t"} and line.strip())):
            held = Entry(
                held.section, held.name, f"{held.value.removesuffix(chr(92))} {line.strip()}", held.line
            )
            continue
        if held:
            yield held
        held = None
        if match := _SECTION.match(line):
            section = match[1].strip()
        elif match := _ENTRY.match(line):
            held = Entry(section, match[1], match[2].strip(), number)
    if held:
        yield held


def _systemd(tree: Tree, path: str) -> Iterator[Unit]:
    entries = tuple(_entries(tree.text(path)))
    environment: dict[str, str] = {}
    for entry in entries:
        if entry.name == "EnvironmentFile":
            environment |= _environment_file(tree, entry.value.lstrip("-"))
        elif entry.name == "Environment":
            environment |= assignments("\n".join(_words(entry.value)))
    for entry in entries:
        if entry.section == "Service" and entry.name == "ExecStart" and entry.value:
            name = path.rpartition("/")[2].split(".service", 1)[0]
            at = Location(path, entry.line)
            command = entry.value.lstrip("-@:+!")
            yield Unit("systemd", name, command, environment, at, _sections(entries), entries)


def _words(value: str) -> list[str]:
    return [next(part for part in match if part) for match in _QUOTED.findall(value) if any(match)]


def _environment_file(tree: Tree, path: str) -> dict[str, str]:
    """Return the variables of an environment file: the one in the repository that carries its name."""
    name = posixpath.basename(path)
    for candidate in (name, f"{name}.example", f"{name}.conf", f"{name}.env", f"{name}.default"):
        found = [item for item in tree.named(candidate) if not item.endswith((".py", ".service"))]
        if found and name:
            return assignments(tree.text(found[0]))
    return {}


def _sections(entries: tuple[Entry, ...]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for entry in entries:
        found.setdefault(entry.section, {})[entry.name] = entry.value
    return found


def _programs(tree: Tree, path: str) -> Iterator[Unit]:
    entries = tuple(_entries(tree.text(path)))
    sections = _sections(entries)
    for entry in entries:
        kind, _, name = entry.section.partition(":")
        if kind in {"program", "watcher"} and entry.name in {"command", "cmd"} and entry.value:
            body = sections[entry.section]
            command = " ".join((entry.value, body.get("args", "") if kind == "watcher" else ""))
            given = assignments(re.sub(r",\s*(?=\w+=)", "\n", body.get("environment", "")))
            command = re.sub(r"%\(ENV_(\w+)\)s", r"${\1}", command).replace("%%", "%")
            at = Location(path, entry.line)
            yield Unit("supervisor", name, command.strip(), given, at, sections, entries)
