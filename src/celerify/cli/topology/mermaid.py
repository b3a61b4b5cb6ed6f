"""The topology as a Mermaid flowchart, for a README or a wiki page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.cli.topology.picture import HEADS

if TYPE_CHECKING:
    from celerify.cli.topology.picture import Box, Picture

_SHAPES = (("[", "]"), ("[", "]"), ("([", "])"), ("[[", "]]"))


def topology_mermaid(picture: Picture) -> str:
    """Return the flowchart; what is wrong has a thick edge, a colour and the word for it."""
    names = {box.key: f"n{number}" for number, box in enumerate(picture.boxes)}
    lines = ["flowchart LR"]
    for head, column in zip(HEADS, picture.columns, strict=True):
        if column:
            lines.append(f'  subgraph {head.replace(" ", "_")}["{head}"]')
            lines += [f"    {names[box.key]}{_label(box)}" for box in column]
            lines.append("  end")
    for arrow in picture.arrows:
        line = "-.->" if arrow.doubt else "-->"
        lines.append(f"  {names[arrow.source]} {line} {names[arrow.target]}")
    lines.append("  classDef wrong stroke:#d1242f,stroke-width:3px,stroke-dasharray:6 3")
    lines.append("  classDef doubt stroke:#bf8700,stroke-width:2px,stroke-dasharray:2 3")
    for box in picture.boxes:
        if box.problem:
            lines.append(f"  class {names[box.key]} {'doubt' if box.doubt else 'wrong'}")
    return "\n".join(lines) + "\n"


def _label(box: Box) -> str:
    before, after = _SHAPES[box.column]
    text = [
        f"{'? ' if box.doubt else '! ' if box.problem else ''}{box.title}",
        *([box.detail] if box.detail else []),
    ]
    text += [*box.lines, *([f"and {box.more} more"] if box.more else [])]
    text += [box.problem.upper()] if box.problem else []
    return f'{before}"{"<br/>".join(map(escaped, text))}"{after}'


def escaped(text: str) -> str:
    """Return the text with all that Mermaid or HTML could read as more than text as entity codes."""
    plain = frozenset(" .,-_/:")
    return "".join(
        character if character.isalnum() or character in plain else f"#{ord(character)};"
        for character in text.replace("\n", " ")
    )
