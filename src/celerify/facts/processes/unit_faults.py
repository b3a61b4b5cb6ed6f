"""What systemd would refuse or misread in a service file that runs Celery, by reading alone."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.processes.units import Entry, Unit
    from celerify.tree import Tree

_TYPES = frozenset({"simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"})
_KNOWN_SECTIONS = frozenset({"Unit", "Service", "Install"})
_PREFIXES = "-@:+!|"
_ROOTED = ("/", "%", "${template}")
_READY = (b"NOTIFY_SOCKET", b"sdnotify", b"sd_notify", b"systemd.daemon")
_STRAY = re.compile(r"^\s*[^\s#;\[=][^=]*$")


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason why systemd does not run a unit as meant, in one clause, and its line."""

    says: str
    line: int


def faults(unit: Unit, tree: Tree) -> tuple[Fault, ...]:
    """Return what is wrong with a systemd service, worst first; nothing for one that systemd accepts."""
    return (*_executable(unit), *_commands(unit), *_type(unit, tree), *_folder(unit), *_layout(unit, tree))


def searched(unit: Unit) -> str:
    """Return the program that it names without a path, which systemd looks for in system folders; else ""."""
    programs = map(_program, unit.values("Service", "ExecStart"))
    return next((program for program in programs if "/" not in program and "$" not in program), "")


def _program(entry: Entry) -> str:
    return entry.value.lstrip(_PREFIXES).strip().split(maxsplit=1)[0].strip("\"'")


def _executable(unit: Unit) -> Iterator[Fault]:
    for entry in unit.values("Service", "ExecStart"):
        program = _program(entry)
        if program.startswith(_ROOTED) and "$" not in program.replace("${template}", ""):
            continue
        if "$" in program:
            yield Fault(f"{program} is its executable, and systemd expands no variable there", entry.line)
        elif "/" in program:
            yield Fault(f"its executable {program} is no absolute path, which systemd refuses", entry.line)


def _commands(unit: Unit) -> Iterator[Fault]:
    started = unit.values("Service", "ExecStart")
    if len(started) > 1 and _type_of(unit) != "oneshot":
        yield Fault("it has several ExecStart=, which only Type=oneshot may have", started[1].line)
    for entry in started:
        try:
            shlex.split(entry.value)
        except ValueError:
            yield Fault("the quotes of its ExecStart= do not close", entry.line)


def _type(unit: Unit, tree: Tree) -> Iterator[Fault]:
    named = unit.values("Service", "Type")
    line = named[-1].line if named else unit.at.line
    kind = _type_of(unit)
    if kind not in _TYPES:
        yield Fault(f"Type={kind} is none that systemd knows", line)
        return
    leaves = _goes_to_background(unit)
    if leaves and kind not in {"forking", "oneshot"}:
        said = f"its command goes to the background, which Type={kind} takes for its end"
        yield Fault(f"{said}: use Type=forking, or run the worker in the foreground", line)
    elif kind == "forking" and not leaves:
        yield Fault("Type=forking waits for a command that never goes to the background", line)
    elif kind == "oneshot" and not leaves:
        yield Fault("Type=oneshot waits for the command to end, which it never does", line)
    elif kind.startswith("notify") and not _notifies(tree):
        yield Fault(f"Type={kind} waits for a message that Celery does not send", line)


def _notifies(tree: Tree) -> bool:
    """Tell whether code of the project tells systemd that it is ready."""
    return any(word in tree.read(path) for path in tree.ending(".py") for word in _READY)


def _type_of(unit: Unit) -> str:
    named = unit.values("Service", "Type")
    return named[-1].value if named else "simple"


def _goes_to_background(unit: Unit) -> bool:
    words = re.split(r"[\s\"']+", unit.command)
    return "multi" in words or any(
        word == "--detach" or re.fullmatch(r"-[BEC]*D[BEC]*", word) for word in words
    )


def _folder(unit: Unit) -> Iterator[Fault]:
    for entry in unit.values("Service", "WorkingDirectory"):
        path = entry.value.removeprefix("-")
        if path != "~" and ("$" in path.replace("${template}", "") or not path.startswith(_ROOTED)):
            yield Fault(f"WorkingDirectory={entry.value} is no absolute path", entry.line)


def _layout(unit: Unit, tree: Tree) -> Iterator[Fault]:
    outside = next((entry for entry in unit.entries if not entry.section), None)
    if outside:
        yield Fault(f"{outside.name}= stands outside of any section", outside.line)
    for name, entry in _first_of_each_section(unit).items():
        if name and name not in _KNOWN_SECTIONS and not name.startswith("X-"):
            yield Fault(f"[{name}] is no section that systemd knows", entry.line)
    yield from _stray(unit, tree)


def _first_of_each_section(unit: Unit) -> dict[str, Entry]:
    return {entry.section: entry for entry in reversed(unit.entries)}


def _stray(unit: Unit, tree: Tree) -> Iterator[Fault]:
    """Yield the first line that is neither an entry, a section, a comment nor a continuation."""
    going_on = False
    for number, line in enumerate(tree.text(unit.at.path).splitlines(), 1):
        if not going_on and _STRAY.match(line) and not line.lstrip().startswith(("{{", "{%", "{#")):
            yield Fault(f"line {number} is no `Name=value`", number)
            return
        going_on = line.rstrip().endswith("\\") and not line.lstrip().startswith(("#", ";"))
