"""Where the nodes of a YAML file are: keys, blocks, aliases, indentation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from celerify.edits.text_file import TextFile
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    import yaml

Keys = tuple[str, ...]


@dataclass(frozen=True)
class YamlNodes:
    """A YAML file of one document, a block mapping, and where its nodes are.

    Attributes:
        file: the decoded file.
        path: its path, for messages.
        root: its node.
    """

    file: TextFile
    path: str
    root: yaml.MappingNode

    @classmethod
    def of(cls, raw: bytes, path: str = "") -> Self:
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
    def ends(self) -> tuple[tuple[int, int], ...]:
        """Start and end of every token that stands for text."""
        import yaml

        silent: tuple[type[yaml.Token], ...] = (
            yaml.StreamStartToken,
            yaml.StreamEndToken,
            yaml.BlockEndToken,
            yaml.KeyToken,
            yaml.BlockMappingStartToken,
            yaml.BlockSequenceStartToken,
        )
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

        pairs: list[tuple[yaml.Node, yaml.Node]] = node.value if isinstance(node, yaml.MappingNode) else []
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
