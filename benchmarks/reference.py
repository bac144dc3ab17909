"""Labelled points from a raster of 36000 x 36000 pixels: memory, bytes read and CPU time.

``python benchmarks/reference.py`` runs the job that draws the points, prints a table and fails if
a goal is missed. It takes one or two minutes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd
import rasterio
from affine import Affine
from job import run_job
from landscape import NLCD_CODES, land_cover, write_worldcover
from measure import Row, Usage, print_table, run_measured
from pyproj import Transformer
from rasterio.windows import Window

from landloom.legend.legends import WORLDCOVER
from landloom.map.embedding_header import inspect

SIDE = 36_000
CORNER = (3, 54)
"""Lon and lat of the raster's north-west corner; it is 3 degrees wide and high."""

COVERED = (3.04, 51.03, 5.97, 53.98)
"""What the embedding covers: nearly all of the raster, so that next to all of it counts, and from
a pixel on with which no block of the file begins."""

N_POINTS = 10_000
MOST_MEMORY = 1e9

READ_ONCE = """
import sys, rasterio
with rasterio.open(sys.argv[1]) as dataset:
    for _, window in dataset.block_windows(1):
        dataset.read(1, window=window)
"""


def write_embedding(path: Path) -> None:
    """Write an embedding in UTM at 30 m, with data but for its north-western corner."""
    to_utm = Transformer.from_crs("EPSG:4326", "EPSG:32631", always_xy=True)
    west, south, east, north = to_utm.transform_bounds(*COVERED)
    width, height = int((east - west) / 30), int((north - south) / 30)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=width,
        height=height,
        count=2,
        dtype="int8",
        crs="EPSG:32631",
        transform=Affine(30, 0, west, 0, -30, north),
        tiled=True,
        blockxsize=512,
        blockysize=512,
        compress="deflate",
        interleave="band",
    ) as dataset:
        for row in range(0, height, 512):
            rows = np.arange(row, min(row + 512, height))
            void = rows[:, None] + np.arange(width) < width // 2
            codes = np.where(void, -128, 90).astype(np.int8)
            dataset.write(np.stack([codes, codes]), window=Window(0, row, width, len(rows)))


def draw(raster: Path, folder: Path) -> tuple[Usage, pd.DataFrame]:
    embedding, info, target = (folder / name for name in ("e.tif", "e.json", "points.parquet"))
    write_embedding(embedding)
    inspect([embedding], "alphaearth").save(info)
    used = run_job(
        "reference_points",
        folder,
        input={"embedding": info, "table": [], "classes": []},
        output={
            "points": target,
            "conflicts": folder / "conflicts.csv",
            "rasters": folder / "reference.json",
            "served": folder / "served.json",
            "windows": folder / "windows",
        },
        params={
            "rasters": [raster],
            "band": 1,
            "n_points": N_POINTS,
            "per_class_min": None,
            "allocation": "proportional",
            "columns": {},
            "conflicts": "drop",
            "palette": "usual",
            "seed": 42,
            "legend": [(code, entry.name, entry.color) for code, entry in WORLDCOVER.items()],
        },
    )
    return used, pd.read_parquet(target)


def main() -> bool:
    with tempfile.TemporaryDirectory(prefix="landloom-bench-") as scratch:
        raster = Path(scratch) / "worldcover.tif"
        names = dict(zip(NLCD_CODES, [*WORLDCOVER, 10], strict=True))
        codes = np.vectorize(names.__getitem__, otypes=[np.uint8])(land_cover())
        write_worldcover(raster, codes, CORNER, SIDE)
        size = raster.stat().st_size
        used, points = draw(raster, Path(scratch))
        once = run_measured([sys.executable, "-c", READ_ONCE, str(raster)])
    assert len(points) == N_POINTS
    what = f"{N_POINTS} points of {SIDE} x {SIDE} pixels"
    memory = used.peak / MOST_MEMORY
    rows = [Row(f"{what}: peak memory", "1000 MB", f"{used.peak / 1e6:.0f} MB", memory, high=1)]
    if used.read is not None:
        shown = f"{size / 1e6:.0f} MB in the file", f"{used.read / 1e6:.0f} MB"
        rows.append(Row(f"{what}: bytes read, in all", *shown, used.read / size, high=2))
    seconds = f"{once.cpu:.0f} s to read it once", f"{used.cpu:.0f} s"
    rows.append(Row(f"{what}: CPU time", *seconds, used.cpu / once.cpu))
    return print_table(rows)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
