"""Adds a dependency, or an extra of one, to a pyproject.toml or a Pipfile. Only inserts.

What comes out is parsed again, and differs from what was there by exactly the new thing.
"""

from __future__ import annotations

import copy
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celerify.edits import toml_spans
from celerify.edits.requirements import extra_insert
from celerify.edits.text_file import TextFile
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from celerify.edits.toml_spans import Entry, Keys, Span

Inserts = list[tuple[int, str]]
_INDENT = "    "
_MEANT_AS_ORDER = 2


@dataclass(frozen=True)
class Toml:
    """A TOML file with its data and where things stand in it."""

    file: TextFile
    data: dict[str, Any]
    headers: list[toml_spans.Header]
    entries: list[Entry]

    @classmethod
    def of(cls, raw: bytes) -> Toml:
        """Return the file.

        Raises:
            CannotWriteError: it is not valid TOML, or not written as this module understands it.
        """
        file = TextFile.of(raw)
        try:
            return cls(file, tomllib.loads(file.text), *toml_spans.read(file.text))
        except (ValueError, IndexError, RecursionError) as error:
            raise CannotWriteError(f"it cannot be read as TOML: {error}") from error

    def entry(self, table: Keys) -> Entry | None:
        """Return the `key = value` that a path of keys leads to."""
        return next((entry for entry in self.entries if (*entry.table, *entry.keys) == table), None)

    def proved(self, inserts: Inserts, expected: dict[str, Any], snippet: str) -> bytes:
        """Return the bytes with the inserts, proved to hold the expected data."""
        raw = self.file.spliced(inserts)
        try:
            data = tomllib.loads(TextFile.of(raw).text)
        except tomllib.TOMLDecodeError as error:
            raise CannotWriteError(f"it would not be valid TOML: {error}", snippet) from error
        if data != expected:
            raise CannotWriteError("more than the dependency would change in it", snippet)
        return raw


def add_string(raw: bytes, table: Keys, requirement: str) -> bytes:
    """Return the file with one more requirement in an array of strings, as `project.dependencies`.

    A sorted array stays sorted. `project.dependencies` is made where it is absent.

    Raises:
        CannotWriteError: there is no such array, or it is not written as one.
    """
    toml = Toml.of(raw)
    entry = toml.entry(table)
    if entry is None:
        return _new_array(toml, table, requirement)
    array = _at(toml.data, table)
    if not isinstance(array, list):
        raise CannotWriteError(f"{'.'.join(table)} is no array", f'"{requirement}",')
    spans = toml_spans.elements(toml.file.text, entry.value)
    index = _index(array, requirement)
    expected = copy.deepcopy(toml.data)
    _at(expected, table).insert(index, requirement)
    return toml.proved(
        _array_inserts(toml.file, entry.value, spans, index, requirement), expected, f'"{requirement}",'
    )


def _at(data: Any, keys: Keys) -> Any:  # noqa: ANN401 - TOML holds anything
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _new_array(toml: Toml, table: Keys, requirement: str) -> bytes:
    snippet = f'{table[-1]} = [\n{_INDENT}"{requirement}",\n]\n'
    header = next((header for header in toml.headers if header.keys == table[:-1]), None)
    parent = _at(toml.data, table[:-1])
    if header is None or not isinstance(parent, dict) or table[-1] in parent.get("dynamic", ()):
        raise CannotWriteError(f"there is no {'.'.join(table)} in it", snippet)
    expected = copy.deepcopy(toml.data)
    _at(expected, table[:-1])[table[-1]] = [requirement]
    return toml.proved([_after(toml, header, snippet)], expected, snippet)


def _after(toml: Toml, header: toml_spans.Header, lines: str) -> tuple[int, str]:
    """Return the insert that puts lines behind the last entry of a table."""
    stops = [entry.value.stop for entry in toml.entries if entry.table == header.keys]
    end = toml.file.content_end(max(stops, default=header.stop))
    return end, "\n" + lines.removesuffix("\n")


