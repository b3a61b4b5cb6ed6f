from __future__ import annotations

import pytest

from celerify.live.percentiles import percentile
from celerify.live.plot import WIDTH, histogram, in_ascii, over_time


@pytest.mark.parametrize(
    ("share", "expected"), [(50, 5), (90, 9), (95, 10), (99, 10), (100, 10), (10, 1), (0.1, 1)]
)
def test_a_percentile_is_the_value_of_the_nearest_rank(share: float, expected: float) -> None:
    assert percentile([10, 1, 9, 2, 8, 3, 7, 4, 6, 5], share) == expected


def test_every_percentile_of_one_value_is_that_value() -> None:
    assert [percentile([3.5], share) for share in (1, 50, 99, 100)] == [3.5] * 4


@pytest.mark.parametrize(("values", "share"), [([], 50), ([1.0], 0), ([1.0], 101)])
def test_a_percentile_of_nothing_or_beyond_all_is_refused(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, share)


def test_a_histogram_has_a_row_for_each_range_with_its_count() -> None:
    drawing = histogram([0.01, 0.02, 0.11, 0.12, 0.13, 0.14, 0.39], width=40)
    assert [(line[:14], line.rpartition(" ")[2]) for line in drawing.splitlines()] == [
        ("0.00 to 0.05 s", "2"),
        ("0.05 to 0.10 s", "0"),
        ("0.10 to 0.15 s", "4"),
        ("0.15 to 0.20 s", "0"),
        ("0.20 to 0.25 s", "0"),
        ("0.25 to 0.30 s", "0"),
        ("0.30 to 0.35 s", "0"),
        ("0.35 to 0.40 s", "1"),
    ]
    lengths = [line.count("█") for line in drawing.splitlines()]
    assert lengths[2] > 2 * lengths[7] > 0 == lengths[1]


@pytest.mark.parametrize("scale", [0.0, 1e-7, 0.0003, 0.08, 1.0, 7.9, 42.0, 3600.0])
@pytest.mark.parametrize("width", [24, 40, 64, 100])
def test_no_line_is_wider_than_asked_and_no_value_is_left_out(scale: float, width: int) -> None:
    values = [scale * (number * 37 % 997) / 997 for number in range(997)] + [scale]
    lines = histogram(values, width).splitlines()
    assert max(map(len, lines)) <= max(width, 30)
    assert 1 <= len(lines) <= 8
    assert sum(int(line.rpartition(" ")[2]) for line in lines) == len(values)
    bounds = float(lines[-1].partition(" to ")[2].partition(" s")[0])
    assert scale <= bounds


def test_a_rare_value_still_shows() -> None:
    rows = histogram([0.01] * 100_000 + [0.79]).splitlines()
    assert rows[-1].split()[-2:] == ["▏", "1"]


def test_things_over_time_are_one_line_that_rises_where_more_happened() -> None:
    early = [number / 10 for number in range(10)]
    late = [9 + number / 100 for number in range(100)]
    line = over_time([*early, *late], width=10)
    assert len(line) == 10
    assert line[-1] == "█"
    assert line[0] == "▁"
    assert line[4] == " "


@pytest.mark.parametrize("moments", [[], [5.0], [5.0, 5.0]])
def test_nothing_is_drawn_of_no_time(moments: list[float]) -> None:
    assert not over_time(moments)


def test_nothing_is_drawn_of_no_values() -> None:
    assert not histogram([])


def test_a_drawing_for_a_poor_terminal_is_ascii_and_as_wide() -> None:
    values = [number * number / 999 for number in range(999)]
    drawing = f"{histogram(values)}\n{over_time(values)}"
    plain = in_ascii(drawing)
    assert plain.isascii()
    assert len(plain) == len(drawing)
    assert max(map(len, plain.splitlines())) <= WIDTH
    assert "####" in plain
