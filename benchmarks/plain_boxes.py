"""What cutting by lon/lat boxes costs on a rotated grid: the figures of docs/method.md.

``python benchmarks/plain_boxes.py`` takes some seconds. It needs no data: only geometry counts.
The plain way takes the pixel boxes between two transformed corners: of a cell, to cut its patches
from; of a patch, to cut its elevation from.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from landloom.dataset.cells import CellGrid
from landloom.dataset.split import choose_test_cells

REGION = (-119.0, 22.0, -64.0, 49.0)
N = 50
TEST_FRACTION, SEED = 0.2, 827
STEP = 80
"""Source pixels along a patch: 40, downsampled by 2."""
PIXEL = 30.0
SCALE = 10
"""Areas are counted in squares of so many pixels; boxes are thousands of pixels wide."""
ORIGIN = (-2_415_585.0, 3_314_805.0)
"""Upper left corner of the Annual NLCD of the conterminous United States, in EPSG:5070."""
SHAPE = (105_000, 160_000)

Floats = npt.NDArray[np.float64]

TO_ALBERS = Transformer.from_crs("EPSG:4326", "EPSG:5070", always_xy=True)
TO_LONLAT = Transformer.from_crs("EPSG:5070", "EPSG:4326", always_xy=True)


Box = tuple[int, int, int, int]
"""Top, left, bottom, right, in pixels."""


def plain_boxes(grid: CellGrid) -> dict[str, Box]:
    """Return each cell's box of pixels between two corners, cut to whole patches."""
    boxes = {}
    for name in grid.names():
        west, south, east, north = grid.cell(name).bounds
        x, y = TO_ALBERS.transform([west, east], [north, south])
        left, right = np.rint((np.array(x) - ORIGIN[0]) / PIXEL).clip(0, SHAPE[1]).astype(int)
        top, bottom = np.rint((ORIGIN[1] - np.array(y)) / PIXEL).clip(0, SHAPE[0]).astype(int)
        high, wide = (max(size // STEP * STEP, 0) for size in (bottom - top, right - left))
        boxes[name] = (int(top), int(left), int(top + high), int(left + wide))
    return boxes


def leakage() -> tuple[float, float, float]:
    """Return shares: of test patches that share pixels, of the area never cut, and cut twice."""
    grid = CellGrid(REGION, N)
    boxes = plain_boxes(grid)
    test = set(choose_test_cells(grid, TEST_FRACTION, SEED))
    cut = {of_test: np.zeros([side // SCALE for side in SHAPE], np.uint8) for of_test in (0, 1)}
    for name, (top, left, bottom, right) in boxes.items():
        covered = np.s_[top // SCALE : bottom // SCALE, left // SCALE : right // SCALE]
        cut[name in test][covered] += 1
    patches = [
        (row, col)
        for name in test
        for row in range(boxes[name][0], boxes[name][2], STEP)
        for col in range(boxes[name][1], boxes[name][3], STEP)
    ]
    step = STEP // SCALE
    shared = sum(
        cut[0][row // SCALE : row // SCALE + step, col // SCALE : col // SCALE + step].any()
        for row, col in patches
    )
    times = (cut[0] + cut[1])[region_mask()]
    return shared / len(patches), float((times == 0).mean()), float((times > 1).mean())


def region_mask() -> npt.NDArray[np.bool_]:
    """Tell which places of the raster lie in the region, row by row."""
    west, south, east, north = REGION
    mask = np.zeros((SHAPE[0] // SCALE, SHAPE[1] // SCALE), bool)
    x = ORIGIN[0] + (np.arange(mask.shape[1]) + 0.5) * SCALE * PIXEL
    for row in range(mask.shape[0]):
        y = ORIGIN[1] - (row + 0.5) * SCALE * PIXEL
        lon, lat = TO_LONLAT.transform(x, np.full_like(x, y))
        mask[row] = (lon >= west) & (lon < east) & (lat >= south) & (lat < north)
    return mask


def misplacement(lon: float, lat: float) -> tuple[float, float]:
    """Return how far elevation lies off in a patch, in metres: on average, and at most.

    The patch's elevation is cut as the lon/lat box of its corners, and resized.
    """
    x0, y0 = TO_ALBERS.transform(lon, lat)
    half = STEP * PIXEL / 2
    at = (np.arange(STEP) + 0.5) * PIXEL - half
    x, y = np.meshgrid(x0 + at, y0 - at)
    corners = TO_LONLAT.transform([x0 - half, x0 + half], [y0 + half, y0 - half])
    (west, east), (north, south) = corners
    share = (np.arange(STEP) + 0.5) / STEP
    lons, lats = np.meshgrid(west + share * (east - west), north - share * (north - south))
    x_taken, y_taken = TO_ALBERS.transform(lons, lats)
    off = np.hypot(x_taken - x, y_taken - y)
    return float(off.mean()), float(off.max())


def main() -> None:
    """Print the figures."""
    shared, never, twice = leakage()
    print(f"test patches that share pixels with training patches: {100 * shared:.1f} %")
    print(f"area of the region never cut: {100 * never:.1f} %, more than once: {100 * twice:.1f} %")
    for lon, lat in [(-118.0, 43.0), (-96.0, 40.0), (-68.0, 45.0)]:
        mean, most = misplacement(lon, lat)
        print(f"elevation at {-lon:g} W: {mean:.0f} m off on average, {most:.0f} m at most")


if __name__ == "__main__":
    main()
