"""The topology in the language of Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.cli.topology.picture import HEADS

if TYPE_CHECKING:
    from celerify.cli.topology.picture import Box, Picture

_SHAPES = ("box", "box", "cds", "component")


def topology_dot(picture: Picture) -> str:
    """Return the graph: left to right, one cluster for each column."""
    lines = [
        "digraph topology {",
        '  graph [rankdir=LR, fontname="sans-serif", ranksep=1.2, nodesep=0.3];',
        '  node [fontname="sans-serif", fontsize=11, style=rounded, margin="0.2,0.1"];',
        '  edge [color="#6e7781"];',
    ]
    for number, (head, column) in enumerate(zip(HEADS, picture.columns, strict=True)):
        if column:
            lines += [f"  subgraph cluster_{number} {{", f"    label={quoted(head)}; color=none; rank=same;"]
            lines += [f"    {quoted(box.key)} [{_attributes(box)}];" for box in column]
            lines.append("  }")
    for arrow in picture.arrows:
        style = " [style=dotted]" if arrow.doubt else ""
        lines.append(f"  {quoted(arrow.source)} -> {quoted(arrow.target)}{style};")
    return "\n".join([*lines, "}"]) + "\n"


def _attributes(box: Box) -> str:
    text = [
        f"{'? ' if box.doubt else '! ' if box.problem else ''}{box.title}",
        *([box.detail] if box.detail else []),
    ]
    text += [*box.lines, *([f"and {box.more} more"] if box.more else [])]
    text += [box.problem.upper()] if box.problem else []
    label = '"' + "\\n".join(quoted(part)[1:-1] for part in text) + '"'
    mark = ', color="#bf8700", style=dotted' if box.doubt else ', color="#d1242f", penwidth=2, style=dashed'
    return f"shape={_SHAPES[box.column]}, label={label}{mark if box.problem else ''}"


def quoted(text: str) -> str:
    """Return the text as a quoted string, backslashes and quotes escaped, on one line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
