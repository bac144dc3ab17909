"""The demo world: one place, whichever raster shows it and however it is written."""

from __future__ import annotations

import filecmp

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Proj
from rasterio.warp import transform
from rasterio.windows import Window
from scipy import ndimage

from landloom.demo import rasters as demo
from landloom.demo.cover import unknown, worldcover_of
from landloom.demo.embedding import EmbeddingModel
from landloom.demo.noise import nearest_site, ridged, seed_of, smooth, uniform
from landloom.demo.world import World, height, void
from landloom.errors import LandloomError

DEFAULT = World()
COAST = World(bounds=(-116.10, 42.93, -116.04, 42.98))
NLCD = {11, 21, 22, 23, 24, 31, 41, 42, 43, 52, 71, 81, 82, 90, 95}


def pixel_centres(raster):
    rows, columns = np.indices(raster.shape)
    x = raster.bounds.left + (columns.ravel() + 0.5) * raster.res[0]
    y = raster.bounds.top - (rows.ravel() + 0.5) * raster.res[1]
    return x, y


def lonlat(raster):
    return (np.array(c) for c in transform(raster.crs, "EPSG:4326", *pixel_centres(raster)))


@pytest.fixture(scope="module")
def landcover(tmp_path_factory):
    path = tmp_path_factory.mktemp("landcover") / "landcover.tif"
    demo.write_landcover(COAST, path, margin_km=3.5)
    with rasterio.open(path) as raster:
        yield raster


@pytest.fixture(scope="module")
def tiles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiles")
    names = ("N42W117", "N42W116", "N43W117")
    for name in names:
        demo.write_tile(DEFAULT, name, folder / name, pixels_per_degree=300)
    rasters = {name: rasterio.open(folder / name) for name in names}
    yield rasters
    for raster in rasters.values():
        raster.close()


@pytest.fixture(scope="module")
def embedding(tmp_path_factory):
    path = tmp_path_factory.mktemp("embedding") / "embedding.tif"
    demo.write_embedding(DEFAULT, path, size=256)
    with rasterio.open(path) as raster:
        yield raster


# noise


def test_noise_has_unit_deviation():
    x, y = np.meshgrid(np.arange(600) * 0.317, np.arange(600) * 0.317)
    for octaves in (1, 4):
        noise = smooth(x, y, seed_of(1, "a"), 1.0, octaves)
        assert abs(noise.mean()) < 0.02
        assert abs(noise.std() - 1) < 0.03


def test_noise_is_continuous_across_its_lattice():
    # at lattice lines the nodes that a point is blended from change
    y = np.linspace(-3, 3, 101)
    for step in (
        smooth(x + 1e-9, y, 5, 1.0, 5) - smooth(x - 1e-9, y, 5, 1.0, 5) for x in (-1, 0, 2)
    ):
        assert np.abs(step).max() < 1e-6


def test_ridged_noise_stays_within_its_range():
    x, y = np.meshgrid(np.arange(300) * 0.317, np.arange(300) * 0.317)
    noise = ridged(x, y, 3, 1.0, 6)
    assert 0 <= noise.min() < 0.05
    assert 0.9 < noise.max() <= 1


@pytest.mark.parametrize("function", [smooth, ridged])
@given(start=st.integers(0, 900), length=st.integers(1, 90))
@settings(max_examples=25, deadline=None)
def test_noise_at_a_point_does_not_depend_on_its_company(function, start, length):
    x, y = np.linspace(-9000, -8990, 1000), np.linspace(4700, 4703, 1000)
    part = slice(start, start + length)
    whole = function(x, y, 7, 2.5, 5)
    np.testing.assert_array_equal(function(x[part], y[part], 7, 2.5, 5), whole[part])


