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
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from landloom.errors import LandloomError

if TYPE_CHECKING:
    from landloom.embedding import EmbeddingInfo

Encoding = Literal["float", "alphaearth"]
Reason = Literal["nan", "nodata", "zero"]
Mask = npt.NDArray[np.bool_]

ALPHAEARTH_NODATA = -128
"""What marks nodata in AlphaEarth's bytes, when it stands in every band."""

_UNIT = 0.05  # how far from 1 a decoded vector's length may lie
_VECTOR = 4  # bands: with fewer, a pixel of one number throughout, or of length 1, is no wonder
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
    """Say which pixels hold no embedding, and why.

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
    return bands >= _VECTOR or (np.dtype(dtype).kind != "f" and mark is None)


def valid_mask(array: npt.NDArray[Any], encoding: Encoding, nodata: float | None) -> Mask:
    """Say which pixels hold an embedding: those that `invalid` gives no reason against.

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
    """Give nodata as a number of the stored type; None if no pixel can equal it."""
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
    """Give the numbers that make a pixel invalid by standing in every band, if nothing else does.

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
    """Give a number of the stored type that makes a pixel invalid when it fills every band.

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


def check_encoding(values: npt.NDArray[Any], info: EmbeddingInfo) -> tuple[str, ...]:
    """Stop when stored numbers cannot be what the user declared them to be.

    Parameters
    ----------
    values : ndarray, shape (pixels, bands)
        Pixels as stored, from `sample_pixels`.
    info : EmbeddingInfo
        The embedding with its declared encoding and nodata.

    Returns
    -------
    tuple of str
        What is odd but not impossible, such as constant bands: a line each, for the log.

    Raises
    ------
    LandloomError
        If no pixel has data; if nodata would be taken as data; if ``alphaearth`` is declared for
        numbers that are not signed bytes or whose decoded vectors are not of unit length; if
        ``float`` is declared for AlphaEarth's bytes, plain or divided by 127, 127.5 or 128; if
        every band is constant.

    Notes
    -----
    Unit length is asked of the median vector, within 5 %: a byte's rounding changes a length by
    about 0.2 %, and resampling shortens the vectors at edges, but not the median's.
    """
    reasons = invalid(values.T, info.encoding, info.nodata)
    valid = ~np.logical_or.reduce(list(reasons.values()))
    if not valid.any():
        raise LandloomError(_no_data(reasons, info))
    pixels = values[valid]
    if info.encoding == "alphaearth":
        notes = _check_alphaearth(pixels, info)
    else:
        notes = _check_float(pixels, info)
    return notes + _check_constant(pixels, info)


def _no_data(reasons: dict[Reason, Mask], info: EmbeddingInfo) -> str:
    words = {"nan": "NaN", "nodata": "nodata", "zero": "zero in every band"}
    found = [words[key] for key, mask in reasons.items() if mask.any()]
    return (
        f"map.embedding.raster: {info.name} has no pixel with data: every pixel read is "
        f"{' or '.join(found)} (encoding {info.encoding}, nodata {info.nodata}); "
        "check the file and map.embedding.nodata"
    )


def _check_alphaearth(pixels: npt.NDArray[Any], info: EmbeddingInfo) -> tuple[str, ...]:
    wrong = f"map.embedding.encoding: {info.name} cannot be AlphaEarth's signed bytes: "
    remedy = "; if the vectors are decoded already, set encoding: float"
    if not _whole(pixels):
        length = _median_length(pixels.astype(np.float32))
        raise LandloomError(
            f"{wrong}its values are not whole numbers (from {pixels.min()} to {pixels.max()}, "
            f"median vector length {length:.3f}){remedy}"
        )
    if pixels.min() < -128 or pixels.max() > 127:
        raise LandloomError(
            f"{wrong}its values go from {pixels.min()} to {pixels.max()}, not from -127 to 127; "
            "bytes whose sign was lost (uint8) must be read anew as int8"
        )
    length = _median_length(decode(pixels, "alphaearth"))
    if abs(length - 1) > _UNIT:
        linear = _median_length(pixels.astype(np.float32) / np.float32(127))
        hint = (
            "; divided by 127 they are of unit length, so they are linear: set encoding: float"
            if abs(linear - 1) <= _UNIT
            else "; all bands of the embedding are needed, unscaled, or encoding: float"
        )
        raise LandloomError(
            f"{wrong}decoded, the median vector of {info.bands} bands is {length:.3f} long, "
            f"and must be 1{hint}"
        )
    partly = np.count_nonzero((pixels == ALPHAEARTH_NODATA).any(axis=1))
    if partly:
        return (
            f"{partly} of {len(pixels)} sampled pixels hold -128 in some bands only, which "
            "AlphaEarth does not; they are taken as data",
        )
    return ()


