"""The registration check: reading heights at exact places, and telling displacement."""

import math

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import pixel_centres, smooth, tile_pixels, write_raster

from landloom.dataset.proof.registration import (
    TOLERANCE,
    Expected,
    HeightSource,
    Pool,
    Shift,
    estimate_shift,
    is_possible,
    weigh,
)
from landloom.elevation.tiles import make_tile

NAN = math.nan
GRID = Affine(1.0, 0.0, 0.0, 0.0, -1.0, 3.0)


@pytest.fixture
def raster(tmp_path):
    """Heights 0, 10, 20, 30 | 40, ... | 80, ..., 110; the last one is void."""
    pixels = np.arange(0, 120, 10, dtype=np.int16).reshape(3, 4)
    path = write_raster(tmp_path / "a.tif", pixels, "EPSG:4326", GRID, nodata=110)
    with rasterio.open(path) as dataset:
        yield dataset


def sample(raster, places, **options):
    cols, rows = np.array(places, float).T
    return weigh(raster, cols, rows, raster.nodata, **options)


# Reading


def test_between_four_centres_heights_are_interpolated(raster):
    heights, _, _ = sample(raster, [(0.5, 0.5), (1.0, 0.5), (0.5, 1.0), (1.25, 1.25), (2.5, 1.5)])
    #                       0          0..10       0..40       0 + 7.5 + 30          60
    assert heights.tolist() == [0.0, 5.0, 20.0, 37.5, 60.0]


def test_beyond_the_outermost_centres_nothing_is_known(raster):
    places = [(0.4, 0.5), (0.5, 0.4), (3.6, 0.5), (0.5, 2.6), (-3.0, 1.0), (9.0, 9.0)]
    heights, _, _ = sample(raster, places)
    assert np.isnan(heights).all()
    # Just on the outermost centres no further pixel is needed.
    heights, _, _ = sample(raster, [(3.5, 0.5), (0.5, 2.5)])
    assert heights.tolist() == [30.0, 80.0]


def test_nothing_is_known_beside_a_void(raster):
    heights, low, high = sample(raster, [(3.5, 2.5), (3.4, 2.4), (3.5, 1.51), (3.5, 1.5)])
    assert np.isnan(heights[:3]).all()
    assert heights[3] == 70.0
    # The void is no height to lie between.
    assert (low[3], high[3]) == (20.0, 100.0)


def test_places_beyond_the_projection_are_unknown(raster):
    heights, low, high = sample(raster, [(math.inf, 1.0), (1.0, NAN), (1.5, 1.5)])
    assert np.isnan([heights[:2], low[:2], high[:2]]).all()
    assert heights[2] == 50.0


def test_what_is_not_finite_is_void(tmp_path):
    pixels = np.array([[1, NAN, 3, np.inf, 5]], np.float32)
    path = write_raster(tmp_path / "a.tif", pixels, "EPSG:4326", GRID)
    with rasterio.open(path) as dataset:
        places = np.arange(5) + 0.5
        heights, _, _ = weigh(dataset, places, np.full(5, 0.5), None)
    assert np.array_equal(heights, [1, NAN, 3, NAN, 5], equal_nan=True)


def test_wider_pixels_weigh_more_of_the_source(raster):
    # A triangle 2 pixels to each side across, between columns 0..3: 1/4, 3/4, 3/4, 1/4.
    heights, low, high = sample(raster, [(2.0, 0.5)], stretch=(2.0, 1.0))
    assert heights[0] == pytest.approx((0 * 1 + 10 * 3 + 20 * 3 + 30 * 1) / 8)
    assert (low[0], high[0]) == (0.0, 100.0)
    # Down: 1.5 pixels to each side of the second row's centre: 1/3, 1, 1/3.
    heights, _, _ = sample(raster, [(0.5, 1.5)], stretch=(1.0, 1.5))
    assert heights[0] == pytest.approx((0 / 3 + 40 + 80 / 3) / (5 / 3))


def test_very_wide_pixels_weigh_some_of_the_source(tmp_path):
    rng = np.random.default_rng(1)
    pixels = (np.add.outer(np.arange(400), np.arange(400)) + rng.normal(0, 1, (400, 400))).astype(
        np.float32
    )
    path = write_raster(tmp_path / "a.tif", pixels, "EPSG:4326", GRID)
    with rasterio.open(path) as dataset:
        heights, low, high = weigh(
            dataset, np.array([200.0]), np.array([200.0]), None, (60.0, 60.0)
        )
    # A plane at its middle, met to a part of the step of some pixels at which it is read.
    assert heights[0] == pytest.approx(399, abs=4)
    assert low[0] < 300
    assert high[0] > 500


