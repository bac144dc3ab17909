"""The model described for catalogues: a STAC item with the fields of the MLM extension.

References
----------
https://github.com/stac-extensions/mlm, version 1.4.0 (Machine Learning Model).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from landloom.legend.decimals import percent
from landloom.map.classifiers.words import TITLES
from landloom.map.model.card import ModelCard
from landloom.map.model.model import Model
from landloom.raster.bounds import Bounds
from landloom.raster.stac import Node, classes_of, file_asset, interval_of, item, place_of_box

_TASKS = ["classification"]
"""A pixel's vector to its class: no model here looks at a pixel's neighbours."""


def model_item(path: str | Path, bounds: Bounds, years: Sequence[int], world: str = "") -> Node:
    """Describe a model to hand on.

    Parameters
    ----------
    path
        ``model.zip``, in the folder of the item.
    bounds
        West, south, east, north of the embedding in which its samples lie, degrees.
    years
        Of the embedding's vectors that the samples have; none where they are not known.
    world
        What to say of a world that is not the Earth's; empty of the Earth's.

    Raises
    ------
    LandloomError
        Where the file is no model.
    """
    card = Model.read(path).card
    agreement = card.agreement
    about = (
        f"A {TITLES[card.kind]} that tells a pixel's class from its vector in an embedding, fitted "
        f"on {card.samples.number} samples. It agreed with {percent(agreement.accuracy)} of "
        f"{agreement.samples} held out at random, which lie among those it learned from."
    )
    unknown = "" if years else "The time of the vectors is not known: the interval is the widest."
    properties = {
        "title": f"Land cover by a {TITLES[card.kind]}",
        "description": " ".join(filter(None, [about, unknown, world and f"{world}."])),
        **interval_of(years),
        "mlm:name": f"landloom-{card.kind}",
        "mlm:architecture": TITLES[card.kind],
        "mlm:tasks": _TASKS,
        "mlm:framework": "Scikit-learn",
        "mlm:framework_version": card.versions["scikit-learn"],
        "mlm:pretrained": False,
        "mlm:pretrained_source": None,
        "mlm:hyperparameters": {**card.parameters, "seed": card.seed},
        "mlm:input": [_input(card)],
        "mlm:output": [_output(card)],
    }
    asset = file_asset(path, "application/zip", "The model as plain arrays", ["mlm:model"])
    asset["mlm:artifact_type"] = "landloom-model-zip"
    asset["bands"] = [{"name": band.name} for band in card.bands]
    return item(f"landloom-{card.kind}", place_of_box(bounds), properties, {"model": asset})


def _input(card: ModelCard) -> dict[str, Any]:
    return {
        "name": "vectors of pixels",
        "description": f"Vectors as they are decoded from an embedding stored as {card.encoding}.",
        "bands": [band.name for band in card.bands],
        "input": {
            "shape": [-1, len(card.bands)],
            "dim_order": ["batch", "channel"],
            "data_type": "float32",
        },
    }


def _output(card: ModelCard) -> dict[str, Any]:
    return {
        "name": "classes of pixels",
        "description": "The value of each pixel's class.",
        "tasks": _TASKS,
        "result": {"shape": [-1], "dim_order": ["batch"], "data_type": "uint8"},
        "classification:classes": classes_of(card.legend),
    }
