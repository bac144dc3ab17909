"""What each rule asks for, against what it uses: on the demo, and on a world of 8 times its area.

``python benchmarks/resources.py`` prints a table for each world, and fails where a rule asks for
less memory than its largest job takes, or for more than twice as much. Jobs tell their peaks in
their logs, for Snakemake's own benchmarks miss those of short jobs.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))
sys.path.insert(0, str(REPOSITORY / "workflow" / "scripts"))

from measure import Row, print_table  # noqa: E402

from landloom.demo.rasters import World, embedding_grid, write_embedding, write_worldcover  # noqa: E402

AREA = 8
"""Times the demo's; more than this, its section of the configuration would refuse."""


@dataclass(frozen=True)
class Job:
    """What a job asked for and used: bytes of memory, seconds."""

    rule: str
    asked_memory: float
    used_memory: float
    asked_time: float
    used_time: float


def demo(_: Path) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((REPOSITORY / "config/config.yaml").read_text())
    return config


def larger(folder: Path) -> dict[str, Any]:
    """Return the demo with `AREA` times the area, cells, embedding and samples."""
    config = demo(folder)
    sides = math.sqrt(AREA)
    region = config["demo"]["region"]
    region["east"] = round(region["west"] + sides * (region["east"] - region["west"]), 2)
    region["north"] = round(region["south"] + sides * (region["north"] - region["south"]), 2)
    dataset, land = config["dataset"], config["map"]
    dataset["region"] = region
    dataset["grid"]["n"] = round(sides * dataset["grid"]["n"])
    bounds = (region["west"], region["south"], region["east"], region["north"])
    world = World(bounds, config["demo"]["seed"], tuple(config["demo"]["missing_tiles"]))
    size = round(sides * 1024)
    write_embedding(world, folder / "embedding.tif", size)
    around = embedding_grid(world, size).lonlat_bounds(0.01)
    write_worldcover(world, folder / "worldcover.tif", around)
    land["embedding"]["raster"] = "embedding.tif"
    land["reference"] |= {
        "raster": "worldcover.tif",
        "n_points": AREA * land["reference"]["n_points"],
    }
    land["samples"]["n"] *= AREA
    # Units differ in time, hardly in memory: one of each stage will do.
    land["tuning"] = {
        "stage1": {"max_features": ["n/4"], "max_depth": [None], "min_samples_leaf": [1]},
        "stage2": {"n_estimators": [200], "min_samples_split": [2], "class_weight": [None]},
    }
    return config


def run(folder: Path, config: dict[str, Any]) -> None:
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    where = ["--directory", str(folder), "--snakefile", str(REPOSITORY / "Snakefile")]
    given = ["--configfile", str(folder / "config.yaml"), "--benchmark-extended"]
    cores = str(os.cpu_count())
    subprocess.run([SNAKEMAKE, *where, "--cores", cores, *given], check=True)


def jobs(folder: Path) -> Iterator[Job]:
    for table in sorted(folder.rglob("benchmarks/**/*.tsv")):
        parts = ["logs" if part == "benchmarks" else part for part in table.parts]
        log = Path(*parts).with_suffix(".log")
        peak = re.search(r"^peak memory: (\d+) MB", log.read_text(), re.MULTILINE)
        with table.open(newline="") as file:
            row = next(csv.DictReader(file, delimiter="\t"))
        asked = json.loads(row["resources"].replace("'", '"'))
        if peak:
            yield Job(
                row["rule_name"],
                asked["mem_mb"] * 1e6,
                float(peak[1]) * 1e6,
                asked["runtime"] * 60.0,
                float(row["s"]),
            )


def table(found: list[Job]) -> list[Row]:
    rows = []
    for rule in sorted({job.rule for job in found}):
        largest = max((job for job in found if job.rule == rule), key=lambda job: job.used_memory)
        longest = max((job for job in found if job.rule == rule), key=lambda job: job.used_time)
        time = f"{longest.used_time:.0f} s of {longest.asked_time / 60:.0f} min"
        used = f"{largest.used_memory / 1e6:.0f} MB"
        ratio = largest.asked_memory / largest.used_memory
        asked = f"{largest.asked_memory / 1e6:.0f} MB, {time}"
        rows.append(Row(rule, used, asked, ratio, low=1.0, high=2.0))
    return rows


def main() -> None:
    held = True
    for name, make in {"the demo": demo, f"{AREA} times its area": larger}.items():
        with tempfile.TemporaryDirectory() as folder:
            run(Path(folder), make(Path(folder)))
            print(f"\n{name}: memory used by each rule's largest job, and asked for")
            held &= print_table(table(list(jobs(Path(folder)))))
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
