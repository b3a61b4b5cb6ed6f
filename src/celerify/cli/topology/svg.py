"""The topology as one standalone SVG: no outside resource, readable on light and on dark ground."""

from __future__ import annotations

import re
import textwrap
from html import escape
from typing import TYPE_CHECKING

from celerify.cli.topology.picture import HEADS
from celerify.cli.topology.placing import LINE, MARGIN, PAD, TOP, column_x, laid_out
from celerify.facts.masking import masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.cli.topology.picture import Picture
    from celerify.cli.topology.placing import Layout, Line, Placed
    from celerify.facts.flow import Problem

_HUES = 6
_LISTED = 12
_WRAP = 150
_PLACE = re.compile(r"/.*:\d+$")
_BAD = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORDS = {"error": "error", "note": "note", "unknown": "not read"}

STYLE = """\
svg { color: #1f2328; --ground: #f6f8fa; --card: #ffffff; --edge: #d1d9e0; --dim: #59636e; --flow: #9198a1;
  --wrong: #cf222e; --doubt: #9a6700; --wrongcard: #fff1f0;
  --q0: #0969da; --q1: #8250df; --q2: #1a7f37; --q3: #bc4c00; --q4: #bf3989; --q5: #1b7c83; }
@media (prefers-color-scheme: dark) {
  svg { color: #e6edf3; --ground: #0d1117; --card: #161b22; --edge: #30363d; --dim: #9198a1; --flow: #656c76;
    --wrong: #ff7b72; --doubt: #d29922; --wrongcard: #2b1416;
    --q0: #58a6ff; --q1: #bc8cff; --q2: #3fb950; --q3: #f0883e; --q4: #f778ba; --q5: #39c5cf; }
}
text { fill: currentColor;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
.ground { fill: var(--ground); }
.card { fill: var(--card); stroke: var(--edge); }
.wrong .card { fill: var(--wrongcard); stroke: var(--wrong); stroke-width: 1.5; stroke-dasharray: 6 4; }
.doubt .card { stroke: var(--doubt); stroke-width: 1.5; stroke-dasharray: 2 3; }
.head { font-size: 12px; font-weight: 600; letter-spacing: 0.08em; fill: var(--dim); }
.title { font-size: 14px; font-weight: 600; }
.small { font-size: 12px; fill: var(--dim); }
.name { font-size: 12px;
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.says { font-size: 13px; }
.flag { font-size: 12px; font-weight: 600; fill: var(--wrong); }
.doubt .flag, .flag.doubt { fill: var(--doubt); }
.flag.note { fill: var(--dim); }
.sign { fill: var(--wrong); }
.doubt .sign, .sign.doubt { fill: var(--doubt); }
.sign.note { fill: var(--dim); }
.line { fill: none; stroke: var(--flow); stroke-width: 1.5; }
.line.doubt { stroke: var(--doubt); stroke-dasharray: 2 4; }
.tip { fill: var(--flow); }
.tip.doubt { fill: var(--doubt); }
"""


