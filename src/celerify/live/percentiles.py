"""Percentiles of what was measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that at least `share` percent of all values do not exceed (nearest rank).

    Raises:
        ValueError: there is no value, or the share is not above 0 and at most 100.
    """
    ordered = sorted(values)
    if not ordered or not 0 < share <= 100:  # noqa: PLR2004 - percent
        raise ValueError("a percentile needs values, and a share above 0 and at most 100")
    return ordered[math.ceil(len(ordered) * share / 100) - 1]
