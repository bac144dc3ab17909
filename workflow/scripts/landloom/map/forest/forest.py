"""The forest that makes the map: its fit, its files, and prediction that equals scikit-learn's.

`FlatForest` holds a fitted forest as a few plain arrays. It loads in milliseconds, needs no
scikit-learn, and predicts with a compiled kernel what `RandomForestClassifier.predict` and
`predict_proba` would, to the last bit, in about a fifth of the processor's time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from landloom.arrays import Float32s, Float64s, UInt32s
from landloom.errors import LandloomError
from landloom.map.forest import vectors

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.tree import DecisionTreeClassifier


_LAYOUT = 1
"""Version of `FlatForest`'s arrays, kept in its file."""

ALWAYS_LEFT = np.uint32(0xFFFFFFFF)
"""Key of a node that no row leaves to the right."""

_SIGN = np.uint32(0x80000000)
_ROWS_AT_ONCE = 6000
"""Rows that are laid out and summed up together: a few megabytes."""


# --- the model ------------------------------------------------------------------------------------


def fit_final(
    X: Float32s, y: npt.ArrayLike, params: Mapping[str, Any], seed: int, n_jobs: int = 1
) -> RandomForestClassifier:
    """Fit the forest that makes the map.

    Parameters
    ----------
    X
        Features without NaN, (samples, bands).
    y
        Labels, (samples,): integers, since scikit-learn cannot balance classes whose names are
        numerals in text.
    params
        As scikit-learn takes them: ``best_params`` of the tuning.
    seed
        ``random_state``.
    n_jobs
        Threads. They change nothing, and the model does not remember them.
    """
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(**params, random_state=seed, n_jobs=n_jobs).fit(X, y)
    return model.set_params(n_jobs=None)  # or the file's bytes would tell the number of cores


def save_model(model: RandomForestClassifier, path: str | Path) -> None:
    """Write a model as ``joblib`` does, so that ``joblib.load(path).predict(X)`` works anywhere."""
    import joblib

    joblib.dump(model, path)


