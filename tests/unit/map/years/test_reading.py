"""Labelled points read in the embeddings of several years."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from rasters import NORTH_UP, write

from landloom.errors import LandloomError
from landloom.legend.legends import Entry
from landloom.map.embedding_header import inspect
from landloom.map.points import Points
from landloom.map.years.reading import check_alike, extract_years
from landloom.map.zones import ZonedEmbedding
from landloom.raster.coordinates import to_lonlat

CLASSES = {1: Entry("water"), 2: Entry("forest")}
SIZE = 40


def raster(path: Path, year: int, transform: Affine = NORTH_UP) -> ZonedEmbedding:
    """Bands that tell the year, the row and the column."""
    rows, cols = np.indices((SIZE, SIZE))
    bands = np.stack([np.full_like(rows, year), rows, cols]).astype(np.float32)
    return ZonedEmbedding.alone(inspect(write(path, bands, transform)))


def labelled(embedding: ZonedEmbedding, cells: list[tuple[int, int]]) -> Points:
    grid = embedding.common.grid
    rows, cols = np.array(cells).T
    x, y = grid.centres(rows, cols)
    lon, lat = to_lonlat(grid.wkt).transform(x, y)
    labels = [1 + number % 2 for number in range(len(cells))]
    frame = pd.DataFrame(
        {
            "lon": lon, "lat": lat, "x": x, "y": y, "row": rows, "col": cols,
            "source": pd.Series(map(str, labels), dtype="str"), "label": labels,
        }
    )  # fmt: skip
    return Points(frame, CLASSES, {"before": 2}, ("told",))


CELLS = [(3, 4), (20, 30), (39, 39), (10, 10)]


def test_every_point_is_read_in_every_year(tmp_path):
    years = {year: raster(tmp_path / f"{year}.tif", year) for year in (2024, 2018)}
    points = labelled(years[2024], CELLS)
    samples, doubts = extract_years(years, points)
    frame = samples.frame
    assert doubts == ()
    assert frame["year"].tolist() == [2024] * 4 + [2018] * 4
    first, rows, cols = frame.columns[-3:]
    np.testing.assert_array_equal(frame[first], frame["year"])
    np.testing.assert_array_equal(frame[[rows, cols]], CELLS * 2)
    np.testing.assert_array_equal(frame[["row", "col"]], CELLS * 2)
    assert samples.notes == ("told",)
    assert samples.dropped == {"before": 2}


def test_a_point_that_is_void_in_a_year_is_left_out_of_that_year(tmp_path):
    one = raster(tmp_path / "1.tif", 1)
    rows, cols = np.indices((SIZE, SIZE))
    bands = np.stack([np.full_like(rows, 2), rows, cols]).astype(np.float32)
    bands[:, 20, 30] = np.nan
    other = ZonedEmbedding.alone(inspect(write(tmp_path / "2.tif", bands)))
    samples, _ = extract_years({1: one, 2: other}, labelled(one, CELLS))
    assert samples.frame["year"].tolist() == [1] * 4 + [2] * 3
    later = samples.frame[samples.frame["year"] == 2]
    np.testing.assert_array_equal(later[["row", "col"]], [CELLS[0], *CELLS[2:]])
    assert samples.dropped == {"before": 2, "in 2: embedding is NaN": 1}


def test_a_year_on_another_grid_is_read_at_the_same_place(tmp_path):
    """Its grid begins 5 rows and 7 columns further on, and so lacks the first points."""
    main = raster(tmp_path / "1.tif", 1)
    moved = raster(tmp_path / "2.tif", 2, NORTH_UP @ Affine.translation(7, 5))
    samples, _ = extract_years({1: main, 2: moved}, labelled(main, CELLS))
    later = samples.frame[samples.frame["year"] == 2]
    np.testing.assert_array_equal(later[["row", "col"]], CELLS[1:])  # the main embedding's
    _, rows, cols = later.columns[-3:]
    np.testing.assert_array_equal(later[rows], later["row"] - 5)
    np.testing.assert_array_equal(later[cols], later["col"] - 7)
    assert samples.dropped["in 2: outside the embedding"] == 1


def test_with_years_of_their_own_points_are_read_in_these(tmp_path):
    years = {year: raster(tmp_path / f"{year}.tif", year) for year in (2018, 2024)}
    points = labelled(years[2018], CELLS)
    points.frame.insert(7, "year", [2018, 2024, 2018, 2024])
    frame = extract_years(years, points)[0].frame
    read = frame[["year", "row"]].to_numpy().tolist()
    assert read == [[2018, 3], [2018, 39], [2024, 20], [2024, 10]]
    np.testing.assert_array_equal(frame[frame.columns[-3]], frame["year"])


def test_a_year_without_points_is_told(tmp_path):
    years = {year: raster(tmp_path / f"{year}.tif", year) for year in (2018, 2024)}
    points = labelled(years[2018], CELLS)
    points.frame["year"] = 2018
    with pytest.raises(
        LandloomError, match=r"map\.embedding\.train: 2024: no labelled point is of"
    ):
        extract_years(years, points)


def test_years_of_other_bands_are_told_together(tmp_path):
    years = {1: raster(tmp_path / "1.tif", 1)}
    for year, bands in ((2, 2), (3, 4)):
        array = np.random.default_rng(1).normal(size=(bands, 9, 9)).astype(np.float32)
        years[year] = ZonedEmbedding.alone(inspect(write(tmp_path / f"{year}.tif", array)))
    with pytest.raises(LandloomError) as caught:
        check_alike(years)
    assert str(caught.value) == (
        "map.embedding.raster: one model maps all years, so that these need the bands of 1, which "
        "has 3: 2 has 2 bands; 3 has 4 bands; give rasters with the same bands in the same order"
    )


def test_bands_in_another_order_are_told(tmp_path):
    years = {}
    for year, names in ((1, ("red", "nir")), (2, ("nir", "red"))):
        array = np.random.default_rng(1).normal(size=(2, 9, 9)).astype(np.float32)
        path = write(tmp_path / f"{year}.tif", array)
        with rasterio.open(path, "r+") as dataset:
            dataset.descriptions = names
        years[year] = ZonedEmbedding.alone(inspect(path))
    with pytest.raises(LandloomError, match="2 has nir as its band 1, in place of red"):
        check_alike(years)
