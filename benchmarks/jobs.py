"""What of a run's CPU time is Snakemake's and goes into starting jobs, and what is the work itself.

``python benchmarks/jobs.py`` prints a table and fails if a goal is missed. Two runs are measured
whole: the demo, and 2,500 cells over the conterminous United States on a coarse raster. Each job
tells in its log how long it worked, and how long it took before that to start. What remains is
Snakemake: the plan, and some of each job.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import rasterio
import yaml
from measure import Row, print_table, run_measured
from rasterio.transform import from_origin

REPOSITORY = Path(__file__).resolve().parents[1]
SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))
PIXEL = 1000.0
CODES = np.array([11, 21, 41, 42, 52, 71, 81, 82], np.uint8)
SEED = 827
USED = re.compile(r"^CPU time: ([\d.]+) s, after ([\d.]+) s to start", re.MULTILINE)


@dataclass(frozen=True)
class Measured:
    """CPU seconds of a run, and of its jobs: their work, and what went before it."""

    cpu: float
    working: dict[str, list[float]]
    starting: dict[str, list[float]]

    @property
    def overhead(self) -> float:
        """The share of the run that is no job's work."""
        return 1.0 - sum(map(sum, self.working.values())) / self.cpu


def run(
    folder: Path, config: Path, targets: Iterable[str], repository: Path = REPOSITORY
) -> Measured:
    """Run some targets on one core."""
    where = ["--directory", str(folder), "--snakefile", str(repository / "Snakefile")]
    options = [*where, "--cores", "1", "--configfile", str(config)]
    used = run_measured([SNAKEMAKE, *targets, *options])
    working: dict[str, list[float]] = {}
    starting: dict[str, list[float]] = {}
    for log in sorted(folder.rglob("logs/**/*.log")):
        found = USED.search(log.read_text())
        if found:
            rule = log.stem if log.parent.name == "logs" else log.parent.name
            working.setdefault(rule, []).append(float(found[1]))
            starting.setdefault(rule, []).append(float(found[2]))
    return Measured(used.cpu, working, starting)


def write_conus(folder: Path) -> Path:
    """Write coarse land cover and elevation of CONUS, and a configuration of 2,500 cells."""
    rng = np.random.default_rng(SEED)
    coarse = rng.choice(CODES, (300, 480))
    codes = np.kron(coarse, np.ones((10, 10), np.uint8))
    albers = {"crs": "EPSG:5070", "transform": from_origin(-2_500_000, 3_300_000, PIXEL, PIXEL)}
    write(folder / "landcover.tif", codes, nodata=0, **albers)
    heights = rng.integers(0, 3000, (600, 1200)).astype(np.int16)
    degrees = {"crs": "EPSG:4326", "transform": from_origin(-124.0, 52.0, 0.055, 0.055)}
    write(folder / "elevation.tif", heights, nodata=-32768, **degrees)
    config = {
        "dataset": {
            "region": {"west": -119, "south": 25, "east": -69, "north": 48},
            "landcover": {"raster": "landcover.tif", "legend": "nlcd", "resolution": PIXEL},
            "grid": {"n": 50},
            "patches": {"size": 8, "downsample": 1},
            "elevation": {"source": "elevation.tif"},
        }
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def write(path: Path, band: np.ndarray, **profile: Any) -> None:
    height, width = band.shape
    shape = {"height": height, "width": width, "count": 1, "dtype": band.dtype}
    tiled = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"}
    with rasterio.open(path, "w", driver="GTiff", **shape, **tiled, **profile) as raster:
        raster.write(band, 1)


def one_by_one(folder: Path) -> Path:
    """Return a copy of the workflow in which each cell has a job of its own."""
    for name in ("workflow", "config", "envs", "profiles"):
        shutil.copytree(REPOSITORY / name, folder / name)
    shutil.copy2(REPOSITORY / "Snakefile", folder / "Snakefile")
    path = folder / "workflow/scripts/landloom/config/dataset.py"
    text, changed = re.subn(
        r"^_PIXELS_WORTH_A_JOB = .*",
        "_PIXELS_WORTH_A_JOB = 0",
        path.read_text(),
        flags=re.MULTILINE,
    )
    assert changed == 1
    path.write_text(text)
    return folder


def relief(cells: Iterable[tuple[int, int]]) -> list[str]:
    return [f"results/elevation/cells/r{row:03d}c{column:03d}.npz" for row, column in cells]


def cells_apart(folder: Path) -> tuple[float, Measured]:
    """Return the CPU seconds of one more cell, patches and relief, where it has its own jobs."""
    repository = one_by_one(folder / "apart")
    cpu = []
    for columns in (5, 25):
        place = folder / f"{columns} cells"
        place.mkdir()
        config = write_conus(place)
        measured = run(place, config, relief((25, c) for c in range(columns)), repository)
        cpu.append(measured.cpu)
    return (cpu[1] - cpu[0]) / 20, measured


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        apart, single = cells_apart(folder)
        whole = run(folder, write_conus(folder), ["results/dataset/certificate.json"])
        shown = folder / "demo"
        shown.mkdir()
        demo = run(shown, REPOSITORY / "config" / "config.yaml", ["all"])
    together = whole.cpu / 2500
    rows = [
        start("a cell's patches", single, "extract_cells"),
        start("a cell's relief", single, "relief_cells"),
        start("a tile", demo, "elevation_tile", goal=None),
        start("a block of 512 x 512", demo, "predict_block", goal=None),
        Row(
            "2,500 cells, each: own jobs | rows",
            f"{apart:.3f} CPU-s",
            f"{together:.3f} CPU-s",
            apart / together,
            low=2.0,
        ),
        share("2,500 cells: Snakemake and starting", whole),
        share("the demo: Snakemake and starting", demo),
    ]
    sys.exit(0 if print_table(rows) else 1)


def start(what: str, measured: Measured, rule: str, goal: float | None = 0.45) -> Row:
    """Compare what a job takes to start with what it takes to work."""
    starting, working = (median(of[rule]) for of in (measured.starting, measured.working))
    told = f"works {working:.2f} s" if goal is None else f"{goal} s"
    ratio = starting / (working if goal is None else goal)
    return Row(f"{what}: to start", told, f"{starting:.2f} CPU-s", ratio, high=goal and 1.0)


def share(what: str, measured: Measured) -> Row:
    told = f"{measured.cpu:.0f} CPU-s in all"
    return Row(what, told, f"{100 * measured.overhead:.0f} %", measured.overhead)


if __name__ == "__main__":
    main()
