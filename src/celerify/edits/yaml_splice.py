"""Splices entries into the block mappings of a YAML file and keeps every other byte.

PyYAML says where the nodes are; what is inserted is text. The result is read again: it must hold what was
there, in order, and the new entries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celerify.edits.splice import is_subsequence
from celerify.edits.text_file import TextFile
from celerify.edits.yaml_nodes import YamlNodes
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import yaml

    from celerify.edits.yaml_nodes import Keys

_BLANK_OR_COMMENT = re.compile(r"[ \t]*(?:#[^\r\n]*)?$")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry to put at the end of a mapping.

    Attributes:
        into: the keys that lead to the mapping; empty for the document's own.
        key: its key, which the mapping must not have yet; None for an item of a list.
        text: its lines, not indented, each with a line feed.
        apart: put a blank line in front where the entries there are set apart.
    """

    into: Keys
    key: str | None
    text: str
    apart: bool = False


@dataclass(frozen=True)
class YamlFile(YamlNodes):
    """A YAML file that entries are added to."""

    def with_entries(self, entries: Sequence[Entry]) -> bytes:
        """Return the bytes with the entries, proved; those for one mapping in the order given.

        Raises:
            CannotWriteError: a mapping is not there, is written in flow style, or has the key already.
        """
        inserts = [self._insert(entry) for entry in entries]
        after = self.file.spliced(_joined(inserts))
        self._prove(after, entries)
        return after

    def _insert(self, entry: Entry) -> tuple[int, str]:
        if not self.can_take(entry.into):
            where = ".".join(entry.into) or "the document"
            raise CannotWriteError(
                f"{where} in {self.path or 'the file'} is no block that an entry can be added to",
                entry.text,
                self.path,
            )
        node = self.node(entry.into)
        column = self.column_of(node) if node else 0
        at = self._end_of(node, column) if node else len(self.text)
        lines = "".join(
            f"{' ' * column}{line}" if line.strip() else line for line in entry.text.splitlines(keepends=True)
        )
        gap = "\n" if entry.apart and self._set_apart(node) else ""
        before = "" if at == 0 or self.text[at - 1] in "\r\n" else "\n"
        behind = "\n" if gap and self.text[at : at + 1] not in {"", "\r", "\n"} else ""
        return at, f"{before}{gap}{lines}{behind}"

    def _end_of(self, node: yaml.Node, column: int) -> int:
        """Return the offset behind the last line of a block, comments that are indented into it included."""
        end = max(
            (end for start, end in self.ends if node.start_mark.index <= start < node.end_mark.index),
            default=node.start_mark.index,
        )
        end = len(self.text[:end].rstrip())
        at = self._next_line(end)
        ahead = at
        while ahead < len(self.text):
            stop = self._next_line(ahead)
            line = self.text[ahead:stop].rstrip("\r\n")
            if not _BLANK_OR_COMMENT.match(line):
                break
            if line.strip() and len(line) - len(line.lstrip()) > column:
                at = stop
            ahead = stop
        return at

    def _next_line(self, offset: int) -> int:
        found = re.compile(r"\r\n|\r|\n").search(self.text, offset)
        return found.end() if found else len(self.text)

    def _set_apart(self, node: yaml.Node | None) -> bool:
        """Tell whether a blank line stands between the entries of a mapping; also where it has only one."""
        import yaml

        keys = [key for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
        if len(keys) < 2:  # noqa: PLR2004 - between two
            return True
        lines = self.text.splitlines()
        return not lines[keys[-1].start_mark.line - 1].strip() or any(
            not line.strip() for line in lines[keys[-2].start_mark.line : keys[-1].start_mark.line]
        )

    def _prove(self, after: bytes, entries: Sequence[Entry]) -> None:
        snippet = "\n".join(entry.text for entry in entries)
        wanted, found = _data(self.text), _data(TextFile.of(after).text)
        for entry in entries:
            _take_out(found, entry)
        if wanted is None or wanted != found or not is_subsequence(self.file.encoded(self.text), after):
            raise CannotWriteError(f"{self.path or 'the file'} would change its meaning", snippet, self.path)


def _joined(inserts: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return the inserts with those at one place made one, in the order given."""
    found: dict[int, str] = {}
    for at, text in inserts:
        found[at] = found.get(at, "") + text
    return list(found.items())


def _data(text: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return what a file says, merge keys as they stand and each scalar with its tag, or None."""
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return None
    return _plain(node, {}) if node else None


def _plain(node: yaml.Node, known: dict[int, Any]) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return plain data; what an alias stands for is the same object, so that it changes with it."""
    import yaml

    if id(node) in known:
        return known[id(node)]
    match node:
        case yaml.MappingNode():
            held = known[id(node)] = {}
            held |= {key.value: _plain(value, known) for key, value in node.value}
            return held
        case yaml.SequenceNode():
            items = known[id(node)] = []
            items += [_plain(item, known) for item in node.value]
            return items
        case _:
            return (node.tag, node.value)


def _take_out(data: Any, entry: Entry) -> None:  # noqa: ANN401 - whatever the file holds
    for key in entry.into:
        data = data.get(key) if isinstance(data, dict) else None
    if entry.key is None and isinstance(data, list):
        data.pop()
    elif isinstance(data, dict):
        data.pop(entry.key, None)
