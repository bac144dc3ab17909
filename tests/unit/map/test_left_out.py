"""Classes of the reference that a map leaves out."""

from __future__ import annotations

import pytest

from landloom.map.left_out import LeftOut, headline, kept_share, other_notes

CITY = LeftOut(50, "Built-up", 9, 0.009)
BOG = LeftOut(95, "95", 4, 0.004)


def test_they_are_named_with_their_shares() -> None:
    assert headline([]) == ""
    assert headline([BOG]) == "1 class of the reference is not in this map: 95 (0.40 %)"
    assert headline([CITY, BOG]) == (
        "2 classes of the reference are not in this map: 50 Built-up (0.90 %), 95 (0.40 %)"
    )


def test_of_many_the_first_are_named_and_all_counted() -> None:
    told = headline([LeftOut(value, f"kind {value}", 1, 0.001) for value in range(30)])
    assert told.startswith("30 classes of the reference are not in this map: 0 kind 0 (0.10 %), ")
    assert told.endswith("7 kind 7 (0.10 %), and 22 more")


def test_a_name_that_runs_leftwards_leaves_the_line_in_order() -> None:
    name = "\u05e9\u05dc\u05d5\u05dd"
    assert f"\u2068{name}\u2069 (0.10 %)" in headline([LeftOut(1, name, 1, 0.001)])


def test_the_rest_of_the_points_is_kept() -> None:
    assert kept_share([]) == 1
    assert kept_share([CITY, BOG]) == pytest.approx(0.987)


def test_a_note_is_not_told_twice() -> None:
    assert CITY.note == "class 50 (Built-up) removed: 9 samples are 0.90% of all"
    assert BOG.note == "class 95 removed: 4 samples are 0.40% of all"
    notes = [BOG.note, "class 7 removed: by hand", CITY.note]
    assert other_notes(notes, [CITY, BOG]) == ["class 7 removed: by hand"]
    assert other_notes(notes, [CITY]) == [BOG.note, "class 7 removed: by hand"]


def test_they_come_back_from_plain_data() -> None:
    assert LeftOut.of([CITY.plain(), BOG.plain()]) == (CITY, BOG)
