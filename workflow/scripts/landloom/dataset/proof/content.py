"""Content: are the samples' classes those of the land cover? Counted again, by another method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.arrays import Indices, Mask
from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.promises import Promises, Witnesses
from landloom.dataset.proof.split_files import Chunk
from landloom.dataset.proof.windows import Windows, groups
from landloom.raster.opening import read_codes

Codes = npt.NDArray[np.unsignedinteger]

_PIXELS = 2**21
"""Pixels of land cover that are held at once, unless one patch has more."""


def check_content(
    chunk: Chunk, windows: Windows, witnesses: Witnesses, promises: Promises, findings: Findings
) -> None:
    """Compare the class channel with the raster's own pixels.

    Parameters
    ----------
    chunk
        The n samples.
    windows
        (n, 2) their windows.
    witnesses
        The land cover, and the classes' codes.
    promises
        What is promised.
    findings
        Where faults are noted.
    """
    code_of = witnesses.classes["code"].to_numpy()
    differs, unfit = np.zeros((2, len(chunk.rows)), bool)
    for some, pixels, void in _read(witnesses.raster, windows, promises.step):
        unfit[some] = _is_unfit(pixels, void, promises)
        index = np.clip(np.nan_to_num(chunk.samples[some, 0]), 0, len(code_of) - 1).astype(int)
        counted = majority(pixels, promises.downsample)
        differs[some] = (code_of[index] != counted).any(axis=(1, 2))
    findings.refuse(
        chunk.split,
        chunk.rows[differs],
        "classes are not those of the raster at the footprint",
    )
    findings.refuse(
        chunk.split,
        chunk.rows[unfit],
        "patch holds void or unknown pixels, or too much of a rejected class",
    )


def _read(
    raster: DatasetReader, windows: Windows, step: int
) -> Iterator[tuple[Indices, Codes, Mask | None]]:
    """Read patches, neighbours at once: their numbers (m,), codes and void pixels (m, step, step).

    Where none is void, None stands for these.
    """
    # What lies between patches is read, too; where it may be no code, it is not looked at.
    most = _PIXELS if raster.dtypes[0] in ("uint8", "uint16") else 0
    for some in groups(np.concatenate([windows, windows + step], axis=1), most):
        top, left = windows[some].min(axis=0).tolist()
        bottom, right = (windows[some].max(axis=0) + step).tolist()
        read = read_codes(raster, 1, Window(left, top, right - left, bottom - top))
        places = windows[some] - np.array([top, left])
        masked = read.mask.any()
        void = _cut(np.ma.getmaskarray(read), places, step) if masked else None
        yield some, _cut(read.data, places, step), void


def _cut(read: npt.NDArray[Any], places: Windows, step: int) -> npt.NDArray[Any]:
    """Copy squares out of what was read, by their first rows and columns: (n, step, step)."""
    rows, cols = places.T
    found: npt.NDArray[Any] = sliding_window_view(read, (step, step))[rows, cols]
    return found


def _is_unfit(pixels: Codes, void: Mask | None, promises: Promises) -> Mask:
    """Return which patches' source pixels (n, step, step) are such that they are no samples."""
    unfit: Mask = np.zeros(len(pixels), bool)
    if void is not None:
        unfit |= void.any(axis=(1, 2))
    for code in promises.unknown:
        unfit |= (pixels == code).any(axis=(1, 2))
    for code, most in promises.reject.items():
        unfit |= (pixels == code).mean(axis=(1, 2)) > most
    return unfit


def majority(pixels: Codes, k: int) -> Codes:
    """Return the most frequent value of each k x k block, of equals the smallest: by sorting.

    Parameters
    ----------
    pixels
        (n, f, f), f divisible by k.
    k
        Side of a block.

    Returns
    -------
    numpy.ndarray
        (n, f / k, f / k), of the pixels' dtype.
    """
    n, side = len(pixels), pixels.shape[-1] // k
    blocks = pixels.reshape(n, side, k, side, k).swapaxes(2, 3).reshape(n, side, side, k * k)
    ordered = np.ascontiguousarray(np.moveaxis(np.sort(blocks, axis=-1), -1, 0))
    # How long is the run that ends here? The longest, and of equals the first, is what is sought.
    run = np.ones(ordered.shape[1:], np.min_scalar_type(k * k))
    longest = run.copy()
    found: Codes = ordered[0].copy()
    for value, before in zip(ordered[1:], ordered[:-1], strict=True):
        run *= value == before
        run += 1
        longer = run > longest
        np.copyto(found, value, where=longer)
        np.maximum(longest, run, out=longest)
    return found
