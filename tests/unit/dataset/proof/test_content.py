"""Classes counted again by sorting, against a slow count; neighbours are read at once."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import write_raster

from landloom.dataset.proof.content import check_content, majority
from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.promises import Promises, Witnesses
from landloom.dataset.proof.split_files import Chunk
from landloom.dataset.proof.windows import groups
from landloom.raster.opening import open_raster

CODES = np.array([11, 21, 42], np.uint8)
SIDE, K = 4, 2
STEP = SIDE * K
PROMISES = Promises(SIDE, K, 0.0, [0, 99], {11: 0.5})


def slow_majority(pixels, k):
    n, side = len(pixels), pixels.shape[1] // k
    found = np.empty((n, side, side), pixels.dtype)
    for i, row, col in np.ndindex(found.shape):
        block = pixels[i, row * k : (row + 1) * k, col * k : (col + 1) * k]
        counts = Counter(block.ravel().tolist())
        found[i, row, col] = min(counts, key=lambda code: (-counts[code], code))
    return found


@given(
    st.integers(1, 5),
    st.integers(1, 3),
    st.sampled_from([2, 5, 256]),
    st.sampled_from([np.uint8, np.uint16]),
    st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_the_majority_is_that_of_counting(k, side, codes, dtype, seed):
    shape = (3, k * side, k * side)
    pixels = np.random.default_rng(seed).integers(0, codes, shape).astype(dtype)
    found = majority(pixels, k)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, slow_majority(pixels, k))


def test_runs_longer_than_a_byte_holds_are_counted():
    pixels = np.full((1, 20, 20), 7, np.uint8)
    pixels[0, 0, :10] = 3
    assert majority(pixels, 20).tolist() == [[[7]]]


def world(folder, dtype=np.uint8, spoil=None):
    """Return land cover of 12 x 12 patches, and what its samples are to be."""
    codes = np.random.default_rng(1).choice(CODES, (12 * STEP, 12 * STEP), p=[0.2, 0.4, 0.4])
    codes = codes.astype(dtype)
    if spoil is not None:
        spoil(codes)
    path = write_raster(
        folder / "a.tif", codes, "EPSG:5070", Affine(30, 0, 0, 0, -30, 0), nodata=250
    )
    return str(path), codes


def checked(path, windows, samples):
    findings = Findings()
    classes = pd.DataFrame({"code": CODES.astype(int)})
    with open_raster(path) as raster:
        chunk = Chunk("train", np.arange(len(windows)), samples, None)
        witnesses = Witnesses(None, classes, raster, None)
        check_content(chunk, windows, witnesses, PROMISES, findings)
    return findings.broken


def samples_of(codes, windows):
    patches = np.stack([codes[r : r + STEP, c : c + STEP] for r, c in windows.tolist()])
    indices = np.searchsorted(CODES, slow_majority(patches, K)).clip(0, 2)
    return np.stack([indices, indices], axis=1).astype(np.float32)


def some_windows(rng, count=40):
    """Return windows that lie anywhere, neighbours and not."""
    return np.concatenate([rng.integers(0, 11 * STEP, (count, 2)), [[0, 0], [11 * STEP] * 2]])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_each_patch_is_compared_with_its_own_pixels(tmp_path, dtype):
    rng = np.random.default_rng(2)
    path, codes = world(tmp_path, dtype)
    windows = some_windows(rng)
    samples = samples_of(codes, windows)
    assert checked(path, windows, samples) == []
    samples[7, 0, 3, 1] = (samples[7, 0, 3, 1] + 1) % 3
    samples[9, 0, 0, 0] = np.nan if samples[9, 0, 0, 0] else 1.0
    assert checked(path, windows, samples) == [
        "train: rows 7, 9: classes are not those of the raster at the footprint"
    ]


@pytest.mark.parametrize("code", [0, 99, 250])
def test_void_and_unknown_pixels_are_found_in_the_patch_that_has_them(tmp_path, code):
    place = (37, 51)

    def spoil(codes):
        codes[place] = code

    path, codes = world(tmp_path, spoil=spoil)
    windows = some_windows(np.random.default_rng(3), 150)
    holds = ((windows <= place) & (np.array(place) < windows + STEP)).all(axis=1)
    assert 0 < holds.sum() < len(windows)
    (broken,) = [
        line for line in checked(path, windows, samples_of(codes, windows)) if "void" in line
    ]
    told = [int(word.strip(":,")) for word in broken.split() if word.strip(":,").isdigit()]
    assert told[:5] == np.flatnonzero(holds)[:5].tolist()


def test_more_of_a_rejected_class_than_allowed_is_found(tmp_path):
    def spoil(codes):
        codes[:STEP, :STEP] = 42
        codes[:STEP, : STEP // 2] = 11
        codes[:STEP, STEP : 2 * STEP] = 11

    path, codes = world(tmp_path, spoil=spoil)
    windows = np.array([[0, 0], [0, STEP], [STEP, 0]])  # half of the first: just bearable
    assert checked(path, windows, samples_of(codes, windows)) == [
        "train: row 1: patch holds void or unknown pixels, or too much of a rejected class"
    ]


def test_no_codes_between_patches_are_none_of_theirs(tmp_path):
    def spoil(codes):
        codes[STEP : 2 * STEP] = -5

    path, codes = world(tmp_path, np.int16, spoil)
    windows = np.array([[0, 0], [2 * STEP, 0]])
    assert checked(path, windows, samples_of(codes, windows)) == []


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=30),
    st.sampled_from([0, 30, 200, 1e9]),
)
@settings(max_examples=100, deadline=None)
def test_groups_hold_each_box_once_and_no_more_than_they_may(corners, most):
    top_left = np.array(corners, int).reshape(-1, 2)
    boxes = np.concatenate([top_left, top_left + 3], axis=1)
    found = list(groups(boxes, most))
    assert [number for some in found for number in some.tolist()] == list(range(len(boxes)))
    for some in found:
        low, high = boxes[some, :2].min(axis=0), boxes[some, 2:].max(axis=0)
        assert len(some) == 1 or np.prod(high - low) <= min(most, 4 * 9 * len(some))


def test_neighbours_are_read_at_once():
    rows, cols = np.divmod(np.arange(100), 10)
    boxes = np.stack([rows, cols, rows + 1, cols + 1], axis=1)
    assert len(list(groups(boxes, 100))) == 1
    assert [len(some) for some in groups(boxes, 50)] == [50, 50]
    assert len(list(groups(boxes[::11], 1e9))) > 2
