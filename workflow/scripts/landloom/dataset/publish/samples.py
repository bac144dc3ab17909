"""The samples as exports give them away: classes as bytes, with their places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from landloom.arrays import Float32s, Int64s
from landloom.dataset.stack_view import StackView

Labels = npt.NDArray[np.unsignedinteger[Any]]
"""Class indices of pixels, in the narrowest type that holds them all."""

Place = dict[str, str | int | float]
"""What is known of where a sample lies."""

MOST_IN_A_BYTE = 255
"""Classes whose indices fit into a byte and leave one of its values for no data."""


def label_type(count: int) -> np.dtype[np.unsignedinteger[Any]]:
    """Return the narrowest type for the indices of so many classes."""
    return np.dtype(np.uint8 if count <= MOST_IN_A_BYTE else np.uint16)


@dataclass(frozen=True)
class Samples:
    """The samples of one split and the places where they lie.

    Attributes
    ----------
    view
        The split with its array.
    places
        Its table: row i is sample i.
    classes
        How many classes there are.
    """

    view: StackView
    places: pd.DataFrame
    classes: int

    @classmethod
    def of(cls, view: StackView, classes: int) -> Samples:
        """Return the samples of a split."""
        return cls(view, view.table(geometry=False), classes)

    def chunks(self, most: int | None = None) -> Iterator[tuple[Int64s, Labels, Float32s]]:
        """Yield rows, class indices and heights (m) of some samples at a time, in their order.

        Parameters
        ----------
        most
            Samples of a chunk; if None, as many as have a million pixels.
        """
        for rows, labels, heights in self.view.chunks(most):
            yield rows, labels.astype(label_type(self.classes)), heights

    def some(self, rows: Int64s) -> tuple[Labels, Float32s]:
        """Return class indices and heights (m) of some samples, (n, size, size) each."""
        labels, heights = self.view.samples(rows)
        return labels.astype(label_type(self.classes)), heights

    def place(self, row: int) -> Place:
        """Return what is known of where a sample lies: its cell, row, col, lon, lat."""
        found = self.places.iloc[row]
        return {
            "split": self.view.split,
            "sample": row,
            "cell": str(found["cell"]),
            "row": int(found["row"]),
            "col": int(found["col"]),
            "lon": float(found["lon"]),
            "lat": float(found["lat"]),
        }