# --- the flat form --------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a forest says of rows.

    Parameters
    ----------
    labels
        The winning class of each row, as `RandomForestClassifier.predict` returns it.
    confidence
        The winner's share of the votes, the largest of the probabilities; None unless asked for.
    probabilities
        As ``predict_proba`` returns them, (rows, classes); None unless asked for.
    """

    labels: npt.NDArray[Any]
    confidence: Float64s | None = None
    probabilities: Float64s | None = None


@dataclass(frozen=True, eq=False)
class FlatForest:
    """A fitted `RandomForestClassifier` as plain arrays.

    Siblings lie side by side, as a pair of eight words; a root has a pair of its own, with an idle
    right half. Node ``n`` is the left (``n % 4 == 0``) or the right one (``n % 4 == 1``) of pair
    ``n // 4``. Its words in the flat array are ``2n``: the key of its threshold; ``2n + 1``: the
    number of its left child, which the right child follows; ``2n + 4``: its feature; ``2n + 5``:
    what it says. A row whose key is greater goes right. A leaf is its own left child under a
    greatest key, so a row stays there.

    Keys are unsigned integers in the order of the values. For float32 rows, thresholds are first
    rounded down to float32: that decides as scikit-learn's comparison with a float64 does.

    Parameters
    ----------
    classes
        Labels, ascending.
    n_features
        Bands.
    nodes
        (pairs, 8).
    roots
        Numbers of the trees' first nodes, in scikit-learn's order of the trees.
    fractions
        (rows, classes). A leaf that says ``~i`` (as int32) adds row i, scikit-learn's own
        fractions; a leaf of a single class may say its index instead, and adds 1.0 to it.
    scikit_learn
        The version that fitted it.
    on_codes
        Whether rows are raw int8 codes instead of float32 values; see `with_codes`.
    """

    kind: ClassVar[str] = "forest"

    classes: npt.NDArray[Any]
    n_features: int
    nodes: UInt32s
    roots: npt.NDArray[np.uint64]
    fractions: Float64s
    scikit_learn: str
    on_codes: bool = False

    @classmethod
    def from_model(cls, model: RandomForestClassifier) -> FlatForest:
        """Flatten a fitted forest of one output."""
        import sklearn

        if model.n_outputs_ != 1:
            raise ValueError("only forests of one output can be flattened")
        values = [_leaf_values(tree) for tree in model.estimators_]
        listed = _listed(values)
        nodes: list[UInt32s] = []
        roots: list[int] = []
        start = row = 0
        for tree, value, by_row in zip(model.estimators_, values, listed, strict=True):
            says = value.argmax(axis=1)
            says[by_row] = ~np.arange(row, row + by_row.sum())
            row += int(by_row.sum())
            nodes.append(_flatten(tree, says, start))
            roots.append(start)
            start += 4 * len(nodes[-1])
        if start >= 2**32:
            raise ValueError(f"{start} nodes are more than 32 bits can count")
        return cls(
            classes=model.classes_,
            n_features=model.n_features_in_,
            nodes=np.concatenate(nodes),
            roots=np.array(roots, dtype=np.uint64),
            fractions=np.concatenate([v[by] for v, by in zip(values, listed, strict=True)]),
            scikit_learn=sklearn.__version__,
        )

    def save(self, path: str | Path) -> None:
        """Write a plain ``.npz``. Its bytes depend on nothing but the forest."""
        about = {
            "layout": _LAYOUT,
            "n_features": self.n_features,
            "scikit_learn": self.scikit_learn,
            "on_codes": self.on_codes,
        }
        with Path(path).open("wb") as file:
            np.savez(
                file,
                about=np.array(json.dumps(about)),
                classes=self.classes,
                nodes=self.nodes,
                roots=self.roots,
                fractions=self.fractions,
            )

    @classmethod
    def load(cls, path: str | Path) -> FlatForest:
        """Read what `save` has written, without scikit-learn.

        Raises
        ------
        LandloomError
            Another version of Landloom wrote it.
        """
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            if about.pop("layout") != _LAYOUT:
                raise LandloomError(
                    f"{path}: written by another version of Landloom. Delete it, so that it is "
                    "made again from the model."
                )
            arrays = {name: file[name] for name in ("classes", "nodes", "roots", "fractions")}
        return cls(**arrays, **about)

    def with_codes(self, decoded: Float32s, first: int) -> FlatForest:
        """Translate the thresholds, so that raw int8 codes are predicted without decoding them.

        A code goes where its decoded value would: nothing changes but the speed.

        Parameters
        ----------
        decoded
            Value of each code, strictly increasing, float32: just what decoding makes of it.
        first
            The code of ``decoded[0]``; the others follow without a gap. Codes beyond the table,
            such as nodata, are predicted as something: leave their rows out.
        """
        decoded = np.asarray(decoded)
        if self.on_codes or decoded.dtype != np.float32 or not (np.diff(decoded) > 0).all():
            raise ValueError("codes need a strictly increasing float32 table and a float forest")
        if first < -128 or first + len(decoded) > 128:
            raise ValueError("codes must be int8")
        nodes = self.nodes.copy()
        keys, left = nodes[:, 0:4:2], nodes[:, 1:4:2]
        inner = keys != ALWAYS_LEFT
        n_left = np.searchsorted(decoded, _value_of(keys[inner]), side="right")
        # Above all thresholds: the right child is made the left one of a node that no row leaves.
        left[inner] += (n_left == 0).astype(np.uint32)
        keys[inner] = np.where(n_left == 0, ALWAYS_LEFT, first + 127 + n_left)
        return replace(self, nodes=nodes, on_codes=True)

    def predict(
        self,
        X: npt.NDArray[Any],
        rows: npt.NDArray[np.intp] | None = None,
        *,
        confidence: bool = False,
        probabilities: bool = False,
    ) -> Prediction:
        """Predict rows as scikit-learn would, to the last bit.

        When labels alone are wanted, a row is done as soon as the trees that are left could not
        change its winner. Memory beyond the arguments and results does not grow with the rows.

        Parameters
        ----------
        X
            Float32 values, or int8 codes after `with_codes`; (rows, bands) of any layout. A block
            read as (bands, height, width) need not be copied: ``block.reshape(bands, -1).T``.
        rows
            Numbers of the rows to predict; left out, all are. What the others hold is never read.
            Rows must be free of NaN.
        confidence, probabilities
            What is wanted besides the labels.
        """
        rows = np.arange(len(X)) if rows is None else np.ascontiguousarray(rows, dtype=np.intp)
        if rows.size and not 0 <= rows.min() <= rows.max() < len(X):
            raise IndexError(f"rows must be within 0 and {len(X) - 1}")
        winners = np.empty(rows.size, dtype=np.intp)
        shares = np.empty(rows.size) if confidence else None
        table = np.empty((rows.size, len(self.classes))) if probabilities else None
        for part, mean in self._means(X, rows, labels_only=not (confidence or probabilities)):
            won = mean.argmax(axis=1)
            winners[part] = won
            if shares is not None:
                shares[part] = mean[np.arange(won.size), won]
            if table is not None:
                table[part] = mean
        return Prediction(self.classes.take(winners), shares, table)

    def _means(
        self, X: npt.NDArray[Any], rows: npt.NDArray[np.intp], labels_only: bool
    ) -> Iterator[tuple[slice, Float64s]]:
        """Yield the trees' mean fractions, or when `labels_only` just enough to see the winner."""
        bits, sign = self._bits(X)
        if rows.size and self._parts is not None:
            found = vectors.votes(self._parts, self.fractions, bits, rows, labels_only)
            for where, sums in found:
                yield where, sums / self.roots.size
            return
        from landloom.map.forest import kernel

        nodes = self.nodes.copy()
        nodes[:, 4::2] *= kernel.LANES  # features become offsets
        for start in range(0, rows.size, _ROWS_AT_ONCE):
            part = rows[start : start + _ROWS_AT_ONCE]
            groups = -(-part.size // kernel.LANES)
            tile = np.empty(groups * kernel.LANES * self.n_features, bits.dtype)
            votes = np.zeros((part.size + 1, len(self.classes)))
            kernel.pack(bits, part, sign, not self.on_codes, tile)
            kernel.vote(
                nodes.ravel(),
                self.roots,
                self.fractions,
                tile,
                self.n_features,
                part.size,
                labels_only,
                votes,
            )
            yield slice(start, start + part.size), votes[:-1] / self.roots.size

    @cached_property
    def _parts(self) -> list[vectors.Part] | None:
        """The trees for the vector kernel, where that is to be taken."""
        return vectors.in_vectors(
            self.nodes, self.roots, self.fractions, self.n_features, self.on_codes
        )

    def _bits(self, X: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], np.unsignedinteger[Any]]:
        """Return the rows' bits as unsigned integers, and the bit of the sign."""
        wanted, unsigned = (np.int8, np.uint8) if self.on_codes else (np.float32, np.uint32)
        if X.dtype != wanted or X.ndim != 2 or X.shape[1] != self.n_features:
            raise TypeError(
                f"rows must be {np.dtype(wanted).name}, (rows, {self.n_features}), "
                f"not {X.dtype.name} {X.shape}"
            )
        return X.view(unsigned), unsigned(1 << (8 * X.itemsize - 1))


