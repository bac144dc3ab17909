"""Configurations and good inputs round which one thing is odd."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

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
        "tuning": {"folds": 2},
        "predict": {"block": 128},
    },
}
CONTENTS = {"landcover": landcover, "dem": heights, "embedding": numbers, "reference": landcover}
BANDS = {"embedding": 4}
CERTIFICATE, THE_MAP = Path("results/dataset/certificate.json"), Path("results/map/landcover.tif")


def inputs(folder: Path, *names: str) -> None:
    """Write good rasters."""
    for name in names:
        write(RasterCase(), folder / f"{name}.tif", CONTENTS[name], BANDS.get(name, 1))


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
