"""The one way in which numbers are rounded wherever they are told."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landloom.legend.decimals import decimal, percent


def test_a_half_goes_up_in_shares_and_in_percents_alike() -> None:
    share = 337 / 400
    assert f"{100 * share:.1f}" == "84.2"  # as Python has it
    assert (decimal(share, 3), percent(share)) == ("0.843", "84.3 %")
    assert (decimal(0.8125, 3), percent(0.8125)) == ("0.813", "81.3 %")


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1234.5, 0, "1235"),
        (-0.004, 2, "0.00"),
        (-2.5, 0, "-3"),
        (1e22, 0, "1" + 22 * "0"),
        (2.5e-7, 7, "0.0000003"),
        (float("inf"), 1, "inf"),
    ],
)
def test_numbers_of_any_size_are_written_out(value: float, digits: int, text: str) -> None:
    assert decimal(value, digits) == text


def test_thousands_stand_apart() -> None:
    assert decimal(1_234_567.25, 1, grouped=True) == "1,234,567.3"


@given(st.integers(1, 10_000), st.integers(0, 10_000), st.integers(0, 3))
def test_a_percentage_is_the_share_with_two_digits_more(whole: int, part: int, digits: int) -> None:
    share = min(part, whole) / whole
    told = percent(share, digits)
    if told.startswith("<"):
        assert 0 < share < 10.0 ** -(digits + 2)
    else:
        assert Fraction(told.removesuffix(" %")) / 100 == Fraction(decimal(share, digits + 2))


@given(st.floats(-1e9, 1e9), st.integers(0, 6))
def test_what_is_written_lies_within_half_of_the_last_digit(value: float, digits: int) -> None:
    away = abs(Fraction(decimal(value, digits)) - Fraction(repr(value)))
    assert away <= Fraction(1, 2 * 10**digits)


def test_a_trace_is_not_none() -> None:
    assert (percent(0), percent(0.00001), percent(0.001)) == ("0.0 %", "< 0.1 %", "0.1 %")
    assert percent(0.00001, 2) == "< 0.01 %"