def _leaf_values(tree: DecisionTreeClassifier) -> Float64s:
    """Return the classes' fractions in each leaf, in the order of the nodes."""
    values: Float64s = tree.tree_.value[tree.tree_.children_left < 0, 0, :]
    return values


def _listed(values: Sequence[Float64s]) -> list[npt.NDArray[np.bool_]]:
    """Return which leaves of each tree need a row of fractions: those of several classes.

    When there are many of them all do, since a choice that the processor cannot foresee costs
    more than adding zeros.
    """
    mixed = [(value != 1.0).all(axis=1) | ((value != 0).sum(axis=1) > 1) for value in values]
    if sum(map(np.count_nonzero, mixed)) > 0.1 * sum(map(len, mixed)):
        return [np.ones(len(leaves), dtype=bool) for leaves in mixed]
    return mixed


def _flatten(tree: DecisionTreeClassifier, says: npt.NDArray[np.intp], start: int) -> UInt32s:
    """Return a tree's pairs of nodes; `start` is the number of its root."""
    left, right = tree.tree_.children_left, tree.tree_.children_right
    inner, leaf = np.flatnonzero(left >= 0), np.flatnonzero(left < 0)
    number = np.full(len(left), start, dtype=np.int64)
    number[left[inner]] = start + 4 * np.arange(1, len(inner) + 1)
    number[right[inner]] = number[left[inner]] + 1

    key = np.full(len(left), ALWAYS_LEFT)
    key[inner] = _key_of(_round_down(tree.tree_.threshold[inner]))
    child = number.copy()
    child[inner] = number[left[inner]]
    feature = np.zeros(len(left), dtype=np.uint32)
    feature[inner] = tree.tree_.feature[inner]
    verdict = np.zeros(len(left), dtype=np.int32)
    verdict[leaf] = says

    words = np.zeros((8 * (len(inner) + 1)), dtype=np.uint32)
    words[2 * (number - start)] = key
    words[2 * (number - start) + 1] = child
    words[2 * (number - start) + 4] = feature
    words[2 * (number - start) + 5] = verdict.view(np.uint32)
    words[2:4] = ALWAYS_LEFT, start + 1  # the idle sibling of the root
    return words.reshape(-1, 8)


def _round_down(thresholds: Float64s) -> Float32s:
    """Return the largest float32 that is not above each threshold."""
    with np.errstate(over="ignore"):
        rounded = thresholds.astype(np.float32)
        below = np.nextafter(rounded, np.float32(-np.inf))
    return np.where(rounded > thresholds, below, rounded)


def _key_of(values: Float32s) -> UInt32s:
    """Return unsigned integers in the order of the values, which are not NaN."""
    bits = (values + np.float32(0)).view(np.uint32)  # -0.0 becomes 0.0, to which it is equal
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def _value_of(keys: UInt32s) -> Float32s:
    return np.where(keys & _SIGN, keys ^ _SIGN, ~keys).view(np.float32)


# --- the compiled kernel --------------------------------------------------------------------------


def compile_kernel() -> None:
    """Compile the kernel, for all that a forest asks of it."""
    _predict_by_a_stump(129)  # more bands than the other one takes


def compile_vectors() -> None:
    """Compile the kernel for vector registers, likewise, where the processor has what it takes."""
    _predict_by_a_stump(1)


def _predict_by_a_stump(bands: int) -> None:
    root = np.array([[ALWAYS_LEFT, 0, ALWAYS_LEFT, 1, 0, 0, 0, 0]], dtype=np.uint32)
    roots = np.zeros(1, dtype=np.uint64)
    stump = FlatForest(np.arange(1), bands, root, roots, np.empty((0, 1)), "")
    stump.predict(np.zeros((1, bands), dtype=np.float32))
    codes = stump.with_codes(np.zeros(1, dtype=np.float32), 0)
    codes.predict(np.zeros((1, bands), dtype=np.int8))
