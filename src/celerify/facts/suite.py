"""How the project's own tests run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from celerify.model import Location


@dataclass(frozen=True, slots=True)
class Suite:
    """The test runner, where that was read, and the settings module it names."""

    runner: Literal["pytest", "unittest"]
    at: Location | None
    settings: str | None
