"""How far land cover resembles itself, in words."""

from __future__ import annotations

import pytest

from landloom.dataset.likeness import likeness, likeness_table, nearest_training

LAGS = [{"km": km} for km in (0.03, 0.0387, 0.0487, 31.005)]


def about(reach: float | None, why: str | None, share: float | None) -> dict:
    return {"range_km": reach, "why": why, "test_share_within": share}


@pytest.mark.parametrize(
    ("everything", "words"),
    [
        (about(1.851, None, 0.87218), "up to 1.85 km; 87 % of the test samples lie that near to a"),
        (about(None, "beyond", 1.0), "up to at least 31 km; 100 % of the test samples"),
        (about(None, "within", 0.1), "up to at most 0.0487 km; 10 % of the test samples"),
        (about(None, "none", None), "cannot be told: whether two pixels are alike hardly depends"),
        (about(None, "rare", None), "cannot be told: there are too few pairs of pixels, or of unl"),
    ],
)
def test_it_is_told_with_its_bound_or_why_it_is_not_known(everything: dict, words: str) -> None:
    assert words in likeness({"all": everything, "lags": LAGS})


def test_each_class_has_its_row() -> None:
    told = {
        "all": about(2.0, None, 0.5),
        "classes": [
            {"code": 11, "name": "Water"} | about(None, "beyond", 1.0),
            {"code": 42, "name": "Wood"} | about(None, "rare", None),
        ],
        "lags": LAGS,
    }
    head, rows = likeness_table(told)
    assert {len(row) for row in rows} == {len(head)}
    assert rows == [
        ["all classes", "2 km", "50 %"],
        ["11 Water", "at least 31 km", "100 %"],
        ["42 Wood", "there are too few pairs of pixels, or of unlike ones", ""],
    ]


def test_the_nearest_samples_are_told() -> None:
    near = {"min": 0.0, "quarter": 0.3, "median": 1.2345, "max": 12.0}
    assert nearest_training({"nearest_training_km": near}).endswith(
        "it is 0 km at least, 1.23 km in the median, 12 km at most"
    )
