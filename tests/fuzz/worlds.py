"""Configurations and good inputs round which one thing is odd."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fuzz.jobs import run
from fuzz.raster_cases import REGION, RasterCase, heights, landcover, numbers, write

BOX = dict(zip(("west", "south", "east", "north"), REGION, strict=True))
DATASET: dict[str, Any] = {
    "results": "results",
    "dataset": {
        "region": BOX,
        "landcover": {"raster": "landcover.tif", "resolution": 150},
        "elevation": {"source": "dem.tif"},
        "grid": {"n": 3, "test_fraction": 0.3},
        "patches": {"size": 8, "downsample": 2},
    },
}
MAP: dict[str, Any] = {
    "results": "results",
    "map": {
        "embedding": {"raster": "embedding.tif"},
        "reference": {"raster": "reference.tif", "classes": "nlcd", "n_points": 400},
        "samples": {"n": 200, "min_share": 0.0},
        "tuning": {
            "folds": 2,
            "stage1": {"max_features": ["sqrt"], "max_depth": [None], "min_samples_leaf": [1]},
            "stage2": {"n_estimators": [4], "min_samples_split": [2], "class_weight": [None]},
        },
        "predict": {"block": 128},
    },
}
CONTENTS = {"landcover": landcover, "dem": heights, "embedding": numbers, "reference": landcover}
BANDS = {"embedding": 4}


@dataclass(frozen=True)
class Half:
    """One of the two products.

    Attributes
    ----------
    name
        As its rule is called.
    raw
        Its configuration.
    rasters
        What it is made from.
    product
        The file that is there when all is well.
    """

    name: str
    raw: dict[str, Any]
    rasters: tuple[str, ...]
    product: Path

    def made(self, **changes: Any) -> Callable[[], None]:
        """Return what makes all of it in the working folder, with keys changed."""
        return partial(run, configuration(self.raw, **changes), self.name)

    def made_up_to(self, target: str, **changes: Any) -> Callable[[], None]:
        """Return what makes one file."""
        return partial(run, configuration(self.raw, **changes), target)


HALVES = {
    half.name: half
    for half in (
        Half("dataset", DATASET, ("landcover", "dem"), Path("results/dataset/certificate.json")),
        Half("map", MAP, ("embedding", "reference"), Path("results/map/landcover.tif")),
    )
}
HALF_OF = {raster: half for half in HALVES.values() for raster in half.rasters}


def inputs(folder: Path, *names: str) -> None:
    """Write good rasters."""
    for name in names:
        write(RasterCase(), folder / f"{name}.tif", CONTENTS[name], BANDS.get(name, 1))


def linked(folder: Path, made: Path, *names: str) -> None:
    """Put rasters that are there already into a folder."""
    for name in names:
        (folder / f"{name}.tif").symlink_to(made / f"{name}.tif")


def configuration(whole: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a configuration with keys changed; `__` for the dots."""
    raw = copy.deepcopy(whole)
    for key, value in changes.items():
        *sections, last = key.split("__")
        inner = raw
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[last] = value
    return raw
