"""Where keys, values and array elements stand in a TOML text: offsets, for splicing.

Not a validator: it trusts that `tomllib` reads the text, and whoever splices proves the result with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Keys = tuple[str, ...]

_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""+|' + r"'''.*?'''+|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'", re.DOTALL
)
_COMMENT = re.compile(r"#[^\n]*")
_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_KEYS = re.compile(rf"\s*({_KEY}(?:[ \t]*\.[ \t]*{_KEY})*)[ \t]*")
_PART = re.compile(_KEY)
_PLAIN = re.compile(r"[^\s,\[\]{}#]+")


@dataclass(frozen=True, slots=True)
class Span:
    """A value in the text: from its first character to behind its last."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key = value` below a header: the header's keys and the key's own, where both stand."""

    table: Keys
    keys: Keys
    start: int
    value: Span


@dataclass(frozen=True, slots=True)
class Header:
    """One `[table]`: its keys, and the offset behind its closing bracket."""

    keys: Keys
    stop: int


def read(text: str) -> tuple[list[Header], list[Entry]]:
    """Return the headers and the entries of a TOML text, in order.

    Raises:
        ValueError: something stands where neither can.
    """
    headers: list[Header] = []
    entries: list[Entry] = []
    at = _skip(text, 0)
    while at < len(text):
        if text[at] == "[":
            keys, stop = _header(text, at)
            headers.append(Header(keys, stop))
        else:
            keys, equals = _keys(text, at)
            if text[equals : equals + 1] != "=":
                raise ValueError(f"no value at {equals}")
            value = _value(text, _skip(text, equals + 1))
            entries.append(Entry(headers[-1].keys if headers else (), keys, at, value))
            stop = value.stop
        at = _skip(text, stop)
    return headers, entries


def elements(text: str, array: Span) -> list[Span]:
    """Return the elements of an array."""
    return list(_elements(text, array.start + 1, "]"))


def pairs(text: str, table: Span) -> list[tuple[Keys, Span]]:
    """Return the keys and values of an inline table."""
    found = []
    at = _skip(text, table.start + 1)
    while text[at] != "}":
        keys, equals = _keys(text, at)
        value = _value(text, _skip(text, equals + 1))
        found.append((keys, value))
        at = _skip(text, value.stop)
        at = _skip(text, at + 1) if text[at] == "," else at
    return found


def _skip(text: str, at: int) -> int:
    """Return the offset of the first character that is neither blank nor in a comment."""
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] == "#":
            at = _matched(_COMMENT, text, at).end()
        else:
            break
    return at


def _matched(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    if found is None:
        raise ValueError(f"not understood at {at}")
    return found


def _keys(text: str, at: int) -> tuple[Keys, int]:
    found = _matched(_KEYS, text, at)
    return tuple(part.strip("\"'") for part in _PART.findall(found[1])), found.end()


def _header(text: str, at: int) -> tuple[Keys, int]:
    double = text.startswith("[[", at)
    keys, stop = _keys(text, at + 1 + double)
    return keys, stop + 1 + double


def _value(text: str, at: int) -> Span:
    if text[at] == "[":
        *_, last = [Span(at, at + 1), *_elements(text, at + 1, "]")]
        return Span(at, _closed(text, last.stop, "]"))
    if text[at] == "{":
        *_, last = [Span(at, at + 1), *(value for _, value in pairs(text, Span(at, at)))]
        return Span(at, _closed(text, last.stop, "}"))
    if text[at] in "\"'":
        return Span(at, _matched(_STRING, text, at).end())
    return Span(at, _matched(_PLAIN, text, at).end())


def _elements(text: str, at: int, closing: str) -> Iterator[Span]:
    at = _skip(text, at)
    while text[at] != closing:
        value = _value(text, at)
        yield value
        at = _skip(text, value.stop)
        at = _skip(text, at + 1) if text[at] == "," else at


def _closed(text: str, at: int, closing: str) -> int:
    at = _skip(text, at)
    at = _skip(text, at + 1) if text[at] == "," else at
    if text[at] != closing:
        raise ValueError(f"not closed at {at}")
    return at + 1
