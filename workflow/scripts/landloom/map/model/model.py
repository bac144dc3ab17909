"""A model as a thing of its own: the forest and all that is needed to map with it elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from landloom.arrays import Float32s, Int64s
from landloom.errors import LandloomError
from landloom.map.forest.forest import FlatForest
from landloom.map.model.archive import read_archive, write_archive
from landloom.map.model.card import ModelCard
from landloom.map.model.trees import check_forest

_FOREST = ("classes", "nodes", "roots", "fractions")


@dataclass(frozen=True)
class Model:
    """A model.

    Attributes
    ----------
    card : ModelCard
        What is to be known of it.
    forest : FlatForest
        It itself, for decoded float32 values.
    """

    card: ModelCard
    forest: FlatForest

    def write(self, path: Path) -> None:
        """Write it as one file; equal models give equal bytes."""
        arrays = {name: getattr(self.forest, name) for name in _FOREST}
        write_archive(path, self.card.model_dump(), arrays)

    @classmethod
    def read(cls, path: str | Path) -> Model:
        """Read what `write` wrote. Nothing in it is run.

        Raises
        ------
        LandloomError
            Where the file is none, was altered, or would lead the prediction astray.
        """
        where = str(path)
        told, arrays = read_archive(path)
        card = ModelCard.from_plain(told, where)
        missing = [name for name in _FOREST if name not in arrays]
        if missing:
            raise LandloomError(f"{where}: lacks {', '.join(missing)}; get the file again")
        forest = FlatForest(
            classes=arrays["classes"],
            n_features=len(card.bands),
            nodes=arrays["nodes"],
            roots=arrays["roots"],
            fractions=arrays["fractions"],
            scikit_learn=card.versions.get("scikit-learn", ""),
        )
        types = {name: array.dtype.name for name, array in arrays.items()}
        wanted = {"classes": "int64", "nodes": "uint32", "roots": "uint64", "fractions": "float64"}
        if types != wanted:
            raise LandloomError(f"{where}: holds {types}, where a forest has {wanted}")
        check_forest(forest, where)
        values = [entry.value for entry in card.classes]
        if forest.classes.tolist() != values:
            raise LandloomError(
                f"{where}: the forest has the classes {forest.classes.tolist()}, the manifest "
                f"names {values}; get the file again from where it was made"
            )
        return cls(card, forest)


def digest_of_samples(X: Float32s, y: Int64s) -> str:
    """Return the SHA-256 of samples: their bands, then their labels, little-endian."""
    digest = hashlib.sha256(np.ascontiguousarray(X, "<f4").tobytes())
    digest.update(np.ascontiguousarray(y, "<i8").tobytes())
    return digest.hexdigest()
