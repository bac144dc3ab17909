"""Tiles in which nothing was ever written are told from those that are void, or have data."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasters import NORTH_UP, alphaearth_bytes, numbers, write

from landloom.errors import LandloomError
from landloom.map.embedding import EmbeddingInfo
from landloom.map.embedding_header import inspect
from landloom.map.embedding_reader import Embedding, sample_pixels
from landloom.map.encoding_check import check_encoding
from landloom.map.tile_check import check_tiles
from landloom.raster.pixel_grid import Box

SIDE = 300  # more than a block of 256


def tiles(
    folder: Path, arrays: list[np.ndarray], encoding: Any = "float", **options: Any
) -> EmbeddingInfo:
    """Write arrays as tiles side by side: 0.tif, 1.tif, …"""
    paths = [
        write(
            folder / f"{number}.tif", array,
            NORTH_UP @ Affine.translation(number * array.shape[2], 0),
            tiled=True, compress="deflate", **options,
        )
        for number, array in enumerate(arrays)
    ]  # fmt: skip
    return inspect(paths, encoding)


def zeros(bands: int = 4, dtype: str = "float32") -> np.ndarray:
    return np.zeros((bands, SIDE, SIDE), dtype)


def data(bands: int = 4, dtype: str = "float32") -> np.ndarray:
    return (numbers((bands, SIDE, SIDE)) * 20).astype(dtype)


def patched(array: np.ndarray, value: float, where: Any) -> np.ndarray:
    array = array.copy()
    array[where] = value
    return array


CORNER = (slice(None), slice(280, 300), slice(280, 300))
ONE_PIXEL = (2, 299, 299)


@pytest.mark.parametrize("interleave", ["band", "pixel"])
@pytest.mark.parametrize("dtype", ["float32", "int16", "uint8"])
def test_a_tile_of_zeros_is_refused_by_name(tmp_path: Path, dtype: str, interleave: str) -> None:
    info = tiles(tmp_path, [data(5, dtype), zeros(5, dtype)], interleave=interleave)
    assert check_encoding(sample_pixels(info), info) == ()
    for seed in range(3):
        with pytest.raises(LandloomError) as caught:
            check_tiles(info, seed)
        assert str(caught.value) == (
            f"map.embedding.raster: {tmp_path / '1.tif'} holds nothing but zero in every band, so "
            "no embedding; leave it out of the list, or fetch it anew"
        )


def test_all_such_tiles_are_told_at_once_but_no_endless_list(tmp_path: Path) -> None:
    info = tiles(tmp_path, [zeros(), data(), *[zeros()] * 6])
    with pytest.raises(LandloomError, match="and 2 more hold nothing but zero") as caught:
        check_tiles(info)
    for number in (0, 2, 3, 4, 5):
        assert f"{number}.tif" in str(caught.value)
    assert "1.tif" not in str(caught.value)
    assert "leave them out" in str(caught.value)


ZEROS_AND_VOID: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
    "zeros among NaN": (patched(np.full_like(zeros(), np.nan), 0, CORNER), {}),
    "NaN among zeros": (patched(zeros(), math.nan, CORNER), {}),
    "zeros among nodata": (patched(np.full_like(zeros(), -9999), 0, CORNER), {"nodata": -9999}),
}


@pytest.mark.parametrize("name", ZEROS_AND_VOID)
def test_void_beside_zeros_does_not_save_a_tile(tmp_path: Path, name: str) -> None:
    array, options = ZEROS_AND_VOID[name]
    with pytest.raises(LandloomError, match=r"1\.tif holds nothing but zero"):
        check_tiles(tiles(tmp_path, [data(), array], **options))


VOID: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
    "NaN throughout": (np.full_like(zeros(), np.nan), {}),
    "nodata throughout": (np.full_like(zeros(), -9999), {"nodata": -9999}),
    "zero declared nodata": (zeros(), {"nodata": 0}),
    "nodata and NaN": (patched(np.full_like(zeros(), np.nan), -9999, CORNER), {"nodata": -9999}),
}
FINE: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
    "one number in the last pixel": (patched(zeros(), 3, ONE_PIXEL), {}),
    "data in a corner": (patched(zeros(), 3, CORNER), {}),
    "data in the last band only": (patched(zeros(), 3, 3), {}),
    "data beside zero declared nodata": (patched(zeros(), 3, CORNER), {"nodata": 0}),
    "data beside NaN": (patched(np.full_like(zeros(), np.nan), 3, CORNER), {}),
    "zero of three bands": (zeros(3), {}),
}


@pytest.mark.parametrize("name", FINE)
def test_tiles_that_have_data_pass(tmp_path: Path, name: str) -> None:
    array, options = FINE[name]
    info = tiles(tmp_path, [data(len(array)), array], **options)
    for seed in range(3):
        assert check_tiles(info, seed) == []


@pytest.mark.parametrize("name", VOID)
def test_tiles_that_are_void_throughout_are_told(tmp_path: Path, name: str) -> None:
    array, options = VOID[name]
    info = tiles(tmp_path, [array, data(), *[array] * 5], **options)
    for seed in range(3):
        (note,) = check_tiles(info, seed)
        assert note == (
            f"{tmp_path}/0.tif, {', '.join(f'{tmp_path}/{n}.tif' for n in (2, 3, 4, 5))} and 1 "
            "more: void throughout, nothing is mapped from there"
        )


def test_a_tile_is_void_if_that_part_is_which_lies_in_the_region(tmp_path: Path) -> None:
    half = patched(data(), np.nan, (slice(None), slice(None), slice(0, 150)))
    info = tiles(tmp_path, [data(), half])
    assert check_tiles(info) == []
    (note,) = check_tiles(info.crop(Box(0, SIDE, 200, 400)))
    assert note.startswith(f"{tmp_path}/1.tif: void")


def test_alphaearths_void_is_minus_128_and_not_zero(tmp_path: Path) -> None:
    stored = alphaearth_bytes(SIDE * SIDE).T.reshape(64, SIDE, SIDE)
    void = np.full_like(stored, -128)
    (note,) = check_tiles(tiles(tmp_path, [stored, void], "alphaearth"))
    assert note.startswith(f"{tmp_path}/1.tif: void")
    check_tiles(tiles(tmp_path, [stored, patched(void, 5, CORNER)], "alphaearth"))
    for array in (np.zeros_like(stored), patched(void, 0, CORNER)):
        with pytest.raises(LandloomError, match=r"1\.tif holds nothing but zero"):
            check_tiles(tiles(tmp_path, [stored, array], "alphaearth"))


def test_zeros_that_a_mask_hides_are_void(tmp_path: Path) -> None:
    info = tiles(tmp_path, [data(4, "int16"), zeros(4, "int16")])
    with rasterio.open(tmp_path / "1.tif", "r+") as dataset:
        dataset.write_mask(np.zeros((SIDE, SIDE), np.uint8))
    (note,) = check_tiles(info)
    assert note.startswith(f"{tmp_path}/1.tif: void")


def test_one_file_of_zeros_is_refused_by_the_check_of_its_numbers(tmp_path: Path) -> None:
    info = tiles(tmp_path, [zeros()])
    check_tiles(info)
    with pytest.raises(LandloomError, match=r"0\.tif has no pixel with data: .* zero in every"):
        check_encoding(sample_pixels(info), info)


def test_one_band_of_one_block_is_read_of_a_tile_with_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    whole = Embedding.shown

    def counting(self: Embedding, *asked: Any) -> Any:
        for band in whole(self, *asked):
            taken.append(band.size)
            yield band

    monkeypatch.setattr(Embedding, "shown", counting)
    check_tiles(tiles(tmp_path, [data()] * 5))
    assert len(taken) == 5
    assert max(taken) <= 256 * 256
