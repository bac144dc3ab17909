"""The index of AlphaEarth's tiles: from a region to windows."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from public_embeddings import GS, S3, Tile, random_tile, write_index
from rasterio.warp import transform_bounds

from landloom.errors import LandloomError
from landloom.map.named.alphaearth_index import check_index, windows_of
from landloom.map.named.windows import read_windows, write_windows
from landloom.raster.pixel_grid import Box
from landloom.sources.catalogue import named

SOURCE = named("alphaearth-2021", "embedding")

WEST, SOUTH = 500_000.0, 4_760_000.0
"""At 117 W, the middle of its zone, where north is up."""


def tiles():
    """Four tiles of 80 pixels, side by side."""
    return [
        random_tile(f"t{row}{col}", WEST + 800 * col, SOUTH + 800 * row)
        for row in (0, 1)
        for col in (0, 1)
    ]


def inside(tile, margin=20.0):
    """Return a lon/lat box that lies in a tile, so many metres from its edges."""
    west, south, east, north = tile.bounds
    box = (west + margin, south + margin, east - margin, north - margin)
    return transform_bounds(tile.crs, "EPSG:4326", *box)


@pytest.mark.parametrize("root", [GS, S3])
@pytest.mark.parametrize("text", [False, True], ids=["wkb", "wkt"])
def test_a_tile_is_found_by_its_place_on_the_earth(tmp_path, root, text):
    index = write_index(tmp_path / "i.parquet", [tile.row(root, text) for tile in tiles()])
    check_index(index)
    first = tiles()[0]
    (window,) = windows_of(index, SOURCE, inside(first))
    assert (window.name, window.place) == ("11N-t00", "2021/11N/t00.tiff")
    assert window.grid.own_bounds == first.bounds
    assert window.grid.transform.e == 10
    assert window.box.clip(window.grid.box) == window.box
    assert 70 <= min(window.box.shape) <= max(window.box.shape) <= 80
    assert shapely.from_wkt(window.footprint).area > 0


def test_the_window_holds_every_pixel_that_the_region_touches(tmp_path):
    tile = tiles()[0]
    index = write_index(tmp_path / "i.parquet", [tile.row()])
    bounds = inside(tile, margin=155.0)
    (window,) = windows_of(index, SOURCE, bounds)
    west, south, east, north = window.own_grid.bounds("EPSG:4326")
    assert west <= bounds[0] < bounds[2] <= east
    assert south <= bounds[1] < bounds[3] <= north
    assert window.box.shape < (80 - 28, 80 - 28)


def test_a_region_across_tiles_gets_a_window_of_each(tmp_path):
    index = write_index(tmp_path / "i.parquet", [tile.row() for tile in reversed(tiles())])
    bounds = (*inside(tiles()[0], 300.0)[:2], *inside(tiles()[3], 300.0)[2:])
    windows = windows_of(index, SOURCE, bounds)
    assert [window.name for window in windows] == ["11N-t00", "11N-t01", "11N-t10", "11N-t11"]
    path = tmp_path / "windows.json"
    write_windows(path, SOURCE.name, windows)
    assert read_windows(path) == windows
    # Together they leave no gap: the upper ones begin at their first row.
    assert windows[2].box.top == windows[3].box.left == 0
    assert windows[0].box.bottom == windows[0].box.right == 80


@pytest.mark.parametrize(
    "changed",
    [
        {"year": 2020},
        {"utm_north": SOUTH},
        {"utm_east": WEST},
        {"geom": shapely.Polygon().wkb},
        {"wgs84_east": -120.0, "wgs84_west": -120.1},
        {"geom": shapely.box(-120, 40, -119, 41).wkb},
    ],
    ids=["year", "no height", "no width", "no footprint", "elsewhere", "another's ground"],
)
def test_rows_that_have_nothing_of_the_region_are_left_out(tmp_path, changed):
    first = tiles()[0]
    index = write_index(tmp_path / "i.parquet", [first.row(**changed), tiles()[3].row()])
    with pytest.raises(LandloomError) as caught:
        windows_of(index, SOURCE, inside(first))
    assert str(caught.value).startswith("map.region: alphaearth-2021 has no tile at -117")
    assert "correct the region" in str(caught.value)


def test_where_zones_overlap_each_speaks_for_its_own_ground(tmp_path):
    """Both have pixels on either side of 114 W, the footprints end there."""
    bounds = {
        "11N": (743_000.0, 4_762_000.0, 745_400.0, 4_764_400.0),
        "12N": (254_600.0, 4_762_000.0, 257_000.0, 4_764_400.0),
    }
    rows = []
    for number, (zone, box) in enumerate(bounds.items()):
        tile = Tile("t", box, np.zeros((64, 240, 240), np.int8), f"EPSG:3261{number + 1}", zone)
        west, south, east, north = transform_bounds(tile.crs, "EPSG:4326", *box)
        assert west < -114 < east
        own = shapely.box(*((west, south, -114, north), (-114, south, east, north))[number])
        rows.append(tile.row(geom=own.wkb))
    index = write_index(tmp_path / "i.parquet", rows)
    south, north = 42.98, 42.985
    for west, east, found in ((-114.005, -114, ["11N-t"]), (-114, -113.995, ["12N-t"]),
                              (-114.005, -113.995, ["11N-t", "12N-t"])):  # fmt: skip
        windows = windows_of(index, SOURCE, (west, south, east, north))
        assert [window.name for window in windows] == found


def test_a_row_without_a_footprint_counts(tmp_path):
    first = tiles()[0]
    rows = [first.row(geom=None), tiles()[3].row()]
    (window,) = windows_of(write_index(tmp_path / "i.parquet", rows), SOURCE, inside(first))
    assert window.footprint == ""
    assert window.box != Box(0, 0, 0, 0)


def test_years_may_be_text_and_rows_in_any_order(tmp_path):
    first = tiles()[0]
    rows = [tile.row(year=str(tile.year)) for tile in np.random.default_rng(0).permutation(tiles())]
    (window,) = windows_of(write_index(tmp_path / "i.parquet", rows), SOURCE, inside(first))
    assert window.name == "11N-t00"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"path": "gs://bucket/a.tiff"}, "is not laid out as"),
        ({"crs": "EPSG:0"}, "EPSG"),
        ({"geom": b"???"}, "cannot be read as the index"),
    ],
)
def test_an_index_that_is_laid_out_otherwise_is_told(tmp_path, changed, said):
    first = tiles()[0]
    index = write_index(tmp_path / "i.parquet", [first.row(**changed)])
    with pytest.raises(LandloomError, match=said) as caught:
        windows_of(index, SOURCE, inside(first))
    assert "delete it and start again" in str(caught.value)


def test_what_is_no_index_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"<html>" * 40)
    with pytest.raises(LandloomError, match="no index of tiles in Parquet"):
        check_index(path)
    with pytest.raises(LandloomError, match="the column year is missing"):
        check_index(write_index(path, [{"path": "x"}]))
