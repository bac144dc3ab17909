"""Elevation tiles: what is accepted, what is refused, and how they join."""

import hashlib
import math
import re
import shlex
import shutil
import subprocess

import numpy as np
import pytest
import rasterio
from affine import Affine
from small_world import tile_pixels, write_raster
from tiles import QUARTERS, STEP, grain, shifted

from landloom.elevation.tiles import TileStats, make_tile, strange_height
from landloom.errors import LandloomError
from landloom.raster.degree_tiles import tile_bounds

TILE = "N43W117"
"""Pixels to the degree: 20 arc-seconds."""


def size_and_sha256(path):
    content = path.read_bytes()
    return len(content), hashlib.sha256(content).hexdigest()


# What a tile becomes


def test_a_tile_keeps_its_pixels_and_tells_its_statistics(tmp_path):
    heights = np.arange(16, dtype=np.int16).reshape(4, 4)
    heights[0, 0] = -500
    heights[3, 3] = -999
    raw = write_raster(tmp_path / "raw.tif", heights, "EPSG:4326", QUARTERS, nodata=-999)
    stats = make_tile(TILE, str(raw), None, tmp_path / "tile.tif")
    # 1 + 2 + ... + 14 and -500, over 15 pixels
    assert stats == TileStats(
        TILE,
        str(raw),
        True,
        *size_and_sha256(tmp_path / "tile.tif"),
        4, 4, -500.0, 14.0, (105 - 500) / 15, 1 / 16,
    )  # fmt: skip
    assert stats.row()["void_share"] == 0.0625
    with rasterio.open(tmp_path / "tile.tif") as tile:
        assert (tile.dtypes, tile.nodata) == (("int16",), -32768)
        assert tile.transform == QUARTERS
        assert tile.crs == "EPSG:4326"
        heights[3, 3] = -32768
        assert np.array_equal(tile.read(1), heights)


@pytest.mark.parametrize(
    ("dtype", "nodata", "stored"),
    [
        ("uint16", 65535, "int16"),
        ("int32", -9999, "int16"),
        ("uint8", None, "int16"),
        ("float64", -9999.0, "float32"),
        ("float32", math.nan, "float32"),
        ("float32", None, "float32"),
    ],
)
def test_every_number_becomes_int16_or_float32(tmp_path, dtype, nodata, stored):
    heights = np.full((4, 4), 120, dtype)
    holes = np.zeros((4, 4), bool)
    if nodata is not None:
        holes[1, 2] = True
        heights[holes] = nodata
    if np.dtype(dtype).kind == "f":
        holes[2, 2] = holes[2, 3] = True
        heights[2, 2:] = np.nan, np.inf
    raw = write_raster(tmp_path / "raw.tif", heights, "EPSG:4326", QUARTERS, nodata)
    stats = make_tile(TILE, str(raw), None, tmp_path / "tile.tif")
    with rasterio.open(tmp_path / "tile.tif") as tile:
        assert tile.dtypes == (stored,)
        assert tile.nodata == -32768
        assert np.array_equal(tile.read(1), np.where(holes, -32768, 120))
    assert stats.void_share == holes.mean()
    assert (stats.min, stats.max, stats.mean) == (120.0, 120.0, 120.0)


def test_a_configured_void_value_counts_besides_the_files_own(tmp_path):
    heights = np.full((4, 4), 7, np.int16)
    heights[0] = [-9999, -1, 7, 7]
    raw = write_raster(tmp_path / "raw.tif", heights, "EPSG:4326", QUARTERS, nodata=-1)
    stats = make_tile(TILE, str(raw), -9999, tmp_path / "tile.tif")
    assert stats.void_share == 2 / 16
    assert (stats.min, stats.max) == (7.0, 7.0)


def test_a_tile_without_a_height_has_no_statistics(tmp_path):
    heights = np.full((4, 4), -1, np.int16)
    raw = write_raster(tmp_path / "raw.tif", heights, "EPSG:4326", QUARTERS, nodata=-1)
    stats = make_tile(TILE, str(raw), None, tmp_path / "tile.tif")
    kept = size_and_sha256(tmp_path / "tile.tif")
    assert stats == TileStats(TILE, str(raw), True, *kept, 4, 4, None, None, None, 1.0)


