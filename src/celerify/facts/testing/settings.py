"""What settings say for tests only: chains of tests, files named after them, `if "test" in sys.argv`."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.celery_config import read_options
from celerify.facts.imports import module_name
from celerify.facts.layout import Role
from celerify.facts.literals import value_of
from celerify.facts.option_sources import VARIABLES
from celerify.facts.pytest_config import read_pytest_config
from celerify.facts.testing.stated import Stated
from celerify.facts.values import Known, Unset, alternatives
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.celery_app import CeleryApp
    from celerify.facts.celery_config import Options
    from celerify.facts.dependencies import Dependencies
    from celerify.facts.layout import Layout
    from celerify.facts.python import Module
    from celerify.facts.settings import Settings
    from celerify.facts.sources import Sources
    from celerify.facts.testing.stated import Names
    from celerify.facts.values import Value

_TEST_FILE = re.compile(
    r"(?:^|/)(?:(?:settings|conf|config)/(?:tests?|testing|ci)|(?:tests?|testing)_settings?|settings?_tests?)\.py$"
)
_TESTING = re.compile(r"(?i)(?<![a-z])(?:py)?test(?:s|ing)?(?![a-z])")


@dataclass(frozen=True)
class ForTests:
    """What is read for the settings of tests: the chains, and what turns them into Celery's options."""

    sources: Sources
    layout: Layout
    settings: tuple[Settings, ...]
    deployed: tuple[Settings, ...]
    app: CeleryApp | None
    dependencies: Dependencies

    def stated(self, names: Names) -> Iterator[Stated]:
        """Yield what the settings set for tests only."""
        yield from self._chains()
        read = {path for chain in self.settings for path in chain.files}
        for path in self.sources.mentioning("CELERY"):
            if path in read and path not in self._own:
                yield from self._in_file(path, names, guarded=True)
            elif path not in read and _TEST_FILE.search(path):
                yield from self._in_file(path, names, guarded=False)
        yield from self._environment()

    @property
    def _own(self) -> frozenset[str]:
        """The files that only chains of tests read."""
        tests = {path for chain in self.settings if chain.entry.role is Role.TEST for path in chain.files}
        others = {
            path for chain in self.settings if chain.entry.role is not Role.TEST for path in chain.files
        }
        return frozenset(tests - others)

    def options(self) -> tuple[Options, ...]:
        """Return Celery's options in effect in each chain of tests."""
        return tuple(
            read_options(chain, self.app, self.dependencies, (), self.sources, self.layout)
            for chain in self.settings
            if chain.entry.role is Role.TEST
        )

    def _chains(self) -> Iterator[Stated]:
        own = self._own
        for chain in self.options() if own else ():
            for option in chain.options.values():
                if option.via and option.via[-1].path in own:
                    yield Stated(option.name, _stated(option.value), "settings", option.via[-1])

    def _in_file(self, path: str, names: Names, *, guarded: bool) -> Iterator[Stated]:
        module = self.sources.module(path)
        if module is None:
            return
        name = module_name(path, self.layout.roots)
        body = module.tree.body
        for statement in _for_tests(body) if guarded else _assignments(body):
            yield from _assigned(module, name, statement, names)
        if guarded:
            for statement in _assignments(body):
                yield from _by_expression(module, name, statement, names)

    def _environment(self) -> Iterator[Stated]:
        config = read_pytest_config(self.sources.tree, self.layout.base)
        for variable, value, line in config.environment if config else ():
            option = VARIABLES.get(variable)
            at = Location(config.at.path, line) if config else None
            if option and at:
                yield Stated(option, Known(value, at), "environment", at)


def _stated(value: Value) -> Value:
    """Return the value of a way that binds the option, where another leaves it unset."""
    ways = [way for way in alternatives(value) if not isinstance(way, Unset)]
    return ways[0] if len(ways) == 1 else value


def _assignments(body: Iterable[ast.stmt]) -> Iterator[ast.Assign]:
    for statement in body:
        match statement:
            case ast.Assign():
                yield statement
            case ast.ClassDef():
                yield from _assignments(statement.body)
            case ast.If() | ast.Try() | ast.With():
                yield from _assignments([*statement.body, *getattr(statement, "orelse", [])])


def _for_tests(body: Iterable[ast.stmt]) -> Iterator[ast.Assign]:
    """Yield the assignments that an `if` on the tests guards."""
    for statement in body:
        if not isinstance(statement, ast.If):
            continue
        condition = ast.unparse(statement.test)
        if _TESTING.search(condition):
            without = condition.startswith("not ") or "not in" in condition or "!=" in condition
            yield from _assignments(statement.orelse if without else statement.body)
        else:
            yield from _for_tests([*statement.body, *statement.orelse])


def _assigned(module: Module, name: str | None, statement: ast.Assign, names: Names) -> Iterator[Stated]:
    for target in statement.targets:
        option = names.option(target.id) if isinstance(target, ast.Name) and target.id.isupper() else None
        if option:
            yield Stated(option, value_of(statement.value, module, name), "settings", module.at(statement))


def _by_expression(module: Module, name: str | None, statement: ast.Assign, names: Names) -> Iterator[Stated]:
    """Yield an option that one expression sets for tests, as `X = "test" in sys.argv`."""
    value = statement.value
    if not isinstance(value, ast.IfExp | ast.Compare | ast.Name | ast.BoolOp):
        return
    condition = ast.unparse(value.test if isinstance(value, ast.IfExp) else value)
    if not _TESTING.search(condition) or "not" in condition:
        return
    at = module.at(statement)
    for target in statement.targets:
        option = names.option(target.id) if isinstance(target, ast.Name) else None
        if option and isinstance(value, ast.IfExp):
            yield Stated(option, value_of(value.body, module, name), "settings", at)
        elif option:
            yield Stated(option, Known(value=True, at=at), "settings", at)
