"""The finished files of a split, read a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyogrio

from landloom.arrays import Float32s, Int64s, Mask
from landloom.job.runner import tenths

_CHUNK_PIXELS = 2**20
"""Output pixels that are held at once, at least a patch."""


@dataclass(frozen=True)
class SplitFiles:
    """The finished files of one split.

    Attributes
    ----------
    name
        Train or test.
    array, footprints
        Paths of the samples and of the table of their places.
    counts
        What became of the split's patches.
    """

    name: str
    array: Path
    footprints: Path
    counts: Mapping[str, Any]

    def chunks(self) -> Iterator[Chunk]:
        """Yield samples with their footprints; the array is mapped anew for each chunk."""
        total, _, *sides = np.load(self.array, mmap_mode="r").shape
        count = max(1, _CHUNK_PIXELS // int(np.prod(sides)))
        for start in tenths(range(0, total, count), f"{self.name}: samples proved"):
            samples = np.array(np.load(self.array, mmap_mode="r")[start : start + count])
            table = pyogrio.read_dataframe(
                self.footprints, skip_features=start, max_features=len(samples)
            )
            yield Chunk(self.name, np.arange(start, start + len(samples)), samples, table)


@dataclass(frozen=True)
class Chunk:
    """Some samples of a split.

    Attributes
    ----------
    split
        The split's name.
    rows
        (n,) numbers of the samples in the split's files.
    samples
        (n, 2, size, size): index of the class, and metres above the patch's lowest pixel.
    table
        The n footprints.
    """

    split: str
    rows: Int64s
    samples: Float32s
    table: geopandas.GeoDataFrame

    def take(self, some: Mask) -> Chunk:
        """Return the samples that a mask (n,) chooses."""
        return Chunk(self.split, self.rows[some], self.samples[some], self.table[some])
