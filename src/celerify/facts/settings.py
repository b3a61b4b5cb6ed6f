"""Effective Django settings: each name, its value, and the chain of places it came through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.facts.layout import Entry
    from celerify.facts.python import Unread
    from celerify.facts.values import Binding


@dataclass(frozen=True)
class Settings:
    """One settings chain, read to the end.

    Attributes:
        entry: who names it.
        path: the file of the settings module.
        files: every file of the project read for it, in the order in which Python would run them.
        bindings: each name bound at the end, upper-case settings and helpers alike.
        unread: what could not be followed: a star import of nothing we have, a file that does not parse,
            an `exec`, a hook such as `django_heroku.settings(locals())`.
    """

    entry: Entry
    path: str
    files: tuple[str, ...]
    bindings: Mapping[str, Binding]
    unread: tuple[Unread, ...]
