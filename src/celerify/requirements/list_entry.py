"""The kind of requirement that is an entry of a list setting, as `INSTALLED_APPS`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError
from celerify.facts.imports import folder_of
from celerify.facts.values import Items, Known, alternatives
from celerify.model import Location, Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.settings import Settings
    from celerify.facts.values import Binding, Value
    from celerify.project import Project


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A list setting contains an entry in every deployed chain.

    An AppConfig path below the entry (`django_celery_beat.apps.BeatConfig`) counts as the entry.

    Attributes:
        setting: the setting, as `INSTALLED_APPS`.
        entry: the entry, as `django_celery_beat`.
        package: the distribution without which the entry is not needed, or None where it always is.
    """

    setting: str
    entry: str
    package: str | None = None

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each deployed chain, or that the package is no dependency."""
        if self.package and not self._needed(project):
            yield Observation(holds=True, summary=f"{self.package} is not a dependency: nothing to add")
            return
        seen = {chain.path: self._seen(project, chain) for chain in project.deployed}
        if not any(seen.values()):
            return
        for path, observation in seen.items():
            yield observation or Observation(
                holds=False,
                summary=f"{self.entry} is missing from {self.setting} as {path} leaves it",
                at=Location(path),
            )

    def _needed(self, project: Project) -> bool:
        return any(declared.name == self.package for declared in project.dependencies.declared)

    def _seen(self, project: Project, chain: Settings) -> Observation | None:
        """Return what one chain says about the entry; None where it is not there.

        A list that is computed in part has it not where no code of the project names it.
        """
        binding = chain.bindings.get(self.setting)
        if binding is None:
            if not chain.unread:
                return None
            unread = chain.unread[0]
            said = f"{self.setting} could not be read: {unread.reason}"
            return Observation(holds=None, summary=said, at=Location(unread.path, unread.line))
        ways = [self._held_by(value) for value in alternatives(binding.value)]
        match (all(way is not None for way in ways), [way for way in ways if isinstance(way, Location)]):
            case (True, [found, *rest]) if len(rest) + 1 == len(ways):
                return Observation(holds=True, summary=f"{self.setting} has {self.entry}", at=found)
            case (_, [found, *_]):
                said = f"{self.entry} is in {self.setting} only under a condition"
                return Observation(holds=False, summary=said, at=found)
            case (readable, []) if readable or self._is_named_nowhere(project, binding):
                return None
        said = f"{self.setting} is computed, so whether it has {self.entry} could not be read"
        return Observation(holds=None, summary=said, at=binding.at)

    def _is_named_nowhere(self, project: Project, binding: Binding) -> bool:
        """Tell whether the list could be read in part, and no Python file of the project names the entry."""
        partly = all(isinstance(value, Items) for value in alternatives(binding.value))
        return partly and not project.sources.mentioning(self.entry)

    def _held_by(self, value: Value) -> Location | bool | None:
        """Return the entry's place in one value; False where it is not there, None if unreadable."""
        if not isinstance(value, Items):
            return None
        for item in value.items:
            for way in alternatives(item):
                if isinstance(way, Known) and _names(way.value, self.entry):
                    return way.at
        readable = all(isinstance(way, Known) for item in value.items for way in alternatives(item))
        return False if value.complete and readable else None

    def vacancy(self, project: Project) -> Observation:
        """Return that the entry is missing, at the place that binds the list."""
        bindings = [
            binding for chain in project.deployed if (binding := chain.bindings.get(self.setting)) is not None
        ]
        at = bindings[0].value.at if bindings else Location(project.layout.manage)
        return Observation(holds=False, summary=f"{self.entry} is missing from {self.setting}", at=at)

    def fix(self, project: Project) -> Project:
        """Return the project with the entry in the list that the deployed chains start from.

        Raises:
            CannotWriteError: no file binds the list to a display that every chain reads, or it is computed.
        """
        for chain in project.deployed:
            chains = {other.path: other for other in project.deployed}
            seen = self._seen(project, chains[chain.path])
            if seen is None:
                project = self._written(project, chains[chain.path])
            elif seen.holds is None:
                raise CannotWriteError(seen.summary, self._snippet(), chain.path)
        return project

    def _written(self, project: Project, chain: Settings) -> Project:
        from celerify.edits.lists import with_entry

        binding = chain.bindings.get(self.setting)
        if binding is None:
            raise CannotWriteError(f"{chain.path} binds no {self.setting}", self._snippet(), chain.path)
        refused: CannotWriteError | None = None
        for path, at in self._places(project, binding):
            try:
                raw = with_entry(project.tree.read(path), self.setting, self.entry, path, at)
            except CannotWriteError as error:
                refused = refused or error
                continue
            after = project.write(path, raw)
            if self._holds_in(after, chain.path):
                return self._repeated(after, chain, path)
        what = refused.what if refused else f"an entry added to {self.setting} would not reach {chain.path}"
        raise CannotWriteError(what, self._snippet(), binding.value.at.path)

    def _repeated(self, project: Project, chain: Settings, path: str) -> Project:
        """Return the project with the entry in the modules beside `path` that assign the same list in full.

        As in a package that imports everything from base, production and local, each with a whole list.
        """
        from celerify.edits.lists import entries_of, with_entry

        for other in chain.files:
            if other == path or folder_of(other) != folder_of(path):
                continue
            raw = project.tree.read(other)
            entries = entries_of(raw, self.setting, other) if self.setting.encode() in raw else ()
            if any(entry.startswith("django.contrib.") for entry in entries):
                project = project.write(other, with_entry(raw, self.setting, self.entry, other))
        return project

    def _places(self, project: Project, binding: Binding) -> Iterator[tuple[str, tuple[int, int] | None]]:
        """Yield where the entry could go: files that assign the list, its place, files that add to it."""
        from celerify.edits.lists import assigns

        at = binding.value.at
        paths = tuple(dict.fromkeys((*(place.path for place in binding.via), at.path)))
        assigning = [path for path in paths if assigns(project.tree.read(path), self.setting, path)]
        yield from ((path, None) for path in assigning)
        if at.column is not None:
            yield at.path, (at.line, at.column)
        yield from ((path, None) for path in paths if path not in assigning)

    def _holds_in(self, project: Project, path: str) -> bool:
        seen = [self._seen(project, chain) for chain in project.deployed if chain.path == path]
        return all(observation is not None and observation.holds for observation in seen)

    def _snippet(self) -> str:
        return f'{self.setting} += ["{self.entry}"]'


def _names(value: object, entry: str) -> bool:
    return isinstance(value, str) and (value == entry or value.startswith(f"{entry}."))