@given(
    st.lists(st.tuples(st.floats(0.5, 3.5), st.floats(0.5, 2.5)), min_size=1, max_size=5),
)
@settings(max_examples=50, deadline=None)
def test_a_plane_is_met_anywhere(places):
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=4, height=3, count=1, dtype="float64", crs="EPSG:4326"
        ) as dataset:
            dataset.write(3 * np.arange(4.0) - 7 * np.arange(3.0)[:, None], 1)
        with memory.open() as dataset:
            cols, rows = np.array(places).T
            heights, _, _ = weigh(dataset, cols, rows, None)
    assert np.allclose(heights, 3 * (cols - 0.5) - 7 * (rows - 0.5))


def degrees(west, north, step, size=12):
    """Return lon and lat of a patch's pixels whose grid points north."""
    lon, lat = np.meshgrid(
        west + step * (np.arange(size) + 0.5), north - step * (np.arange(size) + 0.5)
    )
    return lon[None], lat[None]


def test_tiles_and_one_raster_are_read_alike(tmp_path):
    terrain = smooth()
    tiles = {}
    for tile in ("N43W117", "N43W116"):
        pixels, transform = tile_pixels(tile, terrain, 300, 300)
        raw = write_raster(
            tmp_path / "raw.tif", pixels.astype(np.float32), "EPSG:4326", transform, -32768
        )
        make_tile(tile, str(raw), None, tmp_path / f"{tile}.tif")
        tiles[tile] = str(tmp_path / f"{tile}.tif")
    grid = Affine(1 / 300, 0.0, -117.0, 0.0, -1 / 300, 44.0)
    whole = terrain(*pixel_centres(grid, (300, 600))).astype(np.float32)
    one = str(write_raster(tmp_path / "one.tif", whole, "EPSG:4326", grid, -32768))
    lon, lat = degrees(-116.02, 43.52, 0.0035)
    [of_tiles] = HeightSource(None, tiles, "bilinear", None).expect(lon, lat)
    [of_one] = HeightSource(one, {}, "bilinear", None).expect(lon, lat)
    known = np.isfinite(of_tiles.heights)
    assert np.isfinite(of_one.heights).all()
    assert np.allclose(of_tiles.heights[known], of_one.heights[known])
    # Only near the border, where pixels of both tiles are needed, nothing is known of tiles.
    assert known[np.abs(lon[0] + 116) > 0.005].all()
    assert known.any(axis=0).sum() < 12


def test_missing_and_void_tiles_are_unknown(tmp_path):
    make_tile("N43W116", None, None, tmp_path / "void.tif")
    source = HeightSource(None, {"N43W116": str(tmp_path / "void.tif")}, "bilinear", None)
    for expected in source.expect(*degrees(-116.02, 43.52, 0.0035)):
        assert np.isnan(expected.heights).all()
        assert is_possible(np.zeros((12, 12), np.float32), expected)
        assert not estimate_shift(np.zeros((12, 12), np.float32), expected).is_telling


def test_no_patches_are_nothing():
    empty = np.empty((0, 12, 12))
    assert HeightSource(None, {}, "bilinear", None).expect(empty, empty) == []


@pytest.mark.parametrize(
    ("resampling", "slack"),
    [
        ("bilinear", 0.0),
        # Output pixels of 2 source pixels: half a source pixel is a quarter of one.
        ("nearest", 0.25),
        ("average", 0.25),
        ("cubic", 0.25),
        ("lanczos", 0.25),
        ("max", 0.25 + 0.5**0.5),
        ("mode", 0.25 + 0.5**0.5),
    ],
)
def test_what_a_method_may_displace_is_borne(tmp_path, resampling, slack):
    grid = Affine(0.01, 0.0, -117.0, 0.0, -0.01, 44.0)
    heights = np.random.default_rng(1).normal(0, 9, (100, 100)).astype(np.float32)
    path = write_raster(tmp_path / "a.tif", heights, "EPSG:4326", grid)
    source = HeightSource(str(path), {}, resampling, None)
    [expected] = source.expect(*degrees(-116.7, 43.7, 0.02))
    assert expected.slack == pytest.approx(slack)
    assert (expected.low <= expected.heights).all()
    assert (expected.high >= expected.heights).all()
    if resampling != "bilinear":
        assert (expected.high - expected.low > 9).all()


# Displacement


