"""Runs of any size to be planned, of the real rules: inputs that are there by name alone.

One half of the targets are blocks of a map, the other half the patches and the relief of cells.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import yaml
from affine import Affine
from pyproj import CRS

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "workflow" / "scripts"))

from landloom.map.embedding import EmbeddingInfo, Tile  # noqa: E402
from landloom.map.plan import plan_map  # noqa: E402
from landloom.map.zones import ZonedEmbedding  # noqa: E402
from landloom.raster.pixel_grid import PixelGrid  # noqa: E402

BLOCK = 256
PIXEL = 10.0


def write_plan(folder: Path, targets: int, *, rows: bool) -> Path:
    """Write a configuration, and what its plan looks at, into a folder; return its path.

    Parameters
    ----------
    folder
        Where the run is to take place.
    targets
        About so many cells' files and blocks.
    rows
        Whether a job makes a row of cells; if not, cells are so large that each has its own.
    """
    side = round(math.sqrt(targets / 2))
    size = BLOCK * side
    for name in ("embedding", "worldcover", "landcover"):
        path = folder / "in" / f"{name}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    region = {"west": -110.0, "south": 35.0, "east": -100.0, "north": 45.0}
    resolution = 30.0 if rows else 1.0
    config: dict[str, Any] = {
        "dataset": {
            "region": region,
            "landcover": {"raster": "in/landcover.tif", "legend": "nlcd", "resolution": resolution},
            "grid": {"n": round(math.sqrt(targets / 4))},
            "elevation": {"source": "MAPZEN"},
        },
        "map": {
            "embedding": {"raster": "in/embedding.tif", "encoding": "alphaearth"},
            "reference": {"raster": "in/worldcover.tif", "classes": "worldcover"},
            "predict": {"block": BLOCK, "sheet": 1},
        },
    }
    return _written(folder, config, size)


def write_large_map(folder: Path, blocks: int, block: int) -> Path:
    """Write the same of a map alone, of about so many blocks, which are gathered as it suits."""
    for name in ("embedding", "worldcover"):
        path = folder / "in" / f"{name}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    config: dict[str, Any] = {
        "map": {
            "embedding": {"raster": "in/embedding.tif", "encoding": "alphaearth"},
            "reference": {"raster": "in/worldcover.tif", "classes": "worldcover"},
            "predict": {"block": block},
        },
    }
    return _written(folder, config, block * round(math.sqrt(blocks)))


def _written(folder: Path, config: dict[str, Any], size: int) -> Path:
    """Write a configuration, and what is known of its embedding of so many pixels along a side."""
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    made = folder / "results" / "map"
    embedding = ZonedEmbedding.alone(_inspected(size))
    embedding.save(made / "embedding.json")
    predict = config["map"]["predict"]
    plan = plan_map(embedding, "native", predict["block"], None, predict.get("sheet"))
    plan.save(made / "plan.json")
    return path


def _inspected(size: int) -> EmbeddingInfo:
    """Return what the inspection of an embedding would find."""
    west, north = 500_000.0, 4_800_000.0
    return EmbeddingInfo(
        tiles=(Tile("in/embedding.tif", row=0, col=0, height=size, width=size),),
        grid=PixelGrid(
            CRS.from_epsg(32613).to_wkt(), Affine(PIXEL, 0.0, west, 0.0, -PIXEL, north), size, size
        ),
        bands=64,
        dtype="int8",
        encoding="alphaearth",
        nodata=-128.0,
        block_shape=(512, 512),
        interleave="pixel",
    )
