"""`ScheduleEntry`: one entry of `beat_schedule`, written where the project keeps its schedule."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from celerify.edits.dicts import with_entry
from celerify.edits.import_order import Needed, with_needed_import
from celerify.edits.imports import with_import
from celerify.edits.python import after_statement
from celerify.edits.settings_block import Setting, with_setting
from celerify.edits.settings_place import place_for
from celerify.edits.splice import Source, parsed
from celerify.edits.task_module import bound_names
from celerify.errors import CannotWriteError
from celerify.facts.apps import own_names
from celerify.facts.imports import aliases, module_name
from celerify.facts.scheduling.reading import Reader
from celerify.facts.scheduling.schedulers import in_database
from celerify.facts.values import Entries
from celerify.model import Location, Observation
from celerify.requirements.schedule_expiry import DATABASE_KEY, FILE_KEY
from celerify.requirements.schedule_text import crontab_call, expression
from celerify.requirements.settings_place import home_of, settings_home

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.project import Project
    from celerify.requirements.schedule_text import ScheduleText

_MODULE = "celery.schedules"
_WHY = "What beat sends, and when; it expires when the next one is due."


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """Beat is given this entry by the settings, or by the application where it keeps its schedule there."""

    text: ScheduleText

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield the entries of that name, wherever they stand."""
        for entry in project.schedules.entries:
            if entry.name == self.text.name:
                said = f"{entry.written} sends {entry.task} as {entry.name}"
                yield Observation(entry.task == self.text.task, said, entry.at)

    def vacancy(self, project: Project) -> Observation:
        """Say that there is no such entry, and where it would go."""
        home = settings_home(project)
        said = f"no entry is named {self.text.name}"
        return Observation(holds=False, summary=said, at=Location(home) if home else None)

    def fix(self, project: Project) -> Project:
        """Add the entry to the dict that is there, or a new setting with it.

        Raises:
            CannotWriteError: the schedule is computed, or no settings module is fit for one.
        """
        place = self._dict(project)
        if place is not None:
            path, before = place.path, project.tree.read(place.path)
            crontab, raw = self._crontab(project, path, before, place.line)
            line = place.line + raw.count(b"\n") - before.count(b"\n")
            entry = self._entry(project, crontab, _indent(project, place))
            return project.write(path, with_entry(raw, path, line, entry))
        return self._new_setting(project)

    def _new_setting(self, project: Project) -> Project:
        try:
            home = home_of(project)
        except CannotWriteError as error:
            app = project.celery_app
            bare = app is not None and error.path == app.path
            name = f"{app.variable}.conf.beat_schedule" if app and bare else "CELERY_BEAT_SCHEDULE"
            snippet = f"{name} = {{\n    {self._entry(project, 'crontab', '    ')},\n}}"
            raise CannotWriteError(error.what, snippet, error.path) from error
        raw = project.tree.read(home.path)
        line = place_for(Source.of(raw, home.path), home.prefix, home.inside).line
        crontab, raw = self._crontab(project, home.path, raw, line)
        value = f"{{\n    {self._entry(project, crontab, '    ')},\n}}"
        setting = Setting(f"{home.prefix}BEAT_SCHEDULE", value, _WHY)
        return project.write(home.path, with_setting(raw, setting, home.prefix, home.inside, home.path))

    def _crontab(self, project: Project, path: str, raw: bytes, line: int) -> tuple[str, bytes]:
        if self.text.fields is None:
            return "", raw
        try:
            return _with_crontab(project, path, raw, line)
        except CannotWriteError as error:
            snippet = f"{error.snippet}\n\n{self._entry(project, 'crontab', '')}".strip()
            raise CannotWriteError(error.what, snippet, path) from error

    def _dict(self, project: Project) -> Location | None:
        """Return the place of the dict that holds the schedule; None where there is no schedule.

        Raises:
            CannotWriteError: there is one in another form, or the deployed chains have several.
        """
        reader = Reader(project.sources, project.layout, (), project.deployed)
        found = [option for chain in project.options if (option := chain.options.get("beat_schedule"))]
        if not found:
            return None
        values = [reader.resolved(option.value, option.value.at.path) for option in found]
        places = {value.at for value in values if isinstance(value, Entries)}
        snippet = self._entry(project, "crontab", "    ")
        if len(places) != 1 or any(not isinstance(value, Entries) for value in values):
            at = values[0].at
            raise CannotWriteError(f"{found[0].written} is not written out in one dict", snippet, at.path)
        return places.pop()

    def _entry(self, project: Project, crontab: str, indent: str) -> str:
        """Return the entry, its inner lines indented behind `indent`; on one line where that is None."""
        text = self.text
        schedule = crontab_call(text.fields, crontab) if text.fields is not None else repr(text.seconds)
        pairs = [("task", expression(text.task)), ("schedule", schedule)]
        if text.args:
            pairs.append(("args", expression(text.args)))
        if text.kwargs:
            pairs.append(("kwargs", expression(dict(text.kwargs))))
        pairs.append(("options", expression(self._options(project))))
        inner = "".join(f'{indent}    "{key}": {value},\n' for key, value in pairs)
        return f"{expression(text.name)}: {{\n{inner}{indent}}}"

    def _options(self, project: Project) -> dict[str, object]:
        kinds = in_database(project.options, project.processes)
        options: dict[str, object] = {"queue": self.text.queue} if self.text.queue else {}
        if kinds != {True}:
            options[FILE_KEY] = self.text.expires
        if kinds & {True, None}:
            options[DATABASE_KEY] = self.text.expires
        return options


