"""The section `region`: a box of longitude and latitude."""

from __future__ import annotations

import math

import pytest
from configurations import refusal


# Key, value, and what is said about them.
@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("west", "116W", "116W: must be a number"),
        ("west", True, "true: must be a number"),
        ("west", -200, "-200: must lie between -180 and 180"),
        ("south", -90.5, "-90.5: must lie between -90 and 90"),
        ("north", math.nan, "NaN: must be a number, and finite"),
        ("east", math.inf, "Infinity: must be a number, and finite"),
        ("east", -116.6, "must lie east of west, -116.6 (a region across"),
        ("east", -117, "-117: must lie east of west, -116.6"),
        ("north", 42.6, "42.6: must lie north of south, 42.6"),
    ],
)
def test_a_bad_value_is_told_with_key_value_and_remedy(key, value, said):
    assert said in refusal(f"dataset.region.{key}", value)