@pytest.mark.parametrize("height", [math.nan, math.inf])
def test_a_tile_of_nothing_that_it_does_not_declare_is_refused(tmp_path, height):
    heights = np.full((4, 4), height, np.float32)
    raw = write_raster(tmp_path / "raw.tif", heights, "EPSG:4326", QUARTERS)
    with pytest.raises(LandloomError) as refused:
        make_tile(TILE, str(raw), None, tmp_path / "tile.tif")
    assert str(refused.value).startswith(f"{raw}: holds no height: all 16 are infinite or NaN")


def test_a_tile_that_does_not_exist_is_void(tmp_path):
    stats = make_tile(TILE, None, None, tmp_path / "tile.tif")
    kept = size_and_sha256(tmp_path / "tile.tif")
    assert stats == TileStats(TILE, "", False, *kept, 1, 1, None, None, None, 1.0)
    with rasterio.open(tmp_path / "tile.tif") as tile:
        assert tuple(tile.bounds) == tile_bounds(TILE)
        assert tile.read(1).tolist() == [[-32768]]
        assert tile.nodata == -32768


def test_tiles_are_the_same_bytes_each_time(tmp_path):
    pixels, transform = tile_pixels(TILE, grain, STEP, STEP)
    raw = write_raster(
        tmp_path / "raw.tif", pixels.astype(np.float32), "EPSG:4326", transform, -32768
    )
    for name in ("a", "b"):
        make_tile(TILE, str(raw), None, tmp_path / f"{name}.tif")
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


# What is a tile, and what is not


@pytest.mark.parametrize(
    ("columns", "rows", "offset", "collar", "shape"),
    [
        pytest.param(3600, 3600, 0.0, 0, (3600, 3600), id="whole-degrees"),
        pytest.param(3600, 3600, 0.5, 0, (3600, 3600), id="GLO-30"),
        pytest.param(2400, 3600, 0.5, 0, (3600, 2400), id="GLO-30-at-55-N"),
        pytest.param(360, 3600, 0.5, 0, (3600, 360), id="GLO-30-at-88-N"),
        pytest.param(1200, 1200, 0.5, 0, (1200, 1200), id="GLO-90"),
        pytest.param(3600, 3600, 0.0, 6, (3612, 3612), id="USGS-1-arc-second"),
    ],
)
def test_real_kinds_of_tiles_are_accepted(tmp_path, columns, rows, offset, collar, shape):
    transform = tile_pixels(TILE, lambda lon, _: 0 * lon, 10, 10)[1]
    step = Affine.scale(10 / columns, 10 / rows)
    transform = transform @ step @ Affine.translation(-offset - collar, -offset - collar)
    raw = write_raster(tmp_path / "raw.tif", np.zeros(shape, np.int16), "EPSG:4326", transform)
    stats = make_tile(TILE, str(raw), None, tmp_path / "tile.tif")
    assert (stats.height, stats.width) == shape


def test_a_tile_of_3601_pixels_is_accepted(tmp_path):
    # SRTM: the outermost centres lie on the whole degrees, so that neighbours share a line.
    second = 1 / 3600
    transform = Affine(second, 0.0, -117 - second / 2, 0.0, -second, 44 + second / 2)
    raw = write_raster(
        tmp_path / "raw.tif", np.zeros((3601, 3601), np.int16), "EPSG:4326", transform, -32768
    )
    assert make_tile(TILE, str(raw), None, tmp_path / "tile.tif").width == 3601


@pytest.mark.parametrize(
    ("crs", "transform", "words"),
    [
        pytest.param("EPSG:32611", Affine(30, 0, 5e5, 0, -30, 48e5), ["EPSG:32611"], id="metres"),
        pytest.param("EPSG:4326", shifted(1, 0), [TILE, "template"], id="the-next-tile"),
        pytest.param("EPSG:4326", shifted(0, -1), [TILE, "template"], id="the-tile-above"),
        pytest.param("EPSG:4326", shifted(0.45, 0), [TILE, "template"], id="half-a-degree-off"),
        pytest.param(
            "EPSG:4326", Affine(0.1, 0, -117, 0, -0.1, 44), [TILE, "template"], id="too-small"
        ),
        pytest.param("EPSG:4326", Affine(1, 0, -118, 0, -1, 45), [TILE], id="too-large"),
        pytest.param(
            "EPSG:4326", Affine(0.25, 0, -117, 0, 0.25, 43), ["north-up", "gdalwarp"], id="flipped"
        ),
        pytest.param(
            "EPSG:4326",
            QUARTERS @ Affine.rotation(3),
            ["north-up", "gdalwarp"],
            id="rotated",
        ),
    ],
)
def test_what_is_not_the_tile_is_refused(tmp_path, crs, transform, words):
    raw = write_raster(tmp_path / "found.tif", np.ones((4, 4), np.int16), crs, transform)
    with pytest.raises(LandloomError) as refusal:
        make_tile(TILE, str(raw), None, tmp_path / "tile.tif")
    message = str(refusal.value)
    assert message.startswith(f"{raw}: ")
    assert "\n" not in message
    assert all(word in message for word in words), message
    assert not (tmp_path / "tile.tif").exists()


