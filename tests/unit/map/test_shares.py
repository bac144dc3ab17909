"""How many of each class are drawn: in proportion, equally, at least so many, or by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landloom.errors import LandloomError
from landloom.map.points import allocate
from landloom.map.shares import Shares, allocate_equally

COUNTS = {1: 9000, 2: 900, 3: 90, 4: 10}
NAMES = {"1": 1, "forest": 1, "2": 2, "3": 3, "water": 3, "4": 4}


@pytest.mark.parametrize(
    ("shares", "n", "draws"),
    [
        (Shares(), 100, {1: 89, 2: 9, 3: 1, 4: 1}),
        (Shares(20), 100, {1: 50, 2: 20, 3: 20, 4: 10}),
        (Shares(20), 200, {1: 150, 2: 20, 3: 20, 4: 10}),
        (Shares(None, "equal"), 100, {1: 30, 2: 30, 3: 30, 4: 10}),
        (Shares(None, "equal"), 102, {1: 31, 2: 31, 3: 30, 4: 10}),
        (Shares(None, "equal"), 20_000, COUNTS),
        (Shares(None, {"water": 50}), 100, {1: 44, 2: 5, 3: 50, 4: 1}),
        (Shares(None, {"water": 500, "4": 3}), 200, {1: 97, 2: 10, 3: 90, 4: 3}),
        (Shares(5, {"water": 50}), 100, {1: 40, 2: 5, 3: 50, 4: 5}),
        (Shares(None, {"forest": 7}), 20_000, {1: 7, 2: 900, 3: 90, 4: 10}),
        (Shares(None, dict.fromkeys("1234", 8)), 100, dict.fromkeys(COUNTS, 8)),
    ],
)  # fmt: skip
def test_by_hand(shares: Shares, n: int, draws: dict[int, int]) -> None:
    given = shares.draws(COUNTS, n, NAMES, "map.samples", least=1)
    assert given == draws


@pytest.mark.parametrize(
    ("shares", "n", "said"),
    [
        (Shares(50), 100, "map.samples: 100 cannot give each of 4 classes 50, which takes 160"),
        (Shares(50, {"forest": 40}), 100, "60 are left of 100, which cannot give each of 3 "),
        (Shares(None, {"swamp": 4}), 100, "no labels of the class 'swamp'; those that there are"),
        (Shares(None, {"forest": 4, "1": 5}), 100, "'1' is a class that has a number already"),
    ],
)  # fmt: skip
def test_what_cannot_be(shares: Shares, n: int, said: str) -> None:
    with pytest.raises(LandloomError, match=said):
        shares.draws(COUNTS, n, NAMES, "map.samples")


MEMBERS = st.dictionaries(st.integers(0, 254), st.integers(1, 10**6), min_size=1, max_size=12)


@given(MEMBERS, st.integers(1, 20_000))
def test_equal_shares(counts: dict[int, int], n: int) -> None:
    draws = allocate_equally(counts, n)
    assert sum(draws.values()) == min(n, sum(counts.values()))
    assert all(0 <= draws[value] <= counts[value] for value in counts)
    short = [draws[value] for value in counts if draws[value] < counts[value]]
    if short:
        assert max(draws.values()) - min(short) <= 1


@given(MEMBERS, st.integers(1, 20_000), st.integers(1, 300), st.booleans())
def test_a_least_number_of_each(counts: dict[int, int], n: int, least: int, is_equal: bool) -> None:
    shares = Shares(least, "equal" if is_equal else "proportional")
    needed = {value: min(least, count) for value, count in counts.items()}
    if sum(needed.values()) > n:
        with pytest.raises(LandloomError):
            shares.draws(counts, n, {}, "map.samples")
        return
    draws = shares.draws(counts, n, {}, "map.samples")
    assert sum(draws.values()) == min(n, sum(counts.values()))
    assert all(needed[value] <= draws[value] <= counts[value] for value in counts)


@given(MEMBERS, st.integers(1, 20_000))
def test_left_alone_they_are_in_proportion(counts: dict[int, int], n: int) -> None:
    assert Shares().draws(counts, n, {}, "map.reference") == allocate(counts, n)
