"""Tiles joined without a seam, and merged."""

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS, Transformer
from rasterio.windows import Window
from small_world import pixel_centres, tile_pixels, write_raster
from tiles import QUARTERS, STEP, grain, made, read, sampled, shifted

from landloom.dataset.relief import ReliefOptions, warp
from landloom.elevation.mosaic import describe_mosaic, join_tiles, mosaic_style, write_mosaic
from landloom.elevation.tiles import make_tile
from landloom.errors import LandloomError
from landloom.raster.degree_tiles import tile_bounds
from landloom.raster.opening import open_raster

BILINEAR = ReliefOptions("bilinear", 0.25, None)


def albers_grid(lon, lat, pixels=80, step=600.0):
    """Return an affine of some pixels round a place, in NLCD's Albers."""
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:5070", always_xy=True).transform(lon, lat)
    half = pixels * step / 2
    return Affine(step, 0.0, x - half, 0.0, -step, y + half), (pixels, pixels)


def warped(source, transform, shape, options=BILINEAR):
    heights = np.full(shape, np.nan, np.float32)
    with open_raster(str(source), "elevation") as dataset:
        warp(dataset, "EPSG:5070", transform, heights, options)
    return heights


def merged(folder, tiles, offset, dtype):
    """Write one raster of the very pixels that some tiles have."""
    corners = [tile_bounds(tile)[:2] for tile in tiles]
    west, south = map(min, zip(*corners, strict=True))
    wide, high = (len({*places}) for places in zip(*corners, strict=True))
    transform = Affine(1 / STEP, 0.0, west, 0.0, -1 / STEP, south + high)
    transform = transform @ Affine.translation(-offset, -offset)
    lon, lat = pixel_centres(transform, (STEP * high, STEP * wide))
    pixels = grain(lon, lat, STEP, offset).astype(dtype)
    return write_raster(folder / "merged.tif", pixels, "EPSG:4326", transform, -32768)


NEIGHBOURS = {
    "east-west": (["N43W117", "N43W116"], (-116.0, 43.5)),
    "north-south": (["N43W117", "N42W117"], (-116.5, 43.0)),
    "corner": (["N43W117", "N43W116", "N42W117", "N42W116"], (-116.0, 43.0)),
}


@pytest.mark.parametrize("dtype", ["float32", "int16"])
@pytest.mark.parametrize("offset", [0.0, 0.5])
@pytest.mark.parametrize("where", NEIGHBOURS)
def test_tiles_meet_without_a_seam(tmp_path, where, offset, dtype):
    tiles, place = NEIGHBOURS[where]
    paths = [sampled(tmp_path, tile, offset, dtype=dtype) for tile in tiles]
    whole = merged(tmp_path, tiles, offset, dtype)
    transform, shape = albers_grid(*place)
    joined = warped(join_tiles(paths), transform, shape)
    assert np.isfinite(joined).all()
    assert np.array_equal(joined, warped(whole, transform, shape))
    # In any order.
    assert np.array_equal(joined, warped(join_tiles(paths[::-1]), transform, shape))


def test_usgs_tiles_that_overlap_by_a_collar_meet_without_a_seam(tmp_path):
    tiles, place = NEIGHBOURS["corner"]
    paths = [sampled(tmp_path, tile, collar=1) for tile in tiles]
    whole = merged(tmp_path, tiles, 0.0, "float32")
    transform, shape = albers_grid(*place)
    joined = warped(join_tiles(paths), transform, shape)
    assert np.array_equal(joined, warped(whole, transform, shape))


def test_srtm_tiles_that_share_their_outermost_lines_meet_without_a_seam(tmp_path):
    tiles, place = NEIGHBOURS["corner"]
    paths = []
    for tile in tiles:
        _, affine = tile_pixels(tile, grain, STEP, STEP, 0.5)
        pixels = grain(*pixel_centres(affine, (STEP + 1, STEP + 1)), STEP, 0.5)
        paths.append(made(tmp_path, tile, pixels.astype(np.float32), affine))
    whole = merged(tmp_path, tiles, 0.5, "float32")
    transform, shape = albers_grid(*place)
    joined = warped(join_tiles(paths), transform, shape)
    assert np.array_equal(joined, warped(whole, transform, shape))


