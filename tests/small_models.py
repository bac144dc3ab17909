"""A small model, as a run would hand it on."""

from __future__ import annotations

from typing import Any

import numpy as np
from affine import Affine
from sklearn.ensemble import RandomForestClassifier

from landloom.map.applicability.samples import Applicability
from landloom.map.crossval.folds import Folds
from landloom.map.embedding import EmbeddingInfo, Tile
from landloom.map.forest.forest import FlatForest
from landloom.map.model.card import ModelCard
from landloom.map.model.comparison import card_of_comparison
from landloom.map.model.model import Model, digest_of_samples
from landloom.raster.pixel_grid import PixelGrid

RNG = np.random.default_rng(11)
X = RNG.normal(size=(60, 3)).astype(np.float32)
Y = np.repeat([1, 2, 5], 20)
FOLDS = Folds("knndm", np.arange(60) % 3, 3, {"random": True}, ("samples are not clustered",))

INFO = EmbeddingInfo(
    tiles=(Tile("a.tif", 0, 0, 5, 5),),
    grid=PixelGrid("", Affine(1, 0, 0, 0, -1, 0), 5, 5),
    bands=3,
    dtype="float32",
    encoding="float",
    nodata=None,
    block_shape=(5, 5),
    interleave="band",
    descriptions=("red", "green", "blue"),
)
"""The embedding that it was made for."""


def card(**changed: Any) -> ModelCard:
    """Return the card, some of it changed."""
    told = {
        "classes": [
            {"value": 1, "name": "Wood", "color": "006400"},
            {"value": 2, "name": "Water", "color": "0064C8"},
            {"value": 5, "name": "Sand", "color": "E6DC9B"},
        ],
        "bands": [
            {"name": name, "low": float(X[:, band].min()), "high": float(X[:, band].max())}
            for band, name in enumerate(INFO.descriptions)
        ],
        "encoding": "float",
        "named_bands": True,
        "samples": {
            "number": 60,
            "per_class": {"1": 20, "2": 20, "5": 20},
            "sha256": digest_of_samples(X, Y),
        },
        "parameters": {"n_estimators": 5, "max_depth": None},
        "seed": 1,
        "agreement": {"samples": 20, "accuracy": 0.75, "macro_f1": 0.7},
        "labels": ["ESA WorldCover 2021: CC BY 4.0"],
        "versions": {"scikit-learn": "1.9.0"},
    }
    return ModelCard.model_validate(told | changed)


def applicability() -> Applicability:
    """Return the samples as pixels are compared with them."""
    return Applicability.of(X, np.array([0.5, 0.3, 0.2]), FOLDS)


def model(*, compares: bool = True, **changed: Any) -> Model:
    """Return the model, with its samples or without, some of its card changed."""
    forest = RandomForestClassifier(5, random_state=1).fit(X, Y)
    found = applicability() if compares else None
    if found:
        changed["applicability"] = card_of_comparison(found, FOLDS)
    return Model(card(**changed), FlatForest.from_model(forest), found)