def _check_float(pixels: npt.NDArray[Any], info: EmbeddingInfo) -> tuple[str, ...]:
    for value in _fill_values(pixels.dtype) if info.bands >= _VECTOR else ():
        filled = np.count_nonzero((pixels == value).all(axis=1))
        if filled:
            raise LandloomError(
                f"map.embedding.nodata: {filled} of {len(pixels)} sampled pixels of {info.name} "
                f"hold {value} in every band and would be taken as data; set nodata: {value}"
                + (", or encoding: alphaearth" if value == ALPHAEARTH_NODATA else "")
            )
    scale = _alphaearth_scale(pixels)
    if scale is None:
        return ()
    found = f"the values of {info.name} are AlphaEarth's bytes"
    if scale != 1:
        raise LandloomError(
            f"map.embedding.encoding: {found} divided by {scale:g}, which is not how they are "
            "decoded (a byte v means sign(v)·(v/127.5)²); give the bytes and encoding: alphaearth"
        )
    if marker(info.nodata, info.dtype) != ALPHAEARTH_NODATA:
        raise LandloomError(
            f"map.embedding.encoding: {found}, undecoded, and -128 would be taken as data; "
            "set encoding: alphaearth"
        )
    return (f"{found}, used undecoded; encoding: alphaearth would decode them",)


def _check_constant(pixels: npt.NDArray[Any], info: EmbeddingInfo) -> tuple[str, ...]:
    constant = np.flatnonzero((pixels == pixels[0]).all(axis=0)) + 1
    if len(pixels) < 2 or not constant.size:
        return ()
    if constant.size == info.bands:
        raise LandloomError(
            f"map.embedding.raster: every band of {info.name} is constant ({len(pixels)} pixels "
            "read), so there is nothing to learn from; check the file and map.embedding.nodata"
        )
    names = ", ".join(str(band) for band in constant)
    return (f"constant in all {len(pixels)} sampled pixels, so of no use: band {names}",)


def _alphaearth_scale(pixels: npt.NDArray[Any]) -> float | None:
    """Find by what AlphaEarth's bytes were divided, if that is what the numbers are.

    Whole numbers alone prove nothing (other models store bytes too): the vectors must be of unit
    length by AlphaEarth's own decoding, nearly all of them.
    """
    if pixels.shape[1] < _VECTOR:
        return None
    for scale in (1.0, 127.0, 127.5, 128.0):
        levels = pixels.astype(np.float64) * scale
        if np.abs(levels).max() <= 128.5 and _whole(levels):
            lengths = np.linalg.norm(decode(np.rint(levels), "alphaearth"), axis=1)
            if np.mean(np.abs(lengths - 1) <= _UNIT) >= 0.95:
                return scale
    return None


def _fill_values(dtype: np.dtype[Any]) -> tuple[float, ...]:
    """Numbers that nobody measures, but many write where they have not measured."""
    low = float(np.finfo(dtype).min) if dtype.kind == "f" else int(np.iinfo(dtype).min)
    return tuple(sorted({v for v in (low, -9999, -32768, -128) if low <= v}))


def _whole(values: npt.NDArray[Any]) -> bool:
    return values.dtype.kind in "iu" or bool(np.all(np.abs(values - np.rint(values)) < 1e-3))


def _median_length(vectors: npt.NDArray[np.float32]) -> float:
    return float(np.median(np.linalg.norm(vectors, axis=1)))
