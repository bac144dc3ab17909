"""Values: are the files of a split in themselves what samples may be?"""

from __future__ import annotations

import numpy as np
import pyogrio

from landloom.arrays import Int64s
from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.promises import Promises
from landloom.dataset.proof.split_files import Chunk, SplitFiles

HIGHEST_RELIEF = 21_000.0
"""Metres: from the deepest trench to the highest summit, and some more."""


def check_shape(files: SplitFiles, promises: Promises, findings: Findings) -> bool:
    """Compare array and footprints with the number of samples; tell whether they agree."""
    array = np.load(files.array, mmap_mode="r")
    total = pyogrio.read_info(files.footprints)["features"]
    shape = (files.counts["samples"], 2, promises.size, promises.size)
    agrees = array.shape == shape and array.dtype == np.float32 and total == len(array)
    findings.expect(
        agrees,
        f"{files.name}: array {array.shape} {array.dtype} and {total} footprints, expected "
        f"{shape} float32 and as many footprints",
    )
    return bool(agrees)


def check_values(chunk: Chunk, n_classes: int, findings: Findings) -> Int64s:
    """Look for values that no sample may have, and count the classes.

    Parameters
    ----------
    chunk
        The samples.
    n_classes
        How many classes the dataset has.
    findings
        Where faults are noted.

    Returns
    -------
    numpy.ndarray
        (n_classes,) int64: pixels of each class.
    """
    classes, relief = chunk.samples[:, 0], chunk.samples[:, 1]
    axes = (1, 2)
    endless = ~np.isfinite(chunk.samples).all(axis=(1, 2, 3))
    findings.refuse(chunk.split, chunk.rows[endless], "values that are not finite")
    last = n_classes - 1
    known = (classes >= 0) & (classes <= last) & (classes == np.floor(classes))
    findings.refuse(
        chunk.split,
        chunk.rows[~known.all(axis=axes)],
        f"classes that are not whole numbers in 0..{last}",
    )
    wrong = (relief.min(axis=axes) != 0) | (relief.max(axis=axes) > HIGHEST_RELIEF)
    findings.refuse(
        chunk.split,
        chunk.rows[wrong],
        "elevation does not begin at 0 m above the patch's lowest pixel, or is higher than any "
        "relief on Earth",
    )
    return np.bincount(classes[known].astype(np.int64), minlength=n_classes)
