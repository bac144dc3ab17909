"""What is said of maps of several years."""

from __future__ import annotations

from landloom.map.years.words import not_calibrated


def test_further_years_are_named_that_no_calibration_is_of() -> None:
    assert not_calibrated([]) == ()
    (note,) = not_calibrated([2018, 2024])
    assert note.startswith("2018 and 2024: only the first map is calibrated")
