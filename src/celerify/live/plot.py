"""Draws what was measured with block characters, for a terminal and for reports."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 64
"""Columns of a drawing, unless fewer are asked for."""

_ROWS = 8
_NICE = (1, 2, 5, 10)
_LEVELS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉"
_FULL = "█"
_PLAIN = str.maketrans(
    dict(zip(_LEVELS, "_.:-=+*#", strict=True)) | dict(zip(_EIGHTHS[1:], "   ----", strict=True))
)


def histogram(values: Sequence[float], width: int = WIDTH) -> str:
    """Return how often values of each size came, a line for each range: its bounds, a bar, the count.

    Args:
        values: none below 0, in seconds.
        width: the columns that no line exceeds; a label and a count always have their place.
    """
    if not values:
        return ""
    step = _step(max(values))
    counts = Counter(min(int(value / step), _ROWS - 1) for value in values)
    decimals = max(0, -math.floor(math.log10(step)))
    bounds = [f"{row * step:.{decimals}f}" for row in range(max(counts) + 2)]
    wide, most = len(bounds[-1]), max(counts.values())
    labels = [f"{bounds[row]:>{wide}} to {bounds[row + 1]:>{wide}} s" for row in range(max(counts) + 1)]
    room = max(1, width - len(labels[0]) - len(str(most)) - 4)
    return "\n".join(
        f"{label}  {_bar(counts[row] / most, room)} {counts[row]}".rstrip()
        for row, label in enumerate(labels)
    )


def over_time(moments: Iterable[float], width: int = WIDTH) -> str:
    """Return how many things happened in each part of the time they took, as one line of columns."""
    ordered = sorted(moments)
    if not ordered or ordered[0] == ordered[-1]:
        return ""
    columns = max(1, min(width, len(ordered)))
    part = (ordered[-1] - ordered[0]) / columns
    counts = Counter(min(int((moment - ordered[0]) / part), columns - 1) for moment in ordered)
    most = max(counts.values())
    return "".join(_level(counts[column] / most) for column in range(columns)).rstrip()


def in_ascii(drawing: str) -> str:
    """Return a drawing without block characters, for a terminal that cannot show them."""
    return drawing.translate(_PLAIN)


def _step(largest: float) -> float:
    """Return the least of 1, 2 or 5 times a power of ten that reaches `largest` in the rows there are."""
    wanted = max(largest, 0.001) / _ROWS
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(nice * power for nice in _NICE if nice * power * (1 + 1e-9) >= wanted)


def _bar(share: float, room: int) -> str:
    """Return a bar to the eighth of a column; what is there at all is seen."""
    eighths = round(share * room * 8) or (1 if share else 0)
    return _FULL * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")


def _level(share: float) -> str:
    return _LEVELS[max(0, math.ceil(share * len(_LEVELS)) - 1)] if share else " "
