"""YAML as deployments write it: merge keys, unknown tags and all, with the line of each key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from celerify.facts.python import FILLED_IN, Unread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import yaml

Keys = tuple[str, ...]
_MOST_LINES = 20_000  # aliases within aliases grow without end


class Replacing(list[Any]):
    """A list under compose's `!override`: it replaces the list that it is laid over."""


@dataclass(frozen=True)
class Document:
    """One YAML document.

    Attributes:
        data: its plain value; an unknown tag is dropped and what it stands on is kept.
        lines: the line of each mapping key that is a string, by its path of keys; list items from 0.
    """

    data: Any
    lines: Mapping[Keys, int]


@lru_cache(maxsize=512)
def documents(path: str, raw: bytes) -> tuple[Document, ...] | Unread:
    """Return the documents of a YAML file, or why it could not be read; templates as `python.parse` does."""
    import yaml

    try:
        loader = _loader_class()(FILLED_IN.sub("project_name", raw.decode("utf-8-sig")))
        found = []
        while loader.check_node():
            node = loader.get_node()
            lines: dict[Keys, int] = {}
            _collect(node, (), lines)
            found.append(Document(loader.construct_document(node), lines))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        return Unread(path, mark.line + 1 if mark else 1, f"no plain YAML: {reason}")
    return tuple(found)


@lru_cache(maxsize=1)
def _loader_class() -> type[yaml.SafeLoader]:
    """Return a safe loader that takes any tag for what it stands on; `!reset` gives nothing."""
    import yaml

    base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Permissive(base):  # type: ignore[misc, valid-type]  # the C loader where PyYAML has it
        """A safe loader for files with tags of other tools."""

    def anything(loader: yaml.SafeLoader, node: yaml.Node) -> object:
        if node.tag == "!reset":
            return None
        match node:
            case yaml.MappingNode():
                return loader.construct_mapping(node, deep=True)
            case yaml.SequenceNode():
                items = loader.construct_sequence(node, deep=True)
                return Replacing(items) if node.tag == "!override" else items
            case _:
                return str(node.value)

    Permissive.add_constructor(None, anything)
    return Permissive


def _collect(node: yaml.Node | None, at: Keys, lines: dict[Keys, int]) -> None:
    import yaml

    pairs: Sequence[tuple[str, yaml.Node, yaml.Node]] = ()
    if isinstance(node, yaml.MappingNode):
        pairs = [(key.value, key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]
    elif isinstance(node, yaml.SequenceNode):
        pairs = [(str(index), item, item) for index, item in enumerate(node.value)]
    for name, key, value in pairs:
        if name != "<<" and (*at, name) not in lines and len(lines) < _MOST_LINES:
            lines[(*at, name)] = key.start_mark.line + 1
            _collect(value, (*at, name), lines)
