"""Patches that agree with their source, against the comparison of each patch by itself."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_world import Plan, build, pixel_centres, smooth, write_raster

from landloom.dataset.proof import elevation
from landloom.dataset.proof.agreement import agree
from landloom.dataset.proof.registration import HeightSource, Shift, estimate_shift, is_possible
from landloom.elevation.tiles import make_tile

SIZE, STEP = 20, 40
WEST, NORTH = -116.2, 43.2
PIXEL = 30 / 111_000
VOID = -32768


def lonlat(row, col, turn=0.2, bend=2e-9):
    """Lead pixels of a turned grid, bent as that of a projection is, to degrees."""
    x, y = PIXEL * np.asarray(col), -PIXEL * np.asarray(row)
    east = x * math.cos(turn) - y * math.sin(turn) + bend * np.asarray(col) * np.asarray(row)
    return WEST + east / math.cos(math.radians(NORTH)), NORTH + x * math.sin(turn) + y * math.cos(
        turn
    )


def windows_of(count=6):
    rows, cols = np.divmod(np.arange(count * count), count)
    return np.stack([rows, cols], axis=1) * STEP


def centres(windows):
    along = (np.arange(SIZE) + 0.5) * (STEP / SIZE)
    row = windows[:, 0, None, None] + along[:, None] + np.zeros(SIZE)
    col = windows[:, 1, None, None] + along + np.zeros((SIZE, 1))
    return lonlat(row, col)


def raster_of(folder, per_degree, void_at=None, dtype=np.float32):
    step = 1 / per_degree
    transform = Affine(step, 0, WEST - 0.05, 0, -step, NORTH + 0.08)
    lon, lat = pixel_centres(transform, (int(0.2 * per_degree), int(0.36 * per_degree)))
    heights = smooth()(lon, lat).astype(dtype)
    if void_at is not None:
        heights[void_at(lon, lat)] = VOID
    return str(write_raster(folder / "a.tif", heights, "EPSG:4326", transform, VOID))


def source_of(folder, per_degree, **options):
    return HeightSource(raster_of(folder, per_degree, **options), {}, "bilinear", None)


def relief_of(source, windows, right=0, down=0):
    """Return the relief of patches as it is to be, moved by whole source pixels of land cover."""
    expected = source.expect(*centres(windows - [down, right]))
    heights = np.stack([each.heights for each in expected])
    return (heights - np.nanmin(heights, axis=(1, 2), keepdims=True)).astype(np.float32)


def slow(relief, expected):
    """Tell, patch by patch, whether nothing is left to be estimated."""
    return np.array(
        [
            estimate_shift(patch, there) == Shift(0.0, 0.0, 0.0, 0.0)
            and is_possible(patch, there)
            and bool(np.isfinite(there.heights).all())
            for patch, there in zip(relief, expected, strict=True)
        ]
    )


# 60 m to a pixel: a source of 93 m, one of 31 m by 22 m, one of 19 m by 14 m.
@pytest.mark.parametrize("per_degree", [1200, 3600, 6000])
def test_what_is_as_the_source_gives_it_agrees(tmp_path, per_degree):
    source, windows = source_of(tmp_path, per_degree), windows_of()
    relief = relief_of(source, windows)
    assert slow(relief, source.expect(*centres(windows))).all()
    assert agree(relief, windows, STEP, lonlat, source).all()


def test_so_do_whole_metres(tmp_path):
    source, windows = source_of(tmp_path, 1200, dtype=np.int16), windows_of()
    assert agree(relief_of(source, windows), windows, STEP, lonlat, source).all()


@pytest.mark.parametrize(("right", "down"), [(1, 0), (0, -1), (2, 2)])
def test_what_is_moved_does_not(tmp_path, right, down):
    """By half a pixel of the samples: as much as a patch may seem to be moved."""
    source, windows = source_of(tmp_path, 1200), windows_of()
    relief = relief_of(source, windows, right, down)
    assert not agree(relief, windows, STEP, lonlat, source).any()


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    source, windows = source_of(tmp_path_factory.mktemp("source"), 3600), windows_of(3)
    return source, windows, relief_of(source, windows), source.expect(*centres(windows))


@given(
    st.sampled_from([0.0, 0.01, 0.08, 0.095, 0.12, 0.5]),
    st.floats(-0.3, 0.3),
    st.sampled_from([1.0, 0.01, 0.05]),
    st.integers(0, 99),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_agrees_shows_nothing_by_itself(known, noise, lift, scale, seed):
    source, windows, relief, expected = known
    rng = np.random.default_rng(seed)
    spoiled = relief * scale + rng.uniform(-noise, noise, relief.shape)
    spoiled[rng.integers(len(relief)), rng.integers(SIZE), rng.integers(SIZE)] += lift
    spoiled = spoiled.astype(np.float32)
    found = agree(spoiled, windows, STEP, lonlat, source)
    assert (found <= slow(spoiled, expected)).all()
    if scale == 1.0 and noise < 0.09:
        assert found.sum() >= len(found) - 1


def test_flat_patches_are_left_to_be_compared_together(tmp_path):
    source, windows = source_of(tmp_path, 1200), windows_of()
    relief = relief_of(source, windows)
    assert not agree(relief / 1000, windows, STEP, lonlat, source).any()
    tiles = HeightSource(None, {}, "bilinear", None)
    assert not agree(relief / 1000, windows, STEP, lonlat, tiles).any()


@pytest.mark.parametrize("void", [-3.4028234663852886e38, 1e38, -1e20])
def test_a_void_that_nothing_declares_hides_no_other_heights(tmp_path, void):
    """It lies between two patches, in what is read of both; all counted from it is equal."""
    path, windows = raster_of(tmp_path, 1200), np.array([[0, 0], [0, 2 * STEP]])
    with rasterio.open(path, "r+") as raster:
        # Two pixels of land cover to one of heights: each sample is just one of them.
        to_degrees = raster.transform @ Affine.translation(20, 20) @ Affine.scale(0.5)
        heights = raster.read(1)
        heights[20 + STEP // 4, 20 + 3 * STEP // 4] = void
        raster.write(heights, 1)
    columns = np.arange(SIZE) + 20 + np.array([0, STEP])[:, None]
    relief = np.moveaxis(heights[20 : 20 + SIZE][:, columns], 1, 0)
    relief = relief - relief.min(axis=(1, 2), keepdims=True)
    source = HeightSource(path, {}, "bilinear", None)
    rng = np.random.default_rng(3)
    for wrong in (relief[::-1], rng.uniform(0, 90, relief.shape).astype(np.float32)):
        found = agree(wrong, windows, STEP, lambda row, col: to_degrees @ (col, row), source)
        assert not found.any()


@pytest.mark.parametrize("resampling", ["nearest", "average", "cubic"])
def test_other_methods_are_left_to_be_compared_alone(tmp_path, resampling):
    path = raster_of(tmp_path, 1200)
    source, windows = HeightSource(path, {}, resampling, None), windows_of()
    assert not agree(relief_of(source, windows), windows, STEP, lonlat, source).any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_agree_with_nothing(known, value):
    source, windows, relief, _ = known
    spoiled = relief.copy()
    spoiled[4, 9, 9] = value
    found = agree(spoiled, windows, STEP, lonlat, source)
    assert found.tolist() == [number != 4 for number in range(9)]


@pytest.mark.parametrize("per_degree", [1200, 3600])
def test_beside_voids_nothing_is_sure(tmp_path, per_degree):
    middle = lonlat(2.5 * STEP, 2.5 * STEP)
    source = source_of(
        tmp_path,
        per_degree,
        void_at=lambda lon, lat: np.hypot(lon - middle[0], lat - middle[1]) < 0.004,
    )
    windows = windows_of()
    relief = np.nan_to_num(relief_of(source, windows))
    found = agree(relief, windows, STEP, lonlat, source)
    void = np.array([np.isnan(e.heights).any() for e in source.expect(*centres(windows))])
    assert void.any()
    assert not (found & void).any()
    assert found.sum() > 20


def test_outside_the_source_nothing_is_sure(tmp_path):
    source, windows = source_of(tmp_path, 1200), windows_of()
    relief = relief_of(source, windows)
    away = windows + np.array([100_000, 0])
    assert not agree(relief, away, STEP, lonlat, source).any()
    nowhere = partial(np.full_like, fill_value=np.inf)
    found = agree(relief, windows, STEP, lambda row, col: (nowhere(row), nowhere(col)), source)
    assert not found.any()


def test_a_grid_that_bends_too_much_is_left_to_exact_places(tmp_path):
    source, windows = source_of(tmp_path, 1200), windows_of()
    relief = relief_of(source, windows)

    def wavy(row, col):
        lon, lat = lonlat(row, col)
        return lon + 1e-6 * np.sin(row), lat

    assert agree(relief, windows, STEP, lonlat, source).all()
    assert not agree(relief, windows, STEP, wavy, source).any()


def test_tiles_agree_but_for_patches_that_need_the_next(tmp_path):
    """The degree that two tiles share runs through the patches."""
    whole = source_of(tmp_path, 1200)
    windows = windows_of() + np.array([0, 440])
    tiles = {}
    for name, west in (("N43W117", -117), ("N43W116", -116)):
        step = 1 / 1200
        transform = Affine(step, 0, west, 0, -step, 44)
        heights = smooth()(*pixel_centres(transform, (1200, 1200))).astype(np.float32)
        raw = write_raster(tmp_path / "raw.tif", heights, "EPSG:4326", transform, VOID)
        tiles[name] = str(tmp_path / f"{name}.tif")
        make_tile(name, str(raw), None, tmp_path / f"{name}.tif")
    source = HeightSource(None, tiles, "bilinear", None)
    relief = relief_of(whole, windows)
    lon, _ = centres(windows)
    found = agree(relief, windows, STEP, lonlat, source)
    across = (lon.min(axis=(1, 2)) < -116) & (lon.max(axis=(1, 2)) > -116)
    assert across.any()
    assert not found[across].any()
    assert found[lon.max(axis=(1, 2)) < -116.002].all()
    assert found[lon.min(axis=(1, 2)) > -115.998].all()
    missing = HeightSource(None, {"N43W117": tiles["N43W117"]}, "bilinear", None)
    found = agree(relief, windows, STEP, lonlat, missing)
    assert found.any()
    assert not found[lon.max(axis=(1, 2)) > -116].any()


@pytest.mark.parametrize(
    "plan",
    [Plan(per_degree=600), Plan(tiled=False, per_degree=2400, dtype="int16", frame="rotated")],
    ids=["tiles", "raster"],
)
def test_a_certificate_says_what_comparing_each_patch_alone_does(tmp_path, monkeypatch, plan):
    world = build(tmp_path, plan)
    stack = np.load(world.array("train"), mmap_mode="r+")
    stack[3, 1] = np.roll(stack[3, 1], 2, axis=0)
    stack[5, 1] = np.roll(stack[5, 1], 3, axis=1)
    stack.flush()
    agreed = []

    def watched(*given):
        agreed.append(agree(*given))
        return agreed[-1]

    monkeypatch.setattr(elevation, "agree", watched)
    told = world.certify()
    assert np.concatenate(agreed).mean() > 0.5
    monkeypatch.setattr(elevation, "agree", lambda relief, *_: np.zeros(len(relief), bool))
    assert told == world.certify()
    assert "elevation" in told.broken[0]
