"""Splits of patches on a lattice, with overlaps of known pixels planted, in any CRS."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
import shapely
from affine import Affine
from pyproj import Transformer

UTM = "EPSG:32612"
GRID = Affine(30.0, 0.0, 412_340.0, 0.0, -30.0, 4_512_370.0)
"""The source raster's, in UTM zone 12."""


@dataclass(frozen=True)
class Split:
    """First row and column of train and test patches, (n, 2), and their side, in source pixels."""

    train: np.ndarray
    test: np.ndarray
    side: int

    def shared(self) -> dict[tuple[int, int], int]:
        """Return how many pixels each pair of train and test patches shares, one by one."""
        pairs = {}
        for i, (r, c) in enumerate(self.train.tolist()):
            for j, (row, col) in enumerate(self.test.tolist()):
                if abs(r - row) < self.side and abs(c - col) < self.side:
                    pairs[i, j] = (self.side - abs(r - row)) * (self.side - abs(c - col))
        return pairs

    def write(self, folder: Path, train: str, test: str) -> list[str]:
        """Write both as footprints in their CRSs, and return the files."""
        paths = [folder / "train.gpkg", folder / "test.gpkg"]
        for path, patches, crs in zip(paths, (self.train, self.test), (train, test), strict=True):
            shapes = footprints(patches, self.side, crs)
            geopandas.GeoDataFrame(geometry=shapes, crs=crs).to_file(path)
        return list(map(str, paths))


def footprints(patches: np.ndarray, side: int, crs: str) -> np.ndarray:
    """Return patches as polygons: four corners, led to a CRS."""
    rows = patches[:, :1] + np.array([0, 0, side, side])
    cols = patches[:, 1:] + np.array([0, side, side, 0])
    x, y = GRID @ (cols.astype(float), rows.astype(float))
    x, y = Transformer.from_crs(UTM, crs, always_xy=True).transform(x, y)
    return shapely.polygons(np.stack([x, y], axis=-1))


def clean_split(seed: int, side: int = 40, across: int = 12) -> Split:
    """Return a random split of a lattice's patches: many neighbours touch, none overlap."""
    rng = np.random.default_rng(seed)
    lattice = np.stack(np.mgrid[:across, :across], axis=-1).reshape(-1, 2) * side
    test = rng.random(len(lattice)) < 0.3
    return Split(lattice[~test], lattice[test], side)


def planted(seed: int, side: int = 40) -> Split:
    """Return a random split with overlaps of one pixel: of a corner, and of strips, among others.

    Some test patches are moved by a pixel, and one lies off the lattice but for one corner pixel.
    """
    clean = clean_split(seed, side)
    rng = np.random.default_rng([seed, 1])
    moved = rng.choice(len(clean.test), 3, replace=False)
    test = clean.test.copy()
    steps = np.array([[0, 1], [1, 0], [-1, -1], [0, -1], [-1, 0], [1, 1]])
    test[moved] += rng.permutation(steps)[:3]
    corner = clean.train[clean.train.sum(axis=1).argmax()]
    return Split(clean.train, np.vstack([test, corner + side - 1]), side)
