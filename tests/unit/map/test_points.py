"""Labelled points: shares of classes, and the file in which they are kept."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landloom.legend.legends import Entry
from landloom.map.left_out import LeftOut
from landloom.map.points import Points, allocate, point_frame

TEN = dict.fromkeys(range(10), 10)


@pytest.mark.parametrize(
    ("counts", "n", "draws"),
    [
        ({1: 50, 2: 30, 3: 20}, 10, {1: 5, 2: 3, 3: 2}),
        ({1: 334, 2: 333, 3: 333}, 10, {1: 4, 2: 3, 3: 3}),  # 3 + 3 + 3: the largest is raised
        ({1: 40, 2: 26, 3: 17, 4: 17}, 10, {1: 3, 2: 3, 3: 2, 4: 2}),  # 4 + 3 + 2 + 2: lowered
        ({1: 25, 2: 25, 3: 50}, 2, {1: 0, 2: 0, 3: 2}),  # halves to even
        ({7: 10, 3: 10, 5: 10}, 10, {7: 3, 3: 4, 5: 3}),  # the lowest of the equally large
        ({1: 3, 2: 2}, 9, {1: 3, 2: 2}),  # all there are
        # 9 classes rounded up to 1 leave -3 for the first: it and its like give up theirs
        (TEN, 6, dict.fromkeys(range(4), 0) | dict.fromkeys(range(4, 10), 1)),
        # 9 rounded down to 9 leave 13 of 10 for the first: its like take the rest
        (TEN, 94, dict.fromkeys(range(4), 10) | dict.fromkeys(range(4, 10), 9)),
    ],
)  # fmt: skip
def test_allocation_by_hand(counts: dict[int, int], n: int, draws: dict[int, int]) -> None:
    assert allocate(counts, n) == draws


COUNTS = st.dictionaries(st.integers(0, 254), st.integers(1, 10**10), min_size=1, max_size=12)


@given(COUNTS, st.integers(1, 20_000))
def test_allocation_is_proportional(counts: dict[int, int], n: int) -> None:
    draws = allocate(counts, n)
    total = sum(counts.values())
    assert sum(draws.values()) == min(n, total)
    assert all(0 <= draws[value] <= counts[value] for value in counts)
    exact = {value: round(Fraction(n * counts[value], total)) for value in counts}
    largest = min(counts, key=lambda value: (-counts[value], value))
    left = n - sum(exact[value] for value in counts if value != largest)
    if 0 <= left <= counts[largest] and n < total:
        assert draws == {**exact, largest: left}


@given(COUNTS, st.integers(1, 20_000), st.integers(0, 3))
def test_allocation_with_a_minimum(counts: dict[int, int], n: int, minimum: int) -> None:
    least = {value: min(minimum, count) for value, count in counts.items()}
    if sum(least.values()) > min(n, sum(counts.values())):
        with pytest.raises(ValueError, match="cannot give"):
            allocate(counts, n, minimum)
        return
    draws = allocate(counts, n, minimum)
    assert sum(draws.values()) == min(n, sum(counts.values()))
    assert all(least[value] <= draws[value] <= counts[value] for value in counts)


def test_points_survive_a_file_whose_bytes_are_the_same_each_time(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(0)
    lon, lat, x, y = rng.normal(size=(4, 300))
    row, col = rng.integers(0, 72, (2, 300))
    frame = point_frame(
        lon=lon,
        lat=lat,
        spots={"x": x, "y": y, "row": row, "col": col},
        source=["Bäume"] * 300,
        label=[10] * 300,
    )
    gone = (LeftOut(95, "Mangroven", 3, 0.003), LeftOut(99, "99", 1, 1 / 3))
    points = Points(frame, {10: Entry("Bäume", "006400")}, {"a": 1}, ("one", "two"), gone)
    digests = set()
    for name in ("a.parquet", "b.parquet"):
        points.write(tmp_path / name)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1
    back = Points.read(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(back.frame, points.frame)
    assert (back.classes, back.dropped, back.notes, back.left_out) == (
        points.classes, points.dropped, points.notes, gone,
    )  # fmt: skip
    Points(frame, points.classes).write(tmp_path / "none.parquet")
    assert Points.read(tmp_path / "none.parquet").left_out == ()
    assert Points.read(tmp_path / "none.parquet").proportional
    replace(back, proportional=False).write(tmp_path / "mixed.parquet")
    assert not Points.read(tmp_path / "mixed.parquet").proportional
