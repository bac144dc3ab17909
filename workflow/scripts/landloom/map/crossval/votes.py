"""Votes for samples by forests that did not learn from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from landloom.arrays import Float64s, Indices, Int64s
from landloom.job.files import whole_file


@dataclass(frozen=True)
class Votes:
    """Shares of the votes that samples got out of their folds.

    Attributes
    ----------
    sample
        Rows of `map/samples.parquet`, (n,), ascending.
    label
        Their true classes, (n,).
    fold
        The fold in which each was left out, (n,).
    classes
        Class values, (classes,), ascending: those of the whole forest.
    shares
        Shares of the votes, (n, classes), 0 to 1; a class that a fold's forest did not know has
        none.
    """

    sample: Indices
    label: Int64s
    fold: Int64s
    classes: Int64s
    shares: Float64s

    @property
    def predicted(self) -> Int64s:
        """The class with most votes, (n,); of equals the lowest, as scikit-learn takes it."""
        found: Int64s = self.classes[np.argmax(self.shares, axis=1)]
        return found

    def write(self, path: str | Path) -> None:
        """Write them as npz; equal votes give equal bytes."""
        with whole_file(path) as draft:
            np.savez(draft, **vars(self))

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read what `write` wrote."""
        with np.load(path) as held:
            return cls(**held)
