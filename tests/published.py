"""Small finished datasets, to be described and given away."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from pyproj import CRS

from landloom.dataset.lattice import Lattice
from landloom.dataset.stack_view import StackView
from landloom.job.geopackage import write_gpkg
from landloom.raster.pixel_grid import PixelGrid

SIZE, DOWNSAMPLE = 6, 2
IDAHO = Affine(30, 0, -1_622_415, 0, -30, 2_460_105)
"""Pixels of 30 m near 116 W, 43 N, where Albers and north differ by over 10 degrees."""

LATTICE = Lattice(PixelGrid(CRS.from_epsg(5070).to_wkt(), IDAHO, 1200, 1200), SIZE, DOWNSAMPLE)

CLASSES = pd.DataFrame(
    {
        "code": np.array([11, 42, 71], np.int32),
        "name": ["Open water", "Evergreen | forest", "Grassland/herbaceous"],
        "red": np.array([70, 28, 223], np.uint8),
        "green": np.array([107, 95, 223], np.uint8),
        "blue": np.array([159, 44, 194], np.uint8),
        "count": np.array([5, 6, 7]),
        "percentage": [20.0, 30.0, 50.0],
        "index": np.array([0, 1, 2], np.int32),
    }
)

PLACES = {
    "train": [(3, 4), (3, 5), (4, 4), (9, 2), (9, 3)],
    "test": [(3, 7), (12, 12), (5, 5)],
}


@dataclass(frozen=True)
class Made:
    """A dataset in a folder: a view and the pixels of each split."""

    folder: Path
    lattice: Lattice
    views: list[StackView]
    labels: dict[str, np.ndarray]
    heights: dict[str, np.ndarray]


def cells_of(places: list[tuple[int, int]]) -> list[str]:
    return [f"r{row // 4:03d}c{col // 4:03d}" for row, col in places]


def make(
    folder: Path,
    places: dict[str, list[tuple[int, int]]] | None = None,
    labels: dict[str, np.ndarray] | None = None,
    lattice: Lattice = LATTICE,
) -> Made:
    """Write a dataset; random pixels, unless classes are given."""
    places = places or PLACES
    rng = np.random.default_rng(5)
    size = lattice.size
    shapes = {split: (len(found), size, size) for split, found in places.items()}
    labels = labels or {split: rng.integers(0, 3, shape) for split, shape in shapes.items()}
    heights = {split: rng.random(shape).astype(np.float32) for split, shape in shapes.items()}
    views = []
    for split, found in places.items():
        np.save(folder / f"{split}.npy", np.stack([labels[split], heights[split]], 1).astype("<f4"))
        rows, cols = np.array(found, np.int32).T
        lon, lat = lattice.lonlat(rows + 0.5, cols + 0.5)
        table = {"cell": cells_of(found), "row": rows, "col": cols, "lon": lon, "lat": lat}
        outlines = shapely.polygons(np.stack(lattice.corners(rows, cols), axis=-1))
        frame = geopandas.GeoDataFrame(table, geometry=outlines, crs="EPSG:4326")
        write_gpkg(frame, folder / f"{split}.gpkg", split)
        views.append(StackView(split, folder / f"{split}.gpkg", folder / f"{split}.npy"))
    return Made(folder, lattice, views, labels, heights)
