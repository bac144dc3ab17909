"""Patches are cut, screened, counted and downsampled as a slow and plain reading would do it."""

from __future__ import annotations

import time
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from rasterio.windows import Window
from scipy.stats import mode

from landloom.dataset.cells import Cell, CellGrid
from landloom.dataset.lattice import Lattice, Span
from landloom.dataset.patches import (
    CellPatches,
    Screen,
    count_codes,
    downsample_mode,
    extract_cell,
    reject_reasons,
    take_patches,
)
from landloom.errors import LandloomError
from landloom.legend.legends import NLCD
from landloom.raster.opening import open_raster, read_codes

EVERYWHERE = Cell((-180.0, -90.0, 180.0, 90.0), True, True)

DEGREE = {"crs": "EPSG:4326", "transform": Affine(1, 0, 0, 0, -1, 10)}
"""A raster whose pixels are degrees, its upper left corner at 0 E, 10 N."""


@st.composite
def stacks(draw, fewest=1):
    """Patches (n, f, f) and a k that divides f."""
    dtype = draw(st.sampled_from([np.uint8, np.uint16]))
    k, side, n = draw(st.integers(1, 6)), draw(st.integers(1, 4)), draw(st.integers(fewest, 4))
    highest = draw(st.sampled_from([1, 3, 12, np.iinfo(dtype).max]))
    codes = st.integers(0, highest)
    return draw(arrays.arrays(dtype, (n, side * k, side * k), elements=codes)), k


class TestDownsampleMode:
    @given(stacks(fewest=0))
    def test_is_scipys_mode(self, stack):
        patches, k = stack
        n, side = len(patches), patches.shape[1] // k
        blocks = patches.reshape(n, side, k, side, k).swapaxes(2, 3).reshape(n, side, side, k * k)
        expected = mode(blocks, axis=-1).mode
        found = downsample_mode(patches, k)
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == patches.dtype

    def test_is_scipys_mode_on_as_many_patches_as_a_cell_has(self):
        patches = np.random.default_rng(5).choice([11, 42, 82, 95], (50, 80, 80)).astype(np.uint8)
        blocks = patches.reshape(50, 40, 2, 40, 2).swapaxes(2, 3).reshape(50, 40, 40, 4)
        np.testing.assert_array_equal(downsample_mode(patches, 2), mode(blocks, axis=-1).mode)

    @pytest.mark.parametrize(
        ("block", "winner"),
        [
            ([[82, 11], [11, 82]], 11),
            ([[95, 90], [42, 41]], 41),
            ([[11, 82], [82, 82]], 82),
            ([[0, 0], [11, 11]], 0),
            ([[0, 11], [11, 0]], 0),
        ],
    )
    def test_the_smallest_of_equals_wins(self, block, winner):
        patches = np.array([block], np.uint8)
        assert downsample_mode(patches, 2).tolist() == [[[winner]]]

    @pytest.mark.parametrize("k", [2, 4, 6, 8, 16, 18])
    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_the_smallest_of_equals_wins_in_blocks_of_any_size(self, k, dtype):
        board = np.indices((1, 2 * k, 2 * k)).sum(axis=0) % 2
        patches = np.where(board, 11, 250).astype(dtype)
        assert (downsample_mode(patches, k) == 11).all()

    @pytest.mark.parametrize(("k", "others"), [(15, 112), (16, 0), (16, 127), (17, 32), (17, 144)])
    def test_a_block_of_more_pixels_than_a_byte_counts(self, k, others):
        block = np.full(k * k, 7, np.uint8)
        block[:others] = 3
        assert downsample_mode(block.reshape(1, k, k), k).tolist() == [[[7]]]


