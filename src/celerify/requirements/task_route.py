"""`TaskRoute`: one task, or all that a pattern matches, goes to one queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.dicts import with_entry
from celerify.edits.settings_block import Setting, with_setting
from celerify.errors import CannotWriteError
from celerify.facts.masking import shown
from celerify.facts.routes import read_routes, route_named
from celerify.facts.values import Entries, Known
from celerify.model import Location, Observation
from celerify.requirements.settings_place import home_of, settings_home

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.celery_config import Options
    from celerify.facts.values import Value
    from celerify.project import Project


@dataclass(frozen=True, slots=True)
class TaskRoute:
    """The task of that name, or what the pattern matches, is routed to that queue by `task_routes`.

    An exact name comes before every pattern, whatever the order; patterns are asked in the order they are
    written (docs.celeryq.dev, userguide/routing.html#automatic-routing), so that one is written in front of
    the first that would take all of its tasks.
    """

    task: str
    queue: str

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield the entry of the task in each deployed chain that has one."""
        for options in project.options:
            routes = options.options.get("task_routes")
            if routes is None or not isinstance(routes.value, Entries):
                continue
            for key, value in routes.value.entries:
                if isinstance(key, Known) and key.value == self.task:
                    holds = _queue(value) == self.queue
                    yield Observation(holds, f"{self.task} is routed by {shown(value)}", key.at)

    def vacancy(self, project: Project) -> Observation:
        """Say that nothing routes the task, and where a route would go."""
        home = settings_home(project)
        said = f"nothing routes {self.task}"
        return Observation(holds=False, summary=said, at=Location(home) if home else None)

    def fix(self, project: Project) -> Project:
        """Add the route to the dict that is there, or a new setting with it."""
        entry = f'"{self.task}": {{"queue": "{self.queue}"}}'
        home = home_of(project)
        written = {_routes_at(options) for options in project.options} - {None}
        if not written:
            setting = Setting(
                f"{home.prefix}TASK_ROUTES", f"{{{entry}}}", "A queue needs a worker that consumes it (-Q)."
            )
            raw = project.tree.read(home.path)
            return project.write(home.path, with_setting(raw, setting, home.prefix, home.inside, home.path))
        at = written.pop()
        if at is None or written:
            raise CannotWriteError("the routes are not written out in one dict", entry, home.path)
        raw = project.tree.read(at.path)
        before = self._covered_by(project)
        return project.write(at.path, with_entry(raw, at.path, at.line, entry, before))

    def _covered_by(self, project: Project) -> str | None:
        """Return the first pattern that would leave nothing to this one."""
        if "*" not in self.task:
            return None
        for options in project.options:
            routes = read_routes(options)
            own = route_named(self.task, self.queue, Location(options.settings.path))
            for other in routes.before(own) if routes else ():
                if other.covers(own):
                    return other.pattern
        return None


def _routes_at(options: Options) -> Location | None:
    """Return the place of the dict that holds the routes; None where there are no routes.

    Raises:
        CannotWriteError: there are routes, in another form.
    """
    routes = options.options.get("task_routes")
    if routes is None:
        return None
    if not isinstance(routes.value, Entries):
        raise CannotWriteError(f"the routes are no dict: {shown(routes.value)}", path=routes.value.at.path)
    return routes.value.at


def _queue(value: Value) -> object:
    if isinstance(value, Known):
        return value.value
    if isinstance(value, Entries):
        for key, inner in value.entries:
            if isinstance(key, Known) and key.value == "queue" and isinstance(inner, Known):
                return inner.value
    return None
