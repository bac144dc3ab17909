"""Colours for classes that have none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landloom.legend.legends import NLCD, Entry, colored

OKABE_ITO = ["E69F00", "56B4E9", "009E73", "F0E442", "0072B2", "D55E00", "CC79A7", "999999"]


def test_the_first_colours_are_okabe_and_itos_in_order() -> None:
    given_none = {code: Entry(str(code)) for code in (30, 10, 20, 1, 2, 3, 4, 5)}
    assert [entry.color for entry in colored(given_none).values()] == OKABE_ITO
    assert list(colored(given_none)) == list(given_none)
    assert colored({7: Entry("a")}) == {7: Entry("a", "E69F00")}


def test_colours_that_are_there_stay_and_are_not_given_again() -> None:
    legend = {1: Entry("a"), 2: Entry("b", "e69f00"), 3: Entry("c"), 4: Entry("d", "009E73")}
    assert colored(legend) == legend | {1: Entry("a", "56B4E9"), 3: Entry("c", "F0E442")}
    assert colored(NLCD) == NLCD
    assert colored({}) == {}


def test_hues_that_are_taken_are_passed_over() -> None:
    plain = {code: Entry(str(code)) for code in range(12)}
    hues = [entry.color for entry in colored(plain).values()][8:]
    with_one = plain | {100: Entry("z", hues[1])}
    colors = [entry.color for entry in colored(with_one).values()]
    assert len(set(colors)) == 13
    assert colors[-1] == hues[1]


@given(st.integers(0, 255), st.sets(st.integers(0, 254)))
def test_colours_are_distinct_and_never_black_or_white(n: int, named: set[int]) -> None:
    legend = {
        code: Entry(str(code), f"{code:02X}8040" if code in named else None) for code in range(n)
    }
    result = colored(legend)
    assert all(result[code] == legend[code] for code in named if code < n)
    assert len({entry.rgb for entry in result.values()}) == n
    for entry in result.values():
        assert max(entry.rgb) >= 127 or entry.rgb[1:] == (128, 64)
        assert min(entry.rgb) <= 153
    assert colored(legend) == result


def test_an_entry_without_a_colour_has_no_rgb() -> None:
    assert Entry("a", "0A10FF").rgb == (10, 16, 255)
    with pytest.raises(ValueError, match="'water' has no colour"):
        _ = Entry("water").rgb