class TestCountCodes:
    def test_by_hand(self):
        patches = np.array([[[11, 11], [42, 11]], [[82, 82], [82, 82]]], np.uint8)
        present, counts = count_codes(patches)
        assert present.tolist() == [11, 42, 82]
        assert present.dtype == np.uint8
        assert counts.tolist() == [[3, 1, 0], [0, 0, 4]]

    def test_void_pixels_do_not_count_even_where_their_filling_is_a_code(self):
        patches = np.array([[[0, 0], [42, 11]], [[0, 0], [0, 0]]], np.uint16)
        void = np.array([[[True, False], [False, True]], [[True, True], [True, True]]])
        present, counts = count_codes(patches, void)
        assert present.tolist() == [0, 42]
        assert counts.tolist() == [[1, 1], [0, 0]]

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    @pytest.mark.parametrize("codes", [[0, 254, 255, 255], [255] * 4, [0] * 4, [0, 255, 0, 255]])
    def test_the_first_and_the_last_code_of_a_byte(self, dtype, codes):
        present, counts = count_codes(np.array(codes, dtype).reshape(1, 2, 2))
        expected = Counter(codes)
        assert dict(zip(present.tolist(), counts[0].tolist(), strict=True)) == expected

    def test_nothing_but_void(self):
        present, counts = count_codes(np.zeros((2, 3, 3), np.uint8), np.ones((2, 3, 3), bool))
        assert present.size == 0
        assert counts.shape == (2, 0)

    @given(stacks(), st.data())
    def test_agrees_with_a_counter(self, stack, data):
        patches, _ = stack
        void = data.draw(st.none() | arrays.arrays(bool, patches.shape))
        present, counts = count_codes(patches, void)
        valid = np.ones(patches.shape, bool) if void is None else ~void
        assert present.tolist() == sorted(set(patches[valid].tolist()))
        for patch, good, row in zip(patches, valid, counts, strict=True):
            expected = Counter(patch[good].tolist())
            assert dict(zip(present.tolist(), row.tolist(), strict=True)) == {
                code: expected[code] for code in present.tolist()
            }


class TestRejectReasons:
    SCREEN = Screen(NLCD, {0, 250}, {11: 0.5, 82: 0.25})

    def reasons(self, *patches: list[int]) -> list[int]:
        present, counts = count_codes(np.array(patches, np.uint8)[:, None])
        return reject_reasons(4, present, counts, self.SCREEN).tolist()

    def test_by_hand(self):
        accepted, unknown, water, crops = 0, 1, 2, 3
        assert self.reasons(
            [42, 42, 42, 42],
            [42, 0, 42, 42],
            [42, 42, 42, 250],
            [11, 11, 11, 42],
            [11, 11, 42, 42],  # just the largest share
            [82, 82, 42, 42],
            [82, 42, 42, 42],
            [11, 11, 11, 0],  # the first reason counts
            [82, 82, 11, 11],
        ) == [accepted, unknown, unknown, water, accepted, crops, accepted, unknown, crops]

    def test_void_pixels_are_unknown(self):
        patches = np.array([[[42, 42]], [[42, 0]]], np.uint8)
        present, counts = count_codes(patches, np.array([[[False, False]], [[False, True]]]))
        assert reject_reasons(2, present, counts, Screen(NLCD, (), {})).tolist() == [0, 1]

    def test_codes_that_do_not_occur_reject_nothing(self):
        assert self.reasons([42, 42, 42, 42]) == [0]

    @pytest.mark.parametrize("percent", range(0, 101))
    def test_a_share_is_exact_to_the_pixel(self, percent):
        screen = Screen(NLCD, (), {11: float(f"{percent / 100:.2f}")})
        present, counts = np.array([11, 42], np.uint8), np.array([[percent, 100 - percent]])
        assert reject_reasons(100, present, counts, screen).tolist() == [0]
        if percent < 100:
            one_more = np.add(counts, [[1, -1]])
            assert reject_reasons(100, present, one_more, screen).tolist() == [2]


class TestTakePatches:
    def test_by_hand(self):
        window = np.arange(4 * 6).reshape(4, 6)
        patches = take_patches(window, Span(5, 7, 2, 3), np.array([5, 6]), np.array([9, 7]))
        assert patches.tolist() == [[[4, 5], [10, 11]], [[12, 13], [18, 19]]]

    def test_a_copy_is_taken(self):
        window = np.zeros((2, 2), np.uint8)
        patches = take_patches(window, Span(0, 0, 1, 1), np.array([0]), np.array([0]))
        patches[:] = 9
        assert not window.any()


