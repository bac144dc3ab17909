"""What a classifier is to those who predict with it: the map's blocks, votes, and judgements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import numpy.typing as npt

from landloom.arrays import Float32s, Float64s, Indices, Int64s
from landloom.map.forest.forest import Prediction

_ROWS_AT_ONCE = 4096
"""Rows that are laid out together: of 64 bands, a megabyte."""


class Classifier(Protocol):
    """A fitted classifier as plain arrays, which predicts what scikit-learn's own would.

    Attributes
    ----------
    kind
        ``forest``, ``logistic`` or ``knn``.
    """

    kind: ClassVar[str]

    @property
    def classes(self) -> npt.NDArray[Any]:
        """Labels, ascending."""
        ...

    @property
    def n_features(self) -> int:
        """Bands."""
        ...

    @property
    def on_codes(self) -> bool:
        """Whether rows are raw int8 codes instead of float32 values."""
        ...

    def with_codes(self, decoded: Float32s, first: int) -> Self:
        """Return the one that predicts codes, as `FlatForest.with_codes` has it."""
        ...

    def predict(
        self,
        X: npt.NDArray[Any],
        rows: Indices | None = None,
        *,
        confidence: bool = False,
        probabilities: bool = False,
    ) -> Prediction:
        """Predict rows, as `FlatForest.predict` has it."""
        ...

    def save(self, path: str | Path) -> None:
        """Write a plain ``.npz``. Its bytes depend on nothing but the classifier."""
        ...


class ByTiles(ABC):
    """What goes through decoded rows some thousand at a time, and says of each part what it is.

    Attributes
    ----------
    classes
        Labels, ascending.
    table
        The value of each int8 code from -128 on, where rows are codes.
    """

    classes: npt.NDArray[Any]
    table: Float32s | None

    @property
    @abstractmethod
    def n_features(self) -> int:
        """Bands."""

    @property
    def on_codes(self) -> bool:
        """Whether rows are raw int8 codes instead of float32 values."""
        return self.table is not None

    @abstractmethod
    def _predict_tile(self, values: Float32s, winners: Int64s, *, shares: bool) -> Float64s | None:
        """Write the winning classes' numbers of (bands, pixels); return the shares if wanted.

        These are (pixels, classes), as ``predict_proba`` has them.
        """

    def predict(
        self,
        X: npt.NDArray[Any],
        rows: Indices | None = None,
        *,
        confidence: bool = False,
        probabilities: bool = False,
    ) -> Prediction:
        """Predict rows: the class with the highest share, of equals the first.

        Parameters
        ----------
        X, rows, confidence, probabilities
            As for `FlatForest.predict`. The confidence is the highest of the probabilities.
        """
        n = len(X) if rows is None else len(rows)
        winners = np.empty(n, np.int64)
        highest = np.empty(n) if confidence else None
        table = np.empty((n, len(self.classes))) if probabilities else None
        for part, values in decoded_tiles(X, rows, self.n_features, self.table):
            shares = self._predict_tile(values, winners[part], shares=confidence or probabilities)
            if highest is not None and shares is not None:
                highest[part] = shares.max(axis=1)
            if table is not None and shares is not None:
                table[part] = shares
        return Prediction(self.classes.take(winners), highest, table)


def decoded_tiles(
    X: npt.NDArray[Any], rows: Indices | None, n_features: int, table: Float32s | None
) -> Iterator[tuple[slice, Float32s]]:
    """Yield rows band by band, some thousand at a time.

    Parameters
    ----------
    X
        Float32 values, or int8 codes where there is a table; (rows, bands) of any layout.
    rows
        Numbers of the rows; left out, all are.
    n_features
        Bands that there have to be.
    table
        The value of each code, from -128 on.

    Yields
    ------
    slice
        Which of the rows.
    ndarray of float32, (bands, rows of the slice)
        Their values.
    """
    wanted = np.dtype(np.float32 if table is None else np.int8)
    if X.dtype != wanted or X.ndim != 2 or X.shape[1] != n_features:
        raise TypeError(
            f"rows must be {wanted.name}, (rows, {n_features}), not {X.dtype.name} {X.shape}"
        )
    chosen = np.arange(len(X)) if rows is None else np.asarray(rows, np.intp)
    if chosen.size and not 0 <= chosen.min() <= chosen.max() < len(X):
        raise IndexError(f"rows must be within 0 and {len(X) - 1}")
    for start in range(0, chosen.size, _ROWS_AT_ONCE):
        part = chosen[start : start + _ROWS_AT_ONCE]
        values = np.take(X.T, part, axis=1)
        if table is not None:
            values = table[values.astype(np.int16) + 128]
        yield slice(start, start + part.size), np.ascontiguousarray(values)


def code_table(decoded: Float32s, first: int) -> Float32s:
    """Return the value of each int8 code, from -128 on; of those beyond the table, 0."""
    decoded = np.asarray(decoded)
    if decoded.dtype != np.float32 or first < -128 or first + len(decoded) > 128:
        raise ValueError("codes must be int8, and their values float32")
    table = np.zeros(256, np.float32)
    table[first + 128 : first + 128 + len(decoded)] = decoded
    return table
