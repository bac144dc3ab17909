"""The dataset as a plain notebook makes it: cell by cell, patch by patch, all of it in memory.

``python plain_dataset.py CONFIG each`` makes, beside the configuration, the same kinds of files
from the same sources: stacks, footprints, classes, split, mosaic, and tells how many samples they
are. It is what one writes down with rasterio, SciPy, OpenCV and GeoPandas: a function for each
patch, which opens the raster that it reads. With ``once`` it is written with care: rasters stay
open, and land cover is read a cell at a time. Either proves nothing, and has the faults of
docs/method.md: pixel boxes between two corners of cells and of patches.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import scipy.stats
import shapely
import yaml
from pyproj import Transformer
from rasterio.windows import Window, from_bounds
from scipy.stats import qmc


class Raster:
    """A raster that is opened for each window that is read, or stays open."""

    def __init__(self, path: Path, kept: bool) -> None:
        self.path = path
        self.open = rasterio.open(path)
        self.kept = kept

    def read(self, window: Window) -> npt.NDArray[Any]:
        if self.kept:
            return self.open.read(1, window=window)
        with rasterio.open(self.path) as raster:
            return raster.read(1, window=window)


def main(config: Path, kept: bool) -> None:
    told = yaml.safe_load(config.read_text())["dataset"]
    made = config.parent / "plain"
    made.mkdir(exist_ok=True)
    test = test_cells(**told["grid"])
    found: dict[str, list[Any]] = {"train": [], "test": []}
    places: dict[str, list[Any]] = {"train": [], "test": []}
    counts: Counter[int] = Counter()
    mosaic = write_mosaic(config.parent / told["elevation"]["source"], told["region"], made)
    raster = Raster(config.parent / told["landcover"]["raster"], kept)
    heights = Raster(mosaic, kept)
    to_lonlat = Transformer.from_crs(raster.open.crs, "EPSG:4326", always_xy=True)
    side, k = told["patches"]["size"], told["patches"]["downsample"]
    step = side * k
    for row, col, window in cells(raster.open, told["region"], told["grid"]["n"]):
        split, name = "test" if (row, col) in test else "train", f"r{row:03d}c{col:03d}"
        pixels = raster.read(window)
        counts.update(dict(zip(*map(np.ndarray.tolist, np.unique_counts(pixels)), strict=True)))
        for top in range(0, window.height - step + 1, step):
            for left in range(0, window.width - step + 1, step):
                at = Window(window.col_off + left, window.row_off + top, step, step)
                patch = pixels[top : top + step, left : left + step] if kept else raster.read(at)
                if is_unfit(patch, told["landcover"]):
                    continue
                box = lonlat_box(raster.open.window_bounds(at), to_lonlat)
                relief = relief_of(heights, box, side)
                if relief is not None:
                    found[split].append(np.stack([downsample(patch, k), relief]))
                    places[split].append((name, shapely.box(*box)))
    codes = sorted(set(counts) - set(told["landcover"]["unknown"]))
    for split, samples in found.items():
        stack = np.array(samples, np.float32)
        classes = stack[:, 0].copy()
        for index, code in enumerate(codes):
            stack[:, 0][classes == code] = index
        np.save(made / f"{split}.npy", stack)
        names, boxes = zip(*places[split], strict=True)
        frame = geopandas.GeoDataFrame({"cell": names}, geometry=list(boxes), crs="EPSG:4326")
        frame.to_file(made / f"{split}.gpkg", driver="GPKG")
    table = pd.DataFrame({"code": codes, "count": [counts[code] for code in codes]})
    table["percentage"] = 100.0 * table["count"] / table["count"].sum()
    table.to_parquet(made / "classes.parquet")
    (made / "samples.txt").write_text(str(sum(map(len, found.values()))))


def test_cells(n: int, test_fraction: float, seed: int) -> set[tuple[int, int]]:
    drawn = qmc.Sobol(d=2, scramble=True, rng=seed).random(4 * n * n)
    chosen: dict[tuple[int, int], None] = {}
    for row, col in np.floor(drawn * n).astype(int).tolist():
        chosen[row, col] = None
    return set(list(chosen)[: int(n * n * test_fraction)])


def cells(raster: Any, region: dict[str, float], n: int) -> Any:
    """Yield each cell's row, column and pixels: the box between two transformed corners."""
    to_raster = Transformer.from_crs("EPSG:4326", raster.crs, always_xy=True)
    lons = np.linspace(region["west"], region["east"], n + 1)
    lats = np.linspace(region["south"], region["north"], n + 1)
    for row in range(n):
        for col in range(n):
            west, north = to_raster.transform(lons[col], lats[row + 1])
            east, south = to_raster.transform(lons[col + 1], lats[row])
            window = from_bounds(west, south, east, north, raster.transform)
            yield row, col, window.round_offsets().round_lengths()


def is_unfit(patch: npt.NDArray[np.uint8], landcover: dict[str, Any]) -> bool:
    return np.isin(patch, landcover["unknown"]).any() or any(
        (patch == code).mean() > most for code, most in landcover["reject"].items()
    )


def downsample(patch: npt.NDArray[np.uint8], k: int) -> npt.NDArray[np.uint8]:
    side = len(patch) // k
    blocks = patch.reshape(side, k, side, k).swapaxes(1, 2).reshape(side, side, k * k)
    # One call for all blocks. A call for each, as one finds it too, takes a hundred times longer.
    return scipy.stats.mode(blocks, axis=-1).mode


def lonlat_box(bounds: Any, to_lonlat: Transformer) -> tuple[float, float, float, float]:
    (west, east), (north, south) = to_lonlat.transform(bounds[::2], bounds[:0:-2])
    return west, south, east, north


def relief_of(heights: Raster, box: Any, side: int) -> npt.NDArray[np.float32] | None:
    pixels = heights.read(from_bounds(*box, heights.open.transform).round())
    void = pixels == heights.open.nodata
    if void.mean() > 0.25:
        return None
    pixels = pixels.astype(np.float32)
    if void.any():
        pixels = cv2.inpaint(pixels, void.astype(np.uint8), 3, cv2.INPAINT_TELEA)
    resized = cv2.resize(pixels, (side, side))
    return resized - resized.min()


def write_mosaic(source: Path, region: dict[str, float], made: Path) -> Path:
    """Cut elevation to the region and a margin, as `elevation.clip` would."""
    with rasterio.open(source) as raster:
        bounds = (
            *(region[side] - 0.05 for side in ("west", "south")),
            *(region[side] + 0.05 for side in ("east", "north")),
        )
        window = from_bounds(*bounds, raster.transform).round()
        profile = raster.profile | {
            "width": int(window.width),
            "height": int(window.height),
            "transform": raster.window_transform(window),
        }
        with rasterio.open(made / "mosaic.tif", "w", **profile) as mosaic:
            mosaic.write(raster.read(1, window=window), 1)
    return made / "mosaic.tif"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] == "once")