@pytest.mark.parametrize("place", [(-116.5, 49.7), (-116.5, 50.3), (-116.5, 50.0), (-117.0, 50.0)])
def test_tiles_of_different_width_lie_right(tmp_path, place):
    # As Copernicus' become narrower at 50 N. The heights are places: 8000 m to the degree.
    planes = {
        "lon": lambda lon, lat: 8000 * (lon + 117) + 0 * lat,
        "lat": lambda lon, lat: 8000 * (lat - 50) + 0 * lon,
    }
    columns = {"N50W118": 120, "N50W117": 120, "N49W117": STEP, "N49W118": STEP}
    transform, shape = albers_grid(*place)
    to_lonlat = Transformer.from_crs("EPSG:5070", "EPSG:4326", always_xy=True)
    lon, lat = to_lonlat.transform(*pixel_centres(transform, shape))
    degrees = []
    for name, plane in planes.items():
        paths = []
        for tile, wide in columns.items():
            pixels, affine = tile_pixels(tile, plane, wide, STEP, 0.5)
            paths.append(made(tmp_path / name, tile, pixels.astype(np.float32), affine))
        with rasterio.open(join_tiles(paths)) as joined:
            assert joined.bounds.left <= -118.0 - 0.5 / 120
            assert joined.res == (1 / STEP, 1 / STEP)
        heights = warped(join_tiles(paths), transform, shape)
        assert np.isfinite(heights).all()
        degrees.append((heights - plane(lon, lat)) / 8000)
    pixels = 111_320 * np.hypot(degrees[0] * np.cos(np.radians(lat)), degrees[1]) / transform.a
    # A widened kernel meets a plane to some hundredths of a pixel. Only where two of the wide
    # tiles meet beside finer ones, heights are off by up to half of their own pixels.
    assert np.median(pixels) < 0.02
    assert pixels.max() < (0.5 if place == (-117.0, 50.0) else 0.1)


def test_void_tiles_stay_void_beside_others(tmp_path):
    make_tile("N43W116", None, None, tmp_path / "N43W116.tif")
    land = sampled(tmp_path, "N43W117")
    source = join_tiles([land, tmp_path / "N43W116.tif"])
    transform, shape = albers_grid(-116.0, 43.5)
    x, y = pixel_centres(transform, shape)
    lon, _ = Transformer.from_crs("EPSG:5070", "EPSG:4326", always_xy=True).transform(x, y)
    void = np.isnan(warped(source, transform, shape))
    assert void[lon > -116.0].all()
    assert not void[lon < -116.0 - 1 / STEP].any()


def test_a_void_in_one_tile_leaves_what_another_has(tmp_path):
    paths = []
    for tile in ("N43W117", "N43W116"):
        pixels, affine = tile_pixels(tile, grain, STEP, STEP, collar=1)
        if tile == "N43W116":
            pixels[:, :2] = -32768
        paths.append(made(tmp_path, tile, pixels.astype(np.float32), affine))
    both = read(join_tiles(paths))
    assert (both[:, STEP + 2 :] != -32768).all()
    assert np.array_equal(both[:, : STEP + 2], read(paths[0]))


def test_void_tiles_alone_join_to_nothing(tmp_path):
    paths = [tmp_path / "N43W116.tif", tmp_path / "N43W117.tif"]
    for path in paths:
        make_tile(path.stem, None, None, path)
    assert join_tiles(paths) is None
    assert join_tiles([]) is None


def test_whole_and_broken_heights_join_to_broken_ones(tmp_path):
    paths = [
        sampled(tmp_path, "N43W117", terrain=lambda lon, lat: 10.5 + 0 * lon * lat),
        sampled(tmp_path, "N43W116", terrain=lambda lon, lat: 12 + 0 * lon * lat, dtype="int16"),
    ]
    with rasterio.open(join_tiles(paths)) as joined:
        assert joined.dtypes == ("float32",)
        assert joined.shape == (STEP, 2 * STEP)
        assert np.array_equal(joined.read(1)[0], np.repeat(np.float32([10.5, 12.0]), STEP))
    with rasterio.open(join_tiles(paths[1:])) as joined:
        assert joined.dtypes == ("int16",)


