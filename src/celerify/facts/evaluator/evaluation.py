"""What is known while a settings chain is read: names, functions, classes, and what went unread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celerify.facts.evaluator.scopes import State
from celerify.facts.python import Module, Unread
from celerify.facts.values import Binding, Unreadable

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Iterable, Sequence

    from celerify.facts.values import Value
    from celerify.model import Location

MOST_STEPS = 60_000
"""Statements and calls after which reading gives up; the largest real settings need about a thousand."""


@dataclass(frozen=True)
class Function:
    """A function of the project, with the frame that it was defined in."""

    node: ast.FunctionDef
    frame: Frame


@dataclass(frozen=True)
class ClassBody:
    """A class of the project: its name, the scope of its body, and its bases in order of lookup."""

    name: str
    scope: str
    bases: tuple[ClassBody, ...]
    foreign: tuple[str, ...]


@dataclass
class Guard:
    """A `try` body that runs: what its handlers expect, and the state from which one of them may start."""

    only_imports: bool
    start: State | None = None


@dataclass
class Evaluation:
    """One reading of one chain.

    Attributes:
        load: gives the parsed file of a path.
        resolve: gives the path of a dotted module of the project, or None.
        paths: every file of the repository, for patterns.
        evaluate: gives the value of an expression; execute runs statements; both are set by `evaluate.py`.
        state: the names bound so far.
        functions: the project's functions met so far, by place.
        classes: its classes, by place.
        files: the files read, in the order in which Python starts them.
        unread: what could not be followed.
        optional: files that the settings would take in if they existed, and hooks known to be harmless.
        broken: files taken over by star import or include that do not parse.
        prefixes: of environment variables, by `with env.prefixed(...)`.
        lazy: dotted names imported from modules of the project and not looked up yet.
        guards: the `try` bodies that run now, outermost first.
        guarded: depth of `try` blocks that expect an ImportError.
        doubtful: depth of branches that only the running project decides.
        steps: statements run and calls made so far.
        calls: functions of the project that are being called now.
    """

    load: Callable[[str], Module | Unread]
    resolve: Callable[[str], str | None]
    paths: Callable[[], Sequence[str]]
    evaluate: Callable[[Frame, ast.expr], Value]
    execute: Callable[[Frame, Iterable[ast.stmt]], None]
    state: State = field(default_factory=State)
    functions: dict[Location, Function] = field(default_factory=dict)
    classes: dict[Location, ClassBody] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    optional: list[Unread] = field(default_factory=list)
    broken: list[Unread] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    lazy: set[str] = field(default_factory=set)
    guards: list[Guard] = field(default_factory=list)
    guarded: int = 0
    doubtful: int = 0
    steps: int = 0
    calls: int = 0

    def miss(self, at: Location, reason: str, *, optional: bool = False) -> None:
        """Note something that could not be followed."""
        found = Unread(at.path, at.line, reason)
        kept = self.optional if optional else self.unread
        if found not in kept:
            kept.append(found)


@dataclass
class Frame:
    """Where code runs: its module, its scopes from the innermost out, and where a function returns to.

    Attributes:
        run: the reading it belongs to.
        module: the parsed file.
        name: the module's dotted name.
        package: what relative imports count from.
        scopes: names of the scopes that a name is looked up in, innermost first, the module's last.
        returns: what a function has returned so far; None outside functions.
        exits: the states in which it returned.
        outer: names that the function declares `global` or `nonlocal`.
    """

    run: Evaluation
    module: Module
    name: str
    package: str
    scopes: tuple[str, ...]
    returns: list[Value] | None = None
    exits: list[State] = field(default_factory=list)
    outer: set[str] = field(default_factory=set)

    def at(self, node: ast.AST) -> Location:
        """Return the place of a node."""
        return self.module.at(node)

    def unreadable(self, node: ast.AST) -> Unreadable:
        """Return the node as something that cannot be read, with its text in one line."""
        return Unreadable(" ".join(self.module.text(node).split()), self.at(node))

    def evaluate(self, node: ast.expr) -> Value:
        """Return the value of an expression."""
        return self.run.evaluate(self, node)

    def lookup(self, name: str) -> Binding | None:
        """Return what a name is bound to here, or None."""
        for scope in self.scopes:
            binding = self.run.state.scopes.get(scope, {}).get(name)
            if binding is not None:
                return binding
        return None

    def bind(self, name: str, value: Value, *via: Location) -> None:
        """Bind a name in the innermost scope, or in the module's where it is declared global."""
        scope = self.scopes[-1] if name in self.outer else self.scopes[0]
        self.run.state.scopes[scope][name] = Binding(name, value, tuple(dict.fromkeys(via)))

    @property
    def module_scope(self) -> str:
        """The scope of the module's own names."""
        return self.scopes[-1]
