"""Files of classifiers: plain arrays, and which kind they are of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from landloom.arrays import Float32s
from landloom.errors import LandloomError

_LAYOUT = 1
"""Version of the arrays of all kinds but the forest, which has its own."""


def write_flat(
    path: str | Path, about: Mapping[str, Any], arrays: Mapping[str, Any], table: Float32s | None
) -> None:
    """Write a plain ``.npz``; equal contents give equal bytes.

    Parameters
    ----------
    path
        The file.
    about
        Plain data: ``kind``, and what else there is to know.
    arrays
        By name.
    table
        The value of each int8 code from -128 on, where rows are codes.
    """
    told = {"layout": _LAYOUT, **about}
    content: dict[str, Any] = {"about": np.array(json.dumps(told)), **arrays}
    if table is not None:
        content["table"] = table
    with Path(path).open("wb") as file:
        np.savez(file, **content)


def read_about(path: str | Path) -> dict[str, Any]:
    """Return what a file of a classifier says of itself; one without ``kind`` holds a forest."""
    with np.load(path, allow_pickle=False) as file:
        about: dict[str, Any] = json.loads(str(file["about"]))
    return about


def read_flat(path: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read what `write_flat` wrote: what it says of itself, and its arrays.

    Raises
    ------
    LandloomError
        Another version of Landloom wrote it.
    """
    with np.load(path, allow_pickle=False) as file:
        about: dict[str, Any] = json.loads(str(file["about"]))
        if about.pop("layout") != _LAYOUT:
            raise LandloomError(
                f"{path}: written by another version of Landloom. Delete it, so that it is made "
                "again from the samples."
            )
        return about, {name: file[name] for name in file.files if name != "about"}
