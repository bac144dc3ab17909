"""The dataset half against the plain way of doing it, and against itself on a larger world.

``python benchmarks/dataset.py`` prints a table and fails if a goal is missed. It takes a few
minutes, and two gigabytes of temporary files for as long as it runs.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

import cv2
import numpy as np
import rasterio
import scipy.stats
import world as jobs
from landscape import NLCD_CODES, land_cover, relief
from measure import Row, Usage, cpu_time, print_table, take_turns
from numpy.typing import NDArray
from rasterio.windows import Window, from_bounds
from world import DOWNSAMPLE, RELIEF, SCREEN, SIZE, World

from landloom.arrays import Int32s
from landloom.dataset.cells import Cell
from landloom.dataset.lattice import Lattice
from landloom.dataset.patches import CellPatches, extract_cell
from landloom.dataset.relief import Relief, extract_relief
from landloom.elevation.mosaic import join_tiles
from landloom.raster.bounds import Bounds
from landloom.raster.opening import open_raster

CELL = Cell((-117.6, 43.3, -116.43, 43.81), False, False)
"""As large as a cell of 50 x 50 over the conterminous United States: some 940 patches."""

PLAIN_PATCHES = 60
"""Patches, spread over the cell, from which the plain way's time per patch is taken."""

REPEATS = 7
INDEX_OF = {code: index for index, code in enumerate(NLCD_CODES)}


# The plain ways: how it is done when it is written down patch by patch.


def plain_patch(raster: Path, row: int, col: int) -> NDArray[np.float32]:
    step = SIZE * DOWNSAMPLE
    with rasterio.open(raster) as dataset:
        pixels = dataset.read(1, window=Window(col * step, row * step, step, step))
    blocks = pixels.reshape(SIZE, DOWNSAMPLE, SIZE, DOWNSAMPLE).swapaxes(1, 2)
    # One call for all blocks. A call for each, as one finds it too, takes a hundred times longer.
    mode = scipy.stats.mode(blocks.reshape(SIZE, SIZE, -1), axis=-1).mode
    indices = np.zeros(mode.shape, np.float32)
    for code, index in INDEX_OF.items():
        indices[mode == code] = index
    return indices


def plain_relief(tile: Path, box: Bounds) -> NDArray[np.float32]:
    with rasterio.open(tile) as dataset:
        heights = dataset.read(1, window=from_bounds(*box, dataset.transform).round())
    resized = cv2.resize(heights.astype(np.float32), (SIZE, SIZE))
    return resized - resized.min()


# Ours, to the same end.


def our_patches(raster: Path) -> tuple[CellPatches, NDArray[np.float32]]:
    table = np.zeros(256, np.float32)
    table[list(INDEX_OF)] = list(INDEX_OF.values())
    with open_raster(str(raster)) as dataset:
        found = extract_cell(dataset, Lattice.over(dataset, SIZE, DOWNSAMPLE), CELL, SCREEN)
    return found, table[found.codes]


def our_relief(tiles: list[Path], lattice: Lattice, rows: Int32s, cols: Int32s) -> Relief:
    return extract_relief(join_tiles(tiles), lattice, rows, cols, RELIEF)


def speed(world: World) -> list[Row]:
    """Compare CPU time per patch, on one cell."""
    cv2.setNumThreads(1)
    found, indices = our_patches(world.landcover)
    some = np.linspace(0, len(found.rows) - 1, PLAIN_PATCHES).astype(int)
    places = list(zip(found.rows[some].tolist(), found.cols[some].tolist(), strict=True))
    for number, place in zip(some, places, strict=True):
        np.testing.assert_array_equal(plain_patch(world.landcover, *place), indices[number])

    lattice, tiles = world.lattice, world.tiles_near(CELL.bounds)
    boxes = lonlat_boxes(lattice, found.rows[some], found.cols[some])
    near = [world.tiles_near(box, 0)[0] for box in boxes]

    def plain_patches() -> object:
        return [plain_patch(world.landcover, *place) for place in places]

    def plain_reliefs() -> object:
        return list(map(plain_relief, near, boxes))

    seconds = take_turns(
        {
            "plain patches": partial(cpu_time, plain_patches),
            "our patches": partial(cpu_time, lambda: our_patches(world.landcover)),
            "plain relief": partial(cpu_time, plain_reliefs),
            "our relief": partial(
                cpu_time, lambda: our_relief(tiles, lattice, found.rows, found.cols)
            ),
        },
        REPEATS,
    )
    return [
        faster(
            f"{what}, CPU time per patch",
            seconds[f"plain {what}"] / PLAIN_PATCHES,
            seconds[f"our {what}"] / len(found.rows),
            goal,
        )
        for what, goal in (("patches", 40.0), ("relief", 1.0))
    ]


def lonlat_boxes(lattice: Lattice, rows: Int32s, cols: Int32s) -> list[Bounds]:
    lon, lat = lattice.corners(rows, cols)
    edges = np.stack([lon.min(1), lat.min(1), lon.max(1), lat.max(1)], axis=1)
    return [tuple(box) for box in edges.tolist()]


def faster(what: str, plain: float, ours: float, goal: float) -> Row:
    return Row(what, f"{1e6 * plain:.0f} us", f"{1e6 * ours:.1f} us", plain / ours, low=goal)


def memory(
    what: str, job: Callable[[World], Usage], small: World, large: World, repeats: int
) -> Row:
    """Compare the peak of a job's process on worlds of 1 and 4 times the area."""
    peaks = take_turns(
        {"1x": lambda: job(small).peak, "4x": lambda: job(large).peak},
        repeats,
    )
    shown = (f"{peaks[name] / 1e6:.0f} MB in {name}" for name in ("1x", "4x"))
    return Row(f"{what}, peak memory", *shown, peaks["4x"] / peaks["1x"], low=0.9, high=1.1)


def main() -> bool:
    with tempfile.TemporaryDirectory(prefix="landloom-bench-") as scratch:
        folder = Path(scratch)
        codes, heights = land_cover(), relief()
        fine, small, large = (
            World(folder / name, scale) for name, scale in (("fine", 1), ("small", 1), ("large", 2))
        )
        fine.make_landcover(codes)
        fine.make_tiles(heights, 3600)
        rows = speed(fine)

        for world in (small, large):
            world.make_landcover(codes)
            world.make_tiles(heights, 2400)
        for what, job in (
            ("patches of a cell", jobs.extract_cell),
            ("relief of a cell", jobs.relief_cell),
        ):
            rows.append(memory(what, partial(job, cell="r001c001"), small, large, 3))
        rows.append(memory("mosaic", jobs.elevation_mosaic, small, large, 1))

        # Worlds of their own: no job takes a cell that is another than its job made.
        stacked, larger = World(folder / "stacked", 2), World(folder / "larger", 4)
        for world in (stacked, larger):
            world.make_landcover(None)
            world.make_stack_inputs(codes, heights)
        for buffer_km in (0.0, 1.0):
            what = f"stack, buffer {buffer_km:.0f} km"
            rows.append(memory(what, partial(jobs.stack, buffer_km=buffer_km), stacked, larger, 1))
        return print_table(rows)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
