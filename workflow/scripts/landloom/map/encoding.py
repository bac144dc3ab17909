"""What the numbers of an embedding raster mean: decoding, nodata, and doubts.

Notes
-----
Two encodings are known:

``float``
    The stored numbers are the embedding.
``alphaearth``
    Signed bytes of the AlphaEarth Foundations Satellite Embedding. A byte v means
    ``sign(v) · (v / 127.5)²`` and -128 in every band marks nodata. The decoded vectors are of unit
    length (Brown et al. 2025, "AlphaEarth Foundations", arXiv:2507.22291, and the data set's
    description).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from landloom.arrays import Mask

Encoding = Literal["float", "alphaearth"]
Reason = Literal["nan", "nodata", "zero"]

ALPHAEARTH_NODATA = -128
"""What marks nodata in AlphaEarth's bytes, when it stands in every band."""

VECTOR = 4
"""Bands: with fewer, a pixel of one number throughout, or of length 1, is no wonder."""

_FLOAT32 = np.dtype(np.float32)


def decode(array: npt.NDArray[Any], encoding: Encoding) -> npt.NDArray[np.float32]:
    """Turn stored numbers into the embedding's.

    Parameters
    ----------
    array : ndarray of any shape
        Numbers as stored.
    encoding : {'float', 'alphaearth'}
        What they mean.

    Returns
    -------
    ndarray of float32, of the same shape
        For ``alphaearth`` ``sign(v) · (v / 127.5)²``, every step in float32. Nodata is decoded
        like a value: mask it first with `valid_mask`.
    """
    if encoding == "float":
        return array.astype(np.float32, copy=False)
    if array.dtype == np.int8:
        return _BYTE_VALUES[array.view(np.uint8)]
    return _signed_square(array)


