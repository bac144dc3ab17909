"""The certificate: proof of the dataset's promises, on the finished files, by other means.

What made the files is not asked: pixels are found again from the footprints' coordinates, classes
counted again from the raster by another method, elevation read again at each pixel's own place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas
import numpy as np
import pandas as pd

from landloom.arrays import Int64s
from landloom.dataset.proof.content import check_content
from landloom.dataset.proof.counts import check_counts
from landloom.dataset.proof.edges import check_edges
from landloom.dataset.proof.elevation import Elevation, check_registration
from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.footprints import check_places, find_windows
from landloom.dataset.proof.promises import Promises, Witnesses
from landloom.dataset.proof.registration import HeightSource
from landloom.dataset.proof.separation import check_separation
from landloom.dataset.proof.shares import measure_buffer, measure_shares
from landloom.dataset.proof.split_files import SplitFiles
from landloom.dataset.proof.values import check_shape, check_values
from landloom.dataset.proof.windows import Windows
from landloom.raster.opening import open_raster


def certify(
    splits: Sequence[SplitFiles],
    cells: geopandas.GeoDataFrame,
    classes: pd.DataFrame,
    landcover: str,
    heights: HeightSource,
    promises: Promises,
) -> Findings:
    """Check every promise on the finished files.

    Parameters
    ----------
    splits
        Train and test.
    cells
        The cells with their split (``split.gpkg``).
    classes
        The class distribution.
    landcover
        Path of the land-cover raster.
    heights
        The elevation.
    promises
        What is promised.
    """
    findings = Findings()
    with open_raster(landcover) as raster:
        witnesses = Witnesses(cells, classes, raster, heights)
        seen = {files.name: _check_split(files, witnesses, promises, findings) for files in splits}
        check_separation([split.windows for split in seen.values()], raster, promises, findings)
        check_counts(splits, witnesses, promises, findings)
    check_edges(heights, tuple(cells.total_bounds.tolist()), findings)
    measure_shares({name: split.pixels for name, split in seen.items()}, classes, findings)
    findings.measured["patches"] = {files.name: dict(files.counts) for files in splits}
    measure_buffer(splits, promises, findings)
    return findings


@dataclass(frozen=True)
class _Seen:
    """What a split's samples are: their windows, and how many pixels each class has."""

    windows: Windows
    pixels: Int64s


def _check_split(
    files: SplitFiles, witnesses: Witnesses, promises: Promises, findings: Findings
) -> _Seen:
    """Check every sample of a split; where its files do not fit together, none."""
    pixels = np.zeros(len(witnesses.classes), np.int64)
    if not check_shape(files, promises, findings):
        return _Seen(np.empty((0, 2), np.int64), pixels)
    elevation = Elevation.of(files.counts["samples"], promises.size)
    found = []
    for chunk in files.chunks():
        pixels += check_values(chunk, len(pixels), findings)
        windows, whole = find_windows(chunk, witnesses.raster, promises.step, findings)
        placed = chunk.take(whole)
        check_places(placed, windows, witnesses, promises, findings)
        check_content(placed, windows, witnesses, promises, findings)
        elevation.compare(placed, windows, witnesses, promises)
        found.append(windows)
    check_registration(files.name, elevation, findings)
    return _Seen(np.concatenate(found), pixels)
