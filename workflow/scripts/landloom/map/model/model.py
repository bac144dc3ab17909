"""A model as a thing of its own: it and all that is needed to map with it elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from landloom.arrays import Float32s, Int64s
from landloom.errors import LandloomError
from landloom.legend.legends import colored
from landloom.map.applicability.samples import Applicability
from landloom.map.classifiers.prediction import Classifier
from landloom.map.embedding import EmbeddingInfo
from landloom.map.forest.scores import versions
from landloom.map.model.archive import read_archive, write_archive
from landloom.map.model.card import (
    AgreementCard,
    BandCard,
    ClassCard,
    LeftOutCard,
    ModelCard,
    SamplesCard,
)
from landloom.map.model.comparison import ARRAYS, arrays_of, comparison_from
from landloom.map.model.parts import PARTS
from landloom.map.points import Points
from landloom.map.sample_table import band_names, labelled


@dataclass(frozen=True)
class Model:
    """A model.

    Attributes
    ----------
    card : ModelCard
        What is to be known of it.
    classifier : Classifier
        It itself, for decoded float32 values.
    applicability : Applicability, optional
        Its samples as other pixels are compared with them, where the card tells of it.
    """

    card: ModelCard
    classifier: Classifier
    applicability: Applicability | None = None

    def write(self, path: Path) -> None:
        """Write it as one file; equal models give equal bytes."""
        arrays = {name: getattr(self.classifier, name) for name in PARTS[self.card.kind].types}
        if self.applicability:
            arrays |= arrays_of(self.applicability)
        write_archive(path, self.card.plain(), arrays)

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
        parts = PARTS[card.kind]
        missing = [name for name in parts.types if name not in arrays]
        if missing:
            raise LandloomError(f"{where}: lacks {', '.join(missing)}; get the file again")
        compared = None
        if card.applicability:
            shape = (card.samples.number, len(card.bands))
            compared = comparison_from(card.applicability, arrays, shape, where)
        others = ARRAYS if compared else ()
        types = {name: array.dtype.name for name, array in arrays.items() if name not in others}
        if types != parts.types:
            raise LandloomError(
                f"{where}: holds {types}, where a {card.kind} has {dict(parts.types)}"
            )
        classifier = parts.make({name: arrays[name] for name in parts.types}, card, where)
        values = [entry.value for entry in card.classes]
        if classifier.classes.tolist() != values:
            raise LandloomError(
                f"{where}: the {card.kind} has the classes {classifier.classes.tolist()}, the "
                f"manifest names {values}; get the file again from where it was made"
            )
        return cls(card, classifier, compared)


@dataclass(frozen=True)
class Origin:
    """How a model came about.

    Attributes
    ----------
    params
        Of the classifier, as scikit-learn takes them.
    seed
        ``random_state``.
    held_out
        What samples held out tell of such a model, as ``map/held_out.json`` has it.
    labels
        Where the labels come from, and their licences.
    kind
        Of the classifier.
    """

    params: Mapping[str, Any]
    seed: int
    held_out: Mapping[str, Any]
    labels: list[str]
    kind: Literal["forest", "logistic", "knn"] = "forest"


def card_of(samples: Points, info: EmbeddingInfo, origin: Origin) -> ModelCard:
    """Return what is to be known of a model that was fitted on samples of an embedding."""
    X, y = labelled(samples)
    legend, values = colored(samples.classes), np.unique(y).tolist()
    spans = zip(band_names(samples.frame), X.min(axis=0), X.max(axis=0), strict=True)
    held_out = origin.held_out
    return ModelCard(
        kind=origin.kind,
        classes=[
            ClassCard(value=value, name=legend[value].name, color=legend[value].color)
            for value in values
        ],
        bands=[BandCard(name=name, low=float(low), high=float(high)) for name, low, high in spans],
        encoding=info.encoding,
        named_bands=bool(set(info.descriptions) - {""}),
        samples=SamplesCard(
            number=len(y),
            per_class={str(value): int(np.count_nonzero(y == value)) for value in values},
            sha256=digest_of_samples(X, y),
        ),
        parameters=dict(origin.params),
        seed=origin.seed,
        agreement=AgreementCard(
            samples=held_out["samples"]["test"],
            accuracy=held_out["accuracy"],
            macro_f1=held_out["macro"]["f1"],
        ),
        labels=origin.labels,
        versions=versions(),
        left_out=[LeftOutCard(**each.plain()) for each in samples.left_out],
        proportional=samples.proportional,
    )


def digest_of_samples(X: Float32s, y: Int64s) -> str:
    """Return the SHA-256 of samples: their bands, then their labels, little-endian."""
    digest = hashlib.sha256(np.ascontiguousarray(X, "<f4").tobytes())
    digest.update(np.ascontiguousarray(y, "<i8").tobytes())
    return digest.hexdigest()