def test_tiles_in_two_crs_do_not_join(tmp_path):
    one = made(tmp_path, "N43W117", np.ones((4, 4), np.int16), QUARTERS)
    other = made(tmp_path, "N43W116", np.ones((4, 4), np.int16), shifted(1, 0), crs="EPSG:4269")
    with pytest.raises(LandloomError, match=r"N43W116\.tif and .*N43W117\.tif differ in CRS"):
        join_tiles([one, other])


def many(folder, tile):
    """Make a tile of enough pixels for a mosaic to need overviews."""
    pixels, transform = tile_pixels(tile, lambda lon, lat: grain(lon, lat, 600), 600, 600)
    return made(folder, tile, pixels.astype(np.float32), transform)


@pytest.fixture(scope="module")
def tiles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiles")
    names = ["N43W117", "N43W116", "N42W117", "N42W116"]
    paths = {name: many(folder, name) for name in names[:3]}
    make_tile(names[3], None, None, folder / f"{names[3]}.tif")
    return paths | {names[3]: folder / f"{names[3]}.tif"}


def test_the_mosaic_holds_the_tiles(tmp_path, tiles):
    write_mosaic(join_tiles(list(tiles.values())), tmp_path / "mosaic.tif")
    with rasterio.open(tmp_path / "mosaic.tif") as mosaic:
        assert tuple(mosaic.bounds) == (-117.0, 42.0, -115.0, 44.0)
        assert mosaic.crs == "EPSG:4326"
        assert (mosaic.dtypes, mosaic.nodata) == (("float32",), -32768)
        pixels = mosaic.read(1)
    assert np.array_equal(pixels[:600, :600], read(tiles["N43W117"]))
    assert np.array_equal(pixels[:600, 600:], read(tiles["N43W116"]))
    assert np.array_equal(pixels[600:, :600], read(tiles["N42W117"]))
    assert (pixels[600:, 600:] == -32768).all()


def test_the_mosaic_is_a_valid_cloud_optimized_geotiff(tmp_path, tiles):
    cogeo = pytest.importorskip("rio_cogeo.cogeo", reason="rio-cogeo is not installed")
    write_mosaic(join_tiles(list(tiles.values())), tmp_path / "mosaic.tif")
    assert cogeo.cog_validate(tmp_path / "mosaic.tif", strict=True, quiet=True) == (True, [], [])


def test_the_mosaic_is_described_without_its_pixels(tmp_path, tiles):
    write_mosaic(join_tiles(list(tiles.values())), tmp_path / "mosaic.tif")
    about = describe_mosaic(tmp_path / "mosaic.tif")
    with rasterio.open(tmp_path / "mosaic.tif") as mosaic:
        pixels = mosaic.read(1)
    assert CRS.from_wkt(about["crs"]) == CRS("EPSG:4326")
    assert about["bounds"] == [-117.0, 42.0, -115.0, 44.0]
    assert about["shape"] == [1200, 1200]
    assert about["resolution"] == pytest.approx([1 / 600, 1 / 600])
    assert about["void_share"] == pytest.approx((pixels == -32768).mean())
    assert about["void_share"] >= 0.25  # a tile of four is void
    assert json.loads(json.dumps(about)) == about


def test_the_mosaic_says_what_it_holds_and_qgis_how_to_show_it(tmp_path, tiles):
    write_mosaic(join_tiles(list(tiles.values())), tmp_path / "mosaic.tif")
    with rasterio.open(tmp_path / "mosaic.tif") as mosaic:
        assert (mosaic.descriptions, mosaic.units) == (("elevation",), ("m",))
    style = mosaic_style(describe_mosaic(tmp_path / "mosaic.tif"))
    assert 'type="hillshade"' in style
    assert 'zfactor="9.04372e-06"' in style
    assert 'zfactor="1"' in mosaic_style({"crs": CRS("EPSG:5070").to_wkt()})


def test_the_mosaic_is_cloud_optimized(tmp_path, tiles):
    write_mosaic(join_tiles(list(tiles.values())), tmp_path / "mosaic.tif")
    with rasterio.open(tmp_path / "mosaic.tif") as mosaic:
        assert mosaic.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert mosaic.block_shapes == [(512, 512)]
        factors = mosaic.overviews(1)
    assert factors
    assert all(below == 2 * above for above, below in pairwise([1, *factors]))
    with rasterio.open(tmp_path / "mosaic.tif", overview_level=0) as half:
        means = read(tiles["N43W117"]).reshape(300, 2, 300, 2).mean(axis=(1, 3))
        assert np.allclose(half.read(1)[:300, :300], means, atol=0.01)


