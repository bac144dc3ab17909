"""Looking into finished stacks of samples: just the rows and the columns that are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyogrio

from landloom.arrays import Int64s


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

    def _mapped(self) -> npt.NDArray[np.float32]:
        assert self.array is not None
        mapped: npt.NDArray[np.float32] = np.load(self.array, mmap_mode="r")
        return mapped
