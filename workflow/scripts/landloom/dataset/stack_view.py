"""Looking into finished stacks of samples: just the rows and the columns that are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio

from landloom.arrays import Int64s

_CHUNK_PIXELS = 2**20
"""Pixels that are held at once where all samples are read, at least a patch."""


@dataclass(frozen=True)
class StackView:
    """The files of one split.

    Parameters
    ----------
    split
        Its name, which is the GeoPackage's layer too.
    footprints
        The ``.gpkg`` whose row i is sample i.
    array
        The ``.npy`` of samples; None where only places are looked at.
    """

    split: str
    footprints: str | Path
    array: str | Path | None = None

    def places(self) -> tuple[Int64s, Int64s]:
        """Return the lattice rows and columns of the samples."""
        table = pyogrio.read_dataframe(self.footprints, columns=["row", "col"], read_geometry=False)
        return table["row"].to_numpy(np.int64), table["col"].to_numpy(np.int64)

    def table(self, geometry: bool = True) -> pd.DataFrame:
        """Return the table of the samples, as the GeoPackage has it; row i is sample i."""
        return pyogrio.read_dataframe(self.footprints, read_geometry=geometry)

    def counts(self) -> dict[str, int]:
        """Return the cells that have samples, and how many."""
        query = f'SELECT cell, COUNT(*) AS samples FROM "{self.split}" GROUP BY cell'
        table = pyogrio.read_dataframe(self.footprints, sql=query, read_geometry=False)
        return dict(zip(table["cell"].tolist(), table["samples"].tolist(), strict=True))

    def __len__(self) -> int:
        return int(self._mapped().shape[0])

    @property
    def size(self) -> int:
        """Rows and columns of a patch."""
        return int(self._mapped().shape[-1])

    def samples(
        self, rows: Int64s, step: int = 1
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """Read some samples, each by itself: the others of the file are not touched.

        Parameters
        ----------
        rows
            Which samples, of any shape.
        step
            Every which pixel to take.

        Returns
        -------
        tuple
            Class indices and heights (m), each ``(*rows.shape, size / step, size / step)``.
        """
        mapped = self._mapped()
        taken = np.stack([mapped[row, :, ::step, ::step] for row in rows.ravel()])
        pixels = taken.shape[-2:]
        classes = taken[:, 0].astype(np.int32).reshape(*rows.shape, *pixels)
        return classes, taken[:, 1].reshape(*rows.shape, *pixels)

    def labels_at(self, rows: Int64s, y: Int64s, x: Int64s) -> Int64s:
        """Return the class indices of single pixels: of samples, their rows and columns, (n,)."""
        found: Int64s = self._mapped()[rows, 0, y, x].astype(np.int64)
        return found

    def chunks(
        self, most: int | None = None
    ) -> Iterator[tuple[Int64s, npt.NDArray[np.int32], npt.NDArray[np.float32]]]:
        """Yield all samples in their order, some at a time: their rows, classes and heights (m).

        Parameters
        ----------
        most
            Samples of a chunk; if None, as many as have a million pixels.
        """
        count = most or max(1, _CHUNK_PIXELS // self.size**2)
        for start in range(0, len(self), count):
            rows = np.arange(start, min(start + count, len(self)))
            yield rows, *self.samples(rows)

    def _mapped(self) -> npt.NDArray[np.float32]:
        assert self.array is not None
        mapped: npt.NDArray[np.float32] = np.load(self.array, mmap_mode="r")
        return mapped
