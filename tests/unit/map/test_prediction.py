"""Prediction of a block: read in strips, each part of the file once."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.windows import Window
from rasters import write
from sklearn.ensemble import RandomForestClassifier

from landloom.legend.values import NODATA
from landloom.map import prediction as mapping
from landloom.map.blocks import Block
from landloom.map.embedding import EmbeddingInfo
from landloom.map.embedding_header import inspect
from landloom.map.embedding_reader import Embedding
from landloom.map.encoding import decode
from landloom.map.forest.forest import FlatForest
from landloom.map.prediction import predict_block
from landloom.raster.pixel_grid import PixelGrid

SIDE, BANDS, STORED = 96, 5, 16


@pytest.fixture
def raster(tmp_path: Path) -> Path:
    """An embedding in tiles of 16 x 16, with a hole."""
    path = tmp_path / "embedding.tif"
    values = np.random.default_rng(0).standard_normal((BANDS, SIDE, SIDE)).astype(np.float32)
    values[:, 20:40, 30:33] = np.nan
    profile = {"width": SIDE, "height": SIDE, "count": BANDS, "dtype": "float32"}
    place = {"crs": "EPSG:32631", "transform": Affine(10, 0, 500_000, 0, -10, 5_600_000)}
    layout = {"tiled": True, "blockxsize": STORED, "blockysize": STORED}
    with rasterio.open(path, "w", driver="GTiff", **profile, **place, **layout) as dataset:
        dataset.write(values)
    return path


@pytest.mark.parametrize("at_once", [1, 70, 300, 16 * 16, 2 * 16 * 16 + 9, 20 * 70, 80 * 70])
def test_pieces_change_nothing_and_keep_the_files_blocks_whole(
    raster: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    X = rng.standard_normal((200, BANDS)).astype(np.float32)
    model = RandomForestClassifier(12, random_state=0).fit(X, rng.integers(1, 4, 200))
    block = Block("r000-c000", row=0, col=16, height=80, width=70)
    monkeypatch.setattr(mapping, "_PIXELS_AT_ONCE", 997)
    monkeypatch.setattr(mapping, "_BYTES_AT_ONCE", at_once * BANDS * 4 + 3)
    touched: Counter[tuple[int, int]] = Counter()

    class Watched(Embedding):
        def read(self, window: Window) -> Any:
            assert window.height * window.width <= max(at_once, STORED)
            (top, bottom), (left, right) = window.toranges()
            touched.update(
                (row, col)
                for row in range(top // STORED, (bottom - 1) // STORED + 1)
                for col in range(left // STORED, (right - 1) // STORED + 1)
            )
            return super().read(window)

    with Watched(inspect(raster)) as embedding:
        pixels = predict_block(
            embedding, block, FlatForest.from_model(model), "labels+confidence+shares"
        )
    with rasterio.open(raster) as dataset:
        values = dataset.read(window=Window(16, 0, 70, 80)).reshape(BANDS, -1).T
    valid = ~np.isnan(values).any(axis=1)
    expected = np.full((5, len(values)), NODATA, np.uint8)
    votes = model.predict_proba(values[valid])
    assert not np.array_equal(votes, votes[:, ::-1])
    expected[0, valid] = model.classes_[votes.argmax(axis=1)]
    expected[1, valid] = np.rint(100 * votes.max(axis=1))
    expected[2:, valid] = np.rint(100 * votes).T
    np.testing.assert_array_equal(pixels, expected.reshape(5, 80, 70))
    if at_once >= STORED * STORED:
        assert set(touched.values()) == {1}


def test_a_piece_of_many_bands_leaves_room_for_the_stored_block_that_is_decoded() -> None:
    grid = PixelGrid("", Affine.identity(), 512, 512)
    info = EmbeddingInfo((), grid, 768, "float32", "float", None, (256, 256), "pixel")
    block = Block("r000-c000", row=0, col=0, height=512, width=512)

    def largest(info: EmbeddingInfo) -> int:
        pieces = [(rows, cols) for rows, cols in mapping._pieces(block, info)]
        seen = np.zeros((512, 512), int)
        for rows, cols in pieces:
            seen[rows, cols] += 1
        assert (seen == 1).all()
        pixels = max((r.stop - r.start) * (c.stop - c.start) for r, c in pieces)
        return pixels * info.bands * np.dtype(info.dtype).itemsize

    assert largest(info) <= 64 * 2**20
    assert 64 * 2**20 < largest(replace(info, interleave="band")) <= 128 * 2**20
    assert largest(replace(info, bands=64)) == 512 * 512 * 64 * 4  # all at once, as ever


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts the bytes read")
def test_a_stored_block_is_read_from_the_file_once_for_all_its_rows(raster: Path) -> None:
    def bytes_read() -> int:
        return int(Path("/proc/self/io").read_text().split()[1])

    with Embedding(inspect(raster)) as embedding:
        embedding.read(Window(0, STORED, SIDE, 1))  # opens the file
        before = bytes_read()
        for row in range(STORED):
            embedding.read(Window(0, row, SIDE, 1))
        assert bytes_read() - before < 2 * SIDE * STORED * BANDS * 4


@pytest.mark.parametrize("seed", range(3))
def test_bytes_are_predicted_as_the_values_learned_from_even_where_they_are_minus_128(
    tmp_path: Path, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    stored = rng.choice([-128, -127, 5, 90], (4, 30, 40)).astype(np.int8)
    path = write(tmp_path / "a.tif", stored, nodata=-128)
    info = inspect(path, "alphaearth")
    rows = stored.reshape(4, -1).T
    learned = decode(rows, "alphaearth")
    labels = (rows[:, 0] == -128) + 2 * (rows[:, 1] == -128)  # splits between -128 and -127
    model = RandomForestClassifier(15, random_state=seed, max_features=None).fit(learned, labels)
    forest = mapping.for_stored_values(FlatForest.from_model(model), info)
    assert forest.on_codes
    with Embedding(info) as embedding:
        pixels = predict_block(embedding, Block("r000-c000", 0, 0, 30, 40), forest, "labels")
    valid = (stored != -128).any(axis=0)
    np.testing.assert_array_equal(pixels[0][valid], model.predict(learned)[valid.ravel()])
