"""What was chosen: flags, then `[tool.celerify]`, then nothing (detection decides)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Choices:
    """Choices in effect; None means that nobody chose, and detection or the default decides.

    Attributes:
        broker: `redis` or `rabbitmq`.
        results: `redis`, `django-db`, `rpc` or `none`.
        beat: whether periodic tasks are wanted.
        monitoring: `flower`, `flower,prometheus` or `none`.
        waivers: item or slug to the reason why it is waived.
        manage: the manage.py to use, by flag.
        settings: the settings module to use, by flag.
        start: the folder the command was pointed at, relative to the root ("" for the root).
    """

    broker: str | None = None
    results: str | None = None
    beat: bool | None = None
    monitoring: str | None = None
    waivers: Mapping[str, str] = field(default_factory=dict)
    manage: str | None = None
    settings: str | None = None
    start: str = ""
