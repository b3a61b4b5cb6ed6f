"""Caddy: what its sites hand on; a site takes requests over TLS unless its address says otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.tree import Tree

_VARIABLE = re.compile(r"\{\$(\w+)(?::([^{}]*))?\}")
_PLAIN = re.compile(r"^(?:http://|:(?!443\b)\d*)")


@dataclass(frozen=True, slots=True)
class Handed:
    """One address that a site hands requests on to; `tls` is None where a variable decides."""

    path: str
    line: int
    address: str
    tls: bool | None


def caddy_paths(tree: Tree) -> tuple[str, ...]:
    """Return the files that are Caddyfiles."""
    named = ((path, path.rpartition("/")[2].lower()) for path in tree.paths)
    return tuple(
        path
        for path, name in named
        if name.startswith("caddyfile") or name.endswith((".caddy", ".caddyfile"))
    )


def read_caddy(tree: Tree) -> Iterator[Handed]:
    """Yield each address that a site of the repository hands requests on to."""
    for path in caddy_paths(tree):
        text = _VARIABLE.sub(_filled, tree.text(path))
        switched_off = re.search(r"^\s*auto_https\s+off\b", text, re.MULTILINE) is not None
        for site in _sites(text):
            tls = _tls(site, switched_off=switched_off)
            for line, words in site.lines:
                for address in _upstreams(words):
                    yield Handed(path, line, address, tls)


@dataclass(frozen=True, slots=True)
class _Site:
    addresses: tuple[str, ...]
    lines: tuple[tuple[int, tuple[str, ...]], ...]


def _filled(match: re.Match[str]) -> str:
    """Return the default of a variable, else its name as `$NAME`."""
    return match[2] if match[2] is not None else f"${match[1]}"


def _sites(text: str) -> Iterator[_Site]:
    depth, head, body = 0, tuple[str, ...](), list[tuple[int, tuple[str, ...]]]()
    pending: list[str] = []
    for number, written in enumerate(text.splitlines(), 1):
        words = tuple(re.sub(r"(?:^|\s)#.*$", "", written).split())
        if not words:
            continue
        if depth == 0:
            pending += [word.strip(",") for word in words if word != "{"]
            head = tuple(pending)
            if words[-1] != "{":
                pending = pending if written.rstrip().endswith(",") else []
                continue
            pending, body = [], []
        elif words != ("}",):
            body.append((number, tuple(word for word in words if word not in {"{", "}"})))
        depth += written.count(" {") + (1 if written.strip() == "{" else 0) - words.count("}")
        if depth <= 0:
            depth = 0
            if head and not head[0].startswith("("):
                yield _Site(head, tuple(body))


def _tls(site: _Site, *, switched_off: bool) -> bool | None:
    if any(words[:1] == ("tls",) for _, words in site.lines):
        return True
    if switched_off or any(_PLAIN.match(address) for address in site.addresses):
        return False
    return None if any(address.startswith("$") for address in site.addresses) else True


def _upstreams(words: tuple[str, ...]) -> tuple[str, ...]:
    if words[:1] == ("to",):
        return words[1:]
    if words[:1] != ("reverse_proxy",):
        return ()
    return tuple(word for word in words[1:] if not word.startswith(("/", "@", "*")))
