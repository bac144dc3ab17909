"""What is told of a finished model that a map is made with, and what is checked before a run."""

from __future__ import annotations

from typing import Any

from landloom.errors import LandloomError
from landloom.job.files import sha256_of
from landloom.map.model.fit import KEY, Fit
from landloom.map.model.model import Model


def read_model(path: str, *, compares: bool) -> Model:
    """Read a model that a map is to be made with.

    Parameters
    ----------
    path
        Its file.
    compares
        Whether the area of applicability is to be mapped, for which it has to bring its samples.

    Raises
    ------
    LandloomError
        As `Model.read` does, by the key that names the file; where the samples are missing.
    """
    try:
        model = Model.read(path)
    except LandloomError as error:
        raise LandloomError(f"{KEY}: {error}") from None
    if compares and model.applicability is None:
        raise LandloomError(
            f"map.applicability: {path} does not bring what pixels are compared with; make it anew "
            "by a run that has map.applicability, too, or leave that out here"
        )
    return model


def about_model(model: Model, path: str, name: str, fit: Fit) -> dict[str, Any]:
    """Return what there is to tell of a model as plain data.

    Parameters
    ----------
    model
        The model.
    path
        Its file.
    name
        What the configuration calls it.
    fit
        How the embedding compares with its samples.
    """
    told = model.card.plain()
    kept = ("kind", "samples", "parameters", "seed", "agreement", "labels", "versions")
    return {
        "file": name,
        "sha256": sha256_of(path),
        **{key: told[key] for key in kept},
        "left_out": told.get("left_out", []),
        "proportional": model.card.proportional,
        "applicability": told.get("applicability"),
        "map_classes": [entry.value for entry in model.card.classes],
        "class_names": {str(entry.value): entry.name for entry in model.card.classes},
        "fit": fit.plain(),
        "notes": list(fit.notes),
    }
