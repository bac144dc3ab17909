"""Nearest neighbours on standardised bands: the fit, its flat form, prediction to the last bit.

scikit-learn finds neighbours by Euclidean distances from products of matrices, whose last bits
depend on how many rows are given to it at a time. Its standardised Euclidean distance
(``seuclidean``), which it adds up band by band, has the standardisation in it and depends on two
rows alone: `KNeighborsClassifier` with it, on float64, says what is found here, equal distances
too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from landloom.arrays import Float32s, Float64s, Int64s
from landloom.map.classifiers.flat_file import read_flat, write_flat
from landloom.map.classifiers.prediction import ByTiles, code_table
from landloom.map.classifiers.spread import spread_of
from landloom.map.kernel_cache import Kernel

if TYPE_CHECKING:
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import Pipeline


def fit_knn(X: Float32s, y: npt.ArrayLike, params: Mapping[str, Any]) -> KNeighborsClassifier:
    """Fit nearest neighbours on standardised bands.

    Parameters
    ----------
    X
        Features without NaN, (samples, bands).
    y
        Labels, (samples,).
    params
        ``n_neighbors``, of which there are never more than samples, and ``weights``.

    Returns
    -------
    KNeighborsClassifier
        For float64 rows, such as ``decoded.astype(float)``; it takes others, but goes other ways
        then.
    """
    from sklearn.neighbors import KNeighborsClassifier

    neighbours = min(int(params["n_neighbors"]), len(X))
    return KNeighborsClassifier(
        n_neighbors=neighbours,
        weights=params["weights"],
        algorithm="brute",
        metric="seuclidean",
        metric_params={"V": spread_of(X)[1] ** 2},
    ).fit(X.astype(np.float64), y)


def as_pipeline(model: KNeighborsClassifier) -> Pipeline:
    """Return what says the same, but for rounding, with bands that are standardised beforehand."""
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    plain = KNeighborsClassifier(model.n_neighbors, weights=model.weights, algorithm="brute")
    pipeline: Pipeline = make_pipeline(StandardScaler(), plain)
    return pipeline.fit(model._fit_X, model.classes_[model._y])


@dataclass(frozen=True, eq=False)
class FlatNeighbours(ByTiles):
    """A fitted `KNeighborsClassifier` of `fit_knn` as plain arrays.

    Parameters
    ----------
    classes
        Labels, ascending.
    samples
        Decoded, (samples, bands).
    codes
        Place of each sample's label among the classes, (samples,).
    variances
        Of the bands, (bands,).
    neighbours
        How many are looked for.
    weights
        ``uniform`` or ``distance``.
    scikit_learn
        The version that fitted it.
    table
        The value of each int8 code from -128 on, where rows are codes.
    """

    kind: ClassVar[str] = "knn"

    classes: npt.NDArray[Any]
    samples: Float32s
    codes: Int64s
    variances: Float64s
    neighbours: int
    weights: str
    scikit_learn: str
    table: Float32s | None = None

    @classmethod
    def from_model(cls, model: KNeighborsClassifier) -> FlatNeighbours:
        """Take the arrays of what `fit_knn` fitted."""
        import sklearn

        return cls(
            classes=model.classes_,
            samples=np.ascontiguousarray(model._fit_X, np.float32),
            codes=np.asarray(model._y, np.int64),
            variances=np.array(model.metric_params["V"], np.float64),
            neighbours=int(model.n_neighbors),
            weights=str(model.weights),
            scikit_learn=sklearn.__version__,
        )

    @property
    def n_features(self) -> int:
        """Bands."""
        return int(self.samples.shape[1])

    def with_codes(self, decoded: Float32s, first: int) -> FlatNeighbours:
        """Return the one that predicts codes, as `FlatForest.with_codes` has it."""
        return replace(self, table=code_table(decoded, first))

    def _predict_tile(self, values: Float32s, winners: Int64s, *, shares: bool) -> Float64s | None:
        """Take the class that most neighbours have; shares are those of their votes."""
        from landloom.map.classifiers import knn_kernel, votes_kernel

        laid, by_distance = self._laid, self.weights == "distance"
        # Eight numbers and more are added up in pairs, by their places.
        ordered = by_distance and self.neighbours >= 8
        found = np.empty((values.shape[1], self.neighbours), np.int64)
        squares, votes = np.empty(found.shape), np.empty((len(found), len(self.classes)))
        sure = np.empty(len(found), np.bool_)
        knn_kernel.nearest(
            values, laid.shift, laid.scale, laid.groups, laid.longest,
            self.samples, self.variances, self.codes, ordered, squares, found, sure,
        )  # fmt: skip
        votes_kernel.go_through(
            values, np.flatnonzero(~sure), self.samples, self.variances, self.codes,
            squares, found,
        )  # fmt: skip
        if by_distance:
            votes_kernel.weigh(squares, found, winners, votes)
        else:
            votes_kernel.count(found, winners, votes)
        return votes if shares else None

    @cached_property
    def _laid(self) -> _Laid:
        return _Laid.of(self.samples, self.variances)

    @classmethod
    def load(cls, path: str | Path) -> FlatNeighbours:
        """Read what `save` has written, without scikit-learn.

        Raises
        ------
        LandloomError
            Another version of Landloom wrote it.
        """
        about, arrays = read_flat(path)
        del about["kind"]
        return cls(**about, **arrays)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what it is made of, by name."""
        return {
            "classes": self.classes,
            "samples": self.samples,
            "codes": self.codes,
            "variances": self.variances,
        }

    def save(self, path: str | Path) -> None:
        """Write a plain ``.npz``. Its bytes depend on nothing but the samples and parameters."""
        about = {
            "kind": self.kind,
            "neighbours": self.neighbours,
            "weights": self.weights,
            "scikit_learn": self.scikit_learn,
        }
        write_flat(path, about, self.arrays(), self.table)


