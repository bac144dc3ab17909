"""Content: are the samples' classes those of the land cover? Counted again, by another method."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from rasterio.windows import Window

from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.promises import Promises, Witnesses
from landloom.dataset.proof.split_files import Chunk
from landloom.dataset.proof.windows import Windows
from landloom.raster.opening import read_codes


def check_content(
    chunk: Chunk, windows: Windows, witnesses: Witnesses, promises: Promises, findings: Findings
) -> None:
    """Compare the class channel with the raster's own pixels, row by row.

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
    for i, (row, col) in enumerate(windows.tolist()):
        window = Window(col, row, promises.step, promises.step)
        pixels = read_codes(witnesses.raster, 1, window)
        unfit[i] = _is_unfit(pixels, promises)
        index = np.clip(np.nan_to_num(chunk.samples[i, 0]), 0, len(code_of) - 1).astype(int)
        differs[i] = (code_of[index] != majority(pixels.data, promises.downsample)).any()
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


def _is_unfit(pixels: np.ma.MaskedArray[Any, Any], promises: Promises) -> bool:
    """Return whether a patch's source pixels (step, step) are such that it is no sample."""
    return bool(
        np.ma.getmaskarray(pixels).any()
        or np.isin(pixels.data, promises.unknown).any()
        or any((pixels.data == code).mean() > most for code, most in promises.reject.items())
    )


def majority(pixels: npt.NDArray[Any], k: int) -> npt.NDArray[Any]:
    """Return the most frequent value of each k x k block, of equals the smallest: by sorting.

    Parameters
    ----------
    pixels
        (f, f), f divisible by k.
    k
        Side of a block.

    Returns
    -------
    numpy.ndarray
        (f / k, f / k), of the pixels' dtype.
    """
    side = pixels.shape[0] // k
    blocks = pixels.reshape(side, k, side, k).swapaxes(1, 2).reshape(side, side, k * k)
    ordered = np.sort(blocks, axis=-1)
    places = np.arange(k * k)
    begins = np.ones(ordered.shape, bool)
    begins[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    run = places - np.maximum.accumulate(np.where(begins, places, 0), axis=-1)
    # The longest run, and of equals the first, is where the count is highest for the first time.
    longest = run.argmax(axis=-1)[..., None]
    return np.take_along_axis(ordered, longest, axis=-1)[..., 0]
