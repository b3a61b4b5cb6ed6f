"""Tests that run a task through a real worker: Celery's fixtures, `start_worker`, bases that start one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.testing.cases import SET_UP, asked_for, fixture_name, is_fixture, last_name
from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.sources import Sources
    from celerify.facts.testing.cases import Case, Cases, Code
    from celerify.model import Location

FIXTURES = frozenset({"celery_worker", "celery_session_worker"})
STARTS = frozenset({"start_worker", "setup_app_worker"})
SENDS = frozenset(
    {"delay", "apply_async", "send_task", "delay_on_commit", "apply_async_on_commit", "on_commit", "get"}
)
"""What a test calls that sends a task or waits for its result."""

WORDS = (*sorted(FIXTURES), *sorted(STARTS))


def tests_with_a_worker(sources: Sources, cases: Cases) -> Iterator[Location]:
    """Yield each test that runs with a real worker in its process and sends something."""
    starting, bases = _starting(sources)
    paths = sources.mentioning(*WORDS, *sorted(starting), *sorted(bases))
    for path in paths:
        for case in cases.of(path) if sources.kind(path) == "test" else ():
            if _has_worker(case, starting, bases) and _sends(case):
                yield case.at


def _starting(sources: Sources) -> tuple[frozenset[str], frozenset[str]]:
    """Return the fixtures, and the classes, that start a worker."""
    fixtures, classes = set(FIXTURES), set[str]()
    for path in sources.mentioning(*WORDS):
        module = sources.module(path) if sources.kind(path) == "test" else None
        for node in walked(module.tree) if module else ():
            if isinstance(node, ast.FunctionDef) and is_fixture(node) and _starts(node):
                fixtures.add(fixture_name(node))
            elif isinstance(node, ast.ClassDef):
                set_up = [item for item in node.body if getattr(item, "name", "") in SET_UP]
                classes |= {node.name} if any(_starts(item) for item in set_up) else set()
    return frozenset(fixtures), frozenset(classes)


def _starts(node: ast.AST) -> bool:
    taken = {argument.arg for argument in node.args.args} if isinstance(node, ast.FunctionDef) else set()
    return bool(taken & FIXTURES) or any(
        isinstance(item, ast.Call) and last_name(item.func) in STARTS for item in walked(node)
    )


def _has_worker(case: Case, starting: frozenset[str], bases: frozenset[str]) -> bool:
    owner = case.code.owner
    if owner and (owner.name in bases or any(last_name(base) in bases for base in owner.bases)):
        return True
    return any(_takes(code, starting) or _starts(code.node) for code in case.reached)


def _takes(code: Code, starting: frozenset[str]) -> bool:
    return any(name in starting for name in asked_for(code))


def _sends(case: Case) -> bool:
    return any(
        isinstance(node, ast.Call) and last_name(node.func) in SENDS
        for code in case.reached
        if not is_fixture(code.node)
        for node in code.nodes
    )
