"""What a test proves of the task that it runs: a success, a failure, a retry, its count, its delay."""

from __future__ import annotations

import ast
import builtins
import re
from typing import TYPE_CHECKING

from celerify.facts.task_bodies import retry_call
from celerify.facts.testing.asserts import words_in
from celerify.facts.testing.cases import last_name
from celerify.facts.values import Items, Reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.tasks import Task
    from celerify.facts.testing.asserts import Asserts
    from celerify.facts.testing.patches import Patch
    from celerify.facts.testing.touches import Touch

_FAILED = re.compile(r"(?i)fail|error|not.?found|invalid|missing|reject|denied|exception")
_SUCCEEDED = re.compile(r"(?i)^(?:success|successful|succeeded|ok|done|sent|completed?|processed|created)$")
_NAMED_FAILURE = re.compile(
    r"(?:^|_)(?:fail(?:s|ed|ure|ures)?|errors?|raises?|exceptions?|invalid|missing|not_found|unknown|gone|"
    r"unavailable|timeouts?|down|broken|denied|rejects?|rejected|gives_up|crash(?:es|ed)?)(?:_|$)"
)
_DELAY = re.compile(r"(?:^|_)(?:countdowns?|eta|delays?|backoff|waits?|intervals?|sleeps?|slept)(?:_|$)")
_COUNTER = re.compile(r"(?i)(?:^|_)(?:attempts?|calls?|counts?|tries|retries|runs?)(?:_|$)")
_RETRY = frozenset({"Retry", "MaxRetriesExceededError", "Reject"})
_COUNTED = frozenset({"call_count", "await_count", "retries", "num_calls"})
_TWICE = 2


def fails(asserts: Asserts, name: str) -> bool:
    """Tell whether a test is one of a failure."""
    if asserts.raised or (asserts.injected and asserts.checked and not _only_recovers(asserts)):
        return True
    words = {word for word in asserts.words if not _is_method(word)}
    if any(_FAILED.search(word) for word in words) or _denied(asserts):
        return True
    return bool(asserts.checked and _NAMED_FAILURE.search(name.lower()))


def succeeds(asserts: Asserts, name: str) -> bool:
    """Tell whether a test is one of a success."""
    if not asserts.checked:
        return False
    if asserts.recovers or (any(_SUCCEEDED.match(word) for word in asserts.words) and not _denied(asserts)):
        return True
    return not fails(asserts, name)


def _only_recovers(asserts: Asserts) -> bool:
    return asserts.recovers and len(asserts.injected) == 1


def _is_method(word: str) -> bool:
    return word.startswith(("assert", "call_args"))


def _denied(asserts: Asserts) -> bool:
    """Tell whether `successful()` is asserted to be false."""
    for _, node in asserts.checked:
        negated = isinstance(node, ast.UnaryOp) or (
            isinstance(node, ast.Call) and last_name(node) == "assertFalse"
        )
        if negated and "successful" in set(words_in(node)):
            return True
    return False


def retrying(task: Task) -> bool:
    """Tell whether a task retries: `self.retry`, `autoretry_for`, or a wrapper that retries it."""
    options = {**task.inherited, **task.options}
    automatic = "autoretry_for" in options and options["autoretry_for"] != Items("tuple", (), task.at)
    return bool(task.retries or automatic or retry_call(task.node))


def makes_retry(asserts: Asserts, touches: Iterable[Touch], patches: Iterable[Patch], *, own: bool) -> bool:
    """Tell whether a test makes a task retry: by an injected error, an expected `Retry`, a replaced `retry`.

    `own`: it uses a retry decorator of the project's own, which retries by itself.
    """
    if any(name.rpartition(".")[2] in _RETRY for name in asserts.raised):
        return True
    if any(patch.attribute == "retry" for patch in patches):
        return True
    tasks = [touch.task for touch in touches if touch.how != "call" and retrying(touch.task)]
    errors = [name for name in asserts.injected if name != "status"]
    if own and errors:
        return True
    return any(_retried(task, name) for task in tasks for name in errors) or bool(
        tasks and "status" in asserts.injected
    )


def _retried(task: Task, error: str) -> bool:
    """Tell whether a task retries for an error, as far as the names tell."""
    if error.rpartition(".")[2] in _RETRY or task.retries or retry_call(task.node):
        return True
    wanted = {**task.inherited, **task.options}.get("autoretry_for")
    if not isinstance(wanted, Items):
        return True
    names = [item.name for item in wanted.items if isinstance(item, Reference)]
    return len(names) < len(wanted.items) or any(_is_a(error, name) for name in names)


def _is_a(error: str, wanted: str) -> bool:
    one, other = getattr(builtins, error, None), getattr(builtins, wanted, None)
    if isinstance(one, type) and isinstance(other, type):
        return issubclass(one, other)
    if wanted in {"Exception", "BaseException"} or error == wanted:
        return True
    # two of one package, as requests.ConnectionError and requests.RequestException
    return "." in error and "." in wanted and error.partition(".")[0] == wanted.partition(".")[0]


def asserts_retry(asserts: Asserts) -> bool:
    """Tell whether a test that makes a retry asserts that one happened."""
    if any(name.rpartition(".")[2] in _RETRY for name in asserts.raised):
        return True
    if "RETRY" in asserts.words or any("retr" in word.lower() for word in asserts.words):
        return True
    return counts_retries(asserts) or (asserts.recovers and bool(asserts.checked))


def counts_retries(asserts: Asserts) -> bool:
    """Tell whether a number of calls or retries is asserted."""
    return any(_counts(node) for _, node in asserts.checked)


def _counts(node: ast.expr) -> bool:
    match node:
        case ast.Compare(left=left, comparators=[right]):
            return _is_count(left, right) or _is_count(right, left)
        case ast.Call(
            func=ast.Attribute(attr="assertEqual" | "assertGreater" | "assertGreaterEqual"),
            args=[one, two, *_],
        ):
            return _is_count(one, two) or _is_count(two, one)
        case ast.Call(func=ast.Attribute(value=owner, attr=name)):
            once = name in {"assert_called_once", "assert_called_once_with", "assert_has_calls"}
            return once and "retry" in last_name(owner).lower()
        case ast.BoolOp(values=values):
            return any(_counts(value) for value in values)
        case _:
            return False


def _is_count(counted: ast.expr, number: ast.expr) -> bool:
    """Tell whether one side counts calls and the other is no number of a single call."""
    single = isinstance(number, ast.Constant) and (not isinstance(number.value, int) or number.value < _TWICE)
    name = last_name(_measured(counted) or counted)
    counts = (
        name in _COUNTED or bool(_COUNTER.search(name)) or name.endswith(("call_args_list", "mock_calls"))
    )
    about_retry = any("retr" in word.lower() for word in words_in(counted))
    return counts and (not single or about_retry)


def _measured(node: ast.expr) -> ast.expr | None:
    """Return what `len(...)` is given; None for any other expression."""
    return node.args[0] if isinstance(node, ast.Call) and last_name(node) == "len" and node.args else None


def asserts_delay(asserts: Asserts) -> bool:
    """Tell whether a countdown, a delay or a backoff is asserted."""
    return any(_DELAY.search(word) for word in asserts.words)
