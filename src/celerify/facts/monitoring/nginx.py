"""nginx: what its server blocks hand on, and whether they do it over TLS."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.tree import Tree

_ENDINGS = (
    ".conf",
    ".nginx",
    ".conf.template",
    ".conf.tmpl",
    ".conf.tpl",
    ".conf.j2",
    ".conf.in",
    ".conf.example",
)
_TOKEN = re.compile(r"#[^\n]*|\n|[{};]|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|(?:\$\{\w+\}|[^\s{};\"'])+")
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_LARGEST = 500_000
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive: its name, its arguments, the block under it."""

    name: str
    arguments: tuple[str, ...]
    line: int
    block: tuple[Directive, ...] = field(default=())

    def all(self, name: str) -> Iterator[Directive]:
        """Yield the directives of that name in its block and in the blocks under it."""
        for each in self.block:
            if each.name == name:
                yield each
            yield from each.all(name)


@dataclass(frozen=True, slots=True)
class Proxied:
    """One address that a server hands requests on to; `tls`: the server takes them over TLS."""

    path: str
    line: int
    address: str
    tls: bool


def nginx_paths(tree: Tree) -> tuple[str, ...]:
    """Return the files that are nginx configurations with a proxy in them."""
    return tuple(
        path
        for path in tree.paths
        if (path.endswith(_ENDINGS) or "nginx" in path.lower())
        and not path.endswith((".md", ".rst", ".py", ".js", ".ts", ".svg"))
        and tree.size(path) < _LARGEST
        and b"proxy_pass" in tree.read(path)
    )


def read_nginx(tree: Tree) -> Iterator[Proxied]:
    """Yield each address that a server block of the repository hands requests on to."""
    for path in nginx_paths(tree):
        root = Directive("", (), 1, _parsed(tree.read(path)))
        upstreams = {
            each.arguments[0]: [server.arguments[0] for server in each.all("server") if server.arguments]
            for each in root.all("upstream")
            if each.arguments
        }
        for server in root.all("server"):
            tls = _is_tls(server)
            for address, line in _addresses(server, upstreams):
                yield Proxied(path, line, address, tls)


def _addresses(server: Directive, upstreams: dict[str, list[str]]) -> Iterator[tuple[str, int]]:
    given = {
        each.arguments[0].lstrip("$"): each.arguments[1]
        for each in server.all("set")
        if len(each.arguments) > 1
    }
    for each in server.all("proxy_pass"):
        if not each.arguments:
            continue
        text = _VARIABLE.sub(lambda match: given.get(match[1], match[0]), each.arguments[0])
        bare = re.sub(r"^\w+://", "", text)
        name = re.split(r"[:/]", bare, maxsplit=1)[0]
        for address in upstreams.get(name, [bare]):
            yield address, each.line


def _is_tls(server: Directive) -> bool:
    listens = [each.arguments for each in server.block if each.name == "listen"]
    if any({"ssl", "quic"} & set(words) for words in listens):
        return True
    if any(each.name == "ssl" and each.arguments[:1] == ("on",) for each in server.block):
        return True
    certified = any(
        each.name.startswith("ssl_")
        or (each.name == "include" and re.search("ssl|tls|encrypt", " ".join(each.arguments)))
        for each in server.block
    )
    return certified and any(words and words[0].rpartition(":")[2] == "443" for words in listens)


def _filled(match: re.Match[str]) -> str:
    """Return a word for a template's expression, and nothing for its statement; lines stay lines."""
    return ("template" if match[0].startswith("{{") else "") + "\n" * match[0].count("\n")


@lru_cache(maxsize=64)
def _parsed(raw: bytes) -> tuple[Directive, ...]:
    text = _TEMPLATE.sub(_filled, raw.decode("utf-8", "replace"))
    stack: list[list[Directive]] = [[]]
    heads: list[tuple[list[str], int]] = []
    words: list[str] = []
    line, start = 1, 1
    for match in _TOKEN.finditer(text):
        part = match[0]
        if part == "\n":
            line += 1
        elif part == ";":
            if words:
                stack[-1].append(Directive(words[0], tuple(words[1:]), start))
            words = []
        elif part == "{":
            heads.append((words, start))
            stack.append([])
            words = []
        elif part == "}" and heads:
            head, at = heads.pop()
            block = tuple(stack.pop())
            stack[-1].append(Directive(head[0] if head else "", tuple(head[1:]), at, block))
            words = []
        elif part != "}" and not part.startswith("#"):
            start = start if words else line
            words.append(part.strip("\"'"))
            line += part.count("\n")
    return tuple(stack[0])
