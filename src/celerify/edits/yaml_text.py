"""Writes YAML nodes as text in block style; what is copied keeps its quotes, anchors are written out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    import yaml

    Node: TypeAlias = yaml.Node

_MERGE = "tag:yaml.org,2002:merge"


def pairs_of(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """Return copies of the values of a mapping by key, merge keys taken in; empty for anything else."""
    import yaml

    found: dict[str, yaml.Node] = {}
    own: dict[str, yaml.Node] = {}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.tag == _MERGE:
            sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for source in reversed(sources):
                found |= pairs_of(source)
        else:
            own[key.value] = copied(value)
    return found | own


def copied(node: yaml.Node) -> yaml.Node:
    """Return a node of its own that means the same: aliases and merge keys are written out."""
    import yaml

    match node:
        case yaml.MappingNode():
            pairs = [(scalar(name), value) for name, value in pairs_of(node).items()]
            return yaml.MappingNode(node.tag, pairs, flow_style=node.flow_style)
        case yaml.SequenceNode():
            return yaml.SequenceNode(
                node.tag, [copied(item) for item in node.value], flow_style=node.flow_style
            )
        case _:
            return yaml.ScalarNode(node.tag, node.value, style=getattr(node, "style", None))


def scalar(text: str) -> yaml.ScalarNode:
    """Return a string, plain where YAML takes it so."""
    import yaml

    return yaml.ScalarNode("tag:yaml.org,2002:str", text)


def quoted(text: str) -> yaml.ScalarNode:
    """Return a string in double quotes, whatever it would mean without."""
    import yaml

    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style='"')


def node_of(value: Any) -> yaml.Node:  # noqa: ANN401, PLR0911 - one return for each kind of plain data
    """Return the node of plain data; mappings and lists are blocks, a tuple is a quoted list in one line."""
    import yaml

    match value:
        case yaml.Node():
            return value
        case dict():
            pairs = [(scalar(str(name)), node_of(item)) for name, item in value.items()]
            return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)
        case tuple():
            items = [yaml.ScalarNode("tag:yaml.org,2002:str", str(item), style='"') for item in value]
            return yaml.SequenceNode("tag:yaml.org,2002:seq", items, flow_style=True)
        case list():
            return yaml.SequenceNode(
                "tag:yaml.org,2002:seq", [node_of(item) for item in value], flow_style=False
            )
        case bool():
            return yaml.ScalarNode("tag:yaml.org,2002:bool", "true" if value else "false")
        case int():
            return yaml.ScalarNode("tag:yaml.org,2002:int", str(value))
        case None:
            return yaml.ScalarNode("tag:yaml.org,2002:null", "")
        case _:
            return scalar(str(value))


def block(entries: Mapping[str, Any], step: int = 2) -> str:
    """Return the text of entries, each in lines that end in a line feed, lists indented below their key.

    A value is plain data, a node, or the text of an alias as `*app`.
    """
    return "".join(_entry(name, value, step) for name, value in entries.items())


def _entry(name: str, value: Any, step: int) -> str:  # noqa: ANN401 - plain data or a node
    import yaml

    if isinstance(value, Alias):
        return f"{name}: {value}\n"
    if value is None:
        return f"{name}:\n"

    class Dumper(yaml.SafeDumper):
        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's signature
            return super().increase_indent(flow, False)  # noqa: FBT003 - PyYAML's signature

    node = node_of({name: value})
    text: str = yaml.serialize(node, Dumper=Dumper, indent=step, width=10**6, allow_unicode=True)
    return text


class Alias(str):
    """The text of an alias, as `*app`."""

    __slots__ = ()
