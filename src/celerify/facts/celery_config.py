"""Celery's options in effect, for one settings chain: settings, app.conf, constructor, environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.facts.settings import Settings
    from celerify.facts.values import Value
    from celerify.model import Location

Origin = Literal["environment", "conf", "constructor", "settings"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option that is set.

    Attributes:
        name: Celery's lower-case name, as `task_acks_late`.
        written: the name as written, as `CELERY_TASK_ACKS_LATE`.
        value: the value in effect.
        via: the chain of places, last the one that decides.
        origin: which of the sources won.
        note: what a reader must know: a loser with another value, an old name, a change on upgrade; or "".
    """

    name: str
    written: str
    value: Value
    via: tuple[Location, ...]
    origin: Origin
    note: str = ""


@dataclass(frozen=True)
class Options:
    """The options in effect in one settings chain.

    Attributes:
        settings: the chain.
        namespace: the namespace in use, as `CELERY`; None where config_from_object takes none.
        options: by Celery's lower-case name. An option not in here has Celery's default.
        dead: options written under a name that this version ignores, by lower-case name.
        unread: why an option that is not in here could be set all the same; "" when everything was read.
    """

    settings: Settings
    namespace: str | None
    options: Mapping[str, Option]
    dead: Mapping[str, Option]
    unread: str