def test_layers_and_seeds_are_unlike_each_other():
    x, y = np.meshgrid(np.arange(200) * 0.317, np.arange(200) * 0.317)
    layers = [smooth(x, y, seed_of(*k), 1.0) for k in ((1, "a"), (1, "b"), (2, "a"), (11, "a"))]
    correlation = np.corrcoef([layer.ravel() for layer in layers])
    assert np.abs(correlation - np.eye(4)).max() < 0.05


def test_nearest_site_is_a_distance():
    rng = np.random.default_rng(0)
    (x, y), (dx, dy) = rng.uniform(-50, 50, (2, 4000)), rng.normal(0, 0.5, (2, 4000))
    here, site = nearest_site(x, y, 9, 4.0)
    there, _ = nearest_site(x + dx, y + dy, 9, 4.0)
    assert (np.abs(here - there) <= np.hypot(dx, dy) + 1e-9).all()
    assert here.min() < 0.1
    assert 600 <= np.unique(site).size <= 26**2  # one in each square of 4 x 4, few of them unseen


def test_nearest_site_measures_in_radii_and_leaves_squares_empty():
    x, y = np.random.default_rng(0).uniform(-50, 50, (2, 2000))
    one, _ = nearest_site(x, y, 9, 4.0)
    half, _ = nearest_site(x, y, 9, 4.0, radius=(2.0, 2.0))
    none, nobody = nearest_site(x, y, 9, 4.0, share=0.0)
    some, _ = nearest_site(x, y, 9, 4.0, share=0.3)
    np.testing.assert_allclose(half, one / 2)
    assert np.isinf(none).all()
    assert not nobody.any()
    assert (some >= one).all()
    assert some.mean() > one.mean()


def test_uniform_is_uniform():
    values = uniform(np.arange(-200, 200), np.arange(-200, 200)[:, None], 4)
    histogram, _ = np.histogram(values, 20, (0, 1))
    assert np.abs(histogram / values.size - 0.05).max() < 0.004
    assert np.unique(values).size == values.size


# the world


