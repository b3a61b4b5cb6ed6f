"""Reads a settings module as Python would run it, without running it.

Statements in order; every branch that only the running project decides is kept as an `Either`.
What cannot be followed is `Unreadable` or an incomplete container, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celerify.facts.evaluator.class_bodies import chosen_class, class_names, take_over
from celerify.facts.evaluator.evaluation import Evaluation, Frame
from celerify.facts.evaluator.expressions import evaluate
from celerify.facts.evaluator.module_names import load_module, resolved
from celerify.facts.evaluator.statements import execute
from celerify.facts.python import Module, Unread
from celerify.facts.values import Binding
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True)
class Evaluated:
    """A module read to its end.

    Attributes:
        bindings: each name bound at the end, by name.
        files: the files of the project that were read for it.
        unread: what could not be followed and could set any name.
        optional: files that would be taken in if they were there, and hooks that set no name of Celery's.
        classes: the attributes of each class of the module, by the class's name.
        broken: files of the chain itself, the module and what it takes over by star, that do not parse.
    """

    bindings: Mapping[str, Binding]
    files: tuple[str, ...]
    unread: tuple[Unread, ...]
    optional: tuple[Unread, ...] = ()
    broken: tuple[Unread, ...] = ()
    classes: Mapping[str, Mapping[str, Binding]] = field(default_factory=dict)


def evaluate_module(
    dotted: str,
    load: Callable[[str], Module | Unread],
    resolve: Callable[[str], str | None],
    paths: Callable[[], Sequence[str]] = tuple,
    configuration: str | None = None,
) -> Evaluated:
    """Return what a module's names are bound to at its end.

    Args:
        dotted: its dotted name, which `resolve` knows.
        load: gives the parsed file of a path.
        resolve: gives the file of a dotted module of the project, or None.
        paths: every file of the repository, for `include("components/*.py")`.
        configuration: the class that DJANGO_CONFIGURATION names, where the settings are classes.
    """
    run = Evaluation(load, resolve, paths, evaluate, execute)
    scope = load_module(run, dotted)
    if scope is None:
        return Evaluated({}, tuple(run.files), tuple(run.unread), tuple(run.optional), tuple(run.unread))
    _take_class(run, dotted, scope, configuration)
    bindings = {
        name: Binding(name, resolved(run, binding.value), binding.via) if name.isupper() else binding
        for name, binding in tuple(run.state.scopes[scope].items())
        if name not in {"__name__", "__package__"}
    }
    return Evaluated(
        bindings,
        tuple(run.files),
        tuple(run.unread),
        tuple(run.optional),
        tuple(run.broken),
        {
            name: attributes
            for name, binding in bindings.items()
            if (attributes := class_names(run, binding.value))
        },
    )


def _take_class(run: Evaluation, dotted: str, scope: str, configuration: str | None) -> None:
    body = chosen_class(run, scope, configuration)
    module = run.load(scope)
    if body is not None and isinstance(module, Module):
        run.state.dead = False
        take_over(Frame(run, module, dotted, "", (scope,)), body, Location(scope))