def topology_svg(picture: Picture) -> str:
    """Return the SVG, its text escaped, long names cut off and told in a tooltip."""
    layout = laid_out(picture)
    below = list(_problems(picture.problems, layout.bottom + 40))
    height = (below[-1][0] if below else layout.bottom) + MARGIN
    wide, high = _number(layout.width), _number(height)
    size = f'width="{wide}" height="{high}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {wide} {high}"'
    parts = [
        f'{head} role="img" aria-labelledby="title">',
        '<title id="title">Tasks, queues and workers</title>',
        f"<style>\n{STYLE}{_hues()}</style>",
        f'<rect class="ground" {size} rx="12"/>',
        *_heads(picture),
        *map(_line, layout.lines),
        *_boxes(layout),
        *(text for _, text in below),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _hues() -> str:
    lines = [
        f".line.q{n} {{ stroke: var(--q{n}); }} .tip.q{n}, .bar.q{n} {{ fill: var(--q{n}); }}\n"
        for n in range(_HUES)
    ]
    return "".join(lines)


def _heads(picture: Picture) -> Iterator[str]:
    for number, (head, column) in enumerate(zip(HEADS, picture.columns, strict=True)):
        x = column_x(number)
        yield f'<text class="head" x="{_number(x)}" y="{MARGIN + 16}">{escape(head.upper())}</text>'
        if not column:
            yield f'<text class="small" x="{_number(x)}" y="{TOP + LINE}">none</text>'


def _line(line: Line) -> str:
    (x1, y1), (x2, y2) = line.start, line.end
    bend = (x2 - x1) * 0.5
    kind = "doubt" if line.arrow.doubt else (f"q{line.queue % _HUES}" if line.queue is not None else "")
    path = f"M{_pair(x1, y1)}C{_pair(x1 + bend, y1)} {_pair(x2 - bend - 8, y2)} {_pair(x2 - 7, y2)}"
    tip = f"M{_pair(x2 - 8, y2 - 4)}L{_pair(x2 - 1, y2)}L{_pair(x2 - 8, y2 + 4)}Z"
    return f'<path class="line {kind}" d="{path}"/><path class="tip {kind}" d="{tip}"/>'


def _boxes(layout: Layout) -> Iterator[str]:
    queue = 0
    for placed in layout.boxes:
        bar = ""
        if placed.box.column == 2:  # noqa: PLR2004 - the queues
            bar = f"q{queue % _HUES}"
            queue += 1
        yield _box(placed, bar)


def _box(placed: Placed, bar: str) -> str:
    box = placed.box
    x, y, width, height = (_number(value) for value in (placed.x, placed.y, placed.width, placed.height))
    radius = "16" if box.column == 2 else "8"  # noqa: PLR2004 - the queues
    kind = "doubt" if box.doubt else "wrong" if box.problem else ""
    parts = [
        f'<g class="{kind}">',
        f'<rect class="card" x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}"/>',
    ]
    if bar:
        dot = f'cx="{_number(placed.x + 20)}" cy="{_number(placed.y + PAD + 7)}" r="5"'
        parts.append(f'<circle class="bar {bar}" {dot}/>')
    return "\n".join([*parts, *_rows(placed, 34 if bar else PAD), "</g>"])


def _rows(placed: Placed, indent: float) -> Iterator[str]:
    box, x, y = placed.box, placed.x + indent, placed.y + PAD + 12
    room = placed.width - indent - PAD
    yield _text("title", box.title, x, y, room / 8.9)
    mono = "name" if box.column == 1 else "small"
    rows = [("small", box.detail), *((mono, line) for line in box.lines)]
    rows += [("small", f"and {box.more} more")] if box.more else []
    for kind, text in rows:
        if text:
            y += LINE
            yield _text(kind, text, x, y, room / (7.3 if kind == "name" else 7.2))
    if box.problem:
        y += LINE
        yield _sign(x, y, "doubt" if box.doubt else "error")
        yield _text("flag", box.problem, x + 18, y, room / 7.8)


def _text(kind: str, text: str, x: float, y: float, room: float) -> str:
    plain = _plain(masked(text))
    shown = plain if len(plain) <= room else _cut(plain, max(2, int(room)))
    title = f"<title>{escape(plain)}</title>" if shown != plain else ""
    return f'<text class="{kind}" x="{_number(x)}" y="{_number(y)}">{title}{escape(shown)}</text>'


def _cut(text: str, room: int) -> str:
    """Return both ends of a name, or the end of a place, with a mark where it was cut."""
    if _PLACE.search(text):
        return f"…{text[1 - room :]}"
    tail = room // 3
    return f"{text[: room - 1 - tail]}…{text[len(text) - tail :]}"


def _sign(x: float, y: float, severity: str) -> str:
    """Return the mark of a problem: a triangle, a diamond for what was not read, a disc for a note."""
    if severity == "error":
        path = f"M{_pair(x, y)}L{_pair(x + 6, y - 11)}L{_pair(x + 12, y)}Z"
        return f'<path class="sign" d="{path}"/>'
    if severity == "note":
        return f'<circle class="sign note" cx="{_number(x + 6)}" cy="{_number(y - 5)}" r="5"/>'
    path = f"M{_pair(x, y - 5)}L{_pair(x + 6, y - 11)}L{_pair(x + 12, y - 5)}L{_pair(x + 6, y + 1)}Z"
    return f'<path class="sign doubt" d="{path}"/>'


def _problems(problems: Iterable[Problem], y: float) -> Iterator[tuple[float, str]]:
    """Yield each line below the drawing with its height."""
    found = list(problems)
    if not found:
        return
    yield y, f'<text class="head" x="{MARGIN}" y="{_number(y)}">WHAT TO LOOK AT</text>'
    for problem in found[:_LISTED]:
        y += LINE + 9
        kind = {"unknown": "doubt"}.get(problem.severity, problem.severity)
        yield y, _sign(MARGIN, y, problem.severity)
        yield (
            y,
            f'<text class="flag {kind}" x="{MARGIN + 20}" y="{_number(y)}">{_WORDS[problem.severity]}</text>',
        )
        place = f"  ({problem.at})" if problem.at else ""
        for number, row in enumerate(textwrap.wrap(_plain(masked(problem.says) + place), _WRAP)):
            y += LINE if number else 0
            yield y, f'<text class="says" x="{MARGIN + 92}" y="{_number(y)}">{escape(row)}</text>'
    if len(found) > _LISTED:
        y += LINE + 9
        yield (
            y,
            f'<text class="small" x="{MARGIN + 20}" y="{_number(y)}">and {len(found) - _LISTED} more</text>',
        )


def _plain(text: str) -> str:
    """Return the text without characters that XML cannot hold."""
    return _BAD.sub("�", text)


def _pair(x: float, y: float) -> str:
    return f"{_number(x)} {_number(y)}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