@given(lon=st.floats(-116, -115), lat=st.floats(43, 44), seed=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_a_missing_tile_is_sea(lon, lat, seed):
    world = World(DEFAULT.bounds, seed)
    assert height(world, lon, lat) == 0
    assert demo.land_cover(world, lon, lat) == 11


def test_sea_ends_near_the_missing_tile():
    lon, lat = np.linspace(-116.25, -116, 120), np.linspace(42.75, 43.2, 120)[:, None]
    sea = height(DEFAULT, lon, lat) == 0
    km_outside = np.hypot((-116 - lon) * 81.7, np.maximum(43 - lat, 0) * 111.3)
    assert sea[km_outside < 0.25].all()
    assert not sea[km_outside > 6.5].any()
    shore = [km_outside[i][sea[i]].max() for i in range(70, 120)]
    assert np.ptp(shore) > 1  # no straight line
    assert (demo.land_cover(DEFAULT, lon, lat)[sea] == 11).all()


def test_without_missing_tiles_there_is_no_sea():
    lon, lat = np.linspace(-116, -115, 50), np.linspace(43, 44, 50)[:, None]
    assert height(World(missing_tiles=()), lon, lat).min() > 0


def test_relief_is_plausible():
    west, south, east, north = DEFAULT.bounds
    metres = height(DEFAULT, np.linspace(west, east, 300), np.linspace(south, north, 300)[:, None])
    assert metres.dtype == np.float32
    assert 2000 < metres.max() < 3200
    assert 700 < np.median(metres) < 1500
    lat = np.linspace(42.5, 43.1, 400)
    slope = np.diff([height(DEFAULT, -116.5, lat + d) for d in (0.0, 30 / 111_320)], axis=0) / 30
    assert np.abs(slope).max() < 2.5
    assert 0.05 < np.abs(slope).mean() < 0.5


def test_every_class_occurs_in_the_default_world():
    west, south, east, north = DEFAULT.bounds
    lon, lat = np.linspace(west, east, 350), np.linspace(south, north, 350)[:, None]
    codes, counts = np.unique(demo.land_cover(DEFAULT, lon, lat), return_counts=True)
    assert set(codes) == NLCD
    assert counts.min() / counts.sum() > 0.001
    assert counts.max() / counts.sum() < 0.4


def test_land_cover_comes_in_patches():
    lon, lat = np.meshgrid(-116.6 + np.arange(400) * 3.7e-4, 42.7 + np.arange(400) * 2.7e-4)
    code = demo.land_cover(DEFAULT, lon, lat)
    alone = code != ndimage.median_filter(code, 3)
    assert alone.mean() < 0.06
    assert (code[1:] == code[:-1]).mean() > 0.85


def test_land_cover_follows_the_relief():
    west, south, east, north = DEFAULT.bounds
    lon, lat = np.linspace(west, east, 200), np.linspace(south, north, 200)[:, None]
    code, metres = demo.land_cover(DEFAULT, lon, lat), height(DEFAULT, lon, lat)
    mean = {c: metres[code == c].mean() for c in NLCD}
    assert mean[41] < mean[43] < mean[42] < mean[31]
    assert max(mean[82], mean[81], mean[24], mean[95]) < mean[52]


def test_shaded_slopes_carry_more_forest():
    west, south, east, north = DEFAULT.bounds
    lon, lat = np.linspace(west, east, 250), np.linspace(south, north, 250)[:, None]
    metres, farther_north = (height(DEFAULT, lon, lat + d) for d in (0.0, 5e-4))
    forest = np.isin(demo.land_cover(DEFAULT, lon, lat), (41, 42, 43))
    middle, rise = (metres > 1100) & (metres < 1500), (farther_north - metres) / 55
    assert forest[middle & (rise < -0.15)].mean() > 1.2 * forest[middle & (rise > 0.15)].mean()


def test_seeds_make_other_worlds():
    lon, lat = np.linspace(-116.7, -116.2, 60), np.linspace(42.5, 43, 60)[:, None]
    one, other = (demo.land_cover(World(seed=s), lon, lat) for s in (1, 2))
    assert (one == other).mean() < 0.5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bounds": (1.0, 0.0, 0.0, 2.0)}, r"\(1.0, 0.0, 0.0, 2.0\)"),
        ({"missing_tiles": ("43N116W",)}, "'43N116W' is not a tile"),
    ],
)
def test_a_world_that_cannot_be_says_why(settings, message):
    with pytest.raises(LandloomError, match=message):
        World(**settings)


# land cover


def test_land_cover_lies_on_the_nlcd_grid(landcover):
    assert (landcover.crs, landcover.res) == ("EPSG:5070", (30, 30))
    assert (landcover.dtypes, landcover.nodata) == (("uint8",), 250)
    assert (landcover.bounds.left % 30, landcover.bounds.top % 30) == (15, 15)
    assert landcover.block_shapes == [(512, 512)]
    assert landcover.compression.name == "deflate"
    assert landcover.colormap(1)[42] == (0x1C, 0x5F, 0x2C, 255)


def test_land_cover_equals_the_world_at_its_pixel_centres(landcover):
    # NAD83 and WGS 84 coincide here; so the projection alone, on its ellipsoid, is another way
    lon, lat = Proj("EPSG:5070")(*pixel_centres(landcover), inverse=True)
    expected = demo.land_cover(COAST, lon, lat)
    code = landcover.read(1).ravel()
    known = code != 0
    assert (code[known] == expected[known]).mean() > 0.9999
    assert (known == ~unknown(COAST, lon, lat)).mean() > 0.9999


def test_land_cover_is_unknown_beyond_a_ragged_edge(landcover):
    lon, lat = lonlat(landcover)
    west, south, east, north = COAST.bounds
    km = np.hypot(
        np.maximum(np.maximum(west - lon, lon - east), 0) * 81.5,
        np.maximum(np.maximum(south - lat, lat - north), 0) * 111.3,
    )
    known = landcover.read(1).ravel() != 0
    assert not known[km > 3.1].any()
    assert known[km < 0.9].mean() > 0.95
    assert not known[(km > 1.2) & (km < 1.8)].all()
    assert known[(km > 2.2) & (km < 2.8)].any()


