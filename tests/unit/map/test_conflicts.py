"""Points that contradict others on their pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasters import NORTH_UP, embed

from landloom.errors import LandloomError
from landloom.legend.legends import Entry
from landloom.map.conflicts import COLUMNS, NONE, Remedy, without_conflicts, write_conflicts
from landloom.map.points import Points, point_frame
from landloom.map.zones import ZonedEmbedding

CLASSES = {1: Entry("forest"), 2: Entry("urban"), 3: Entry("water")}


@pytest.fixture(scope="module")
def embedding(tmp_path_factory: pytest.TempPathFactory) -> ZonedEmbedding:
    path = tmp_path_factory.mktemp("conflicts") / "embedding.tif"
    return ZonedEmbedding.alone(embed(path, np.ones((9, 9), bool), NORTH_UP))


def labelled(embedding: ZonedEmbedding, at: list[tuple[int, int, int]]) -> Points:
    """Return points by row, column and class, somewhere in their pixels."""
    rows, cols, labels = (np.array(axis) for axis in zip(*at, strict=True))
    rng = np.random.default_rng(0)
    x, y = NORTH_UP @ (cols + rng.uniform(0.1, 0.9, cols.size), rows + 0.3)
    frame = point_frame(
        lon=x,
        lat=y,
        spots=embedding.spots(np.zeros(cols.size, int), x, y),
        source=[CLASSES[label].name for label in labels],
        label=labels,
    )
    return Points(frame, CLASSES, {"off": 4}, ("a note",))


TORN = [(0, 0, 1), (4, 4, 1), (4, 4, 2), (0, 0, 1), (4, 4, 1), (7, 2, 3), (7, 2, 2), (8, 8, 2)]


def test_dropped_by_hand(embedding: ZonedEmbedding, tmp_path: Path) -> None:
    points, conflicts = without_conflicts(labelled(embedding, TORN), embedding, "drop")
    assert points.frame[["row", "col", "label"]].to_numpy().tolist() == [
        [0, 0, 1],
        [0, 0, 1],
        [8, 8, 2],
    ]
    assert points.classes == {1: CLASSES[1], 2: CLASSES[2]}
    assert points.dropped == {"off": 4, "reference points that contradict others": 5}
    assert points.notes == (
        "a note",
        "2 pixels of the embedding have labels of several classes: 5 points are left out; "
        "map/conflicts.csv lists them",
        "no point is left of water",
    )
    write_conflicts(conflicts, tmp_path / "conflicts.csv")
    header, *lines = (tmp_path / "conflicts.csv").read_text().splitlines()
    assert header == ",".join(COLUMNS)
    assert [line.split(",", 2)[2] for line in lines] == [
        ",4,4,forest,1,2,no",
        ",4,4,urban,2,1,no",
        ",7,2,urban,2,1,no",
        ",7,2,water,3,1,no",
    ]
    lon, lat = map(float, lines[0].split(",")[:2])
    assert (lon, lat) == pytest.approx((3.0006356, 50.5527535), abs=2e-3)


def test_a_majority_by_hand(embedding: ZonedEmbedding) -> None:
    points, conflicts = without_conflicts(labelled(embedding, TORN), embedding, "majority")
    assert points.frame[["row", "col", "label"]].to_numpy().tolist() == [
        [0, 0, 1],
        [4, 4, 1],
        [0, 0, 1],
        [4, 4, 1],
        [8, 8, 2],
    ]
    assert conflicts["kept"].tolist() == [True, False, False, False]
    assert "1 go with the majority, 3 points are left out" in points.notes[1]


def test_nothing_happens_where_nothing_contradicts(
    embedding: ZonedEmbedding, tmp_path: Path
) -> None:
    given_points = labelled(embedding, [(0, 0, 1), (0, 0, 1), (1, 1, 2)])
    points, conflicts = without_conflicts(given_points, embedding, "drop")
    assert points is given_points
    assert conflicts is NONE
    write_conflicts(conflicts, tmp_path / "conflicts.csv")
    assert (tmp_path / "conflicts.csv").read_text() == ",".join(COLUMNS) + "\n"


def test_no_point_is_left(embedding: ZonedEmbedding) -> None:
    with pytest.raises(LandloomError, match=r"contradict each other .*conflicts: majority"):
        without_conflicts(labelled(embedding, [(0, 0, 1), (0, 0, 2)]), embedding, "drop")


@given(
    st.lists(st.tuples(*[st.integers(0, 2)] * 2, st.integers(1, 3)), min_size=1, max_size=40),
    st.sampled_from(["drop", "majority"]),
)
def test_as_counted_pixel_by_pixel(
    embedding: ZonedEmbedding, at: list[tuple[int, int, int]], remedy: Remedy
) -> None:
    expected, torn = [], 0
    for row, col, label in at:
        there = [other[2] for other in at if other[:2] == (row, col)]
        votes = {value: there.count(value) for value in there}
        others = max((votes[value] for value in votes if value != label), default=0)
        torn += len(votes) > 1
        if len(votes) == 1 or (remedy == "majority" and votes[label] > others):
            expected.append([row, col, label])
    points = labelled(embedding, at)
    if not expected:
        with pytest.raises(LandloomError):
            without_conflicts(points, embedding, remedy)
        return
    left, conflicts = without_conflicts(points, embedding, remedy)
    assert left.frame[["row", "col", "label"]].to_numpy().tolist() == expected
    assert conflicts["points"].sum() == torn
    kept = conflicts.loc[conflicts["kept"].astype(bool), "points"].sum()
    assert kept == torn - (len(at) - len(expected))


def test_zones_have_pixels_of_their_own(embedding: ZonedEmbedding) -> None:
    points = labelled(embedding, [(0, 0, 1), (0, 0, 2), (1, 1, 1)])
    frame = points.frame.assign(zone=["a", "b", "a"])
    left, conflicts = without_conflicts(Points(frame, CLASSES), embedding, "drop")
    pd.testing.assert_frame_equal(left.frame, frame)
    assert conflicts.empty


def test_labels_of_different_years_do_not_contradict_each_other(embedding: ZonedEmbedding) -> None:
    points = labelled(embedding, [(4, 4, 1), (4, 4, 2), (4, 4, 2), (5, 5, 1), (5, 5, 3)])
    points.frame["year"] = [2018, 2024, 2024, 2018, 2018]
    left, conflicts = without_conflicts(points, embedding, "drop")
    assert left.frame["label"].tolist() == [1, 2, 2]
    assert conflicts["year"].tolist() == [2018, 2018]
    assert conflicts["row"].tolist() == [5, 5]
