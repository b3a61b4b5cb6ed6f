"""The kind for a number among the transport options of the broker, as `max_connections`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.dicts import with_entry
from celerify.edits.settings_block import Setting, with_setting
from celerify.errors import CannotWriteError
from celerify.facts.masking import shown
from celerify.facts.values import Entries, Known
from celerify.model import Location, Observation
from celerify.requirements.settings_place import home_of, settings_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.project import Project

_OPTION = "broker_transport_options"


@dataclass(frozen=True, slots=True)
class TransportOption:
    """An option of the broker's transport is a number that is large enough.

    Attributes:
        name: its key, as `max_connections`.
        least: the smallest number that will do.
        why: what a comment says where the setting is new.
    """

    name: str
    least: int
    why: str

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield the option in each deployed chain that sets it, or that could hold it unread."""
        for options in project.options:
            found = options.options.get(_OPTION)
            if found is None:
                continue
            if not isinstance(found.value, Entries) or not found.value.complete:
                said = f"whether {found.written} has {self.name} cannot be read: {shown(found.value)}"
                yield Observation(holds=None, summary=said, at=found.value.at)
                continue
            for key, value in found.value.entries:
                if isinstance(key, Known) and key.value == self.name:
                    number = value.value if isinstance(value, Known) else None
                    enough = number >= self.least if isinstance(number, int) else None
                    said = f"{self.name} is {shown(value)}, and {self.least} are needed"
                    yield Observation(holds=enough, summary=said, at=key.at)

    def vacancy(self, project: Project) -> Observation:
        """Say that it is not set."""
        home = settings_home(project)
        return Observation(
            holds=False, summary=f"{self.name} is not set", at=Location(home) if home else None
        )

    def fix(self, project: Project) -> Project:
        """Add it to the options that are there, or a new setting with it.

        Raises:
            CannotWriteError: the options stand in several places.
        """
        entry = f'"{self.name}": {self.least}'
        home = home_of(project)
        found = [options.options.get(_OPTION) for options in project.options]
        places = {option.value.at if option else None for option in found}
        if places <= {None}:
            setting = Setting(f"{home.prefix}BROKER_TRANSPORT_OPTIONS", f"{{{entry}}}", self.why)
            raw = project.tree.read(home.path)
            return project.write(home.path, with_setting(raw, setting, home.prefix, home.inside, home.path))
        at = places.pop()
        if at is None or places:
            raise CannotWriteError("the transport options are not written in one dict", entry, home.path)
        return project.write(at.path, with_entry(project.tree.read(at.path), at.path, at.line, entry))
