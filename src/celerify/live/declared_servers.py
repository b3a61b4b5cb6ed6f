"""The Redis servers that compose files declare: what of their arguments decides who is let in."""

from __future__ import annotations

import posixpath
import re
import secrets
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celerify.facts.processes.compose import build_of, environment_of, shell_text
from celerify.facts.processes.compose_parts import mounted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from celerify.facts.processes.compose import Service
    from celerify.tree import Tree

_SERVERS = frozenset({"redis-server", "valkey-server", "keydb-server", "redis-stack-server"})
_DECIDES = frozenset({"requirepass", "user", "aclfile"})
_OPERATOR = re.compile(r"^[;&|]+$")
_SUBSTITUTED = re.compile(r"\$\([^()]*\)|`[^`]*`")
_DEMANDED = re.compile(r"\$\{(\w+):?\?[^{}]*\}")
_DEFAULT = re.compile(r"\$\{(\w+):?-([^{}]*)\}")
_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
_PASSWORDS = ("REDIS_PASSWORD", "REDIS_MASTER_PASSWORD", "VALKEY_PASSWORD", "VALKEY_PRIMARY_PASSWORD")
_NESTED = 4


class UnreadError(Exception):
    """What a service is started with cannot be read from the repository: the sentence says why."""


@dataclass
class Values:
    """What each variable is: as the repository says, else a random value for it.

    Attributes:
        given: what the container is given.
        made: the random values that were made, by name.
        empty: the names of variables that were taken to be unset.
    """

    given: Mapping[str, str]
    made: dict[str, str] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)

    def fill(self, text: str) -> str:
        """Return a text without variables."""
        text = _SUBSTITUTED.sub(lambda found: self._made(found[0]), text)
        for _ in range(_NESTED):
            before = text
            text = _DEMANDED.sub(lambda found: self._made(found[1]), text)
            text = _VARIABLE.sub(lambda found: self._value(found[1] or found[2]), text)
            text = _DEFAULT.sub(lambda found: self._or(found[1], found[2]), text)
            if text == before:
                break
        return text

    def _made(self, name: str) -> str:
        return self.made.setdefault(name, secrets.token_hex(12))

    def _value(self, name: str) -> str:
        if name not in self.given:
            return self._made(name)
        if not self.given[name]:
            self.empty.append(name)
        return self.given[name]

    def _or(self, name: str, default: str) -> str:
        value = self.given.get(name) or default
        if not value:
            self.empty.append(name)
        return value


@dataclass(frozen=True, slots=True)
class Guard:
    """What decides who is let in: the directives of a configuration file, and the password if there is one.

    Attributes:
        directives: the lines, as Redis reads them.
        password: that of everybody; None without one.
        empty: the names of variables that are not set, and leave the password empty.
    """

    directives: tuple[str, ...]
    password: str | None
    empty: tuple[str, ...] = ()


def guard_of(service: Service, tree: Tree) -> Guard:
    """Return what a service is told of who is let in.

    Raises:
        UnreadError: what it is started with cannot be read.
    """
    values = Values(environment_of(service, tree))
    found = dict(_by_image(service, values))
    lines = list(_lines(_arguments(service, tree, values), service, tree))
    directives = [*found.items(), *lines]
    passwords = [value for name, value in directives if name == "requirepass"]
    password = passwords[-1] if passwords else ""
    text = tuple(f"{name} {_quoted(value)}" for name, value in directives)
    return Guard(text, password or None, tuple(dict.fromkeys(values.empty)))


def _quoted(value: str) -> str:
    """Return one value as Redis's configuration quotes it; the words of a user's rules stay apart."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return value if " " in value else f'"{escaped}"'


def _by_image(service: Service, values: Values) -> Iterator[tuple[str, str]]:
    """Yield what Bitnami's images make of their variables; the official ones take none."""
    if "bitnami" not in (service.image or ""):
        return
    for name in _PASSWORDS:
        if f"{name}_FILE" in values.given:
            raise UnreadError(f"its password is in the file that {name}_FILE names")
        if name in values.given:
            yield "requirepass", values.fill(f"${{{name}}}")
            return


def _arguments(service: Service, tree: Tree, values: Values) -> list[str]:
    """Return the words behind the server's name."""
    built = build_of(service, tree)
    parts = [shell_text(service.definition.get(key)) for key in ("entrypoint", "command")]
    if built and not any(parts):
        parts = [built[2].runs]
    words = _flat(_split(values.fill(" ".join(filter(None, parts)))))
    extra = [values.given.get(name, "") for name in ("REDIS_ARGS", "VALKEY_EXTRA_FLAGS")]
    more = _split(values.fill(" ".join(extra)))
    place = next((index for index, word in enumerate(words) if posixpath.basename(word) in _SERVERS), None)
    if place is not None:
        behind = words[place + 1 :]
        ends = next((index for index, word in enumerate(behind) if _OPERATOR.match(word)), None)
        return [*behind[:ends], *more]
    if words and not words[0].startswith("-") and not words[0].endswith(".conf"):
        raise UnreadError("what its command starts cannot be read")
    return [*words, *more]


def _split(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError as error:
        raise UnreadError("its command cannot be taken apart") from error


def _flat(words: Sequence[str]) -> list[str]:
    """Return the words, with what `sh -c` is given taken apart."""
    found: list[str] = []
    for before, word in zip(("", *words), words, strict=False):
        found += _split(word) if before in {"-c", "-ec", "-lc"} else [word]
    return found


def _lines(arguments: Iterable[str], service: Service, tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield each directive that decides, by name: first those of the configuration file."""
    words = list(arguments)
    if words and not words[0].startswith("-"):
        yield from _of_file(words.pop(0), service, tree)
    while words:
        name, equals, value = words.pop(0).removeprefix("--").partition("=")
        given = [value] if equals else []
        while words and not words[0].startswith("--"):
            given.append(words.pop(0))
        if name == "aclfile":
            yield from _of_acl(given[0] if given else "", service, tree)
        elif name in _DECIDES:
            if not given:
                raise UnreadError(f"`--{name}` is given nothing")
            yield name, " ".join(given)


def _of_file(target: str, service: Service, tree: Tree) -> Iterator[tuple[str, str]]:
    for line in _mounted_text(target, service, tree).splitlines():
        name, _, value = line.strip().partition(" ")
        if name == "include":
            raise UnreadError(f"{target} includes another file")
        if name == "aclfile":
            yield from _of_acl(value.strip().strip("\"'"), service, tree)
        elif name in _DECIDES:
            yield name, value.strip() if name == "user" else value.strip().strip("\"'")


def _of_acl(target: str, service: Service, tree: Tree) -> Iterator[tuple[str, str]]:
    for line in _mounted_text(target, service, tree).splitlines():
        if line.strip().startswith("user "):
            yield "user", line.strip().removeprefix("user ")


def _mounted_text(target: str, service: Service, tree: Tree) -> str:
    for source, place in mounted(service):
        inside = f"{place.rstrip('/')}/"
        path = source if place == target else f"{source}/{target.removeprefix(inside)}"
        if (place == target or target.startswith(inside)) and tree.exists(path):
            return tree.text(path)
    raise UnreadError(f"{target} is not in the repository")
