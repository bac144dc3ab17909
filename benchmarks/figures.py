"""The pictures: their memory on datasets of 1 and 4 times the size, and the animation's time.

``python benchmarks/figures.py`` prints a table and fails if a goal is missed. It takes a minute or
two.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

import geopandas
import numpy as np
import rasterio
import shapely
from affine import Affine
from job import run_job
from measure import Row, Usage, print_table, take_turns
from pyproj import CRS
from scipy.ndimage import gaussian_filter

from landloom.dataset.cells import CellGrid
from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.split import split_map
from landloom.dataset.stack import class_distribution
from landloom.elevation.mosaic import write_mosaic
from landloom.figures.neighbourhood import choose
from landloom.job.files import write_json
from landloom.job.geopackage import write_gpkg
from landloom.legend.legends import NLCD
from landloom.raster.pixel_grid import PixelGrid

SIZE, DOWNSAMPLE = 40, 2
REGION = (-118.0, 36.0, -108.0, 44.0)
SAMPLES = 25_000
SEED = 827
MOSAIC_SIDE = 4000

SCRIPTS = {
    "figure_split": 1.1,
    "figure_patches": 1.1,
    "figure_relief": 1.1,
    "figure_mosaic": 1.1,
    "figure_places": 1.4,  # of every sample its place is held, some hundred bytes
    "figure_terrain": 1.1,
}
"""How many times its memory each may take where there are 4 times the samples."""

ANIMATION_SECONDS, ANIMATION_MB = 120.0, 15.0


@dataclass(frozen=True)
class Dataset:
    """Finished files with `scale` times as many samples, and a mosaic of so many pixels."""

    folder: Path
    scale: int

    def make(self) -> None:
        (self.folder / "picture").mkdir(parents=True)
        side = int(np.sqrt(SAMPLES * self.scale))
        rows, cols = (axis.ravel() for axis in np.mgrid[:side, :side])
        # Zeros that were never written: a file of full size that takes no room.
        shape = (len(rows), 2, SIZE, SIZE)
        array = np.lib.format.open_memmap(self.folder / "train.npy", "w+", np.float32, shape)
        array[choose(len(rows), 32, SEED)] = _landscapes(32)
        array.flush()
        frame = geopandas.GeoDataFrame(
            {"cell": "r000c000", "row": rows, "col": cols},
            geometry=shapely.box(cols, rows, cols + 1, rows + 1),
            crs="EPSG:4326",
        )
        write_gpkg(frame, self.folder / "train.gpkg", "train")
        counts = {"rejected": {"unknown": 10, "11": 20}, "void": 5, "buffered": 0}
        write_json(self.folder / "train.json", counts)
        write_gpkg(
            split_map(CellGrid(REGION, 8), ["r000c001"]), self.folder / "split.gpkg", "split"
        )
        class_distribution([dict.fromkeys(NLCD, 1)], NLCD).to_parquet(
            self.folder / "classes.parquet"
        )
        pixel = 1600.0 * 30 / side
        transform = Affine(pixel, 0.0, -1.8e6, 0.0, -pixel, 2.5e6)
        grid = PixelGrid(CRS.from_epsg(5070).to_wkt(), transform, side * 80, side * 80)
        LandcoverInfo(
            "landcover.tif", grid, (30, 30), "uint8", None, [], REGION, 1.0, (2400.0, 2400.0), 1, 0,
        ).save(self.folder / "landcover.json")  # fmt: skip
        self._make_mosaic()

    def _make_mosaic(self) -> None:
        side = int(MOSAIC_SIDE * np.sqrt(self.scale))
        raw = self.folder / "raw.tif"
        with rasterio.open(
            raw, "w", driver="GTiff", width=side, height=side, count=1, dtype="int16",
            crs="EPSG:4326", transform=Affine(8 / side, 0, -117, 0, -8 / side, 44), tiled=True,
        ) as raster:  # fmt: skip
            along = np.arange(side)
            for row in range(0, side, 256):
                rows = along[row : row + 256, None]
                heights = 500 + 300 * np.sin(rows / 90) * np.cos(along / 70)
                window = ((row, row + len(rows)), (0, side))
                raster.write(heights.astype(np.int16), 1, window=window)
        write_mosaic(str(raw), self.folder / "mosaic.tif")
        raw.unlink()

    def given(self, script: str) -> dict[str, dict[str, Any]]:
        """Return what the rule of a figure gives its script."""
        patches = {
            "array": self.folder / "train.npy",
            "footprints": self.folder / "train.gpkg",
            "classes": self.folder / "classes.parquet",
            "landcover": self.folder / "landcover.json",
        }
        cells = {
            "split": self.folder / "split.gpkg",
            "footprints": [self.folder / "train.gpkg"],
            "landcover": self.folder / "landcover.json",
        }
        mosaic = {"mosaic": self.folder / "mosaic.tif"}
        lattice = {"size": SIZE, "downsample": DOWNSAMPLE}
        some = lattice | {"samples": 3, "seed": SEED}
        turn = {"rows": 4, "columns": 8, "frames": 90, "fps": 30, "seed": SEED}
        splits = {"splits": ["train"]}
        files, params = {
            "figure_split": (cells, splits),
            "figure_places": (cells | {"counts": [self.folder / "train.json"]}, lattice | splits),
            "figure_patches": (patches | mosaic, some),
            "figure_relief": (patches, some),
            "figure_mosaic": (mosaic, {"region": REGION}),
            "figure_terrain": (patches, lattice | turn),
        }[script]
        suffix = "gif" if script == "figure_terrain" else "png"
        return {
            "input": files,
            "output": {"picture": self.folder / f"picture/{script}.{suffix}"},
            "params": params | {"world": ""},
            "wildcards": {"split": "train"},
        }

    def draw(self, script: str) -> Usage:
        """Run the job of a figure."""
        return run_job(script, self.folder, **self.given(script))


def _landscapes(count: int) -> np.ndarray:
    """Return patches as varied as real ones: classes in small spots, hills of some hundred m."""
    noise = np.random.default_rng(1).random((2, count, SIZE, SIZE))
    spots, hills = (
        gaussian_filter(part, (0, sigma, sigma)) for part, sigma in zip(noise, (1, 4), strict=True)
    )
    spots, hills = (part - part.min() for part in (spots, hills))
    classes = np.floor(spots / spots.max() * (len(NLCD) - 1))
    return np.stack([classes, 800 * hills / hills.max()], axis=1).astype(np.float32)


def memory(script: str, small: Dataset, large: Dataset) -> Row:
    peaks = take_turns(
        {"1x": lambda: small.draw(script).peak, "4x": lambda: large.draw(script).peak}, 1
    )
    shown = (f"{peaks[name] / 1e6:.0f} MB in {name}" for name in ("1x", "4x"))
    return Row(f"{script}, peak memory", *shown, peaks["4x"] / peaks["1x"], high=SCRIPTS[script])


def animation(dataset: Dataset) -> list[Row]:
    """Measure 90 pictures of 4 x 8 patches against what a reader would wait for and load."""
    seconds = dataset.draw("figure_terrain").cpu
    size = (dataset.folder / "picture/figure_terrain.gif").stat().st_size / 1e6
    return [
        Row("animation, CPU time", f"{ANIMATION_SECONDS:.0f} s", f"{seconds:.1f} s",
            seconds / ANIMATION_SECONDS, high=1.0),
        Row("animation, size", f"{ANIMATION_MB:.0f} MB", f"{size:.1f} MB", size / ANIMATION_MB,
            high=1.0),
    ]  # fmt: skip


def main() -> bool:
    with tempfile.TemporaryDirectory(prefix="landloom-bench-") as scratch:
        small, large = (Dataset(Path(scratch) / f"{scale}x", scale) for scale in (1, 4))
        for dataset in (small, large):
            dataset.make()
        rows = [memory(script, small, large) for script in SCRIPTS]
        return print_table(rows + animation(small))


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
