from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from celerify.live.arrivals import Arrivals, Ran, counted
from celerify.live.producers import shares

if TYPE_CHECKING:
    from pathlib import Path


def line(number: int, event: str = "load") -> str:
    return (
        json.dumps({"event": event, "at": 100.0 + number, "pid": 1, "number": number, "waited": 0.5}) + "\n"
    )


def test_a_task_that_never_ran_and_one_that_ran_twice_are_told_by_number(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    arrivals = Arrivals(journal)
    journal.write_text("".join(map(line, [0, 1, 3, 3, 4, 4, 4])))
    arrivals.read()
    count = counted(range(6), arrivals.ran)
    assert count.missing == (2, 5)
    assert count.twice == (3, 4)


def test_each_task_that_ran_once_is_neither_missing_nor_twice(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    arrivals = Arrivals(journal)
    journal.write_text("".join(map(line, [2, 0, 1])))
    arrivals.read()
    assert counted(range(3), arrivals.ran) == counted((), ())
    assert arrivals.ran[0] == Ran(2, 102.0, 0.5)


def test_lines_of_other_stages_and_of_an_earlier_time_do_not_count(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_text(line(7))
    arrivals = Arrivals(journal)
    with journal.open("a") as file:
        file.write(line(1, "echo") + line(2))
    assert arrivals.read()
    assert arrivals.numbers == {2}


def test_a_line_that_is_half_written_is_read_once_it_is_whole(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    arrivals = Arrivals(journal)
    assert not arrivals.read()
    whole = line(1) + line(2)
    journal.write_text(whole[:-20])
    assert arrivals.read()
    assert arrivals.numbers == {1}
    journal.write_text(whole)
    assert arrivals.read()
    assert not arrivals.read()
    assert [ran.number for ran in arrivals.ran] == [1, 2]


@pytest.mark.parametrize(("tasks", "producers"), [(1, 1), (300, 2), (10, 3), (2, 5), (1000, 7)])
def test_producers_share_all_numbers_and_none_twice(tasks: int, producers: int) -> None:
    found = shares(tasks, producers)
    assert len(found) == producers
    assert [number for share in found for number in share] == list(range(tasks))
    assert max(map(len, found)) - min(map(len, found)) <= 1
