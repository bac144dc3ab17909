"""Labelled points on an embedding in several zones: each is in one of them, and none is twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from pyproj import CRS, Transformer
from zoned_world import ACROSS_6_E, strip_of, write_reference, write_zone

from landloom.legend.legends import Entry
from landloom.map.embedding_header import inspect_zones
from landloom.map.locating import locate
from landloom.map.points import Points
from landloom.map.reference_raster import ReferenceRaster, points_from_raster
from landloom.map.reference_table import ReferenceTable, points_from_table
from landloom.map.samples import extract
from landloom.map.zones import NOBODY, ZonedEmbedding

CODES = (32631, 32632)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zones")
    for number, code in enumerate(CODES):
        write_zone(folder / f"{code}.tif", code, ACROSS_6_E, up=number == 0, hole=number == 1)
    write_reference(folder / "classes.tif", ACROSS_6_E)
    return folder


@pytest.fixture(scope="module")
def embedding(world: Path) -> ZonedEmbedding:
    return inspect_zones([str(world / f"{code}.tif") for code in CODES])


def slow_zones(world: Path, lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the zone that has data at each place, and whether any grid holds it."""
    has, on, owner = [], np.zeros(lon.size, bool), np.full(lon.size, NOBODY)
    for number, code in enumerate(CODES):
        with rasterio.open(world / f"{code}.tif") as source:
            known = np.isfinite(source.read()).all(axis=0)
            x, y = Transformer.from_crs(4326, code, always_xy=True).transform(lon, lat)
            col, row = (np.floor(axis).astype(int) for axis in ~source.transform @ (x, y))
        holds = (row >= 0) & (row < known.shape[0]) & (col >= 0) & (col < known.shape[1])
        has.append(holds & known[np.where(holds, row, 0), np.where(holds, col, 0)])
        on |= holds
        west, _, east, _ = strip_of(code, halves=False)
        owner[(lon >= west) & (lon < east)] = number
    zones = np.where(has[0], 0, np.where(has[1], 1, NOBODY))
    second = (owner == 1) & has[1]
    zones[second] = 1
    return zones, on


def test_points_are_drawn_from_all_pixels_with_data_and_each_in_its_zone(
    world: Path, embedding: ZonedEmbedding
) -> None:
    reference = ReferenceRaster([world / "classes.tif"])
    with rasterio.open(world / "classes.tif") as source:
        codes = source.read(1)
        rows, cols = np.nonzero(codes)
        lon, lat = source.transform @ (cols + 0.5, rows + 0.5)
    zones, on = slow_zones(world, lon, lat)
    points = points_from_raster(reference, embedding, 10**6, 7)
    frame = points.frame
    assert len(frame) == np.count_nonzero(zones != NOBODY)
    void = np.count_nonzero(on & (zones == NOBODY))
    assert points.dropped == {"reference pixels without embedding data": void}
    names = np.array(["utm31n", "utm32n"])
    table = pd.DataFrame({"lon": lon.round(7), "lat": lat.round(7), "slow": names[zones]})
    table["label"] = codes[rows, cols]
    met = frame.round({"lon": 7, "lat": 7}).merge(table[zones != NOBODY], on=["lon", "lat"])
    assert len(met) == len(frame)
    assert (met["zone"] == met["slow"]).all()
    assert (met["label_x"] == met["label_y"]).all()


def test_a_draw_does_not_depend_on_windows(world: Path, embedding: ZonedEmbedding) -> None:
    reference = ReferenceRaster([world / "classes.tif"])
    first = points_from_raster(reference, embedding, 300, 5, window=64)
    second = points_from_raster(reference, embedding, 300, 5)
    pd.testing.assert_frame_equal(first.frame, second.frame)
    assert first.dropped == second.dropped


def test_points_lie_at_the_pixels_that_they_name(world: Path, embedding: ZonedEmbedding) -> None:
    points = points_from_raster(ReferenceRaster([world / "classes.tif"]), embedding, 500, 1)
    samples = extract(embedding, points)
    for zone in embedding.zones:
        own = samples.frame[samples.frame["zone"] == zone.name]
        assert len(own) > 50
        with rasterio.open(zone.info.tiles[0].path) as source:
            vectors = source.read()[:, own["row"], own["col"]]
            crs = source.crs.to_epsg()
        np.testing.assert_array_equal(own[list(zone.info.band_names)].to_numpy(), vectors.T)
        places = Transformer.from_crs(4326, crs, always_xy=True).transform(own["lon"], own["lat"])
        np.testing.assert_allclose(own[["x", "y"]].to_numpy().T, places, atol=1e-3)


def test_a_table_s_points_go_to_the_zone_that_has_data(
    world: Path, embedding: ZonedEmbedding, tmp_path: Path
) -> None:
    rng = np.random.default_rng(3)
    west, south, east, north = ACROSS_6_E
    lon, lat = rng.uniform(west - 0.01, east + 0.01, 400), rng.uniform(south, north, 400)
    zones, on = slow_zones(world, lon, lat)
    there, x, y = locate(embedding, CRS.from_epsg(4326), lon, lat)
    np.testing.assert_array_equal(there[zones != NOBODY], zones[zones != NOBODY])
    np.testing.assert_array_equal(there != NOBODY, on)
    assert np.isfinite(x[on]).all()
    assert np.isfinite(y[on]).all()
    lines = [f"{a!r},{b!r},{n % 3}" for n, (a, b) in enumerate(zip(lon, lat, strict=True))]
    path = tmp_path / "points.csv"
    path.write_text(
        "\n".join(["lon,lat,class", *lines]).replace("np.float64(", "").replace(")", "")
    )
    points = points_from_table(ReferenceTable(path, "lon", "lat", "class", "EPSG:4326"), embedding)
    assert points.dropped["reference points outside the embedding"] == np.count_nonzero(~on)
    samples = extract(embedding, points)
    assert len(samples.frame) == np.count_nonzero(zones != NOBODY)
    assert samples.dropped["embedding is NaN"] == np.count_nonzero(on & (zones == NOBODY))


def test_pixels_of_the_same_number_in_two_zones_are_two(embedding: ZonedEmbedding) -> None:
    frame = pd.DataFrame({"row": [100, 100, 100], "col": [150, 150, 150], "label": [1, 2, 1]})
    frame["zone"] = ["utm31n", "utm32n", "utm31n"]
    frame[["lon", "lat", "x", "y"]] = 0.0
    frame["source"] = "a"
    samples = extract(embedding, Points(frame, {1: Entry("a"), 2: Entry("b")}))
    assert samples.dropped["another point on the same embedding pixel"] == 1
