"""When crontabs and intervals are due: as Celery itself reads them, and how close two runs are."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celerify.facts.literals import value_of
from celerify.facts.python import Module
from celerify.facts.scheduling.kinds import Crontab, Interval, Other, Unread, kinds_of
from celerify.facts.scheduling.times import FIELDS, ImpossibleTimeError, cron_fields, read_times

PARTS = (
    "*", "*/5", "*/0", "*/", "5", "0", "59", "60", "23", "24", "31", "32", "12", "13", "1-5", "5-1", "22-2",
    "1-5/2", "1-5/", "mon", "sunday", "mon-fri", "jan", "feb-apr", "0-6", "7", "-1", "x", "", "*5", "1/2",
    "1-70", "*/x", "29", "30", "*/61", " 5", "1 - 2",
)  # fmt: skip
FIELD = st.one_of(
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=2).map(",".join),
    st.integers(-2, 62),
    st.lists(st.integers(-1, 61), min_size=1, max_size=3),
    st.just("*"),
)


@given(st.dictionaries(st.sampled_from(FIELDS), FIELD))
def test_a_crontab_is_read_as_celery_reads_it(fields: dict[str, object]) -> None:
    schedules = pytest.importorskip("celery.schedules")
    try:
        real = schedules.crontab(**fields)
    except Exception:  # noqa: BLE001 - whatever Celery raises
        with pytest.raises(ImpossibleTimeError):
            read_times(fields)
        return
    ours = read_times(fields)
    assert {name: set(getattr(ours, name)) for name in FIELDS} == {
        name: set(getattr(real, name)) for name in FIELDS
    }


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("* * * * *", 60), ("*/5 * * * *", 300), ("0 * * * *", 3600), ("0 6 * * *", 86400),
        ("0 6,18 * * *", 43200), ("0,50 6 * * *", 3000), ("0 6 1 * *", 86400), ("59 23 * * *", 86400),
        ("0 0,23 * * *", 3600),
    ],
)  # fmt: skip
def test_the_least_time_between_two_runs(line: str, seconds: int) -> None:
    assert read_times(cron_fields(line)).period == seconds


@pytest.mark.parametrize("fields", [{"minute": True}, {"hour": None}, {"hour": 6.0}, {"day_of_week": []}])
def test_what_is_no_field_is_impossible(fields: dict[str, object]) -> None:
    with pytest.raises(ImpossibleTimeError):
        read_times(fields)


def kind(text: str) -> object:
    source = (
        "import os\nfrom datetime import timedelta\nfrom celery import schedules\n"
        f"from celery.schedules import crontab, schedule, solar\nx = {text}\n"
    )
    module = Module("s.py", source, ast.parse(source))
    statement = module.tree.body[-1]
    assert isinstance(statement, ast.Assign)
    (found,) = kinds_of(value_of(statement.value, module, "s"))
    return found


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30), ("0.5", 0.5), ("60 * 60", 3600), ("-5", -5), ("timedelta(minutes=5)", 300),
        ("timedelta(1, 30)", 86430), ("schedule(run_every=10)", 10),
        ("schedules.schedule(timedelta(hours=2))", 7200),
        ("timedelta(seconds=N)", None), ('int(os.environ.get("X", "90"))', 90),
    ],
)  # fmt: skip
def test_an_interval_is_so_many_seconds(text: str, seconds: float | None) -> None:
    found = kind(text)
    assert isinstance(found, Interval)
    assert (found.seconds, found.wrong) == (seconds, "")


@pytest.mark.parametrize("text", ['"60"', "None", "True", "schedule()"])
def test_what_is_no_interval(text: str) -> None:
    found = kind(text)
    assert isinstance(found, Interval)
    assert found.wrong


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("crontab()", set()), ("crontab(0, 6)", {"minute", "hour"}), ("schedules.crontab(hour=6)", {"hour"}),
        ('crontab.from_string("0 6 * * 1")', set(FIELDS)),
    ],
)  # fmt: skip
def test_a_crontab_and_its_fields(text: str, fields: set[str]) -> None:
    found = kind(text)
    assert isinstance(found, Crontab)
    assert set(found.fields) == fields


@pytest.mark.parametrize(
    ("text", "expected"),
    [('solar("sunset", 1, 2)', Other), ("made_up()", Unread), ("crontab.from_string(LINE)", Unread)],
)
def test_what_is_neither(text: str, expected: type) -> None:
    assert isinstance(kind(text), expected)