def hills(right=0.0, down=0.0, size=40, seed=1, noise=0.0):
    """Return a patch of hills of 8 to 20 pixels, displaced by some pixels."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((size, size), float)
    y, x = y - down, x - right
    heights = np.zeros((size, size))
    for wave in rng.uniform(8, 20, 8):
        angle, phase = rng.uniform(0, 2 * np.pi, 2)
        heights += wave * np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / wave + phase)
    return heights + noise * rng.normal(size=heights.shape)


def patch_of(heights):
    return (heights - heights.min()).astype(np.float32)


def expect(heights, room=1.0, slack=0.0):
    return Expected(heights, heights - room, heights + room, slack)


@pytest.mark.parametrize("bend", [0.5, 1.0, 2.0, 8.0])
def test_a_valley_is_not_taken_to_be_moved_along_itself(bend):
    """What moves along a valley changes little: a third of a pixel across was told as three."""

    def valley(right):
        rows, cols = np.mgrid[0:16, 0:16].astype(float)
        cols, rows = cols + right, rows + 0.3 * right
        return 40 * np.sin((cols - rows) / 6) + bend * np.sin((cols + rows) / 9 + 0.3)

    patch, expected = patch_of(valley(0.35)), expect(valley(0.0), slack=0.25)
    together = Pool(16)
    together.add(patch, expected)
    for found in (estimate_shift(patch, expected), together.shift()):
        assert math.hypot(found.right, found.down) < 0.4
        assert not found.is_off


@given(st.floats(-2.4, 2.4), st.floats(-2.4, 2.4), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_a_shift_is_estimated(right, down, seed):
    found = estimate_shift(patch_of(hills(right, down, seed=seed)), expect(hills(seed=seed) + 800))
    assert math.hypot(found.right - right, found.down - down) < 0.1
    assert found.is_telling
    if math.hypot(right, down) > TOLERANCE + 0.1:
        assert found.is_off
        assert found.explained > 0.9
    if math.hypot(right, down) < TOLERANCE - 0.1:
        assert not found.is_off


def test_positive_is_where_the_relief_appears():
    # A summit that belongs to the middle shows three rows lower and a column to the left.
    y, x = np.indices((40, 40))
    peak = 100 * np.exp(-((x - 20) ** 2 + (y - 20) ** 2) / 40)
    shown = 100 * np.exp(-((x - 19) ** 2 + (y - 22) ** 2) / 40)
    found = estimate_shift(patch_of(shown), expect(peak))
    assert (found.right, found.down) == pytest.approx((-1, 2), abs=0.05)


@pytest.mark.parametrize("noise", [0.0, 5.0, 30.0])
def test_a_patch_in_its_place_is_not_off(noise):
    for seed in range(5):
        heights = hills(seed=seed, noise=noise)
        found = estimate_shift(patch_of(heights), expect(heights + 1500))
        assert math.hypot(found.right, found.down) < 0.01
        assert not found.is_off


@pytest.mark.parametrize("noise", [5.0, 30.0])
def test_whole_pixels_of_displacement_show_on_rough_ground_too(noise):
    heights = hills(size=44, noise=noise)
    found = estimate_shift(patch_of(heights[2:-2, 1:-3]), expect(heights[2:-2, 2:-2]))
    assert (found.right, found.down) == pytest.approx((1, 0), abs=0.01)
    assert found.is_off


def test_slack_is_borne():
    patch, heights = patch_of(hills(0.8, 0.0)), hills()
    assert estimate_shift(patch, expect(heights)).is_off
    assert not estimate_shift(patch, expect(heights, slack=0.5)).is_off


def test_what_cannot_tell_does_not():
    plain = np.random.default_rng(1).normal(0, 0.5, (40, 40))
    assert not estimate_shift(patch_of(plain), expect(plain)).is_telling
    tiny = hills(size=4)
    assert not estimate_shift(patch_of(tiny), expect(tiny)).is_telling
    unknown = hills()
    unknown[3:] = NAN
    assert not estimate_shift(patch_of(hills()), expect(unknown)).is_telling
    assert not Shift(NAN, NAN, NAN, 0.0).is_off


def test_a_plane_looks_the_same_wherever_it_is_taken():
    # No fault can be seen in it: but for a constant, a displaced plane is the same plane.
    y, x = np.indices((40, 40), float)
    moved = estimate_shift(patch_of(5 * x + 3 * y), expect(5 * (x + 1) + 3 * y))
    assert not moved.is_off


def test_unknown_heights_are_left_out():
    heights = hills()
    heights[10:14, 10:14] = NAN
    patch = patch_of(np.nan_to_num(hills(1.0, 0.0)))
    patch[10:14, 10:14] = 999
    found = estimate_shift(patch, expect(heights))
    assert (found.right, found.down) == pytest.approx((1, 0), abs=0.1)


def test_a_patch_is_possible_within_its_limits_whatever_its_lowest_height():
    heights = hills() + 2000
    assert is_possible(patch_of(heights), expect(heights, room=0.0))
    assert is_possible(patch_of(heights + np.linspace(-1, 1, 40)), expect(heights, room=1.0))
    assert not is_possible(patch_of(heights + np.linspace(-9, 9, 40)), expect(heights, room=1.0))
    wrong = patch_of(heights)
    wrong[5, 5] += 9
    assert not is_possible(wrong, expect(heights, room=1.0))
    assert not is_possible(np.zeros((40, 40), np.float32), expect(heights, room=1.0))
    assert not is_possible(patch_of(heights), expect(np.full((40, 40), 7.0), room=1.0))
    unknown = heights.copy()
    unknown[5, 5] = NAN
    assert is_possible(wrong, expect(unknown, room=1.0))


# Small patches together


def pooled(size, right, down, lift=30.0, patches=200):
    """Pool patches that are displaced alike, each of another place of smooth hills."""
    rng = np.random.default_rng(0)
    pool = Pool(size)
    y, x = np.mgrid[:size, :size].astype(float)
    for _ in range(patches):
        phases = rng.uniform(0, 2 * np.pi, 4)

        def hills(x, y, phases=phases):
            a, b, c, d = phases
            waves = np.sin(0.5 * x + a) * np.cos(0.4 * y + b) + np.sin(0.3 * x - 0.5 * y + c)
            return lift * (waves + np.cos(0.2 * x + d))

        patch = hills(x - right, y - down)
        truth = hills(x, y)
        pool.add((patch - patch.min()).astype(np.float32), Expected(truth, truth, truth, 0.0))
    return pool


@pytest.mark.parametrize("size", [3, 4, 5, 7, 8])
def test_small_patches_show_a_displacement_together(size):
    near = 0.25 if size == 3 else 0.15  # at edges, slopes are known from one side alone
    for right, down in ((0.0, 0.0), (0.8, 0.0), (0.0, -0.7), (-0.6, 0.6)):
        pool = pooled(size, right, down)
        assert pool.patches == 200
        assert pool.is_telling
        found = pool.shift()
        assert found.right == pytest.approx(right, abs=near)
        assert found.down == pytest.approx(down, abs=near)
        assert found.is_off == (math.hypot(right, down) > 0)
        assert pool.correlation > 0.5


@pytest.mark.parametrize("size", [7, 8])
def test_small_patches_show_a_displacement_of_pixels_together(size):
    found = pooled(size, 1.9, -1.2).shift()
    assert (found.right, found.down) == (
        pytest.approx(1.9, abs=0.15),
        pytest.approx(-1.2, abs=0.15),
    )
    assert found.is_off


@pytest.mark.parametrize("size", [2, 3, 7])
def test_small_patches_of_another_place_do_not_correlate(size):
    assert pooled(size, 0.0, 0.0).correlation > 0.999
    assert not pooled(size, 0.0, 0.0).is_elsewhere
    assert pooled(size, 40.0, 17.0).correlation < 0.3
    assert pooled(size, 40.0, 17.0).is_elsewhere


def test_steps_of_a_source_much_coarser_than_patches_are_no_other_place():
    pool = Pool(7)
    slope = np.tile(np.arange(7.0), (7, 1))
    for column in range(40):  # pixels of the source 40 pixels wide, seen through seven
        step = np.where(slope + column < 40, 0.0, 40.0)
        pool.add(step.astype(np.float32), Expected(slope, slope - 40, slope + 40, 20.0))
    assert pool.is_telling
    assert pool.correlation < 0.5
    assert not pool.is_elsewhere
    assert not pool.shift().is_off


def test_flat_patches_tell_nothing_together_either():
    assert not pooled(7, 0.8, 0.0, lift=0.5).is_telling
    assert not Pool(7).is_telling


def test_a_pool_of_voids_tells_nothing():
    pool = Pool(7)
    void = np.full((7, 7), NAN)
    pool.add(np.zeros((7, 7), np.float32), Expected(void, void, void, 0.0))
    assert pool.patches == 0
    assert not pool.is_telling