def test_the_default_world_has_a_few_unknown_holes():
    west, south, east, north = DEFAULT.bounds
    lon, lat = np.linspace(west, east, 500), np.linspace(south, north, 500)[:, None]
    holes = unknown(DEFAULT, lon, lat)
    _, count = ndimage.label(holes, np.ones((3, 3)))
    assert 2 <= count <= 12
    assert 0 < holes.mean() < 0.01


# elevation


def test_tiles_are_whole_degrees(tiles):
    tile = tiles["N42W117"]
    assert tile.crs == "EPSG:4326"
    np.testing.assert_allclose(tile.bounds, (-117, 42, -116, 43), rtol=0, atol=1e-12)
    assert (tile.dtypes, tile.nodata) == (("int16",), -32768)
    assert tile.block_shapes == [(512, 512)]


def test_tiles_equal_the_world_at_their_pixel_centres(tiles):
    for tile in tiles.values():
        metres = tile.read(1).ravel()
        expected = height(DEFAULT, *pixel_centres(tile))
        missing = metres == -32768
        assert np.abs(metres - expected)[~missing].max() <= 0.51
        np.testing.assert_array_equal(missing, void(DEFAULT, *pixel_centres(tile)))


def test_tiles_meet_without_a_step(tiles):
    west, east, north = (
        tiles[n].read(1, masked=True).astype(float) for n in ("N42W117", "N42W116", "N43W117")
    )
    for joined in (np.ma.hstack([west, east]), np.ma.vstack([north, west]).T):
        steps = np.abs(np.diff(joined, axis=1)).mean(axis=0)
        assert steps[299] < 2 * np.ma.median(steps[280:320])


def test_voids_are_small_and_large(tiles):
    missing = tiles["N42W117"].read(1) == -32768
    assert 0.002 < missing.mean() < 0.04
    labels, count = ndimage.label(missing)
    pixels = np.bincount(labels.ravel())[1:]
    assert count > 20
    square_km = pixels * (111.32 / 300) ** 2 * 0.74
    assert square_km.max() > 2.4**2  # a whole patch of 40 x 40 pixels of 60 m
    assert np.median(square_km) < 0.25 * 2.4**2


def test_a_missing_tile_is_refused(tmp_path):
    with pytest.raises(LandloomError, match="N43W116"):
        demo.write_tile(DEFAULT, "N43W116", tmp_path / "tile.tif")
    assert not list(tmp_path.iterdir())


# reference labels


def test_worldcover_resembles_the_land_cover(tmp_path):
    path, bounds = tmp_path / "worldcover.tif", (-116.55, 42.8, -116.5, 42.83)
    demo.write_worldcover(DEFAULT, path, bounds)
    with rasterio.open(path) as raster:
        assert (raster.crs, raster.dtypes, raster.nodata) == ("EPSG:4326", ("uint8",), 0)
        np.testing.assert_allclose(raster.bounds, bounds, rtol=0, atol=1e-9)
        np.testing.assert_allclose(raster.res, 1 / 12000)
        label = raster.read(1)
        truth = worldcover_of(demo.land_cover(DEFAULT, *lonlat(raster))).reshape(label.shape)
        assert raster.colormap(1)[10] == (0, 0x64, 0, 255)
    assert set(np.unique(label)) <= {10, 20, 30, 40, 50, 60, 80, 90}
    wrong = label != truth
    assert 0.02 < wrong.mean() < 0.12
    beside = wrong[:, 1:][wrong[:, :-1]]
    assert beside.mean() > 0.6  # specks, not grains of salt


