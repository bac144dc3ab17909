"""What stored numbers mean: decoding, nodata, and the guard against a wrong declaration."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasters import alphaearth_bytes, numbers, write

from landloom.embedding import inspect, sample_pixels
from landloom.encoding import check_encoding, decode, filler, invalid, valid_mask
from landloom.errors import LandloomError


def test_every_byte_is_decoded_as_the_formula_says() -> None:
    stored = np.arange(-128, 128).astype(np.int8)
    decoded = decode(stored, "alphaearth")
    exact = [math.copysign((v / 127.5) ** 2, v) for v in range(-128, 128)]
    assert decoded.dtype == np.float32
    np.testing.assert_allclose(decoded, exact, rtol=3e-7)
    assert decode(stored.astype(np.int16), "alphaearth").tolist() == decoded.tolist()
    assert (np.diff(decoded) > 0).all()
    assert decoded[128] == 0


def test_decoded_vectors_are_of_unit_length() -> None:
    vectors = decode(alphaearth_bytes(500).reshape(50, 10, 64), "alphaearth")
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=-1), 1, atol=0.01)


def test_float_is_taken_as_it_is() -> None:
    array = numbers((2, 3))
    assert decode(array, "float") is array
    assert decode(np.array([1, -5], np.int8), "float").tolist() == [1.0, -5.0]


def reason_of(vector: list[float], dtype: np.dtype, encoding: str, nodata: float | None) -> str:
    """The documented rules for one pixel, in plain Python."""
    largest = float(np.finfo(np.float32).max)
    if any(not math.isfinite(value) for value in vector):
        return "nan"
    if nodata is None or math.isnan(nodata):
        marks = []
    else:
        with np.errstate(over="ignore"):
            marks = [float(dtype.type(nodata))] if dtype.kind == "f" else [nodata]
    if dtype.kind != "f":
        limits = np.iinfo(dtype)
        fits = nodata is not None and limits.min <= nodata <= limits.max
        marks = [nodata] if fits else []
        known = bool(marks) if encoding == "float" else limits.min < 0
    if encoding == "alphaearth":
        void = any(all(value == mark for value in vector) for mark in [-128, *marks])
    elif marks == [0]:
        void = all(value == 0 for value in vector)
    else:
        void = any(value == mark for mark in marks for value in vector)
    if void:
        return "nodata"
    if any(abs(value) > largest for value in vector):
        return "nan"
    if len(vector) < 4 and (dtype.kind == "f" or known):
        return ""
    return "zero" if all(value == 0 for value in vector) else ""


@pytest.mark.parametrize("encoding", ["float", "alphaearth"])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "float32", "float64"])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_reasons_equal_the_rules(encoding: Any, dtype: str, data: st.DataObject) -> None:
    kind = np.dtype(dtype)
    pool = [0, 0, 0, 1, 127] if kind.kind == "u" else [0, 0, -128, -128, 1]
    pool += [math.nan, math.inf, -9999.9] if kind.kind == "f" else []
    pool += [1e39, -1e39] if dtype == "float64" else []
    bands = data.draw(st.sampled_from([1, 3, 4]))
    array = np.array(
        data.draw(st.lists(st.sampled_from(pool), min_size=8 * bands, max_size=8 * bands)), dtype
    ).reshape(bands, 4, 2)
    nodata = data.draw(st.sampled_from([None, 0, 1, -128, 127, -9999.9, math.nan, 0.5, 1e39]))
    if kind.kind != "f" and not (nodata is not None and float(nodata).is_integer()):
        expected_nodata = None
    else:
        expected_nodata = nodata
    found = invalid(array, encoding, nodata)
    valid = valid_mask(array, encoding, nodata)
    for row, col in np.ndindex(4, 2):
        reasons = [reason for reason, mask in found.items() if mask[row, col]]
        vector = array[:, row, col].tolist()
        assert "".join(reasons) == reason_of(vector, kind, encoding, expected_nodata)
        assert valid[row, col] == (not reasons)


def test_a_pixel_that_is_minus_128_in_some_bands_only_has_data() -> None:
    pixels = np.array([[-128, -128, 5], [-128, 0, 0]], np.int8)
    assert valid_mask(pixels, "alphaearth", None).tolist() == [False, True, True]


@pytest.mark.parametrize("encoding", ["float", "alphaearth"])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "float32"])
@pytest.mark.parametrize("nodata", [None, 0, -128, 7, -9999, math.nan])
@pytest.mark.parametrize("bands", [1, 3, 4])
def test_a_filled_pixel_is_void(
    encoding: Any, dtype: str, nodata: float | None, bands: int
) -> None:
    pixel = np.full((bands, 1), filler(encoding, nodata, dtype), dtype)
    assert not valid_mask(pixel, encoding, nodata).any()


@pytest.mark.parametrize(
    ("dtype", "nodata", "kept"),
    [
        ("float32", None, True),
        ("float32", -9999, True),
        ("uint8", 255, True),
        ("uint8", None, False),  # nothing else could say void
        ("uint8", 0, False),
        ("float32", 0, False),
    ],
)
@pytest.mark.parametrize("bands", [1, 3])
def test_zero_is_an_ordinary_number_of_few_bands(
    dtype: str, nodata: float | None, kept: bool, bands: int
) -> None:
    zeros = np.zeros((bands, 5), dtype)
    assert (valid_mask(zeros, "float", nodata) == kept).all()
    assert not valid_mask(np.zeros((4, 5), dtype), "float", nodata).any()


def test_what_float32_cannot_hold_is_no_data() -> None:
    pixels = np.array([[1e39, -1e300, 1e38, -1.7976931348623157e308]])
    assert valid_mask(pixels, "float", None).tolist() == [False, False, True, False]
    found = invalid(pixels, "float", -1.7976931348623157e308)
    assert found["nan"].tolist() == [True, True, False, False]
    assert found["nodata"].tolist() == [False, False, False, True]
    assert np.isfinite(decode(pixels[:, valid_mask(pixels, "float", None)], "float")).all()


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
    "AlphaEarth's bytes with few bands": (alphaearth_bytes(2000, bands=6), "alphaearth"),
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
    "some bands of all": (AE[:, :40], "alphaearth", {}, "all bands of the embedding are needed"),
    "other bytes": (tessera_like("int8") // 2, "alphaearth", {}, "must be 1"),
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