def _name(requirement: str) -> str:
    found = re.match(r"\s*([A-Za-z0-9._-]+)", requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""


def _index(array: list[Any], requirement: str) -> int:
    names = [_name(found) if isinstance(found, str) else "" for found in array]
    if len(names) < _MEANT_AS_ORDER or names != sorted(names):
        return len(names)
    return sum(name < _name(requirement) for name in names)


def _array_inserts(file: TextFile, array: Span, spans: list[Span], index: int, requirement: str) -> Inserts:
    text = file.text
    quote = text[spans[0].start] if spans and text[spans[0].start] == "'" and "'" not in requirement else '"'
    new = f"{quote}{requirement}{quote}"
    if not spans:
        return [_into_empty(file, array, new)]
    if _line_start(text, spans[-1].start) == _line_start(text, array.start):
        return [(spans[index].start, f"{new}, ")] if index < len(spans) else [(spans[-1].stop, f", {new}")]
    if index == 0:
        return [(spans[0].start, f"{new},\n{_indent(text, spans[0].start)}")]
    before = spans[index - 1]
    comma = re.compile(r"\s*,").match(text, before.stop)
    line = "\n" + _indent(text, before.start) + new
    if comma is None and index == len(spans):
        end = file.content_end(before.stop)
        closed = array.stop - 1 < end
        return [(before.stop, ","), (before.stop if closed else end, line)]
    stop = comma.end() if comma else before.stop
    end = file.content_end(stop)
    behind = stop if any(stop <= span.start < end for span in spans) or array.stop - 1 < end else end
    return [(behind, f"{line},")]


def _into_empty(file: TextFile, array: Span, new: str) -> tuple[int, str]:
    inside = file.text[array.start + 1 : array.stop - 1]
    if "\n" not in inside and "\r" not in inside:
        return array.start + 1, f"\n{_INDENT}{new},\n"
    return _line_start(file.text, array.stop - 1), f"{_INDENT}{new},\n"


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _indent(text: str, offset: int) -> str:
    line = text[_line_start(text, offset) : offset]
    return line if not line.strip() else _INDENT


def add_key(raw: bytes, table: Keys, name: str, specifier: str, extras: tuple[str, ...] = ()) -> bytes:
    """Return the file with one more package in a table whose keys are packages: Poetry, Pipfile.

    Raises:
        CannotWriteError: the table has no header of its own, or holds the package already.
    """
    toml = Toml.of(raw)
    value: object = {"extras": list(extras), "version": specifier} if extras else specifier
    listed = ", ".join(f'"{extra}"' for extra in extras)
    line = (
        f'{name} = {{extras = [{listed}], version = "{specifier}"}}' if extras else f'{name} = "{specifier}"'
    )
    header = next((header for header in toml.headers if header.keys == table), None)
    if header is None or name in _at(toml.data, table):
        raise CannotWriteError(f"there is no [{'.'.join(table)}] to add it to", line)
    expected = copy.deepcopy(toml.data)
    _at(expected, table)[name] = value
    return toml.proved([_key_insert(toml, header, name, line)], expected, line)


def _key_insert(toml: Toml, header: toml_spans.Header, name: str, line: str) -> tuple[int, str]:
    mine = [entry for entry in toml.entries if entry.table == header.keys]
    packages = [entry for entry in mine if entry.keys[0] != "python"]
    names = [_name(entry.keys[0]) for entry in packages]
    if len(names) >= _MEANT_AS_ORDER and names == sorted(names):
        before = [entry for entry in packages if _name(entry.keys[0]) < name]
        if not before:
            return packages[0].start, f"{line}\n"
        return toml.file.content_end(before[-1].value.stop), f"\n{line}"
    return _after(toml, header, line)


def add_string_extra(raw: bytes, table: Keys, name: str, extra: str) -> bytes:
    """Return the file with one more extra for a package in an array of requirement strings.

    Raises:
        CannotWriteError: the array does not hold that package exactly once.
    """
    toml = Toml.of(raw)
    entry, array = toml.entry(table), _at(toml.data, table)
    found = [index for index, text in enumerate(array or ()) if isinstance(text, str) and _name(text) == name]
    if entry is None or len(found) != 1:
        raise CannotWriteError(
            f"{name} is not declared exactly once in {'.'.join(table)}", f"{name}[{extra}]"
        )
    index = found[0]
    at, insert = extra_insert(array[index], extra)
    expected = copy.deepcopy(toml.data)
    _at(expected, table)[index] = array[index][:at] + insert + array[index][at:]
    span = toml_spans.elements(toml.file.text, entry.value)[index]
    return toml.proved([(span.start + 1 + at, insert)], expected, f"{name}[{extra}]")


def add_key_extra(raw: bytes, table: Keys, name: str, extra: str) -> bytes:
    """Return the file with one more extra for a package that is a key of a table: Poetry, Pipfile.

    Args:
        raw: the file.
        table: the table's keys.
        name: the key, as the file spells it or normalised.
        extra: the extra.

    Raises:
        CannotWriteError: the package is written in a way that an insert cannot change.
    """
    toml = Toml.of(raw)
    key = next((key for key in _at(toml.data, table) or () if _name(key) == name), name)
    value = _at(toml.data, (*table, key))
    entry = toml.entry((*table, key))
    expected = copy.deepcopy(toml.data)
    snippet = f'{key} = {{extras = ["{extra}"], version = "..."}}'
    if isinstance(value, str) and entry:
        _at(expected, table)[key] = {"extras": [extra], "version": value}
        inserts = [(entry.value.start, f'{{extras = ["{extra}"], version = '), (entry.value.stop, "}")]
        return toml.proved(inserts, expected, snippet)
    header = next((header for header in toml.headers if header.keys == (*table, key)), None)
    if not isinstance(value, dict) or (entry is None and header is None):
        raise CannotWriteError(f"{key} has several constraints", snippet)
    listed = value.get("extras", [])
    _at(expected, table)[key] = {**value, "extras": [*listed, extra]}
    return toml.proved(_extras_inserts(toml, (*table, key), entry, header, extra), expected, snippet)


def _extras_inserts(
    toml: Toml, keys: Keys, entry: Entry | None, header: toml_spans.Header | None, extra: str
) -> Inserts:
    text = toml.file.text
    if entry is None:
        present = toml.entry((*keys, "extras"))
        if present is None and header is not None:
            return [_after(toml, header, f'extras = ["{extra}"]')]
        array = present.value if present else None
    else:
        inner = toml_spans.pairs(text, entry.value)
        array = next((span for key, span in inner if key == ("extras",)), None)
        if array is None:
            return [(inner[0][1].stop, f', extras = ["{extra}"]')]
    if array is None:
        raise CannotWriteError(f"{keys[-1]} is not understood", extra)
    spans = toml_spans.elements(text, array)
    return [(spans[-1].stop, f', "{extra}"')] if spans else [(array.start + 1, f'"{extra}"')]
