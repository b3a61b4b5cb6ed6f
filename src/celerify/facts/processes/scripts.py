"""What shell text runs in the end: through wrappers, `sh -c`, and the repository's own scripts."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from celerify.facts.processes.command_line import is_silent, program
from celerify.facts.processes.dockerfiles import copied_source, dockerfile_paths, stages
from celerify.facts.processes.shell import assignments, commands, expanded, without_assignments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.processes.command_line import Program
    from celerify.facts.processes.shell import Command
    from celerify.tree import Tree

_DEEPEST = 4
_LARGEST = 100_000
_SHEBANG = re.compile(rb"^#!.*\b(?:sh|bash|dash|zsh|ash|execlineb|with-contenv)\b")
_ARGUMENTS = re.compile(r"[\"']?\$(?:@|\*|\{@\}|\{\*\})[\"']?")
_RUNNERS = frozenset(
    {"sh", "bash", "ash", "dash", "zsh", "exec", "source", ".", "--", "/bin/sh", "/bin/bash"}
)
_SUFFIXES = (".sh", ".bash", ".zsh", "")


@dataclass(frozen=True)
class Run:
    """One program found, and the scripts that led to it."""

    program: Program
    environment: Mapping[str, str]
    scripts: tuple[str, ...] = ()
    line: int = 1


@dataclass(frozen=True)
class Place:
    """Where a command stands: the folder of its relative paths, its build context, what it copies."""

    folder: str = ""
    context: str = ""
    copies: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Scripts:
    """The shell scripts of a repository, by name."""

    tree: Tree
    _found: dict[tuple[str, Place], str | None] = field(default_factory=dict, compare=False)
    _scripts: dict[str, bool] = field(default_factory=dict, compare=False)

    @cached_property
    def by_name(self) -> Mapping[str, tuple[str, ...]]:
        """Each file that may be a script, by its name."""
        found: dict[str, tuple[str, ...]] = {}
        for path in self.tree.paths:
            name = path.rpartition("/")[2]
            if posixpath.splitext(name)[1] in _SUFFIXES and "{{" not in path:
                found[name] = (*found.get(name, ()), path)
        return found

    @cached_property
    def dockerfiles(self) -> tuple[str, ...]:
        """Every Dockerfile."""
        return dockerfile_paths(self.tree)

    def find(self, word: str, place: Place) -> str | None:
        """Return the script that a word names: copied into the image, near by, or by its name alone."""
        if not posixpath.basename(word) or word.startswith("-") or re.search(r"[\s$=]", word):
            return None
        key = (word, place)
        if key not in self._found:
            self._found[key] = self._sought(word, place)
        return self._found[key]

    def _sought(self, word: str, place: Place) -> str | None:
        for source in self._copied(word, place):
            if self._is_script(source):
                return source
        near = posixpath.normpath(posixpath.join(place.folder, word.lstrip("/")))
        candidates = [
            path for path in self.by_name.get(posixpath.basename(word), ()) if self._is_script(path)
        ]
        ending = [path for path in candidates if path == near or path.endswith("/" + word.lstrip("./"))]
        best = [path for path in candidates if path == near] or ending or candidates
        if not best:
            return None
        shared = [len(posixpath.commonprefix([path, place.context or place.folder])) for path in best]
        return best[shared.index(max(shared))]

    def _copied(self, word: str, place: Place) -> Iterator[str]:
        own = [(place.context, place.copies)]
        others = [
            (context, stage.copies)
            for path in (self.dockerfiles if word.startswith("/") else ())
            for stage in stages(self.tree.read(path))
            for context in ("", posixpath.dirname(path))
        ]
        for context, copies in (*own, *others):
            for source, target in copies:
                found = copied_source(source, target, word)
                if found:
                    yield posixpath.normpath(posixpath.join(context, found))

    def _is_script(self, path: str) -> bool:
        if path not in self._scripts:
            self._scripts[path] = self._may_run(path)
        return self._scripts[path]

    def _may_run(self, path: str) -> bool:
        if path.startswith("..") or not self.tree.exists(path) or self.tree.size(path) > _LARGEST:
            return False
        return path.endswith((".sh", ".bash", ".zsh")) or bool(_SHEBANG.match(self.tree.read(path)[:200]))

    def starts_celery(self, path: str) -> bool:
        """Tell whether a file is a script that may start a worker, beat or Flower, by its bytes."""
        if not self._is_script(path):
            return False
        raw = self.tree.read(path)
        return b"celery" in raw.lower() and any(
            word in raw for word in (b"worker", b"beat", b"flower", b"multi")
        )

    def runs(
        self,
        text: str,
        environment: Mapping[str, str],
        place: Place,
        seen: tuple[str, ...] = (),
        line: int = 1,
    ) -> Iterator[Run]:
        """Yield each program that the text runs, directly or through a script."""
        environment = dict(environment)
        for command in _parsed(expanded(text, environment)):
            yield from self._run(command, environment, place, seen, line if not seen else command.line)

    def _run(
        self, command: Command, environment: dict[str, str], place: Place, seen: tuple[str, ...], line: int
    ) -> Iterator[Run]:
        given, words = without_assignments(command.words)
        environment.update(given)
        found = program(words)
        if found:
            yield Run(found, dict(environment), seen, line)
        elif words and not is_silent(words) and len(seen) < _DEEPEST:
            for word in words:
                if re.search(r"\s", word):
                    yield from self.runs(word, environment, place, seen, line)
            yield from self._through_script(words, environment, place, seen)

    def _through_script(
        self, words: tuple[str, ...], environment: dict[str, str], place: Place, seen: tuple[str, ...]
    ) -> Iterator[Run]:
        for index, word in enumerate(words):
            # a bare word is a script only where a program stands: `npm start` runs no script named start
            program_here = index == 0 or words[index - 1] in _RUNNERS or "/" in word or "." in word
            path = self.find(word, place) if program_here else None
            if path and path not in seen:
                runs = tuple(self.script_runs((*seen, path), words[index + 1 :], environment, place))
                yield from runs
                if runs:  # else one as wait-for-it.sh: what it waits for comes later
                    return

    def script_runs(
        self,
        seen: tuple[str, ...],
        arguments: tuple[str, ...] | None,
        environment: Mapping[str, str],
        place: Place,
    ) -> Iterator[Run]:
        """Yield what the last script of `seen` runs with these arguments; None takes every branch of it."""
        text = _ARGUMENTS.sub(lambda _: shlex.join(arguments or ()), self.tree.text(seen[-1]))
        known = {**assignments(text), **environment}
        found = _parsed(expanded(text, known))
        asked = frozenset((*(arguments or ()), *environment.values()))
        for command in found if arguments is None else _chosen(found, asked):
            yield from self._run(command, dict(known), place, seen, command.line)


@lru_cache(maxsize=2048)
def _parsed(text: str) -> tuple[Command, ...]:
    return commands(text)


def _chosen(found: tuple[Command, ...], asked: frozenset[str]) -> Iterator[Command]:
    """Yield the commands that run: those of a `case` branch or a function only where it is asked for."""
    patterns = {pattern for command in found for label in command.labels for pattern in label.split("|")}
    reached = set(asked)
    for _ in range(_DEEPEST):  # a function may call another one
        reached |= {
            c.words[0] for c in found if all(_matches(label, reached, patterns) for label in c.labels)
        }
    for command in found:
        if all(_matches(label, reached, patterns) for label in command.labels):
            yield command


def _matches(label: str, reached: set[str], patterns: set[str]) -> bool:
    wanted = set(label.split("|"))
    return bool(wanted & reached) or ("*" in wanted and not reached & patterns)
