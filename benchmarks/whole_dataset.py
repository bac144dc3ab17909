"""A whole run of the dataset, proof included, against the plain way: CPU time of each sample.

``python benchmarks/whole_dataset.py`` prints a table and fails if a goal is missed. It takes a
quarter of an hour. Both ways start as a user starts them: what Snakemake plans, what jobs take to
start, and what is imported counts. Figures are not made. Given sides of rasters in pixels, it
measures these: ``python benchmarks/whole_dataset.py 4000 8000``.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

import yaml
from job import ONE_THREAD
from landscape import RESOLUTION, land_cover, relief, write_elevation, write_landcover
from measure import Row, print_table, run_measured, take_turns

HERE = Path(__file__).resolve().parent
SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))

SIDES = (4000, 8000, 12000)
"""Pixels along the land cover's sides, about."""
CELLS = 10
"""Cells along the region's sides."""
PER_DEGREE = 1200
"""Pixels of elevation to the degree: 3 arc seconds, 90 m."""
FROM = 5000
"""Samples from which on the goal holds: below, starting Snakemake and its jobs is most of it."""
GOAL = 2.0
REPEATS = 3

WEST, NORTH = -116.0, 43.0
TURNED = 0.82
"""Share of a raster's side that its region takes: Albers and north differ by some 12 degrees."""


def main() -> bool:
    sides = [int(side) for side in sys.argv[1:]] or SIDES
    rows = []
    with tempfile.TemporaryDirectory(prefix="landloom-bench-") as scratch:
        for side in sides:
            rows += compare(Path(scratch) / str(side), side)
            shutil.rmtree(Path(scratch) / str(side))
    return print_table(rows)


def compare(folder: Path, side: int) -> list[Row]:
    config = make_world(folder, side)
    seconds = take_turns(
        {
            "each": lambda: plain(config, "each"),
            "once": lambda: plain(config, "once"),
            "ours": lambda: ours(config),
        },
        REPEATS,
    )
    patches = json.loads((folder / "results/dataset/certificate.json").read_text())["patches"]
    samples = sum(split["samples"] for split in patches.values())
    theirs = int((folder / "plain/samples.txt").read_text())
    apiece = {
        name: used / (samples if name == "ours" else theirs) for name, used in seconds.items()
    }
    return [
        Row(
            f"{side} x {side} pixels, {samples} samples; {what}",
            f"{1e3 * apiece[name]:.2f} ms",
            f"{1e3 * apiece['ours']:.2f} ms",
            apiece[name] / apiece["ours"],
            low=GOAL if name == "each" and samples >= FROM else None,
        )
        for name, what in (("each", "plain"), ("once", "plain, rasters left open"))
    ]


def plain(config: Path, opened: str) -> float:
    shutil.rmtree(config.parent / "plain", ignore_errors=True)
    script = str(HERE / "plain_dataset.py")
    command = [sys.executable, "-W", "ignore", script, str(config), opened]
    return run_measured(command, os.environ | ONE_THREAD).cpu


def ours(config: Path) -> float:
    folder = config.parent
    for name in ("results", ".snakemake"):
        shutil.rmtree(folder / name, ignore_errors=True)
    where = ["--directory", str(folder), "--snakefile", str(HERE.parent / "Snakefile")]
    options = ["--cores", "1", "--quiet", "--configfile", str(config)]
    return run_measured([SNAKEMAKE, "dataset", *where, *options]).cpu


def make_world(folder: Path, side: int) -> Path:
    """Write land cover, elevation and a configuration."""
    folder.mkdir()
    south = NORTH - TURNED * side * RESOLUTION / 111_000
    wide = TURNED * side * RESOLUTION / 111_000 / math.cos(math.radians(NORTH))
    region = (WEST, south, WEST + wide, NORTH)
    write_landcover(folder / "landcover.tif", land_cover(), region)
    write_elevation(folder / "elevation.tif", relief(), region, PER_DEGREE)
    config = {
        "dataset": {
            "region": dict(zip(("west", "south", "east", "north"), region, strict=True)),
            "landcover": {
                "raster": "landcover.tif",
                "legend": "nlcd",
                "unknown": [0],
                "reject": {11: 0.9},
            },
            "grid": {"n": CELLS, "test_fraction": 0.2, "seed": 827},
            "patches": {"size": 40, "downsample": 2},
            "elevation": {"source": "elevation.tif", "max_nodata": 0.25},
        }
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
