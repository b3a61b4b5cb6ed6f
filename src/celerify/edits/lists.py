"""Adds an entry to a list, tuple or set display, in the style in which it is written."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from celerify.edits.bindings import THIRD_PARTY, display_of
from celerify.edits.python import PythonFile
from celerify.edits.splice import Insert, spliced_python
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from celerify.edits.bindings import Display


def with_entry(raw: bytes, name: str, entry: str, path: str = "", at: tuple[int, int] | None = None) -> bytes:
    """Return the file with the string `entry` in the display bound to `name`; unchanged where it is there.

    It goes to the end, to its place where the entries are sorted, or to the end of the section that a comment
    calls third-party. Handles one or several lines, a missing
    trailing comma, comments, empty displays, one-element tuples and tuples without parentheses.

    Args:
        raw: the bytes of the file.
        name: the name, as `INSTALLED_APPS` or `__all__`.
        entry: the string to add.
        path: the path of the file, for messages.
        at: line and column of the value, where they are known (1-based, column in UTF-8 bytes).

    Raises:
        CannotWriteError: no display of that name is bound unconditionally.
    """
    file = PythonFile.of(raw, path)
    display = display_of(file, name, at)
    if display is None:
        what = f"{path or 'the file'} binds no list or tuple to {name} that an entry could be added to"
        raise CannotWriteError(what, f'"{entry}",', path or None)
    if entry in strings_in(display):
        return raw
    return spliced_python(file.source, _inserts(file, display, entry))


def assigns(raw: bytes, name: str, path: str = "") -> bool:
    """Tell whether the file assigns a display to `name` itself, not only adds to one from elsewhere.

    Raises:
        CannotWriteError: the file does not parse.
    """
    return display_of(PythonFile.of(raw, path), name, added=False) is not None


def entries_of(raw: bytes, name: str, path: str = "") -> tuple[str, ...]:
    """Return the entries that are plain strings in the display that a file itself assigns to `name`.

    Raises:
        CannotWriteError: the file does not parse.
    """
    display = display_of(PythonFile.of(raw, path), name, added=False)
    return strings_in(display) if display is not None else ()


def strings_in(display: Display) -> tuple[str, ...]:
    """Return the entries of a display that are plain strings."""
    values = (getattr(element.value, "evaluated_value", None) for element in display.elements)
    return tuple(value for value in values if isinstance(value, str))


def _inserts(file: PythonFile, display: Display, entry: str) -> list[Insert]:
    place = _Place(file, display)
    quoted = _quoted(display, entry)
    if not display.elements:
        return [place.only(quoted)]
    before = _sorted_position(display, entry)
    if before is not None:
        return [place.in_front_of(before, quoted)]
    labelled = place.end_of_third_party()
    return [place.in_front_of(labelled, quoted)] if labelled else place.at_the_end(quoted)


def _quoted(display: Display, entry: str) -> str:
    """Return the entry in the quotes of the last string of the display."""
    quote = '"'
    for element in display.elements:
        if isinstance(element.value, cst.SimpleString):
            quote = element.value.quote[0]
    text = ast.unparse(ast.Constant(entry))[1:-1]
    return f"{quote}{text}{quote}"


def _sorted_position(display: Display, entry: str) -> int | None:
    """Return the index that keeps two or more sorted entries sorted; None to append."""
    strings = strings_in(display)
    if len(strings) < 2 or len(strings) != len(display.elements):  # noqa: PLR2004 - one is always sorted
        return None
    for key in (_plain, _by_kind):
        if list(strings) == sorted(strings, key=key):
            later = [index for index, other in enumerate(strings) if key(other) > key(entry)]
            return later[0] if later else None
    return None


def _plain(name: str) -> tuple[int, str]:
    return 0, name


def _by_kind(name: str) -> tuple[int, str]:
    """Return the key of ruff's order of `__all__`: constants, classes, the rest."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2), name


