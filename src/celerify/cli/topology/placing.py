"""Where each box and each arrow of the SVG goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from celerify.cli.topology.picture import Arrow, Box, Picture

MARGIN = 32
TOP = 84
WIDTHS = (224, 300, 232, 304)
GAP = 88
BETWEEN = 18
LINE = 17
PAD = 14
_PORT = 9


@dataclass(frozen=True, slots=True)
class Placed:
    """A box with its corner and size."""

    box: Box
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Line:
    """An arrow with both ends; `queue` is the number of the queue that it belongs to, or None."""

    arrow: Arrow
    start: tuple[float, float]
    end: tuple[float, float]
    queue: int | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything in its place, and how large that is."""

    boxes: tuple[Placed, ...]
    lines: tuple[Line, ...]
    width: float
    bottom: float


def column_x(column: int) -> float:
    """Return the left side of a column."""
    return MARGIN + sum(WIDTHS[:column]) + GAP * column


def laid_out(picture: Picture) -> Layout:
    """Return every box and arrow in its place; columns are centred, crossings kept few."""
    columns = _ordered(picture)
    heights = [_height(column) for column in columns]
    tallest = max(heights, default=0)
    placed: dict[str, Placed] = {}
    for number, column in enumerate(columns):
        y = TOP + (tallest - heights[number]) / 2
        for box in column:
            placed[box.key] = Placed(box, column_x(number), y, WIDTHS[number], box_height(box))
            y += box_height(box) + BETWEEN
    numbers = {box.key: number for number, box in enumerate(picture.columns[2])}
    width = column_x(len(WIDTHS) - 1) + WIDTHS[-1] + MARGIN
    return Layout(
        tuple(placed.values()), tuple(_lines(picture.arrows, placed, numbers)), width, TOP + tallest
    )


def box_height(box: Box) -> float:
    """Return how high a box is."""
    rows = bool(box.detail) + len(box.lines) + bool(box.more) + bool(box.problem)
    return PAD * 2 + LINE + rows * LINE - 4


def _height(column: Sequence[Box]) -> float:
    return sum(box_height(box) + BETWEEN for box in column) - BETWEEN if column else 0


def _ordered(picture: Picture) -> tuple[tuple[Box, ...], ...]:
    """Return the columns, each in the order of what its boxes are joined to; the queues keep theirs."""
    senders, tasks, queues, workers = picture.columns
    place = _places(queues)
    tasks = _sorted(tasks, place, {(arrow.source, arrow.target) for arrow in picture.arrows})
    workers = _sorted(workers, place, {(arrow.target, arrow.source) for arrow in picture.arrows})
    pairs = {(arrow.source, arrow.target) for arrow in picture.arrows}
    return _sorted(senders, _places(tasks), pairs), tasks, queues, workers


def _places(boxes: Iterable[Box]) -> dict[str, int]:
    return {box.key: number for number, box in enumerate(boxes)}


def _sorted(
    boxes: Iterable[Box], place: Mapping[str, int], pairs: Iterable[tuple[str, str]]
) -> tuple[Box, ...]:
    joined: dict[str, list[int]] = {}
    for one, other in pairs:
        if other in place:
            joined.setdefault(one, []).append(place[other])

    def mean(box: Box) -> float:
        found = joined.get(box.key, [])
        return sum(found) / len(found) if found else len(place)

    return tuple(sorted(boxes, key=lambda box: (mean(box), box.title, box.key)))


def _lines(
    arrows: Sequence[Arrow], placed: Mapping[str, Placed], numbers: Mapping[str, int]
) -> Iterable[Line]:
    known = [arrow for arrow in arrows if arrow.source in placed and arrow.target in placed]
    for arrow in known:
        source, target = placed[arrow.source], placed[arrow.target]
        leaving = sorted((other for other in known if other.source == arrow.source),
                         key=lambda other: placed[other.target].middle)  # fmt: skip
        coming = sorted((other for other in known if other.target == arrow.target),
                        key=lambda other: placed[other.source].middle)  # fmt: skip
        start = (source.x + source.width, _port(source, leaving.index(arrow), len(leaving)))
        end = (target.x, _port(target, coming.index(arrow), len(coming)))
        yield Line(arrow, start, end, numbers.get(arrow.target, numbers.get(arrow.source)))


def _port(placed: Placed, index: int, count: int) -> float:
    """Return the height of one of several arrow ends on the side of a box."""
    spread = min(placed.height - 2 * PAD, _PORT * (count - 1))
    return placed.middle - spread / 2 + (spread * index / (count - 1) if count > 1 else 0)