def test_worldcover_is_extended_to_whole_pixels(tmp_path):
    path, bounds = tmp_path / "worldcover.tif", (-116.50003, 42.80003, -116.49995, 42.80009)
    demo.write_worldcover(DEFAULT, path, bounds)
    with rasterio.open(path) as raster:
        assert raster.shape == (2, 2)
        west, south, east, north = raster.bounds
    assert west <= bounds[0]
    assert south <= bounds[1]
    assert east >= bounds[2]
    assert north >= bounds[3]


# embedding


def decode(encoded):
    return np.sign(encoded) * (encoded.astype(float) / 127.5) ** 2


def test_embedding_lies_on_a_grid_like_alphaearths(embedding):
    assert (embedding.crs, embedding.res) == ("EPSG:32611", (10, 10))
    assert (embedding.count, set(embedding.dtypes)) == (64, {"int8"})
    assert embedding.nodata == -128
    assert (embedding.bounds.left % 10, embedding.bounds.top % 10) == (0, 0)


def test_embedding_misses_data_in_all_bands_or_none(embedding):
    empty = embedding.read() == -128
    np.testing.assert_array_equal(empty.any(axis=0), empty.all(axis=0))
    assert empty[0, 0, 0]
    assert 0.02 < empty[0].mean() < 0.2


def test_embedding_vectors_have_unit_length(embedding):
    encoded = embedding.read()
    length = np.sqrt((decode(encoded) ** 2).sum(axis=0))[encoded[0] != -128]
    assert np.abs(length - 1).max() < 0.02


def test_embedding_shows_the_land_cover_of_its_place(embedding):
    encoded = embedding.read()
    code = demo.land_cover(DEFAULT, *lonlat(embedding)).reshape(embedding.shape)
    pure = (encoded[0] != -128) & (
        ndimage.minimum_filter(code, 5) == ndimage.maximum_filter(code, 5)
    )
    present = [c for c in np.unique(code[pure]) if (code[pure] == c).sum() > 500]
    assert len(present) >= 4
    middle = np.array([decode(encoded[:, pure & (code == c)]).mean(axis=1) for c in present])
    means = EmbeddingModel.of(DEFAULT).means[np.searchsorted(sorted(NLCD), present)]
    middle, means = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (middle, means))
    likeness = middle @ means.T
    np.testing.assert_array_equal(likeness.argmax(axis=1), np.arange(len(present)))
    assert likeness.diagonal().min() > 0.8


def test_embedding_blends_neighbours():
    model = EmbeddingModel.of(DEFAULT)
    still = EmbeddingModel(model.means, np.zeros((1, 64)), model.seeds[:2])
    cover = np.full((3, 9), 11, np.uint8)
    cover[:, 5:] = 42
    x, y = np.arange(7.0)[None, :], np.zeros((1, 1))
    vectors = decode(still.encode(cover, x, y, np.arange(7), np.zeros(1)))[:, 0].T
    axis = vectors[-1] - vectors[0]
    along = (vectors - vectors[0]) @ axis / (axis @ axis)
    assert np.abs(along[[0, 1, 2, 5, 6]] - [0, 0, 0, 1, 1]).max() < 0.1
    assert 0.1 < along[3] < along[4] < 0.9


def test_embedding_is_placed_where_there_is_most_to_see():
    grid = demo.embedding_grid(DEFAULT)
    west, south, east, north = grid.lonlat_bounds()
    assert west > DEFAULT.bounds[0]
    assert south > DEFAULT.bounds[1]
    assert east < DEFAULT.bounds[2]
    assert north < DEFAULT.bounds[3]
    lon, lat = np.linspace(west, east, 150), np.linspace(south, north, 150)[:, None]
    _, counts = np.unique(worldcover_of(demo.land_cover(DEFAULT, lon, lat)), return_counts=True)
    assert (counts / counts.sum() > 0.01).sum() == 8


