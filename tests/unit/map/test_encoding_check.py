"""Doubts about what the numbers of an embedding are declared to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasters import alphaearth_bytes, numbers, write

from landloom.errors import LandloomError
from landloom.map.embedding_header import inspect
from landloom.map.embedding_reader import sample_pixels
from landloom.map.encoding import decode
from landloom.map.encoding_check import check_encoding


def image(pixels: np.ndarray, width: int) -> np.ndarray:
    """Shape (pixels, bands) into (bands, height, width)."""
    return np.ascontiguousarray(pixels.T.reshape(pixels.shape[1], -1, width))


def guard(tmp_path: Path, pixels: np.ndarray, encoding: Any, **options: Any) -> tuple[str, ...]:
    """Write pixels (n, bands) as a raster, sample it, and have it checked."""
    path = write(tmp_path / "embedding.tif", image(pixels, 20), **options)
    info = inspect(path, encoding)
    return check_encoding(sample_pixels(info), info)


def tessera_like(dtype: str) -> np.ndarray:
    """128 bands stored as bytes whose AlphaEarth lengths happen to lie about 1."""
    stored = np.random.default_rng(2).normal(0, 28, (2000, 128))
    return np.clip(np.rint(stored), -127, 127).astype(dtype)


REAL = {
    "presto-like floats": (numbers((2000, 128)), "float"),
    "reflectances": (np.abs(numbers((2000, 8))) * 0.2, "float"),
    "reflectances as integers": ((np.abs(numbers((2000, 8))) * 2000).astype("uint16"), "float"),
    "AlphaEarth's bytes": (alphaearth_bytes(2000), "alphaearth"),
    "AlphaEarth's bytes in a wider type": (alphaearth_bytes(2000).astype("int16"), "alphaearth"),
    "AlphaEarth's bytes as floats": (alphaearth_bytes(2000).astype("float32"), "alphaearth"),
    "AlphaEarth decoded": (decode(alphaearth_bytes(2000), "alphaearth"), "float"),
    "unit vectors": (numbers((2000, 64)) / 8, "float"),
    "Tessera's bytes": (tessera_like("int8"), "float"),
    "Tessera's bytes as floats": (tessera_like("float32"), "float"),
    "Tessera's bytes, scaled": (tessera_like("float32") / 127, "float"),
    "Tessera, scaled by pixel": (
        tessera_like("float32") * np.abs(numbers((2000, 1))) / 100, "float",
    ),
    "one band": (np.abs(numbers((2000, 1))), "float"),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_no_false_alarm(tmp_path: Path, name: str) -> None:
    pixels, encoding = REAL[name]
    assert guard(tmp_path, pixels, encoding) == ()


def with_holes(pixels: np.ndarray) -> np.ndarray:
    pixels = pixels.copy()
    pixels[::7] = -128
    return pixels


AE = alphaearth_bytes(2000)


UNIT = decode(AE, "alphaearth")


WRONG = {
    "all NaN": (np.full((400, 3), np.nan, "float32"), "float", {}, "every pixel read is NaN"),
    "all zero": (np.zeros((400, 4), "float32"), "float", {}, "is zero in every band"),
    "all nodata": (np.full((400, 3), 9, "int16"), "float", {"nodata": 9}, "is nodata"),
    "-128 as data": (with_holes(tessera_like("int8")), "float", {}, "set nodata: -128"),
    "-9999 as data": (
        np.where(np.arange(2000)[:, None] % 9 == 0, np.float32(-9999), numbers((2000, 8))),
        "float", {}, "set nodata: -9999",
    ),
    "bytes as float": (AE, "float", {}, "set encoding: alphaearth"),
    "bytes with holes as float": (with_holes(AE), "float", {}, "encoding: alphaearth"),
    "bytes / 127": (AE.astype("float32") / 127, "float", {}, "divided by 127,"),
    "bytes / 127.5": (AE.astype("float32") / np.float32(127.5), "float", {}, "divided by 127.5"),
    "bytes / 128": (AE.astype("float32") / 128, "float", {}, "divided by 128"),
    "decoded as bytes": (UNIT, "alphaearth", {}, "length 1.000.; if the vectors are decoded"),
    "sign lost": (AE.view("uint8"), "alphaearth", {}, "sign was lost"),
    "linear bytes": (np.rint(UNIT * 127).astype("int8"), "alphaearth", {}, "they are linear"),
    "a band too few": (AE[:, :63], "alphaearth", {}, "has 63 bands, and all 64 bands .* needed"),
    "a band too many": (
        np.concatenate([AE, AE[:, :1]], axis=1), "alphaearth", {}, "has 65 bands, .* no more",
    ),
    "few bands of unit length": (
        alphaearth_bytes(2000, bands=6), "alphaearth", {}, "has 6 bands.*set encoding: float",
    ),
    "scaled bytes": (AE // 2, "alphaearth", {}, "as they were published, unscaled"),
    "other bytes": (tessera_like("int8")[:, :64], "alphaearth", {}, "must be 1"),
    "all bands constant": (np.full((400, 3), 5, "float32"), "float", {}, "every band .* constant"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_the_guard_stops(tmp_path: Path, name: str) -> None:
    pixels, encoding, options, said = WRONG[name]
    with pytest.raises(LandloomError, match=said) as caught:
        guard(tmp_path, pixels, encoding, **options)
    assert "embedding.tif" in str(caught.value)
    assert str(caught.value).startswith("map.embedding.")


def test_what_is_odd_is_told(tmp_path: Path) -> None:
    pixels = numbers((2000, 5))
    pixels[:, [1, 4]] = 3
    assert guard(tmp_path, pixels, "float") == (
        "constant in all 2000 sampled pixels, so of no use: band 2, 5",
    )
    (note,) = guard(tmp_path, with_holes(AE), "float", nodata=-128)
    assert "used undecoded" in note
    partly = AE.copy()
    partly[:10, 3] = -128
    (note,) = guard(tmp_path, partly, "alphaearth")
    assert note.startswith("10 of 2000 sampled pixels hold -128 in some bands only")