def _signed_square(array: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    scaled: npt.NDArray[np.float32] = array.astype(np.float32) / np.float32(127.5)
    return scaled * np.abs(scaled)


_BYTE_VALUES = _signed_square(np.arange(256, dtype=np.uint8).view(np.int8))


def invalid(
    array: npt.NDArray[Any], encoding: Encoding, nodata: float | None
) -> dict[Reason, Mask]:
    """Return which pixels hold no embedding, and why.

    Parameters
    ----------
    array : ndarray, shape (bands, ...)
        Numbers as stored, bands first.
    encoding : {'float', 'alphaearth'}
        What they mean.
    nodata : float or None
        The stored number that marks nodata.

    Returns
    -------
    dict of bool ndarrays, shape (...)
        ``nan``
            NaN or infinite in any band, as float32 has it, in which the forest computes.
        ``nodata``
            ``float``: nodata in any band, since the rest of such a vector is not to be trusted.
            Only a nodata of 0 must fill every band, because 0 is an ordinary value of one band.
            ``alphaearth``: -128 in every band (or the given nodata in every band).
        ``zero``
            Zero in every band: what many write where they have no vector. With fewer than four
            bands that is an ordinary pixel, such as flat ground, so there it only counts for
            whole numbers without a nodata, which have no other way to say void.
        A pixel is named once, by the first reason that holds.
    """
    flat = array.reshape(array.shape[0], -1)
    nothing = np.zeros(flat.shape[1], dtype=np.bool_)
    nan = nothing.copy()
    if array.dtype.kind == "f":
        for band in flat:
            nan |= ~np.isfinite(band)
    missing = nothing.copy()
    mark = marker(nodata, array.dtype)
    if encoding == "alphaearth":
        missing |= in_every_band(flat, ALPHAEARTH_NODATA)
        if mark is not None and mark != ALPHAEARTH_NODATA:
            missing |= in_every_band(flat, mark)
    elif mark == 0:
        missing |= in_every_band(flat, 0)
    elif mark is not None:
        for band in flat:
            missing |= band == mark
    missing &= ~nan
    if array.dtype.kind == "f" and array.dtype.itemsize > _FLOAT32.itemsize:
        for band in flat:  # after nodata, which may be such a number
            nan |= _too_large(band) & ~missing
    zero = (
        in_every_band(flat, 0)
        if _zero_is_void(encoding, nodata, array.dtype, len(flat))
        else nothing
    )
    zero &= ~(nan | missing)
    shape = array.shape[1:]
    return {
        "nan": nan.reshape(shape),
        "nodata": missing.reshape(shape),
        "zero": zero.reshape(shape),
    }


def _too_large(band: npt.NDArray[Any]) -> Mask:
    with np.errstate(over="ignore"):
        return ~np.isfinite(band.astype(np.float32))


def _zero_is_void(
    encoding: Encoding, nodata: float | None, dtype: npt.DTypeLike, bands: int
) -> bool:
    mark = marker(ALPHAEARTH_NODATA if encoding == "alphaearth" else nodata, dtype)
    return bands >= VECTOR or (np.dtype(dtype).kind != "f" and mark is None)


def valid_mask(array: npt.NDArray[Any], encoding: Encoding, nodata: float | None) -> Mask:
    """Return which pixels hold an embedding: those that `invalid` gives no reason against.

    Parameters
    ----------
    array : ndarray, shape (bands, ...)
        Numbers as stored, bands first.
    encoding, nodata
        As for `invalid`.

    Returns
    -------
    bool ndarray, shape (...)
    """
    reasons = invalid(array, encoding, nodata)
    return ~(reasons["nan"] | reasons["nodata"] | reasons["zero"])


def in_every_band(bands: Iterable[npt.NDArray[Any]], value: float) -> Mask:
    """Find the pixels that hold a value in every band, looking no further than needed.

    Parameters
    ----------
    bands : iterable of ndarrays of one shape
        Not taken from further once no pixel is left.
    value : float
        The value.

    Returns
    -------
    bool ndarray, of the bands' shape
    """
    rest = iter(bands)
    found: Mask = next(rest) == value
    for band in rest:
        if not found.any():
            break
        found &= band == value
    return found


def marker(nodata: float | None, dtype: npt.DTypeLike) -> float | None:
    """Return nodata as a number of the stored type; None if no pixel can equal it."""
    kind = np.dtype(dtype)
    if nodata is None or math.isnan(nodata):
        return None
    if kind.kind == "f":
        with np.errstate(over="ignore"):
            return float(np.asarray(nodata, dtype=kind))
    limits = np.iinfo(kind)
    whole = math.isfinite(nodata) and float(nodata).is_integer()
    return int(nodata) if whole and limits.min <= nodata <= limits.max else None


def void_values(
    encoding: Encoding, nodata: float | None, dtype: npt.DTypeLike, bands: int
) -> frozenset[float] | None:
    """Return the numbers that make a pixel invalid by standing in every band, if nothing else does.

    Parameters
    ----------
    encoding, nodata
        As for `invalid`.
    dtype : dtype
        The stored type.
    bands : int
        How many there are.

    Returns
    -------
    frozenset of float, or None
        None where a single band may make a pixel invalid, so that all have to be looked at.
    """
    mark = marker(nodata, dtype)
    if np.dtype(dtype).kind == "f" or (encoding == "float" and mark not in (None, 0)):
        return None
    marks: set[float] = set() if mark is None else {mark}
    if encoding == "alphaearth":
        marks.add(ALPHAEARTH_NODATA)
    if _zero_is_void(encoding, nodata, dtype, bands):
        marks.add(0)
    return frozenset(marks)


def filler(encoding: Encoding, nodata: float | None, dtype: npt.DTypeLike) -> float:
    """Return a number of the stored type that makes a pixel invalid when it fills every band.

    Parameters
    ----------
    encoding, nodata
        As for `invalid`.
    dtype : dtype
        The stored type.
    """
    if encoding == "alphaearth":
        return marker(ALPHAEARTH_NODATA, dtype) or 0
    mark = marker(nodata, dtype)
    if mark is not None:
        return mark
    return math.nan if np.dtype(dtype).kind == "f" else 0
