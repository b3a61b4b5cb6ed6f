"""Lists of names in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 8


def bare(node: str) -> str:
    """Return the name of a node without its host: evidence names no host."""
    return node.partition("@")[0]


def joined(names: Iterable[str]) -> str:
    """Return names as `a, b and c`; of many, the first ones and how many more there are."""
    found = list(names)
    if len(found) > _MOST:
        return f"{', '.join(found[: _MOST - 1])} and {len(found) - _MOST + 1} more"
    return " and ".join(filter(None, (", ".join(found[:-1]), *found[-1:])))