@dataclass(frozen=True, eq=False)
class _Laid:
    """Samples as pixels meet them first, in single precision.

    Attributes
    ----------
    shift, scale
        Of the bands: ``z = (value - shift) * scale``.
    groups
        (groups, bands + 1, samples of a group): bands, filled up to a multiple of four with zeros,
        then squared lengths.
    longest
        The largest length.
    """

    shift: Float64s
    scale: Float64s
    groups: Float32s
    longest: float

    @classmethod
    def of(cls, samples: Float32s, variances: Float64s) -> _Laid:
        from landloom.map.classifiers import knn_kernel as kernel

        exact = samples.astype(np.float64)
        shift, scale = exact.mean(axis=0), 1.0 / np.sqrt(variances)
        z = (exact - shift) * scale
        squares = (z**2).sum(axis=1)
        wide = z.shape[1] + -z.shape[1] % kernel.STEP
        count = -(-len(z) // kernel.GROUP)
        laid = np.zeros((count * kernel.GROUP, wide + 1), np.float32)
        laid[:, -1] = kernel.FAR
        laid[: len(z), : z.shape[1]] = z
        laid[: len(z), -1] = squares
        groups = laid.reshape(count, kernel.GROUP, -1).transpose(0, 2, 1)
        return cls(shift, scale, np.ascontiguousarray(groups), float(np.sqrt(squares.max())))


def compile_nearest() -> None:
    """Compile the search, for all that is asked of it."""
    from landloom.map.classifiers import knn_kernel

    laid = _Laid.of(np.zeros((1, 1), np.float32), np.ones(1))
    knn_kernel.nearest(
        np.zeros((1, 1), np.float32), laid.shift, laid.scale, laid.groups, laid.longest,
        np.zeros((1, 1), np.float32), np.ones(1), np.zeros(1, np.int64), False,
        np.zeros((1, 1)), np.zeros((1, 1), np.int64), np.zeros(1, np.bool_),
    )  # fmt: skip


def compile_votes() -> None:
    """Compile the votes, for all that is asked of them."""
    from landloom.map.classifiers import votes_kernel

    squares, found, winners = np.ones((1, 1)), np.zeros((1, 1), np.int64), np.zeros(1, np.int64)
    one = np.zeros((1, 1), np.float32)
    votes_kernel.go_through(one, winners, one, np.ones(1), np.zeros(1, np.int64), squares, found)
    votes_kernel.count(found, winners, np.ones((1, 1)))
    votes_kernel.weigh(squares, found, winners, np.ones((1, 1)))


KNN_KERNELS = (
    Kernel("landloom.map.classifiers.knn_kernel", "search for neighbours", compile_nearest),
    Kernel("landloom.map.classifiers.votes_kernel", "votes of neighbours", compile_votes),
)
"""What is to be loaded before the first prediction."""
