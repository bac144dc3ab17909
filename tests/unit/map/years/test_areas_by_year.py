"""Areas of classes by year: as counted by hand, and the same when read again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from landloom.figures.style import save_png
from landloom.figures.years import draw_years
from landloom.legend.legends import Entry
from landloom.map.years.areas import (
    COLUMNS,
    areas_by_year,
    by_class,
    read_areas,
    write_areas,
)
from landloom.map.years.words import in_words, other_year

CLASSES = {50: Entry("NA", "FA0000"), 10: Entry("forest, dense", "006400"), 7: Entry("bog")}
TOLD = {
    2024: {
        "classes": [
            {"value": 10, "pixels": 30, "hectares": 3.0},
            {"value": 50, "pixels": 10, "hectares": 1.0},
        ]
    },
    2018: {"classes": [{"value": 10, "pixels": 50, "hectares": 5.0}]},
}


@pytest.fixture
def table() -> pd.DataFrame:
    return areas_by_year(TOLD, CLASSES)


def test_every_class_has_a_row_in_every_year(table):
    assert tuple(table.columns) == COLUMNS
    found = table[["year", "value", "pixels", "hectares", "percent"]].to_numpy().tolist()
    assert found == [
        [2024, 7, 0, 0, 0],
        [2024, 10, 30, 3, 75],
        [2024, 50, 10, 1, 25],
        [2018, 7, 0, 0, 0],
        [2018, 10, 50, 5, 100],
        [2018, 50, 0, 0, 0],
    ]
    assert table["name"].tolist()[:3] == ["bog", "forest, dense", "NA"]
    assert all(len(color) == 6 for color in table["color"])


def test_it_reads_what_it_wrote(table, tmp_path):
    write_areas(table, tmp_path / "areas.csv")
    pd.testing.assert_frame_equal(read_areas(tmp_path / "areas.csv"), table, check_dtype=False)
    text = (tmp_path / "areas.csv").read_text()
    assert text.splitlines()[2] == '2024,10,"forest, dense",006400,30,3.0000,75.0000'


def test_years_stand_side_by_side_in_their_order(table):
    wide = by_class(table)
    assert wide.columns.tolist() == ["value", "class", "2024", "2018"]
    assert wide.to_numpy().tolist() == [
        [7, "bog", 0, 0],
        [10, "forest, dense", 3, 5],
        [50, "NA", 1, 0],
    ]


@pytest.mark.parametrize(
    ("years", "words"), [([1], "1"), ([1, 2], "1 and 2"), ([1, 2, 3], "1, 2 and 3")]
)
def test_years_in_words(years, words):
    assert in_words(years) == words


def test_the_figure_tells_every_area_and_the_caution(table, tmp_path: Path):
    figure = draw_years(table)
    (axes,) = figure.axes
    words = [text.get_text() for text in axes.texts]
    assert "2024: 3.0 ha, 75.00 %" in words
    assert "2018: 5.0 ha, 100.00 %" in words
    assert len(words) == len(table)
    assert "no estimate of change" in axes.get_xlabel()
    widths = sorted(bar.get_width() for bar in axes.patches)
    assert widths == sorted(table["hectares"])
    for name in ("a.png", "b.png"):
        save_png(draw_years(table), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_labels_of_another_year_than_the_vectors_are_told():
    assert other_year([], [2018]) == ()
    assert other_year([2021], []) == ()
    assert other_year([2021], [2018, 2021]) == ()
    (told,) = other_year([2021], [2018, 2024])
    assert told.startswith("the labels are of 2021, the vectors that they go with of 2018 and 2024")
