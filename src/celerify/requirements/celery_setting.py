"""The kind of requirement that is one Celery option, wherever it is set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celerify.edits.settings_block import Setting, rendered, with_setting
from celerify.edits.settings_place import place_for
from celerify.edits.splice import Source
from celerify.errors import CannotWriteError
from celerify.facts.masking import shown
from celerify.facts.values import Env, Known, Unset, alternatives, truth
from celerify.model import Location, Observation
from celerify.requirements.celery_version import celery_version
from celerify.requirements.setting_values import address, stated
from celerify.requirements.settings_place import home_of
from celerify.requirements.urls import Expression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from celerify.facts.celery_config import Option, Options
    from celerify.facts.services import Process
    from celerify.project import Project
    from celerify.requirements.setting_values import Judge, Verdict
    from celerify.requirements.settings_place import Home

    Writer: TypeAlias = Callable[[Project, Home], Expression | None]


@dataclass(frozen=True, slots=True)
class CelerySetting:
    """An option of Celery, in effect in every deployed chain, wherever it is set.

    Settings, `app.conf`, the constructor, the environment and a worker's command line all count.

    Attributes:
        option: Celery's lower-case name, as `task_acks_late`.
        judge: whether one way the value can be is right.
        value: what is written: an expression in double quotes, or what gives one (None: nothing to write).
        why: the comment above it.
        since: the first version of Celery that knows the option; it is not written for an older one.
        flag: the worker's command-line option that wins over it, as `prefetch-multiplier`.
    """

    option: str
    judge: Judge = stated
    value: str | Writer = ""
    why: str = ""
    since: tuple[int, int] = (5, 0)
    flag: str = ""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each place that sets the option in a deployed chain."""
        flagged, everywhere = self._on_command_lines(project)
        yield from flagged
        seen = [(options, self._seen(options)) for options in project.options]
        if everywhere or not (flagged or any(observation for _, observation in seen)):
            return
        unset = f"{self.option} is not set"
        found = [
            (
                options,
                observation or Observation(holds=False, summary=unset, at=Location(options.settings.path)),
            )
            for options, observation in seen
        ]
        several = len({observation.summary for _, observation in found}) > 1
        yield from dict.fromkeys(_in_chain(*one) if several else one[1] for one in found)

    def vacancy(self, project: Project) -> Observation:
        """Return that the option is not set, and where it would be."""
        try:
            at = _free_place(project)
        except CannotWriteError as error:
            at = Location(error.path or project.layout.manage)
        return Observation(holds=False, summary=f"{self.option} is not set", at=at)

    def fix(self, project: Project) -> Project:
        """Return the project with the option in its settings; the same one where nothing is to be written.

        Raises:
            CannotWriteError: no settings module is fit for it; the snippet is the setting.
        """
        version = celery_version(project)
        if version is not None and version < self.since:
            return project
        try:
            home = home_of(project)
            expression = self._expression(project, home)
        except CannotWriteError as error:
            raise CannotWriteError(error.what, error.snippet or self._snippet(), error.path) from error
        return _written(project, home, self._setting(home.prefix, expression)) if expression.text else project

    def _expression(self, project: Project, home: Home) -> Expression:
        if isinstance(self.value, str):
            return Expression(self.value)
        return self.value(project, home) or Expression("")

    def _setting(self, prefix: str, expression: Expression) -> Setting:
        return Setting(f"{prefix}{self.option.upper()}", expression.text, self.why, expression.needs)

    def _snippet(self) -> str:
        value = self.value if isinstance(self.value, str) else "..."
        return rendered(self._setting("CELERY_", Expression(value)))

    def _seen(self, options: Options) -> Observation | None:
        """Return what fills the slot in one chain, or None where nothing does."""
        found = options.options.get(self.option)
        if found is not None:
            return self._judged(found, options)
        old = options.dead.get(self.option)
        if old is not None:
            said = f"{old.written} is set under its old name, which Celery ignores"
            return Observation(holds=False, summary=_with(said, old.note), at=_place(old))
        if options.unread:
            said = f"{self.option} is not set in what could be read: {options.unread}"
            return Observation(holds=None, summary=said, at=Location(options.settings.path))
        return None

    def _judged(self, option: Option, options: Options) -> Observation:
        verdicts = [self.judge(way) for way in alternatives(option.value)]
        remarks = [option.note, *(verdict.remark for verdict in verdicts)]
        said = f"{self.option} {_is(option)}"
        holds = _together(verdicts)
        if holds is None and self.judge is address and _is_left_out_when_eager(option, options):
            holds = True
            remarks.append("where it is left out, task_always_eager can run tasks in place")
        if option.lacking and holds:
            lacks = option.lacking[0]
            said = f"{said}, but the {lacks.kind} process {lacks.name} is not given {option.written}"
            return Observation(holds=False, summary=_with(said, *remarks), at=lacks.at)
        return Observation(holds, _with(said, *remarks), _place(option))

    def _on_command_lines(self, project: Project) -> tuple[list[Observation], bool]:
        """Return what each worker's command says, and whether every worker says something."""
        workers = [process for process in project.processes if process.kind == "worker"] if self.flag else []
        given = [process for process in workers if self.flag in process.options]
        return [self._on_command_line(process) for process in given], bool(given) and len(given) == len(
            workers
        )

    def _on_command_line(self, process: Process) -> Observation:
        text = process.options[self.flag]
        verdict = self.judge(Known(int(text) if text.isdigit() else text, process.at))
        return Observation(verdict.holds, f"{process.name} runs with --{self.flag} {text}", process.at)


def _is_left_out_when_eager(option: Option, options: Options) -> bool:
    """Tell whether an address is right wherever one is set, and tasks can run without it elsewhere."""
    eager = options.options.get("task_always_eager")
    if eager is None or all(truth(way) is False for way in alternatives(eager.value)):
        return False
    given = [
        way for way in alternatives(option.value) if not isinstance(way, Unset) and truth(way) is not False
    ]
    return bool(given) and all(address(way).holds for way in given)


def _free_place(project: Project) -> Location:
    home = home_of(project)
    source = Source.of(project.tree.read(home.path), home.path)
    place = place_for(source, home.prefix, home.inside)
    return Location(home.path, min(place.line, len(source.line_starts)))


def _written(project: Project, home: Home, setting: Setting) -> Project:
    try:
        raw = with_setting(project.tree.read(home.path), setting, home.prefix, home.inside, home.path)
    except CannotWriteError as error:
        raise CannotWriteError(error.what, rendered(setting), home.path) from error
    return project.write(home.path, raw)


def _together(verdicts: list[Verdict]) -> bool | None:
    """Return the verdict that all ways share; None where they differ, since a condition decides then."""
    found = {verdict.holds for verdict in verdicts}
    return found.pop() if len(found) == 1 else None


def _is(option: Option) -> str:
    said = shown(option.value, option.written)
    if isinstance(option.value, Env):
        return f"comes from {said}"
    if option.origin == "environment":
        return f"is {said}, given by the environment"
    return f"is {said}"


def _with(said: str, *remarks: str) -> str:
    more = "; ".join(dict.fromkeys(remark for remark in remarks if remark))
    return f"{said} ({more})" if more else said


def _place(option: Option) -> Location:
    return option.via[-1] if option.via else option.value.at


def _in_chain(options: Options, observation: Observation) -> Observation:
    chain = options.settings.entry.module or options.settings.path
    return replace(observation, summary=f"{observation.summary} in {chain}")
