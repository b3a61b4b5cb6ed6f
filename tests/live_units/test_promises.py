"""Which promise about a killed task is put to the test."""

from __future__ import annotations

import pytest

from celerify.live.promises import PROBE, WHOLE_PROBE, Judged, Promise, judged

NONE, LATE, PUT_BACK = (False, False, False), (True, False, False), (True, True, False)
COUNTED, EARLY_COUNTED = (True, True, True), (False, False, True)


def told(**tasks: tuple[bool, bool, bool]) -> dict[str, dict[str, bool]]:
    """Return what the client tells of tasks; `default` is the probe."""
    names = ("acks_late", "reject_on_worker_lost", "retry_on_worker_lost")
    return {
        PROBE if name == "default" else name: dict(zip(names, values, strict=True))
        for name, values in tasks.items()
    }


@pytest.mark.parametrize(
    ("values", "again", "unbounded"),
    [
        (NONE, False, False),
        (LATE, False, False),
        (PUT_BACK, True, True),
        (COUNTED, True, False),
        (EARLY_COUNTED, True, False),
        ((False, True, False), False, False),
    ],
)
def test_a_promise_says_whether_a_task_runs_again_and_without_a_bound(
    values: tuple[bool, bool, bool], again: bool, unbounded: bool
) -> None:
    promise = Promise(*values)
    assert (promise.runs_again, promise.unbounded) == (again, unbounded)


def test_the_settings_are_tested_where_the_project_has_no_task() -> None:
    assert judged(told(default=PUT_BACK), ()) == Judged(Promise(*PUT_BACK), (), by_settings=True)


def test_a_task_without_a_bound_is_tested_before_all_others() -> None:
    found = judged(told(default=COUNTED, a=COUNTED, b=PUT_BACK), ("a", "b"))
    assert (found.tasks, found.by_settings) == (("b",), False)
    assert found.options["task_annotations"] == dict.fromkeys((PROBE, WHOLE_PROBE), told(b=PUT_BACK)["b"])


def test_settings_that_no_task_follows_are_not_held_against_the_project() -> None:
    found = judged(told(default=PUT_BACK, a=COUNTED, b=COUNTED), ("a", "b"))
    assert (found.promise, found.tasks) == (Promise(*COUNTED), ("a", "b"))


def test_what_the_settings_say_needs_no_annotation() -> None:
    assert judged(told(default=LATE, a=LATE, b=NONE), ("a", "b")).options == {}
