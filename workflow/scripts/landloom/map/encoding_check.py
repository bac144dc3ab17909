"""Doubts about an embedding: whether its numbers can be what the user declared them to be."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from landloom.arrays import Mask
from landloom.errors import LandloomError
from landloom.map.embedding import EmbeddingInfo
from landloom.map.encoding import ALPHAEARTH_NODATA, VECTOR, Reason, decode, invalid, marker

_ALPHAEARTH_BANDS = 64
_UNIT = 0.05  # how far from 1 a decoded vector's length may lie


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
        If ``alphaearth`` is declared for other than 64 bands, for numbers that are not signed
        bytes or whose decoded vectors are not of unit length; if no pixel has data; if nodata
        would be taken as data; if
        ``float`` is declared for AlphaEarth's bytes, plain or divided by 127, 127.5 or 128; if
        every band is constant.

    Notes
    -----
    Unit length is asked of the median vector, within 5 %: a byte's rounding changes a length by
    about 0.2 %, and resampling shortens the vectors at edges, but not the median's.
    """
    _check_bands(info)
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


def _check_bands(info: EmbeddingInfo) -> None:
    """Refuse other than AlphaEarth's number of bands: without a few, a length is still near 1."""
    if info.encoding == "alphaearth" and info.bands != _ALPHAEARTH_BANDS:
        raise LandloomError(
            f"map.embedding.encoding: {info.name} cannot be AlphaEarth's signed bytes: it has "
            f"{info.bands} bands, and all {_ALPHAEARTH_BANDS} bands of the embedding are needed, "
            "no more; give these, or, for another embedding or a part of this one that is decoded, "
            "set encoding: float"
        )


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
    length = decoded_length(pixels)
    if not is_unit(length):
        hint = (
            "; divided by 127 they are of unit length, so they are linear: set encoding: float"
            if are_linear(pixels)
            else "; the bytes are needed as they were published, unscaled, or encoding: float"
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


def is_unit(length: float) -> bool:
    """Return whether a decoded vector may be so long."""
    return abs(length - 1) <= _UNIT


def are_linear(pixels: npt.NDArray[Any]) -> bool:
    """Return whether bytes, shape (pixels, bands), are unit vectors that were scaled by 127."""
    return is_unit(_median_length(pixels.astype(np.float32) / np.float32(127)))


def decoded_length(pixels: npt.NDArray[Any]) -> float:
    """Return the median length of AlphaEarth's bytes, shape (pixels, bands), once decoded."""
    return _median_length(decode(pixels, "alphaearth"))


def _check_float(pixels: npt.NDArray[Any], info: EmbeddingInfo) -> tuple[str, ...]:
    for value in _fill_values(pixels.dtype) if info.bands >= VECTOR else ():
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
    if pixels.shape[1] < VECTOR:
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
