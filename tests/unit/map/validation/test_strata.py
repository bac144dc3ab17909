"""Reference points on a map: how they become a sample, and what is refused of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS

from landloom.errors import LandloomError
from landloom.legend.classes import ClassTable
from landloom.legend.legends import Entry
from landloom.map.left_out import LeftOut
from landloom.map.points import Points, point_frame
from landloom.map.validation.areas import class_areas
from landloom.map.validation.labels import Labels, known_labels, labels_of_model
from landloom.map.validation.points import PointFile, ReferencePoints
from landloom.map.validation.report import validate, validation_text
from landloom.map.validation.strata import MapFacts, Sample, sample_of
from landloom.raster.pixel_grid import PixelGrid

WriteRaster = Callable[..., Path]

TRANSFORM = Affine(30, 0, 0, 0, -30, 2_000_000)
CLASSES = {1: Entry("Forest"), 2: Entry("Water"), 3: Entry("Bog")}
LABELS = Labels({"1": 1, "Forest": 1, "2": 2, "Water": 2, "3": 3}, CLASSES)


@pytest.fixture
def facts(geotiff: WriteRaster) -> MapFacts:
    """A map of 10 x 10 pixels: 60 of class 1, 30 of class 2, a row of void; one is learned from."""
    codes = np.repeat([1, 2, 255], [6, 3, 1])[:, None].repeat(10, axis=1).astype(np.uint8)
    path = str(geotiff(codes, transform=TRANSFORM, nodata=255))
    grid = PixelGrid(CRS.from_epsg(5070).to_wkt(), TRANSFORM, 10, 10)
    return MapFacts(path, grid, class_areas(path), np.array([7]))


def points(
    spots: list[tuple[int, int]],
    labels: list[str],
    strata: list[str] | None = None,
    weights: list[str] | None = None,
) -> ReferencePoints:
    """Return points at the centres of pixels, by row and column."""
    x, y = TRANSFORM @ (
        np.array([c + 0.5 for _, c in spots]),
        np.array([r + 0.5 for r, _ in spots]),
    )
    names = [f"line {number}" for number in range(2, 2 + len(spots))]
    return ReferencePoints(names, x, y, CRS.from_epsg(5070), labels, strata, weights)


def sample(facts: MapFacts, *arguments: Any) -> Sample:
    return sample_of(points(*arguments), PointFile("in/points.csv"), facts, LABELS)


FOUR = [(0, 0), (1, 1), (7, 0), (8, 8)]
GOOD = ["1", "Forest", "2", "1"]


def test_without_strata_they_are_the_map_classes_and_sizes_are_areas(facts: MapFacts) -> None:
    found = sample(facts, FOUR, GOOD)
    assert found.by_map
    assert found.strata == ["Forest", "Water"]
    assert found.values == [1, 2]
    assert found.hectares == pytest.approx(8.1)
    assert found.counts.sizes == pytest.approx([60 * 900, 30 * 900])
    assert found.counts.cells.tolist() == [[[2, 0], [0, 0]], [[0, 0], [1, 1]]]
    assert found.counts.pixels is None
    assert found.notes == []
    assert found.places.rows.tolist() == [0, 1, 7, 8]
    assert found.places.on_map.tolist() == [1, 1, 2, 2]
    assert found.places.reference.tolist() == [1, 1, 2, 1]
    assert found.weights == pytest.approx([30 * 900, 30 * 900, 15 * 900, 15 * 900])


def test_strata_of_ones_own_have_the_sizes_that_weights_tell(facts: MapFacts) -> None:
    strata, weights = ["b", "a", "b", "a"], ["20", "25", "20", "25"]
    found = sample(facts, FOUR, ["1", "3", "2", "1"], strata, weights)
    assert not found.by_map
    assert found.strata == ["a", "b"]
    assert found.values == [1, 2, 3]
    assert found.counts.sizes.tolist() == [50 * 900, 40 * 900]
    assert np.array(found.counts.pixels).tolist() == [50, 40]
    assert found.counts.cells[0].tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 0]]
    assert found.weights.tolist() == [20 * 900, 25 * 900, 20 * 900, 25 * 900]


def test_strata_that_are_the_map_classes_need_no_weights(facts: MapFacts) -> None:
    assert sample(facts, FOUR, GOOD, ["1", "Forest", "2", "2"]).by_map


def test_points_off_the_map_are_left_out_where_strata_are_map_classes(facts: MapFacts) -> None:
    found = sample(facts, [*FOUR, (9, 0), (40, 2)], [*GOOD, "1", "2"])
    assert found.counts.points.tolist() == [2, 2]
    assert found.notes == ["2 points outside the map or on void: left out"]
    assert (found.places.rows.tolist(), found.places.cols.tolist()) == ([0, 1, 7, 8], [0, 1, 0, 8])


def test_a_class_of_the_map_without_a_point_is_left_out_and_named(facts: MapFacts) -> None:
    found = sample(facts, FOUR[:2], GOOD[:2])
    assert found.hectares == pytest.approx(5.4)
    (note,) = found.notes
    assert note.startswith("no point is on Water of the map, 33.33 % of its area: all figures")


OWN = ["a", "a", "b", "b"]
SUM = ["30", "30", "15", "15"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((FOUR, ["1", "", "", "1"]), "2 of 4 points have no label (line 3, line 4); label them"),
        (
            (FOUR, ["1", "Trees", "2", "x"]),
            "the label Trees, x (line 3, line 5) is no class of the map, which are 1 (Forest), 2 "
            "(Water), 3 (Bog); correct it, or name the class in map.reference.classes",
        ),
        (
            ([(0, 0), (8, 8), (8, 8), (0, 0)], GOOD),
            "2 pixels of the map hold several points (line 2, line 5 lie on one); keep one",
        ),
        (
            ([(0, 7), *FOUR[1:]], GOOD),
            "1 of 4 points lie on pixels that the model learned from (line 2), so they are not",
        ),
        (
            ([(-5, 0), (9, 4)], ["1", "2"]),
            "2 of 2 points are not on the map (1 outside it, 1 on void: line 2, line 3); check "
            "map.validation.x, .y and .crs",
        ),
        (
            ([*FOUR[:3], (9, 4)], GOOD, OWN, SUM),
            "1 of 4 points are not on the map (0 outside it, 1 on void: line 5); the points of",
        ),
        (
            (FOUR, GOOD, OWN),
            "map.validation.weight: in/points.csv has strata (stratum) that are not the map's "
            "classes at the points (line 2, line 3, line 4, line 5), but no column of weights",
        ),
        (
            (FOUR, GOOD, ["a", "", "b", "b"], SUM),
            "map.validation.stratum: 1 of 4 points of in/points.csv have no stratum (line 3)",
        ),
        (
            (FOUR, GOOD, OWN, ["30", "", "0.5", "nan"]),
            "map.validation.weight: 3 of 4 points of in/points.csv have no weight of 1 or more "
            "(line 3, line 4, line 5; the first has nothing)",
        ),
        (
            (FOUR, GOOD, OWN, ["30", "31", "15", "15"]),
            "the points of stratum a of in/points.csv have weights from 30 to 31; within a stratum",
        ),
        (
            (FOUR, GOOD, OWN, ["30", "30", "25", "25"]),
            "map.validation.weight: the weights of in/points.csv sum up to 110, but the map has 90",
        ),
        (
            (FOUR, GOOD, OWN, ["20", "20", "15", "15"]),
            "the weights of in/points.csv sum up to 70, but the map has 90 pixels; give each",
        ),
    ],
)
def test_what_is_refused_is_told_in_one_message(
    facts: MapFacts, arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(LandloomError) as caught:
        sample(facts, *arguments)
    assert message in str(caught.value)
    assert str(caught.value).startswith("map.validation.")
    assert "\n" not in str(caught.value)


def test_weights_may_leave_out_what_was_learned_from(facts: MapFacts) -> None:
    assert sample(facts, FOUR, GOOD, OWN, ["29.5", "29.5", "15", "15"]).counts.sizes[0] == 53_100


def test_the_report_warns_of_few_points_and_holds_no_nan(facts: MapFacts) -> None:
    found = sample(facts, FOUR[:3], ["1", "3", "2"])
    report = validate(found, facts.areas, CLASSES, 0)
    assert "nan" not in str(report).lower()
    assert report["overall"]["value"] == pytest.approx((2 / 3) / 2 + 1 / 3)
    assert report["overall"]["standard_error"] is None
    assert report["overall"]["wald"] is None
    told = "\n".join(report["notes"])
    assert "the stratum Water has one point, of which no variance can be told" in told
    assert "the user's accuracy of Forest rests on 2 points" in told
    assert "the user's accuracy of Bog rests on no point" in told
    assert "the producer's accuracy and the area of Bog rest on 1 point in reference" in told
    assert "the overall accuracy rests on 3 points" in told
    bog = report["classes"][2]
    assert bog["name"] == "Bog"
    assert bog["users"] == dict.fromkeys(["value", "standard_error", "wald", "dirichlet"])
    assert bog["hectares"]["value"] == pytest.approx(2.7)
    assert bog["mapped_hectares"] == 0
    text = validation_text(report)
    assert "Overall accuracy: 0.667 (SE -; " in text
    assert max(map(len, text.split("Note:")[0].splitlines())) <= 100
    assert "the accuracy" not in text.split("Note:")[0]


def test_enough_points_are_not_warned_of(facts: MapFacts) -> None:
    spots = [(row, col) for row in (0, 1, 6, 7) for col in range(7)]
    report = validate(sample(facts, spots, ["1"] * 14 + ["2"] * 14), facts.areas, CLASSES, 0)
    assert report["notes"] == []
    assert report["overall"]["wald"] == [1.0, 1.0]
    low, high = report["overall"]["dirichlet"]
    assert 0.8 < low < high == 1


def test_labels_are_what_the_reference_writes_or_names_or_values() -> None:
    place = np.array([5.0, 6.0])
    spots = {"x": place, "y": place, "row": np.array([0, 1]), "col": np.array([0, 1])}
    frame = point_frame(lon=place, lat=place, spots=spots, source=["wood", "10"], label=[1, 2])
    samples = Points(frame, {1: Entry("Forest"), 2: Entry("Water")})
    known = known_labels(samples, None).values
    assert known == {"1": 1, "2": 2, "Forest": 1, "Water": 2, "wood": 1, "10": 2}
    table = ClassTable({"wood": 1, "10": 2, "2": 3}, {**samples.classes, 3: Entry("Bog")})
    with_table = known_labels(samples, table)
    assert with_table.values["2"] == 3  # what the reference itself writes goes before
    assert with_table.values["Bog"] == 3
    assert with_table.classes[3].name == "Bog"


def test_strata_that_are_the_map_classes_have_true_areas_and_the_pixels_drawn(
    facts: MapFacts,
) -> None:
    found = sample(facts, FOUR, GOOD, ["1", "Forest", "2", "2"], ["29.5", "29.5", "15", "15"])
    assert found.by_map
    assert found.counts.sizes == pytest.approx([60 * 900, 30 * 900])
    assert np.array(found.counts.pixels).tolist() == [59, 30]  # one was learned from
    assert found.notes == []


def test_a_drawn_point_that_nobody_could_label_may_go(facts: MapFacts) -> None:
    spots = [(row, col) for row in range(6) for col in range(10) if (row, col) != (0, 7)]
    weights = ["1"] * 54 + ["15"] * 2
    found = sample(
        facts,
        [*spots[:54], (7, 0), (8, 8)],
        ["1"] * 54 + ["2"] * 2,
        ["1"] * 54 + ["2"] * 2,
        weights,
    )
    assert found.counts.sizes == pytest.approx([60 * 900, 30 * 900])
    (note,) = found.notes
    assert note.startswith("about 5 points that were drawn in stratum 1 are not in the table")


def test_weights_of_a_stratum_that_do_not_sum_up_to_its_class_are_refused(facts: MapFacts) -> None:
    with pytest.raises(
        LandloomError, match=r"stratum 2 of in/points.csv sum up to 2, but .* 30 pix"
    ):
        sample(facts, FOUR, GOOD, ["1", "1", "2", "2"], ["30", "30", "1", "1"])


def test_weights_without_strata_are_told_of_or_refused(facts: MapFacts) -> None:
    assert sample(facts, FOUR, GOOD, None, SUM).notes == [
        "the weights (weight) are not used, as there are no strata"
    ]
    named = PointFile("in/points.csv", weight="w", needed=frozenset({"w"}))
    with pytest.raises(LandloomError, match=r"no column of strata .* weights say nothing"):
        sample_of(points(FOUR, GOOD, None, SUM), named, facts, LABELS)


@pytest.mark.parametrize("strata", [["1"] * 100 + ["2"] * 100, ["n"] * 100 + ["s"] * 100, None])
def test_hectares_are_true_where_pixels_differ_in_area(
    geotiff: WriteRaster, strata: list[str] | None
) -> None:
    codes = np.repeat([1, 2], 20)[:, None].repeat(40, axis=1).astype(np.uint8)
    transform = Affine(1, 0, 0, 0, -1, 60)
    path = str(geotiff(codes, transform=transform, nodata=255, crs="EPSG:4326"))
    grid = PixelGrid(CRS.from_epsg(4326).to_wkt(), transform, 40, 40)
    facts = MapFacts(path, grid, class_areas(path), np.empty(0, np.int64))
    rng = np.random.default_rng(0)
    rows, cols = np.divmod(np.concatenate([rng.choice(800, 100, replace=False) + north
                                           for north in (0, 800)]), 40)  # fmt: skip
    x, y = transform @ (cols + 0.5, rows + 0.5)
    labels = ["1"] * 100 + ["2"] * 100
    weights = None if strata is None else ["8"] * 200
    names = [str(number) for number in range(200)]
    told = ReferencePoints(names, x, y, CRS.from_epsg(4326), labels, strata, weights)
    found = sample_of(told, PointFile("in/points.csv"), facts, LABELS)
    report = validate(found, facts.areas, CLASSES, 0)
    for about in report["classes"]:
        assert about["hectares"]["value"] == pytest.approx(about["mapped_hectares"])
    assert any("pixels differ in area" in note for note in report["notes"])


def test_a_crs_without_a_place_on_the_earth_is_refused(facts: MapFacts) -> None:
    told = points(FOUR, GOOD)
    told = replace(told, crs=CRS.from_wkt('LOCAL_CS["site",UNIT["metre",1]]'))
    with pytest.raises(
        LandloomError, match=r"in/points.csv: its CRS, site, cannot be led to the map"
    ):
        sample_of(told, PointFile("in/points.csv"), facts, LABELS)


def test_a_class_that_the_map_leaves_out_has_a_label() -> None:
    place = np.array([5.0])
    spots = {"x": place, "y": place, "row": np.array([0]), "col": np.array([0])}
    frame = point_frame(lon=place, lat=place, spots=spots, source=["wood"], label=[1])
    samples = Points(frame, {1: Entry("wood")}, left_out=(LeftOut(7, "bog", 3, 0.003),))
    known = known_labels(samples, None)
    assert known.values == {"1": 1, "7": 7, "wood": 1, "bog": 7}
    assert known.classes == {1: Entry("wood"), 7: Entry("bog")}


def test_labels_on_a_map_of_a_finished_model_are_names_and_values(facts: MapFacts) -> None:
    labels = labels_of_model({1: Entry("Forest"), 2: Entry("Water")}, [LeftOut(3, "Bog", 9, 0.01)])
    assert labels.values == {"Forest": 1, "1": 1, "Water": 2, "2": 2, "Bog": 3, "3": 3}
    found = sample_of(points(FOUR, ["1", "Bog", "Water", "3"]), PointFile("p.csv"), facts, labels)
    assert found.places.reference.tolist() == [1, 3, 2, 3]
    with pytest.raises(LandloomError, match=r"correct it; the model of map\.model knows no other"):
        sample_of(points(FOUR, ["1", "x", "2", "3"]), PointFile("p.csv"), facts, labels)
