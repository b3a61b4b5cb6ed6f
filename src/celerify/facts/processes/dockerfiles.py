"""Dockerfiles: what an image runs, and which file of the repository a path in it came from."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celerify.tree import Tree

_INSTRUCTION = re.compile(
    r"^\s*(FROM|CMD|ENTRYPOINT|COPY|ADD|ENV|WORKDIR)\s+(.*)$", re.IGNORECASE | re.DOTALL
)
_FROM = re.compile(r"^(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)


@dataclass(frozen=True)
class Stage:
    """One build stage, what it inherits included.

    Attributes:
        name: its name, or "".
        entrypoint: the shell text of ENTRYPOINT, or None.
        command: the shell text of CMD, or None.
        line: the line of CMD, else of ENTRYPOINT, else of FROM.
        copies: source as written and destination of each COPY and ADD.
        environment: what ENV gives.
    """

    name: str
    entrypoint: str | None = None
    command: str | None = None
    line: int = 1
    copies: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def runs(self) -> str:
        """The shell text that a container of this image runs."""
        return " ".join(part for part in (self.entrypoint, self.command) if part)


@lru_cache(maxsize=256)
def stages(raw: bytes) -> tuple[Stage, ...]:
    """Return the stages of a Dockerfile, in order; the last one is what a plain build gives."""
    found: list[Stage] = []
    for line, text in _logical(raw.decode("utf-8", "replace")):
        match = _INSTRUCTION.match(text)
        if not match:
            continue
        name, rest = match[1].upper(), match[2].strip()
        if name == "FROM":
            found.append(_started(rest, line, found))
        elif found:
            found[-1] = _with(found[-1], name, rest, line)
    return tuple(found)


def stage_of(raw: bytes, target: str | None) -> Stage | None:
    """Return the stage named `target`, or the last one."""
    found = stages(raw)
    named = [stage for stage in found if target and stage.name == target]
    return named[-1] if named else (found[-1] if found else None)


def copied_source(source: str, target: str, path: str) -> str | None:
    """Return where a path in the image was copied from, relative to the build context, or None."""
    if target == path or (
        target.endswith("/") and posixpath.join(target, posixpath.basename(source)) == path
    ):
        return source
    folder = target.rstrip("/") + "/"
    return posixpath.join(source, path[len(folder) :]) if path.startswith(folder) else None


def dockerfile_paths(tree: Tree) -> tuple[str, ...]:
    """Return every Dockerfile: `Dockerfile`, `Dockerfile.web`, `web.Dockerfile`, `Containerfile`."""
    names = ((path, path.rpartition("/")[2]) for path in tree.paths)
    return tuple(
        path
        for path, name in names
        if (name.startswith(("Dockerfile", "Containerfile")) or name.endswith((".Dockerfile", ".dockerfile")))
        and "{{" not in path
        and not name.endswith((".dockerignore", ".j2", ".md"))
    )


def shell_text(words: str) -> str:
    """Return CMD or ENTRYPOINT as shell text, the JSON form quoted word by word."""
    if words.startswith("["):
        try:
            return shlex.join(str(word) for word in json.loads(words))
        except (ValueError, TypeError):
            return words.strip("[]")
    return words


def _started(rest: str, line: int, before: list[Stage]) -> Stage:
    match = _FROM.match(rest)
    image, name = (match[1], match[2] or "") if match else ("", "")
    parent = next((stage for stage in reversed(before) if stage.name and stage.name == image), None)
    return replace(parent, name=name) if parent else Stage(name, line=line)


def _with(stage: Stage, name: str, rest: str, line: int) -> Stage:
    match name:
        case "CMD":
            return replace(stage, command=shell_text(rest), line=line)
        case "ENTRYPOINT":
            return replace(stage, entrypoint=shell_text(rest), line=line)
        case "ENV":
            return replace(stage, environment=(*stage.environment, *_pairs(rest)))
        case "COPY" | "ADD":
            return replace(stage, copies=(*stage.copies, *_copies(rest)))
        case _:
            return stage


def _shell_words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _pairs(rest: str) -> list[tuple[str, str]]:
    words = _shell_words(rest)
    if not words or "=" in words[0]:
        return [(name, value) for name, _, value in (word.partition("=") for word in words)]
    return [(words[0], " ".join(words[1:]))]


def _copies(rest: str) -> list[tuple[str, str]]:
    words = _shell_words(shell_text(rest))
    if any(word.startswith("--from") for word in words):
        return []
    paths = [word for word in words if not word.startswith("--")]
    return [(source.lstrip("/"), paths[-1]) for source in paths[:-1]]


def _logical(text: str) -> list[tuple[int, str]]:
    """Return each instruction with the line it starts on; comments between continued lines are dropped."""
    found: list[tuple[int, str]] = []
    held: list[str] = []
    start = 1
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        start = start if held else number
        held.append(line.rstrip().removesuffix("\\"))
        if not line.rstrip().endswith("\\"):
            found.append((start, " ".join(held)))
            held = []
    return [*found, (start, " ".join(held))] if held else found