def test_the_mosaic_is_the_same_bytes_each_time(tmp_path, tiles):
    for name in ("a", "b"):
        write_mosaic(join_tiles(list(tiles.values())), tmp_path / f"{name}.tif")
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


@pytest.mark.parametrize(
    ("dtype", "nodata"), [("float32", math.nan), ("int16", -9999), ("uint16", 65535)]
)
def test_the_mosaic_of_one_raster_is_its_window_over_the_region(tmp_path, dtype, nodata):
    rng = np.random.default_rng(1)
    heights = rng.integers(0, 3000, (200, 300)).astype(dtype)
    heights[40:60, 40:60] = nodata
    transform = Affine(0.01, 0.0, -118.0, 0.0, -0.01, 44.0)
    raster = write_raster(tmp_path / "one.tif", heights, "EPSG:4326", transform, nodata)
    region = (-117.703, 43.004, -116.996, 43.643)  # columns 29.7..100.4, rows 35.7..99.6
    write_mosaic(str(raster), tmp_path / "mosaic.tif", region)
    with rasterio.open(tmp_path / "mosaic.tif") as mosaic:
        assert mosaic.transform.almost_equals(transform @ Affine.translation(29, 35))
        assert np.array_equal(mosaic.read(1), heights[35:100, 29:101], equal_nan=True)
        assert mosaic.nodata == nodata or (math.isnan(mosaic.nodata) and math.isnan(nodata))
    with rasterio.open(raster) as one, rasterio.open(tmp_path / "mosaic.tif") as mosaic:
        window = Window(29, 35, 72, 65)
        assert np.array_equal(one.read_masks(1, window=window), mosaic.read_masks(1))


def test_the_mosaic_of_a_rotated_raster_covers_the_region(tmp_path):
    origin = Transformer.from_crs("EPSG:4326", "EPSG:32611", always_xy=True).transform(-117.5, 44)
    transform = Affine.translation(*origin) @ Affine.rotation(20) @ Affine.scale(1000, -1000)
    heights = np.arange(200 * 200, dtype=np.int32).reshape(200, 200).astype(np.float32)
    raster = write_raster(tmp_path / "one.tif", heights, "EPSG:32611", transform, -32768)
    write_mosaic(str(raster), tmp_path / "mosaic.tif", (-116.8, 43.4, -116.6, 43.6))
    with rasterio.open(tmp_path / "mosaic.tif") as mosaic:
        col, row = (round(place) for place in ~transform @ (mosaic.transform.c, mosaic.transform.f))
        rows, cols = mosaic.shape
        assert np.array_equal(mosaic.read(1), heights[row : row + rows, col : col + cols])
        to_crs = Transformer.from_crs("EPSG:4326", "EPSG:32611", always_xy=True)
        x, y = to_crs.transform([-116.8, -116.6, -116.6, -116.8], [43.4, 43.4, 43.6, 43.6])
        columns, lines = ~mosaic.transform @ (np.array(x), np.array(y))
    assert columns.min() >= 0
    assert lines.min() >= 0
    assert columns.max() <= cols
    assert lines.max() <= rows


def test_a_raster_that_lies_elsewhere_is_refused(tmp_path):
    heights = np.ones((10, 10), np.float32)
    raster = write_raster(
        tmp_path / "one.tif", heights, "EPSG:4326", Affine(0.1, 0, 10.0, 0, -0.1, 50.0)
    )
    with pytest.raises(LandloomError) as refusal:
        write_mosaic(str(raster), tmp_path / "mosaic.tif", (-117.0, 43.0, -116.0, 44.0))
    assert str(refusal.value).startswith(f"{raster}: does not touch the region")
    assert "dataset.elevation.source" in str(refusal.value)
    assert not (tmp_path / "mosaic.tif").exists()


def test_elevation_that_cannot_be_opened_is_named(tmp_path):
    path = Path(tmp_path / "none.tif")
    with pytest.raises(LandloomError, match=r"none\.tif: cannot be opened"):
        write_mosaic(str(path), tmp_path / "mosaic.tif")
