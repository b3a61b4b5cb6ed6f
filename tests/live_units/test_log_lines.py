from __future__ import annotations

from typing import Any

import pytest

from celerify.live.log_lines import find, why_silent, why_twice, without_id

HANDLER = {
    "type": "StreamHandler", "of": "root", "level": "", "stream": True, "file": None, "filters": [],
    "silent": False,
}  # fmt: skip
LOGGER: dict[str, Any] = {
    "name": "blog.tasks", "level": "INFO", "level_of": "root", "disabled": False, "handlers": [HANDLER],
}  # fmt: skip


def test_a_line_is_found_by_its_whole_message_in_each_place() -> None:
    places = {"a": "x probe t blog [id]\nprobe t blog.tasks\n", "b": "probe t blog", "c": "other"}
    found = find("blog", "probe t blog", "id", places)
    assert (found.counts, found.marked, found.right) == ({"a": 1, "b": 1}, True, True)


def test_twice_in_one_place_nowhere_and_without_the_id_are_wrong() -> None:
    twice = find("blog", "probe t blog", "id", {"a": "probe t blog id\nprobe t blog id"})
    nowhere = find("blog", "probe t blog", "id", {"a": ""})
    bare = find("blog", "probe t blog", "id", {"a": "probe t blog"})
    assert (twice.right, nowhere.right, bare.right) == (False, False, False)


@pytest.mark.parametrize(
    ("changed", "holds", "why", "remedy"),
    [
        ({"disabled": True}, False, "is disabled", "disable_existing_loggers"),
        ({"level": "WARNING"}, False, "root above it is at WARNING", 'LOGGING["root"]["level"]'),
        (
            {"level": "ERROR", "level_of": "blog.tasks"},
            False,
            "it is at ERROR",
            'LOGGING["loggers"]["blog.tasks"]',
        ),
        ({"handlers": []}, False, "no handler", '"root" a handler'),
        ({"handlers": [{**HANDLER, "silent": True}]}, False, "no handler", '"root" a handler'),
        ({"handlers": [{**HANDLER, "level": "ERROR"}]}, False, "from ERROR on", '"level": "INFO"'),
        (
            {"handlers": [{**HANDLER, "filters": ["RequireDebugTrue"]}]},
            False,
            "RequireDebugTrue",
            "take the filter",
        ),
        ({"handlers": [{**HANDLER, "type": "SysLogHandler", "stream": False}]}, None, "SysLogHandler", ""),
    ],
)
def test_why_a_line_is_nowhere_is_told(
    changed: dict[str, Any], holds: bool | None, why: str, remedy: str
) -> None:
    told, said, advice = why_silent(LOGGER | changed, own=True)
    assert told is holds
    assert why in said
    assert remedy in advice


def test_where_celery_sets_logging_up_its_own_option_is_the_remedy() -> None:
    assert "--loglevel=INFO" in why_silent(LOGGER | {"level": "WARNING"}, own=False)[2]
    assert "get_task_logger" in without_id(LOGGER, own=False)
    assert "TaskFormatter" in without_id(LOGGER, own=True)


def test_two_loggers_with_a_handler_each_write_a_line_twice() -> None:
    said, remedy = why_twice(LOGGER | {"handlers": [{**HANDLER, "of": "blog"}, HANDLER]})
    assert "blog and root each have a handler" in said
    assert '"propagate": False for blog' in remedy
    assert "more than one handler" in why_twice(LOGGER | {"handlers": [HANDLER, HANDLER]})[0]