def plainly(path, lattice: Lattice, cell: Cell, screen: Screen) -> CellPatches:
    """Extract a cell as slowly and simply as one can: pixel by pixel, patch by patch."""
    west, south, east, north = cell.bounds
    rows, cols, codes, histogram = [], [], [], Counter()
    rejected = dict.fromkeys(["unknown", *map(str, screen.reject)], 0)
    with rasterio.open(path) as raster:
        for row in range(raster.height // lattice.step):
            for col in range(raster.width // lattice.step):
                lon, lat = lattice.lonlat(row + 0.5, col + 0.5)
                if not (west <= lon < east or (cell.closed_east and lon == east)):
                    continue
                if not (south <= lat < north or (cell.closed_north and lat == north)):
                    continue
                step = lattice.step
                patch = raster.read(1, window=Window(col * step, row * step, step, step))
                valid = raster.read_masks(1, window=Window(col * step, row * step, step, step)) > 0
                known = valid & ~np.isin(patch, list(screen.unknown))
                histogram.update(patch[known].tolist())
                reason = None if known.all() else "unknown"
                for code, largest in screen.reject.items():
                    if reason is None and (patch[valid] == code).sum() / patch.size > largest:
                        reason = str(code)
                if reason is not None:
                    rejected[reason] += 1
                    continue
                k, out = lattice.downsample, np.empty((lattice.size, lattice.size), int)
                for i in range(lattice.size):
                    for j in range(lattice.size):
                        votes = Counter(
                            patch[i * k : i * k + k, j * k : j * k + k].ravel().tolist()
                        )
                        out[i, j] = min(votes, key=lambda code: (-votes[code], code))
                rows.append(row)
                cols.append(col)
                codes.append(out)
    return CellPatches(np.array(rows), np.array(cols), np.array(codes), dict(histogram), rejected)


def clumped(rng: np.random.Generator, shape: tuple[int, int], codes: list[int]) -> np.ndarray:
    """Codes in clumps of some pixels, so that patches differ."""
    height, width = -(-shape[0] // 5), -(-shape[1] // 5)
    coarse = rng.choice(codes, (height, width), p=_shares(len(codes)))
    field = np.kron(coarse, np.ones((5, 5), int))[: shape[0], : shape[1]]
    noise = rng.random(shape) < 0.2
    return np.where(noise, rng.choice(codes[1:], shape), field)


def _shares(n: int) -> np.ndarray:
    rest = np.full(n, 0.98 / (n - 1))
    rest[0] = 0.02
    return rest


# The first code of each is one that is not known: the raster's nodata, a code, or both.
RASTERS = [
    ("uint8", [250, 11, 41, 42, 82], {"nodata": 250}, [0]),
    ("uint8", [0, 11, 41, 42, 82], {}, [0]),
    ("uint16", [65535, 11, 41, 42, 3000], {"nodata": 65535}, []),
    ("int16", [-9999, 11, 41, 42, 82], {"nodata": -9999}, []),
    ("int32", [-2147483648, 11, 41, 42, 82], {"nodata": -2147483648}, [0]),
]


class TestReadCodes:
    @pytest.mark.parametrize(
        ("dtype", "void", "kept"),
        [("uint8", 250, "uint8"), ("uint16", 65535, "uint16"), ("int16", -9999, "uint16")],
    )
    def test_void_pixels_are_masked_and_zero(self, in_memory, dtype, void, kept):
        codes = np.array([[11, void, 42], [void, 82, 95]], dtype)
        with in_memory(codes, nodata=void, **DEGREE) as raster:
            read = read_codes(raster, 1, Window(0, 0, 3, 2))
        assert read.dtype == kept
        assert read.data.tolist() == [[11, 0, 42], [0, 82, 95]]
        assert np.ma.getmaskarray(read).tolist() == [[False, True, False], [True, False, False]]

    def test_without_void_pixels_nothing_is_masked(self, in_memory):
        codes = np.array([[11, 42]], np.uint8)
        for options in ({}, {"nodata": 250}, {"mask": np.ones(codes.shape, bool)}):
            with in_memory(codes, **options, **DEGREE) as raster:
                read = read_codes(raster, 1, Window(0, 0, 2, 1))
            assert not np.ma.getmaskarray(read).any()
            assert read.data.tolist() == [[11, 42]]


class TestExtractCell:
    @pytest.mark.parametrize(("dtype", "codes", "options", "unknown"), RASTERS)
    @pytest.mark.parametrize(("size", "downsample"), [(3, 1), (4, 2), (3, 3)])
    def test_agrees_with_the_plain_way_in_every_cell(
        self, geotiff, dtype, codes, options, unknown, size, downsample
    ):
        rng = np.random.default_rng([size, downsample])
        path = geotiff(clumped(rng, (97, 110), codes).astype(dtype), **options)
        screen = Screen({*NLCD, 3000}, unknown, {11: 0.4, 41: 0.6})
        totals = Counter()
        with open_raster(str(path)) as raster:
            lattice = Lattice.over(raster, size, downsample)
            lon, lat = lattice.lonlat(
                *(np.array([[0, 1], [0, 1]]) * np.array(lattice.shape)[:, None])
            )
            grid = CellGrid((lon[0] + 0.006, lat[1], lon[1], lat[0] - 0.004), 2)
            for name in grid.names():
                cell = grid.cell(name)
                found = extract_cell(raster, lattice, cell, screen)
                expected = plainly(path, lattice, cell, screen)
                np.testing.assert_array_equal(found.rows, expected.rows)
                np.testing.assert_array_equal(found.cols, expected.cols)
                np.testing.assert_array_equal(found.codes, expected.codes)
                assert found.histogram == expected.histogram
                assert found.rejected == expected.rejected
                totals.update(found.rejected | {"accepted": len(found.rows)})
        assert all(totals.values()), "each outcome occurs"

    def test_the_histogram_counts_each_known_pixel_of_the_patches_once(self, in_memory):
        rng = np.random.default_rng(3)
        codes = clumped(rng, (85, 92), [250, 0, 11, 41, 42]).astype(np.uint8)
        with in_memory(codes, nodata=250) as raster:
            lattice = Lattice.over(raster, 3, 2)
            lon, lat = lattice.lonlat([0, 0, 20, 20], [0, 20, 0, 20])
            grid = CellGrid((lon.min(), lat.min(), lon.max(), lat.max()), 3)
            total = Counter()
            for name in grid.names():
                cell = grid.cell(name)
                total.update(extract_cell(raster, lattice, cell, Screen(NLCD, [0], {})).histogram)
        whole = codes[: 14 * 6, : 15 * 6]  # whole patches of 6 x 6 pixels, all in the region
        expected = Counter(whole[(whole != 250) & (whole != 0)].tolist())
        assert total == expected

    def test_a_nodata_that_the_rasters_type_does_not_have_voids_nothing(self, geotiff):
        codes = np.array([[42, 157], [42, 42]], np.uint8)  # 157: -99 as an unsigned byte
        path = geotiff(codes, nodata=250, **DEGREE)
        path.write_bytes(path.read_bytes().replace(b"250\0", b"-99\0"))
        with open_raster(str(path)) as raster:
            assert raster.nodata is None
            screen = Screen({42, 157}, [], {})
            found = extract_cell(raster, Lattice.over(raster, 2, 1), EVERYWHERE, screen)
        assert found.histogram == {42: 3, 157: 1}

    def test_a_mask_band_is_honoured(self, in_memory):
        codes = np.full((4, 8), 42, np.uint8)
        mask = np.ones(codes.shape, bool)
        mask[1, 5] = False
        with in_memory(codes, mask=mask, **DEGREE) as raster:
            found = extract_cell(
                raster, Lattice.over(raster, 2, 2), EVERYWHERE, Screen(NLCD, [0], {})
            )
        assert found.cols.tolist() == [0]
        assert found.rejected == {"unknown": 1}
        assert found.histogram == {42: 31}

    def test_a_code_that_is_rejected_nowhere_keeps_its_raw_value(self, in_memory):
        codes = np.array([[11, 42, 42, 42], [42, 42, 95, 95]], np.uint8)
        with in_memory(codes, **DEGREE) as raster:
            found = extract_cell(
                raster, Lattice.over(raster, 1, 2), EVERYWHERE, Screen(NLCD, [0], {})
            )
        assert found.codes.tolist() == [[[42]], [[42]]]
        assert found.codes.dtype == np.uint8
        assert found.histogram == {11: 1, 42: 5, 95: 2}

    @pytest.mark.parametrize(
        ("dtype", "kept"), [("uint8", "uint8"), ("uint16", "uint16"), ("int32", "uint16")]
    )
    def test_the_dtype_is_the_same_in_cells_with_and_without_patches(self, in_memory, dtype, kept):
        nowhere = Cell((100.0, 0.0, 101.0, 1.0), True, True)
        screen = Screen(NLCD, [0], {11: 0.9})
        with in_memory(np.full((4, 4), 42, dtype), **DEGREE) as raster:
            lattice = Lattice.over(raster, 2, 1)
            full = extract_cell(raster, lattice, EVERYWHERE, screen)
            empty = extract_cell(raster, lattice, nowhere, screen)
        assert full.codes.dtype == empty.codes.dtype == kept
        assert empty.codes.shape == (0, 2, 2)
        assert full.rows.dtype == empty.rows.dtype == np.int32
        assert (empty.histogram, empty.rejected) == ({}, {"unknown": 0, "11": 0})

    def test_nothing_known_leaves_an_empty_cell(self, in_memory):
        with in_memory(np.full((4, 4), 250, np.uint8), nodata=250, **DEGREE) as raster:
            found = extract_cell(
                raster, Lattice.over(raster, 2, 1), EVERYWHERE, Screen(NLCD, [0], {})
            )
        assert found.codes.shape == (0, 2, 2)
        assert (found.histogram, found.rejected) == ({}, {"unknown": 4})

    def test_codes_that_are_not_in_the_legend_are_refused(self, geotiff):
        codes = np.full((4, 4), 42, np.uint8)
        codes[:2, :2] = [[13, 13], [0, 77]]
        path = geotiff(codes, **DEGREE)
        with open_raster(str(path)) as raster, pytest.raises(LandloomError) as caught:
            extract_cell(raster, Lattice.over(raster, 2, 1), EVERYWHERE, Screen(NLCD, [0], {}))
        message = str(caught.value)
        assert message.startswith(
            f"config: dataset.landcover.legend: {path}: 3 pixels have codes 13, 77,"
        )
        assert "dataset.landcover.unknown" in message

    def test_strangers_beside_the_cells_patches_are_not_its_business(self, in_memory):
        codes = np.full((4, 9), 42, np.uint8)
        codes[:, 8] = 13  # a part patch
        codes[:, :4] = 77  # a patch of another cell
        with in_memory(codes, **DEGREE) as raster:
            cell = Cell((4.0, 0.0, 9.0, 10.0), True, True)
            found = extract_cell(raster, Lattice.over(raster, 4, 1), cell, Screen(NLCD, [0], {}))
        assert found.histogram == {42: 16}

    @pytest.mark.parametrize(
        ("dtype", "code"), [("int16", -9999), ("int32", 70_000), ("int16", -1)]
    )
    def test_codes_that_are_none_are_refused(self, geotiff, dtype, code):
        codes = np.full((4, 4), 42, dtype)
        codes[2, 2] = code
        path = geotiff(codes, **DEGREE)
        with open_raster(str(path)) as raster, pytest.raises(LandloomError) as caught:
            extract_cell(raster, Lattice.over(raster, 2, 1), EVERYWHERE, Screen(NLCD, [0], {}))
        message = str(caught.value)
        assert message.startswith(f"{path}: holds the code {code}")
        assert "nodata" in message


class TestFile:
    PATCHES = CellPatches(
        rows=np.array([3, 3, 4], np.int32),
        cols=np.array([0, 2, 1], np.int32),
        codes=np.arange(12, dtype=np.uint8).reshape(3, 2, 2),
        histogram={11: 2**40, 42: 7},
        rejected={"unknown": 4, "11": 0},
    )
    EMPTY = CellPatches(
        rows=np.empty(0, np.int32),
        cols=np.empty(0, np.int32),
        codes=np.empty((0, 40, 40), np.uint16),
        histogram={},
        rejected={"unknown": 0},
    )

    @pytest.mark.parametrize("patches", [PATCHES, EMPTY], ids=["some", "none"])
    def test_round_trip(self, tmp_path, patches):
        path = tmp_path / "cell.npz"
        patches.save(path)
        loaded = CellPatches.load(path)
        for name in ("rows", "cols", "codes"):
            saved, found = getattr(patches, name), getattr(loaded, name)
            np.testing.assert_array_equal(found, saved)
            assert (found.dtype, found.shape) == (saved.dtype, saved.shape)
        assert loaded.histogram == CellPatches.load_histogram(path) == patches.histogram
        assert loaded.rejected == CellPatches.load_rejected(path) == patches.rejected
        rows, cols = CellPatches.load_places(path)
        np.testing.assert_array_equal(rows, patches.rows)
        np.testing.assert_array_equal(cols, patches.cols)

    def test_equal_contents_are_equal_bytes_whenever_they_are_written(self, tmp_path, monkeypatch):
        contents = []
        for year in (2001, 2031):
            moment = time.mktime((year, 5, 6, 7, 8, 9, 0, 0, -1))
            monkeypatch.setattr(time, "time", lambda moment=moment: moment)
            monkeypatch.setattr(time, "localtime", lambda *_, year=year: (year, 5, 6, 7, 8, 9))
            path = tmp_path / f"{year}.npz"
            self.PATCHES.save(path)
            contents.append(path.read_bytes())
        assert all(one == other for one, other in pairwise(contents))