def cropped(folder, offset):
    """Write the middle of a tile: 20 pixels are missing on each side but the east."""
    pixels, transform = tile_pixels(TILE, grain, STEP, STEP, offset)
    inner = pixels[20:-20, 20:].astype(np.float32)
    moved = transform @ Affine.translation(20, 20)
    return write_raster(folder / "cut out.tif", inner, "EPSG:4326", moved, -9999)


def test_a_tile_that_does_not_fill_its_degree_is_told_how_to(tmp_path):
    raw = cropped(tmp_path, 0.0)
    with pytest.raises(LandloomError) as refusal:
        make_tile(TILE, str(raw), None, tmp_path / "tile.tif")
    message = str(refusal.value)
    assert message.startswith(f"{raw}: covers -116.8889, 43.1111, -116.0000, 43.8889 (w, s, e, n)")
    assert f"which is not all of tile {TILE}. Merge it with what lies beside it, or pad" in message
    assert f"-te -117 43 -116 44 {TILE}.vrt '{raw}'" in message
    assert "dataset.elevation.source" in message


@pytest.mark.skipif(not shutil.which("gdalbuildvrt"), reason="GDAL's tools are not installed")
@pytest.mark.parametrize("offset", [0.0, 0.5])
def test_what_is_advised_makes_it_a_tile_of_the_same_pixels(tmp_path, offset):
    raw = cropped(tmp_path, offset)
    with pytest.raises(LandloomError) as refusal:
        make_tile(TILE, str(raw), None, tmp_path / "tile.tif")
    command = re.search(r"'(gdalbuildvrt .*')'", str(refusal.value))[1]
    subprocess.run(shlex.split(command), cwd=tmp_path, check=True, capture_output=True)
    stats = make_tile(TILE, str(tmp_path / f"{TILE}.vrt"), None, tmp_path / "tile.tif")
    with rasterio.open(raw) as before, rasterio.open(tmp_path / "tile.tif") as after:
        pixels = after.read(1, window=after.window(*before.bounds).round())
        assert np.array_equal(pixels, before.read(1))
    assert stats.void_share == pytest.approx(1 - pixels.size / (stats.width * stats.height))


@pytest.mark.parametrize(
    ("dtype", "height"),
    [("int16", -32768), ("int16", -9999), ("int16", 32767), ("float32", -3.4028234663852886e38)],
)
def test_heights_that_the_earth_does_not_have_are_refused(tmp_path, dtype, height):
    heights = np.full((4, 4), 300, dtype)
    heights[1, 1] = height
    raw = write_raster(tmp_path / "found.tif", heights, "EPSG:4326", QUARTERS)
    with pytest.raises(LandloomError) as refusal:
        make_tile(TILE, str(raw), None, tmp_path / "tile.tif")
    message = str(refusal.value)
    assert message.startswith(f"{raw}: ")
    remedy = "dataset.elevation.nodata: "
    assert remedy in message
    # The remedy works as it is told.
    told = float(message.split(remedy)[1])
    assert told == height
    assert make_tile(TILE, str(raw), told, tmp_path / "tile.tif").void_share == 1 / 16


def test_heights_of_the_earth_are_not_strange():
    assert strange_height(np.array([-10935.0, -430.5, 0.0, 8848.86])) is None
    assert strange_height(np.array([], np.float32)) is None


def test_a_tile_that_is_cut_short_is_refused(tmp_path):
    rng = np.random.default_rng(1)
    heights = rng.integers(0, 1000, (400, 400)).astype(np.int16)
    transform = Affine(1 / 400, 0.0, -117.0, 0.0, -1 / 400, 44.0)
    raw = write_raster(tmp_path / "found.tif", heights, "EPSG:4326", transform)
    raw.write_bytes(raw.read_bytes()[:100_000])
    with pytest.raises(LandloomError, match=r"found\.tif: is damaged"):
        make_tile(TILE, str(raw), None, tmp_path / "tile.tif")


# Joined tiles


# The mosaic