def test_a_later_year_shows_a_town_that_has_grown_and_nothing_else_new(tmp_path):
    demo.write_embedding(COAST, tmp_path / "now.tif", 150)
    demo.write_embedding(COAST, tmp_path / "later.tif", 150, later=True)
    with rasterio.open(tmp_path / "now.tif") as now, rasterio.open(tmp_path / "later.tif") as later:
        assert (now.transform, now.crs) == (later.transform, later.crs)
        one, other = now.read(), later.read()
        window = Window(0, 0, 150, 150)
        grid = demo.embedding_grid(COAST, 150)
        before = demo.land_cover(COAST, *grid.lonlat(window))
        after = demo.later_cover(before, grid, window)
    row, col = np.indices((150, 150))
    town = np.hypot(row - 74.5, col - 74.5) < 30
    np.testing.assert_array_equal(after[~town], before[~town])
    np.testing.assert_array_equal(after[town & (before != 11)], 24)
    np.testing.assert_array_equal(after[before == 11], 11)
    assert 0 < (after != before).mean() < 0.13  # of the area, 4 pi / 100 is the town's
    np.testing.assert_array_equal(one == -128, other == -128)
    seen = one[0] != -128
    difference = np.abs(decode(one) - decode(other)).sum(axis=0)
    away = ndimage.binary_dilation(after != before, np.ones((3, 3)))
    assert difference[seen & ~away].max() < difference[seen & (after != before)].min()


@pytest.mark.parametrize(
    ("bounds", "crs"),
    [((9.0, 47.0, 9.05, 47.04), "EPSG:32632"), ((147.0, -42.1, 147.05, -42.0), "EPSG:32755")],
)
def test_embedding_takes_the_utm_zone_of_its_place(bounds, crs):
    world = World(bounds, missing_tiles=())
    grid = demo.embedding_grid(world, 1024)
    assert grid.crs == crs
    west, south, east, north = grid.lonlat_bounds()
    middle = (west + east) / 2, (south + north) / 2
    np.testing.assert_allclose(
        middle, ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2), rtol=0, atol=5e-3
    )


# writing

WRITERS = {
    "landcover": lambda path, **kw: demo.write_landcover(COAST, path, **kw),
    "tile": lambda path, **kw: demo.write_tile(COAST, "N42W117", path, pixels_per_degree=600, **kw),
    "worldcover": lambda path, **kw: demo.write_worldcover(
        COAST, path, (-116.10, 42.95, -116.04, 42.96), **kw
    ),
    "embedding": lambda path, **kw: demo.write_embedding(COAST, path, 150, **kw),
    "later": lambda path, **kw: demo.write_embedding(COAST, path, 150, later=True, **kw),
}


@pytest.mark.parametrize("name", WRITERS)
def test_writing_again_gives_the_same_bytes(name, tmp_path):
    for path in (tmp_path / "a.tif", tmp_path / "b.tif"):
        WRITERS[name](path)
    assert filecmp.cmp(tmp_path / "a.tif", tmp_path / "b.tif", shallow=False)
    assert len(list(tmp_path.iterdir())) == 2  # no sidecars


@pytest.mark.parametrize("name", WRITERS)
def test_blocks_do_not_show_in_the_pixels(name, tmp_path):
    WRITERS[name](tmp_path / "whole.tif")
    WRITERS[name](tmp_path / "blocks.tif", block=97)
    with (
        rasterio.open(tmp_path / "whole.tif") as whole,
        rasterio.open(tmp_path / "blocks.tif") as blocks,
    ):
        np.testing.assert_array_equal(whole.read(), blocks.read())


@pytest.mark.parametrize("block", [64, 250])
def test_no_window_exceeds_the_block(block):
    grid = demo.NorthUpGrid("EPSG:5070", 0, 0, 30, 1000, 700)
    windows = list(grid.windows(block))
    assert max(max(w.width, w.height) for w in windows) <= block
    seen = np.zeros((700, 1000), int)
    for w in windows:
        seen[w.toslices()] += 1
    assert (seen == 1).all()
