"""Pictures and the page of the map, on maps of 1 and 4 times the area.

``python benchmarks/figures_map.py`` prints a table and fails if a goal is missed. It takes a
minute or two, and half a gigabyte of temporary files for as long as it runs.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd
import rasterio
import rasterio.shutil
from measure import Row, Usage, print_table, run_measured, take_turns
from rasterio.windows import Window

from landloom.job.files import write_json
from landloom.legend.legends import Entry, colored
from landloom.map.embedding_header import inspect
from landloom.map.plan import plan_map
from landloom.map.points import Points
from landloom.map.zones import ZonedEmbedding

SCRIPTS = Path(__file__).resolve().parents[1] / "workflow" / "scripts"

STRIP = 500
BANDS = 3
CLASSES = {value: Entry(f"class {value}") for value in range(1, 6)}
GOAL = 1.1


@dataclass(frozen=True)
class Map:
    """A finished map of some pixels along each side, and the files it came from."""

    folder: Path
    side: int

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def make(self) -> None:
        self.folder.mkdir()
        self._raster("landcover", 1, 255, lambda noise: 1 + noise % len(CLASSES))
        self._raster("confidence", 1, 255, lambda noise: noise % 101)
        self._raster("embedding", BANDS, 0, lambda noise: 1 + noise % 200)
        embedding = ZonedEmbedding.alone(inspect(self.path("embedding.tif")))
        embedding.save(self.path("embedding.json"))
        plan_map(embedding, "native", 1024, None).save(self.path("plan.json"))
        write_json(self.path("reference.json"), [self.path("landcover.tif")])
        rng = np.random.default_rng(1)
        frame = pd.DataFrame(rng.normal(size=(200, BANDS)), columns=["b01", "b02", "b03"])
        frame["x"], frame["y"], frame["label"] = 500_000.0, 5_000_000.0, 1
        Points(frame, CLASSES).write(self.path("samples.parquet"))

    def _raster(
        self, name: str, bands: int, nodata: int, values: Callable[[np.ndarray], np.ndarray]
    ) -> None:
        plain = Path(self.path(f"plain_{name}.tif"))
        with rasterio.open(
            plain, "w", driver="GTiff", width=self.side, height=self.side, count=bands,
            dtype="uint8", nodata=nodata, crs="EPSG:32631", tiled=True, compress="deflate",
            transform=rasterio.Affine(10, 0, 500_000, 0, -10, 5_000_000),
        ) as target:  # fmt: skip
            for top in range(0, self.side, STRIP):
                rng = np.random.default_rng(top)
                coarse = rng.integers(0, 256, (bands, STRIP // 10, self.side // 10))
                strip = values(coarse.repeat(10, axis=1).repeat(10, axis=2)).astype(np.uint8)
                target.write(strip, window=Window(0, top, self.side, STRIP))
        method = "average" if name == "confidence" else "mode"
        rasterio.shutil.copy(
            plain, self.path(f"{name}.tif"), driver="COG", overview_resampling=method
        )
        plain.unlink()

    def run(self, script: str, **inputs: Any) -> Usage:
        """Run one of the scripts as its rule does."""
        legend = [(code, entry.name, entry.color) for code, entry in colored(CLASSES).items()]
        given = {name: self.path(file) for name, file in inputs.items()}
        job = {
            "script": str(SCRIPTS / f"{script}.py"),
            "input": {
                **given,
                "samples": self.path("samples.parquet"),
                "reference": self.path("reference.json"),
                "plan": self.path("plan.json"),
                "classes": [],
            },
            "output": {"made": self.path(f"{script}.out.png")},
            "params": {"band": 1, "legend": legend},
            "log": {"log": self.path(f"{script}.log")},
        }
        if script == "map_page":
            job["input"]["confidence"] = [self.path("confidence.tif")]
        file = Path(self.path(f"{script}.json"))
        file.write_text(json.dumps(job))
        runner = str(Path(__file__).with_name("job.py"))
        return run_measured([sys.executable, runner, str(file)])


JOBS: dict[str, dict[str, str]] = {
    "figure_landcover": {"landcover": "landcover.tif"},
    "figure_confidence": {"confidence": "confidence.tif"},
    "figure_closeup": {"landcover": "landcover.tif", "embedding": "embedding.json"},
    "map_page": {"landcover": "landcover.tif"},
}


def memory(script: str, small: Map, large: Map) -> Row:
    """Compare the peak of a job's process on maps of 1 and 4 times the area."""
    peaks = take_turns(
        {
            "1x": lambda: float(small.run(script, **JOBS[script]).peak),
            "4x": lambda: float(large.run(script, **JOBS[script]).peak),
        },
        1,
    )
    shown = (f"{peaks[name] / 1e6:.0f} MB in {name}" for name in ("1x", "4x"))
    return Row(f"{script}, peak memory", *shown, peaks["4x"] / peaks["1x"], high=GOAL)


def main() -> bool:
    with tempfile.TemporaryDirectory(prefix="landloom-bench-") as scratch:
        small, large = Map(Path(scratch) / "small", 5000), Map(Path(scratch) / "large", 10000)
        for each in (small, large):
            each.make()
        return print_table([memory(script, small, large) for script in JOBS])


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