@dataclass(frozen=True)
class _Place:
    """Where a display's brackets, elements and commas stand in the text."""

    file: PythonFile
    display: Display

    @property
    def _text(self) -> str:
        return self.file.source.text

    @property
    def _has_brackets(self) -> bool:
        return not isinstance(self.display, cst.Tuple) or bool(self.display.lpar)

    @property
    def _closing(self) -> int:
        """The offset of the closing bracket, or the end of a tuple without parentheses."""
        return self.file.span(self.display)[1] - int(self._has_brackets)

    @property
    def _closing_has_own_line(self) -> bool:
        start = self._line_start(self._closing)
        return self._has_brackets and not self._text[start : self._closing].strip()

    def _line_start(self, offset: int) -> int:
        source = self.file.source
        return source.line_starts[source.line_of(offset) - 1]

    def _starts_line(self, offset: int) -> bool:
        return not self._text[self._line_start(offset) : offset].strip()

    def _element(self, index: int) -> tuple[int, int]:
        return self.file.span(self.display.elements[index])

    def _after_comma(self, index: int) -> int | None:
        """Return the offset behind the comma of an element, or None where it has none."""
        comma = self.display.elements[index].comma
        return self.file.span(comma)[1] if isinstance(comma, cst.Comma) else None

    def only(self, quoted: str) -> Insert:
        """Return the insert into an empty display."""
        comma = "," if isinstance(self.display, cst.Tuple) else ""
        if not self._closing_has_own_line:
            return Insert(self._closing, f"{quoted}{comma}")
        return self._line(self._indent_of_items(), quoted)

    def at_the_end(self, quoted: str) -> list[Insert]:
        """Return the inserts behind the last element."""
        last = len(self.display.elements) - 1
        end, comma = self._element(last)[1], self._after_comma(last)
        if self._closing_has_own_line:
            missing = [] if comma is not None else [Insert(end, ",")]
            return [*missing, self._line(self._indent_of_items(), quoted)]
        start = self._element(last)[0]
        if self._starts_line(start) and len(self.display.elements) > 1:
            text = f"\n{self.file.indent_at(start)}{quoted}"
        else:
            text = f" {quoted}"
        if comma is None:
            return [Insert(end, f",{text}")]
        keeps_comma = not isinstance(self.display, cst.Tuple) or last > 0
        return [Insert(comma, text + ("," if keeps_comma else ""))]

    def in_front_of(self, index: int, quoted: str) -> Insert:
        """Return the insert that makes the entry the one of that index."""
        start = self._element(index)[0]
        if not self._starts_line(start):
            return Insert(start, f"{quoted}, ")
        indent = self.file.indent_at(start)
        if index == 0:
            return Insert(self._line_start(start), f"{indent}{quoted},\n")
        previous = self._after_comma(index - 1) or self._element(index - 1)[1]
        return Insert(self.file.source.after_line(previous), f"{indent}{quoted},\n")

    def end_of_third_party(self) -> int | None:
        """Return the index of the entry behind the section that a comment calls third-party, if there is one.

        A section ends in front of the next comment on a line of its own, or of a blank line.
        """
        found = False
        for index in range(len(self.display.elements)):
            above = self._above(index)
            if found and any(not line or line.startswith("#") for line in above):
                return index
            found = found or any(line.startswith("#") and THIRD_PARTY.search(line) for line in above)
        return None

    def _above(self, index: int) -> list[str]:
        """Return the stripped lines between the entry before and this one."""
        start = self.file.span(self.display)[0] if not index else self._element(index - 1)[1]
        between = self._text[start : self._element(index)[0]].split("\n")[1:-1]
        return [line.strip() for line in between]

    def _line(self, indent: str, quoted: str) -> Insert:
        """Return the insert of a line of its own in front of the closing bracket."""
        return Insert(self._line_start(self._closing), f"{indent}{quoted},\n")

    def _indent_of_items(self) -> str:
        """Return the indentation of the last element on a line of its own, else one level inside."""
        source = self.file.source
        for index in reversed(range(len(self.display.elements))):
            start = self._element(index)[0]
            if self._starts_line(start):
                return self.file.indent_at(start)
        above = source.line(source.line_of(self._closing) - 1)
        if not self.display.elements and above.lstrip().startswith("#"):
            return above[: len(above) - len(above.lstrip())]
        return self.file.indent_at(self._closing) + source.indent
