"""What stored numbers mean: decoding, nodata, and the guard against a wrong declaration."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasters import alphaearth_bytes, numbers

from landloom.map.encoding import decode, filler, invalid, valid_mask


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