def _indent(project: Project, place: Location) -> str:
    """Return the indentation of the entries of a dict that is written out."""
    module = project.sources.module(place.path)
    for node in ast.walk(module.tree) if module else ():
        if isinstance(node, ast.Dict) and node.lineno == place.line and module:
            line = module.source.splitlines()[
                (node.keys[-1] if node.keys and node.keys[-1] else node).lineno - 1
            ]
            return line[: len(line) - len(line.lstrip())]
    return "    "


def _with_crontab(project: Project, path: str, raw: bytes, line: int) -> tuple[str, bytes]:
    """Return the name that `crontab` has in a module, and the module with the import that it lacks.

    `line` is where it is used.

    Raises:
        CannotWriteError: something else is called so there, or the import cannot stand above the line.
    """
    module = project.sources.module(path)
    names = aliases(module, module_name(path, project.layout.roots)) if module else {}
    for local, origin in names.items():
        if origin in {f"{_MODULE}.crontab", _MODULE}:
            return (local if origin != _MODULE else f"{local}.crontab"), raw
    return "crontab", _imported(project, path, raw, line)


def _imported(project: Project, path: str, raw: bytes, line: int) -> bytes:
    """Return the module with `crontab` imported above a line, among its first imports where that is above.

    Raises:
        CannotWriteError: the name means something else there, or nothing fits above the line.
    """
    needed = Needed(_MODULE, "crontab")
    if "crontab" in bound_names(parsed(Source.of(raw, path))):
        raise CannotWriteError(f"`crontab` means something else in {path}", needed.statement, path)
    own = own_names(project.apps, project.layout.package)
    for found in (
        _behind_imports(raw, path, needed) or with_needed_import(raw, path, needed, own),
        with_import(raw, needed.statement, path),
    ):
        body = parsed(Source.of(found, path)).body
        places = [node.lineno for node in body if isinstance(node, ast.ImportFrom) and node.module == _MODULE]
        if places and places[0] <= line:
            return found
    raise CannotWriteError(f"no import fits above line {line} of {path}", needed.statement, path)


def _behind_imports(raw: bytes, path: str, needed: Needed) -> bytes | None:
    """Return the module with the import behind those that it starts with, where calls follow later on.

    Other imports go behind a call, which may patch what they need; `crontab` is safe in front of it.
    """
    body = parsed(Source.of(raw, path)).body
    if not any(isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) for node in body):
        return None
    rest = takewhile(lambda node: isinstance(node, ast.Import | ast.ImportFrom | ast.Expr), body)
    last = [node for node in rest if isinstance(node, ast.Import | ast.ImportFrom)][-1:]
    return after_statement(raw, last[0].lineno, f"{needed.statement}\n", path) if last else None
