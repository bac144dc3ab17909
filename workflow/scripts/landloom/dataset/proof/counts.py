"""Counts: is every patch of the region accounted for? Counted again on the whole raster."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from rasterio.io import DatasetReader

from landloom.arrays import Float64s
from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.promises import Promises, Witnesses
from landloom.dataset.proof.split_files import SplitFiles
from landloom.dataset.proof.windows import lonlat_of

_CENTRES_AT_ONCE = 2**20
"""Patches whose centres are held at once, at least a row of them."""


def check_counts(
    splits: Sequence[SplitFiles], witnesses: Witnesses, promises: Promises, findings: Findings
) -> None:
    """Count the region's patches again, and see that each is accounted for.

    Parameters
    ----------
    splits
        Train and test.
    witnesses
        The cells, the classes and the land cover.
    promises
        What is promised.
    findings
        Where faults are noted.
    """
    for files in splits:
        counts = files.counts
        parts = counts["samples"] + counts["void"] + counts["buffered"]
        parts += sum(counts["rejected"].values())
        findings.expect(
            parts == counts["owned"],
            f"{files.name}: of {counts['owned']} patches {parts} are accounted for",
        )
    owned = sum(files.counts["owned"] for files in splits)
    found = _count_centres(witnesses.raster, promises.step, witnesses.cells.total_bounds)
    findings.expect(
        owned == found,
        f"the cells own {owned} patches, but {found} have their centre in the region",
    )
    findings.expect(
        _is_in_itself_right(witnesses.classes, owned * promises.step**2),
        "the class distribution contradicts itself, or has more pixels than the patches",
    )


def _is_in_itself_right(classes: pd.DataFrame, most: int) -> bool:
    """Return whether a distribution agrees with itself, and has no more than `most` pixels."""
    total = classes["count"].sum()
    shares = 100.0 * classes["count"] / total
    return (
        bool(np.allclose(classes["percentage"], shares))
        and classes["index"].tolist() == list(range(len(classes)))
        and bool(0 < total <= most)
    )


def _count_centres(raster: DatasetReader, step: int, region: Float64s) -> int:
    """Count the patches of the whole raster whose centre lies in a lon/lat box, edges included."""
    west, south, east, north = region
    rows, cols = raster.height // step, raster.width // step
    at_once = max(1, _CENTRES_AT_ONCE // max(cols, 1))
    count = 0
    for start in range(0, rows, at_once):
        row, col = np.mgrid[start : min(start + at_once, rows), 0:cols] + 0.5
        lon, lat = lonlat_of(raster, row * step, col * step)
        count += int(((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)).sum())
    return count
