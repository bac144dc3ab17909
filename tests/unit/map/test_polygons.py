"""The pixels of polygons: counted by hand, as GDAL burns them, and each place once in all zones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import rasterio.features
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from rasters import LONLAT, NORTH_UP, UTM, embed
from zoned_world import ACROSS_6_E, write_zone

from landloom.errors import LandloomError
from landloom.map import polygons as module
from landloom.map.embedding_header import inspect_zones
from landloom.map.locating import locate
from landloom.map.polygons import PolygonPixels, pixels_of
from landloom.map.zones import ZonedEmbedding

HEIGHT, WIDTH = 40, 60


@pytest.fixture(scope="module")
def embedding(tmp_path_factory: pytest.TempPathFactory) -> ZonedEmbedding:
    path = tmp_path_factory.mktemp("polygons") / "embedding.tif"
    return ZonedEmbedding.alone(embed(path, np.ones((HEIGHT, WIDTH), bool), NORTH_UP))


def at(*corners: tuple[float, float]) -> shapely.Polygon:
    """Return a polygon by columns and rows of the embedding."""
    return shapely.Polygon([NORTH_UP @ corner for corner in corners])


def found(
    embedding: ZonedEmbedding, shapes: list[Any], crs: str = UTM, **options: Any
) -> PolygonPixels:
    return pixels_of(embedding, CRS.from_user_input(crs), np.array(shapes, object), **options)


def cells(embedding: ZonedEmbedding, pixels: PolygonPixels) -> list[list[int]]:
    spots = embedding.spots(pixels.zone, pixels.x, pixels.y)
    columns = [pixels.polygon, pixels.zone, spots["row"], spots["col"]]
    return np.transpose(columns).tolist()


def test_pixels_by_hand(embedding: ZonedEmbedding) -> None:
    """A triangle below the diagonal of four pixels; a square about one centre; one about none."""
    triangle = at((10, 20), (10, 24.2), (14.2, 24.2))
    square = at((2.4, 3.4), (2.4, 3.6), (2.6, 3.6), (2.6, 3.4))
    none = at((5.1, 5.1), (5.1, 5.4), (5.4, 5.4), (5.4, 5.1))
    off = at((-9, -9), (-9, -5), (-5, -5), (-5, -9))
    pixels = found(embedding, [triangle, none, square, off])
    below = [[0, 0, row, col] for row in range(20, 24) for col in range(10, row - 9)]
    # Their diagonal goes through the centres of (20, 10) to (23, 13), which are in no polygon.
    below = [cell for cell in below if cell[3] - 10 != cell[2] - 20]
    assert cells(embedding, pixels) == [*below, [2, 0, 3, 2]]
    assert pixels.counts.tolist() == [6, 0, 1, 0]
    assert pixels.outside == 1
    np.testing.assert_allclose([pixels.x[-1], pixels.y[-1]], NORTH_UP @ (2.5, 3.5))


def test_holes_and_parts(embedding: ZonedEmbedding) -> None:
    ring = shapely.box(0, 0, 5, 5).difference(shapely.box(1, 1, 4, 4))
    shape = shapely.MultiPolygon([ring, shapely.box(7, 7, 9, 8)])
    shape = shapely.transform(shape, lambda xy: np.transpose(NORTH_UP @ tuple(xy.T)))
    assert len(cells(embedding, found(embedding, [shape]))) == 25 - 9 + 2


CORNERS = st.tuples(
    st.floats(-5, WIDTH + 5, allow_nan=False), st.floats(-5, HEIGHT + 5, allow_nan=False)
)


@given(st.lists(CORNERS, min_size=3, max_size=9), st.sampled_from([3, 17, 1024]))
def test_as_gdal_burns_them(
    embedding: ZonedEmbedding, corners: list[tuple[float, float]], window: int
) -> None:
    # A thousandth off the lattice of centres, on which GDAL decides by a rule of its own.
    corners = [(round(x, 2) + 0.0013, round(y, 2) + 0.0007) for x, y in corners]
    shape = shapely.convex_hull(shapely.MultiPoint([NORTH_UP @ corner for corner in corners]))
    if shape.geom_type != "Polygon":
        return
    burnt = rasterio.features.rasterize([shape], (HEIGHT, WIDTH), transform=NORTH_UP)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_WINDOW", window)
        pixels = found(embedding, [shape])
    expected = np.transpose(np.nonzero(burnt)).tolist()
    assert [cell[2:] for cell in cells(embedding, pixels)] == expected


def test_in_another_crs_edges_are_straight_there(embedding: ZonedEmbedding) -> None:
    west, south, east, north = embedding.bounds(LONLAT)
    shape = shapely.Polygon([(west, south), (east, south + 1e-4), (west + 2e-3, north)])
    rows, cols = (axis.ravel() for axis in np.mgrid[:HEIGHT, :WIDTH])
    x, y = NORTH_UP @ (cols + 0.5, rows + 0.5)
    lon, lat = Transformer.from_crs(UTM, LONLAT, always_xy=True).transform(x, y)
    inside = [shape.contains(shapely.Point(*place)) for place in zip(lon, lat, strict=True)]
    expected = np.transpose([rows[inside], cols[inside]]).tolist()
    assert 100 < len(expected) < HEIGHT * WIDTH
    pixels = found(embedding, [shape], LONLAT)
    assert [cell[2:] for cell in cells(embedding, pixels)] == expected


def by_force(info: Any, shape: Any, crs: str) -> list[list[int]]:
    """Return the pixels of a shape by leading every centre of the grid to its CRS."""
    grid = info.grid
    rows, cols = (axis.ravel() for axis in np.mgrid[: grid.height, : grid.width])
    x, y = Transformer.from_crs(grid.crs, crs, always_xy=True).transform(*grid.centres(rows, cols))
    inside = np.zeros(rows.size, bool)
    for turn in (-360, 0, 360) if crs == LONLAT else (0,):
        inside |= shapely.contains_xy(shape, np.asarray(x) + turn, y)
    return np.transpose([rows[inside], cols[inside]]).tolist()


POLAR, ANTARCTIC, EQUAL_AREA, LAEA = "EPSG:3413", "EPSG:3031", "EPSG:6933", "EPSG:3035"
GLOBE = {
    west: Affine(1, 0, west, 0, -1, 90)  # degrees, whose centres lie half way between these
    for west in (-180, 0, -90.25)
}
CUT = shapely.MultiPolygon([shapely.box(179, 0, 180, 10), shapely.box(-180, 0, -179, 10)])
DISC = shapely.Point(0, 0).buffer(1_500_000)


@pytest.mark.parametrize("west", GLOBE)
@pytest.mark.parametrize(
    ("shape", "crs"),
    [
        (CUT, LONLAT),
        (shapely.box(-180, 70.2, 180, 80.2), LONLAT),
        (shapely.box(-179.9, 70.2, 179.9, 80.2), LONLAT),
        (shapely.box(70.2, -10, 270.3, 10), LONLAT),
        (DISC, POLAR),
        (DISC, ANTARCTIC),
        (shapely.box(-9e5, 2e6, -3e5, 3e6), POLAR),  # across the antimeridian, not the pole
        (shapely.box(-1e5, -5e4, 4e6, 4e6), POLAR),
        (shapely.Point(4_321_000, 7_400_000).buffer(3e6), LAEA),
    ],
)
def test_round_the_globe_as_by_force(tmp_path: Path, west: float, shape: Any, crs: str) -> None:
    info = embed(tmp_path / "e.tif", np.ones((180, 360), bool), GLOBE[west], LONLAT)
    pixels = cells(ZonedEmbedding.alone(info), found(ZonedEmbedding.alone(info), [shape], crs))
    expected = by_force(info, shape, crs)
    assert expected
    assert [cell[2:] for cell in pixels] == expected


@pytest.mark.parametrize(
    ("shape", "crs"),
    [
        (DISC, POLAR),
        (DISC, ANTARCTIC),
        (CUT, LONLAT),
        (shapely.box(100.1, -10, 300.3, 30), LONLAT),
        (shapely.box(-180, 50, 180, 80), LONLAT),
    ],
)
@pytest.mark.parametrize("plane", [EQUAL_AREA, "EPSG:3995", "ESRI:54009"])
def test_round_the_globe_on_a_plane_as_by_force(
    tmp_path: Path, plane: str, shape: Any, crs: str
) -> None:
    there = Affine(100_000, 0, -17_350_000, 0, -100_000, 7_350_000)
    info = embed(tmp_path / "e.tif", np.ones((147, 347), bool), there, plane)
    pixels = cells(ZonedEmbedding.alone(info), found(ZonedEmbedding.alone(info), [shape], crs))
    assert [cell[2:] for cell in pixels] == by_force(info, shape, crs)


@pytest.mark.parametrize("west", [170, -190])
def test_across_the_antimeridian(tmp_path: Path, west: float) -> None:
    there = Affine(0.1, 0, west, 0, -0.1, 5)
    info = embed(tmp_path / "e.tif", np.ones((100, 200), bool), there, LONLAT)
    embedding = ZonedEmbedding.alone(info)
    shapes = [shapely.box(-180, 0, -179.7, 0.2), shapely.box(179.8, 0, 180.3, 0.1)]
    pixels = found(embedding, shapes, LONLAT)
    columns = [cell[3] for cell in cells(embedding, pixels)]
    assert columns == [100, 101, 102, 100, 101, 102, 98, 99, 100, 101, 102]


def test_some_of_each_are_a_draw_that_hangs_on_the_seed_alone(
    embedding: ZonedEmbedding, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes = [at((0, 0), (0, 30), (30, 30), (30, 0)), at((31, 0), (31, 2), (33, 2), (33, 0))]
    every = {tuple(cell) for cell in cells(embedding, found(embedding, shapes))}
    some = found(embedding, shapes, per_polygon=50, seed=3)
    chosen = cells(embedding, some)
    assert np.bincount(some.polygon).tolist() == [50, 4]
    assert some.counts.tolist() == [900, 4]
    assert {tuple(cell) for cell in chosen} < every
    assert chosen == sorted(chosen)
    assert chosen != cells(embedding, found(embedding, shapes, per_polygon=50, seed=4))
    monkeypatch.setattr(module, "_WINDOW", 7)
    monkeypatch.setattr(module, "_AT_ONCE", 10)
    assert cells(embedding, found(embedding, shapes, per_polygon=50, seed=3)) == chosen
    alone = found(embedding, shapes[:1], per_polygon=50, seed=3)
    assert cells(embedding, alone) == chosen[:50]


def test_the_draw_is_uniform(embedding: ZonedEmbedding) -> None:
    shape = at((0, 0), (0, 10), (10, 10), (10, 0))
    drawn = np.zeros((10, 10), int)
    for seed in range(200):
        for _, _, row, col in cells(
            embedding, found(embedding, [shape], per_polygon=10, seed=seed)
        ):
            drawn[row, col] += 1
    assert drawn.sum() == 2000
    # Chi-squared of 99 degrees of freedom lies between 55 and 150 but for once in 2,000 times.
    assert 55 < ((drawn - 20) ** 2 / 20 / 0.9).sum() < 150


def test_too_many_pixels(embedding: ZonedEmbedding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PIXELS", 100)
    shapes = [at((0, 0), (0, 11), (11, 11), (11, 0))]
    with pytest.raises(LandloomError, match=r"over 121 pixels .* map\.reference\.per_polygon"):
        found(embedding, shapes)
    assert found(embedding, shapes, per_polygon=100).polygon.size == 100
    told = r"over 101 pixels .* lower map\.reference\.per_polygon, which is 101"
    with pytest.raises(LandloomError, match=told):
        found(embedding, shapes, per_polygon=101)


def test_of_several_zones_each_place_counts_once(tmp_path: Path) -> None:
    codes = (32631, 32632)
    for number, code in enumerate(codes):
        path = tmp_path / f"{code}.tif"
        write_zone(path, code, ACROSS_6_E, up=number == 0, hole=number == 1)
    embedding = inspect_zones([str(tmp_path / f"{code}.tif") for code in codes])
    _, south, _, north = embedding.bounds(LONLAT)
    shape = shapely.box(6 - 0.002, (south + north) / 2, 6 + 0.002, north)
    pixels = found(embedding, [shape], LONLAT)
    assert set(pixels.zone.tolist()) == {0, 1}
    expected = []
    for number, zone in enumerate(embedding.zones):
        grid = zone.info.grid
        rows, cols = (axis.ravel() for axis in np.mgrid[: grid.height, : grid.width])
        x, y = grid.centres(rows, cols)
        lon, lat = Transformer.from_crs(grid.crs, LONLAT, always_xy=True).transform(x, y)
        inside = shapely.contains_xy(shape, lon, lat)
        own = locate(embedding, CRS.from_user_input(LONLAT), lon[inside], lat[inside])[0] == number
        expected += [
            [0, number, *c] for c in zip(rows[inside][own], cols[inside][own], strict=True)
        ]
    assert cells(embedding, pixels) == expected


def test_a_table_of_geopandas_has_the_same_pixels(embedding: ZonedEmbedding) -> None:
    """Whoever joins the pixels' centres to the polygons in geopandas finds the same."""
    shapes = [at((1, 1), (9, 3), (4, 9)), at((12, 2), (19, 9), (13, 15))]
    rows, cols = (axis.ravel() for axis in np.mgrid[:HEIGHT, :WIDTH])
    centres = geopandas.GeoSeries.from_xy(*(NORTH_UP @ (cols + 0.5, rows + 0.5)), crs=UTM)
    places = geopandas.GeoDataFrame({"row": rows, "col": cols}, geometry=centres)
    joined = places.sjoin(geopandas.GeoDataFrame(geometry=shapes, crs=UTM), predicate="within")
    table = joined[["index_right", "row", "col"]].sort_values(["index_right", "row", "col"])
    pixels = cells(embedding, found(embedding, shapes))
    assert [[number, *cell] for number, _, *cell in pixels] == table.to_numpy().tolist()


def test_no_polygon_at_all_is_nothing(embedding: ZonedEmbedding) -> None:
    pixels = found(embedding, [])
    assert (pixels.polygon.size, pixels.outside) == (0, 0)
