"""Worlds to run jobs on: a land-cover raster, elevation tiles, and what the rules make of them.

A world has cells of 0.5 x 0.4 degrees, some 310 patches each, whatever its size.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from job import run_job
from landscape import PERIOD, write_landcover, write_tile
from measure import Usage
from numpy.typing import NDArray

from landloom.arrays import Int32s
from landloom.dataset.cells import CellGrid
from landloom.dataset.landcover import LandcoverInfo, inspect_landcover
from landloom.dataset.lattice import Lattice
from landloom.dataset.patches import CellPatches, Screen
from landloom.dataset.relief import ReliefOptions, relative_relief
from landloom.dataset.split import choose_test_cells, split_map
from landloom.dataset.stack import class_distribution
from landloom.elevation.tiles import make_tile
from landloom.job.files import whole_file
from landloom.job.geopackage import write_gpkg
from landloom.legend.legends import NLCD
from landloom.raster.bounds import Bounds
from landloom.raster.degree_tiles import nearby_tiles, tile_corner
from landloom.raster.opening import open_raster

SIZE, DOWNSAMPLE = 40, 2
SCREEN = Screen(list(NLCD), [0], {11: 0.9})
RELIEF = ReliefOptions("bilinear", 0.25, None)

WEST, NORTH = -118, 44
"""Every world's north-west corner: Albers and north differ by 14 degrees there."""


@dataclass(frozen=True)
class World:
    """A region of `scale` times 2 x 1.6 degrees, and the folder of its files."""

    folder: Path
    scale: int

    @property
    def region(self) -> Bounds:
        return (WEST, NORTH - 1.6 * self.scale, WEST + 2.0 * self.scale, NORTH)

    @property
    def grid(self) -> CellGrid:
        return CellGrid(self.region, 4 * self.scale)

    @property
    def landcover(self) -> Path:
        return self.folder / "landcover.tif"

    @property
    def info(self) -> Path:
        return self.folder / "landcover.json"

    @property
    def lattice(self) -> Lattice:
        return LandcoverInfo.load(self.info).lattice(SIZE, DOWNSAMPLE)

    @property
    def split(self) -> Path:
        return self.folder / "split.gpkg"

    @property
    def classes(self) -> Path:
        return self.folder / "classes.parquet"

    @property
    def tiles(self) -> list[Path]:
        return self.tiles_near(self.region, 0)

    def tiles_near(self, bounds: Bounds, reach: float = 3000.0) -> list[Path]:
        return [self.folder / f"{name}.tif" for name in nearby_tiles(bounds, reach)]

    def patches(self, cell: str) -> Path:
        return self.folder / "patches" / f"{cell}.npz"

    def relief(self, cell: str) -> Path:
        return self.folder / "relief" / f"{cell}.npz"

    def make_landcover(self, codes: NDArray[np.uint8] | None) -> None:
        self.folder.mkdir(exist_ok=True)
        write_landcover(self.landcover, codes, self.region)
        with open_raster(str(self.landcover)) as raster:
            inspect_landcover(raster, self.grid, SIZE, DOWNSAMPLE).save(self.info)

    def make_tiles(self, heights: NDArray[np.int16], side: int) -> None:
        """Write elevation tiles of `side` pixels squared in the uniform form."""
        raw = self.folder / "raw.tif"
        for number, path in enumerate(self.tiles):
            write_tile(raw, np.roll(heights, 411 * number, axis=1), tile_corner(path.stem), side)
            make_tile(path.stem, str(raw), None, path)

    def make_stack_inputs(self, codes: NDArray[np.uint8], heights: NDArray[np.int16]) -> None:
        """Write what a stack is made of.

        The cells' files have the places and the sizes that the jobs would give them; only the
        landscape in them is put there without raster and tiles, which saves minutes.
        """
        lattice, names = self.lattice, self.grid.names()
        for name in names:
            rows, cols = lattice.owned(self.grid.cell(name))
            found, counts = np.unique(cover := _cut(codes, rows, cols), return_counts=True)
            histogram = dict(zip(found.tolist(), counts.tolist(), strict=True))
            with whole_file(self.patches(name)) as draft:
                CellPatches(rows, cols, cover, histogram, {"unknown": 0, "11": 0}).save(draft)
            with whole_file(self.relief(name)) as draft:
                relative_relief(_cut(heights, rows, cols).astype(np.float32), RELIEF).save(draft)
        histograms = (CellPatches.load_histogram(self.patches(name)) for name in names)
        class_distribution(histograms, NLCD).to_parquet(self.classes, index=False)
        chosen = choose_test_cells(self.grid, 0.2, 827)
        write_gpkg(split_map(self.grid, chosen), self.split, "split")


def _cut(period: NDArray[Any], rows: Int32s, cols: Int32s) -> NDArray[Any]:
    """Cut patches of output pixels out of a landscape that repeats itself."""
    along = np.arange(SIZE)
    at_rows = (rows[:, None] * SIZE + along) % PERIOD
    at_cols = (cols[:, None] * SIZE + along) % PERIOD
    return period[at_rows[:, :, None], at_cols[:, None, :]]


def extract_cell(world: World, cell: str) -> Usage:
    box = world.grid.cell(cell)
    return run_job(
        "extract_cells",
        world.folder,
        output={"cell": world.patches(cell)},
        params={
            "raster": world.landcover,
            "cells": [[*box.bounds, box.closed_east, box.closed_north]],
            "size": SIZE,
            "downsample": DOWNSAMPLE,
            "legend": list(SCREEN.legend),
            "unknown": list(SCREEN.unknown),
            "reject": list(SCREEN.reject.items()),
        },
    )


def relief_cell(world: World, cell: str) -> Usage:
    """Run the job that follows `extract_cell`."""
    tiles = world.tiles_near(world.grid.cell(cell).bounds)
    return run_job(
        "relief_cells",
        world.folder,
        input={
            "elevation": tiles,
            "patches": [world.patches(cell)],
            "landcover": world.info,
        },
        output={"cell": world.relief(cell)},
        params={
            "raster": None,
            "tiles": [[tile.stem for tile in tiles]],
            "size": SIZE,
            "downsample": DOWNSAMPLE,
            **asdict(RELIEF),
        },
    )


def elevation_mosaic(world: World) -> Usage:
    return run_job(
        "elevation_mosaic",
        world.folder,
        input={"elevation": world.tiles},
        output={
            "mosaic": world.folder / "mosaic.tif",
            "style": world.folder / "mosaic.qml",
            "about": world.folder / "mosaic.json",
        },
        params={"raster": None, "region": world.region},
    )


def stack(world: World, buffer_km: float) -> Usage:
    names = world.grid.names()
    return run_job(
        "stack",
        world.folder,
        input={
            "patches": [world.patches(name) for name in names],
            "relief": [world.relief(name) for name in names],
            "split": world.split,
            "classes": world.classes,
            "landcover": world.info,
        },
        output={
            "array": world.folder / "train.npy",
            "footprints": world.folder / "train.gpkg",
            "style": world.folder / "train.qml",
            "counts": world.folder / "train.json",
        },
        params={"cells": names, "size": SIZE, "downsample": DOWNSAMPLE, "buffer_km": buffer_km},
        wildcards={"split": "train"},
    )
