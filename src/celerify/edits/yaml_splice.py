"""Splices entries into the block mappings of a YAML file and keeps every other byte.

PyYAML says where the nodes are; what is inserted is text. The result is read again: it must hold what was
there, in order, and the new entries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from celerify.edits.splice import is_subsequence
from celerify.edits.text_file import TextFile
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import yaml

Keys = tuple[str, ...]
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
class YamlFile:
    """A YAML file of one document, a block mapping.

    Attributes:
        file: the decoded file.
        path: its path, for messages.
        root: its node.
    """

    file: TextFile
    path: str
    root: yaml.MappingNode

    @classmethod
    def of(cls, raw: bytes, path: str = "") -> YamlFile:
        """Return the file.

        Raises:
            CannotWriteError: it is no single block mapping, or its keys are not unique.
        """
        import yaml

        file = TextFile.of(raw)
        try:
            found = list(yaml.compose_all(file.text, Loader=yaml.SafeLoader))
        except (yaml.YAMLError, RecursionError) as error:
            reason = getattr(error, "problem", None) or "it is nested too deeply"
            raise CannotWriteError(f"{path or 'the file'} is no plain YAML: {reason}", "", path) from error
        if len(found) != 1 or not isinstance(found[0], yaml.MappingNode) or found[0].flow_style:
            raise CannotWriteError(f"{path or 'the file'} is not one document in block style", "", path)
        result = cls(file, path, found[0])
        result.refuse_duplicates(found[0])
        return result

    def refuse_duplicates(self, node: yaml.Node, depth: int = 3) -> None:
        """Refuse keys that stand twice in a mapping, down to those of a service.

        Raises:
            CannotWriteError: there are such keys.
        """
        import yaml

        if not isinstance(node, yaml.MappingNode) or not depth:
            return
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.value != "<<"]
        double = next((key for key in keys if keys.count(key) > 1), None)
        if double:
            raise CannotWriteError(f"{self.path or 'the file'} has the key {double} twice", "", self.path)
        for _, value in node.value:
            self.refuse_duplicates(value, depth - 1)

    @property
    def text(self) -> str:
        """The decoded text."""
        return self.file.text

    @cached_property
    def step(self) -> int:
        """The columns that one level is indented by."""
        import yaml

        for _, value in self.root.value:
            if isinstance(value, yaml.MappingNode) and not value.flow_style and self.column_of(value):
                return self.column_of(value)
        return 2

    def column_of(self, node: yaml.Node) -> int:
        """Return the column of the keys of a block mapping, of the dashes of a block list."""
        import yaml

        if isinstance(node, yaml.MappingNode):
            return int(node.value[0][0].start_mark.column)
        first = node.value[0].start_mark
        line = self.text[first.index - first.column : first.index]
        return line.rfind("-") if "-" in line else int(node.start_mark.column)

    @cached_property
    def _ends(self) -> tuple[tuple[int, int], ...]:
        """Start and end of every token that stands for text."""
        import yaml

        silent = (yaml.StreamStartToken, yaml.StreamEndToken, yaml.BlockEndToken, yaml.KeyToken)
        silent += (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken)
        return tuple(
            (token.start_mark.index, token.end_mark.index)
            for token in yaml.scan(self.text, Loader=yaml.SafeLoader)
            if not isinstance(token, silent)
        )

    def node(self, keys: Keys) -> yaml.Node | None:
        """Return the node that the keys lead to."""
        import yaml

        node: yaml.Node = self.root
        for key in keys:
            pairs = node.value if isinstance(node, yaml.MappingNode) else ()
            held = next((value for name, value in pairs if name.value == key), None)
            if held is None:
                return None
            node = held
        return node

    def key_node(self, keys: Keys) -> yaml.Node | None:
        """Return the node of the last of the keys itself."""
        import yaml

        holder = self.node(keys[:-1])
        pairs = holder.value if isinstance(holder, yaml.MappingNode) else ()
        return next((name for name, _ in pairs if name.value == keys[-1]), None)

    def is_alias(self, keys: Keys) -> bool:
        """Tell whether the value stands elsewhere: what is written there is an alias."""
        key, value = self.key_node(keys), self.node(keys)
        return bool(key and value and value.start_mark.index < key.end_mark.index)

    def is_list(self, keys: Keys) -> bool:
        """Tell whether a list stands there."""
        import yaml

        return isinstance(self.node(keys), yaml.SequenceNode)

    def holder(self, keys: Keys, name: str) -> Keys | None:
        """Return the keys of an entry of a mapping: its own, or where it is merged or aliased from.

        None where the mapping has no such entry.
        """
        node = self._entry_node(self.node(keys), name)
        if node is None:
            return None
        paths = [path for path in self._paths if path[1] is node]
        return paths[0][0] if paths else (*keys, name)

    def _entry_node(self, node: yaml.Node | None, name: str) -> yaml.Node | None:
        import yaml

        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        own = next((value for key, value in pairs if key.value == name), None)
        if own is not None:
            return own
        for key, value in pairs:
            sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for source in sources if key.value == "<<" else ():
                found = self._entry_node(source, name)
                if found is not None:
                    return found
        return None

    @cached_property
    def _paths(self) -> tuple[tuple[Keys, yaml.Node], ...]:
        """The nodes of the first levels with their keys, in the order of the file."""
        import yaml

        found: list[tuple[Keys, yaml.Node]] = []
        level: list[tuple[Keys, yaml.Node]] = [((), self.root)]
        for _ in range(3):
            level = [
                ((*keys, key.value), value)
                for keys, node in level
                if isinstance(node, yaml.MappingNode)
                for key, value in node.value
                if key.value != "<<"
            ]
            found += [(keys, node) for keys, node in level if not self.is_alias(keys)]
        return tuple(found)

    def can_take(self, keys: Keys) -> bool:
        """Tell whether an entry can be put into what the keys lead to: a block that stands there."""
        import yaml

        node = self.node(keys)
        block = isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value
        return bool(block) and not (keys and self.is_alias(keys))

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
            (end for start, end in self._ends if node.start_mark.index <= start < node.end_mark.index),
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
    return _plain(node, {})


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
