"""Pictures and the page of the map, on maps of 1 and 4 times the area.

``python benchmarks/figures_map.py`` prints a table and fails if a goal is missed. It takes a
minute or two, and half a gigabyte of temporary files for as long as it runs.
"""

from __future__ import annotations

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
from job import run_job
from measure import Row, Usage, print_table, take_turns
from rasterio.windows import Window

from landloom.job.files import write_json
from landloom.legend.class_file import write_classes
from landloom.legend.legends import Entry, colored
from landloom.map.embedding_header import inspect
from landloom.map.plan import plan_map
from landloom.map.points import Points
from landloom.map.zones import ZonedEmbedding

SCRIPTS = ("figure_landcover", "figure_confidence", "figure_closeup", "map_page")
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
        write_classes(self.path("classes.json"), CLASSES)
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

    def given(self, script: str) -> dict[str, dict[str, Any]]:
        """Return what a rule gives its script."""
        legend = [(code, entry.name, entry.color) for code, entry in colored(CLASSES).items()]
        about = {"world": ""}
        kind = about | {"kind": "forest"}
        compared = about | {"band": 1, "legend": legend}
        landcover = {"landcover": self.path("landcover.tif")}
        confidence, classes = self.path("confidence.tif"), self.path("classes.json")
        beside = {
            "plan": self.path("plan.json"),
            "samples": self.path("samples.parquet"),
            "reference": self.path("reference.json"),
            "classes": [],
        }
        files, params = {
            "figure_landcover": (landcover | {"classes": classes}, about),
            "figure_confidence": (
                {"confidence": confidence, "model": [], "classes": classes},
                kind,
            ),
            "figure_closeup": (
                landcover | beside | {"embedding": self.path("embedding.json")},
                compared,
            ),
            "map_page": (
                landcover | beside | {"confidence": [confidence], "legend": classes, "model": []},
                compared | kind,
            ),
        }[script]
        return {
            "input": files,
            "output": {"made": self.path(f"{script}.out.png")},
            "params": params,
        }

    def run(self, script: str) -> Usage:
        """Run one of the scripts as its rule does."""
        return run_job(script, self.folder, **self.given(script))


def memory(script: str, small: Map, large: Map) -> Row:
    """Compare the peak of a job's process on maps of 1 and 4 times the area."""
    peaks = take_turns(
        {
            "1x": lambda: float(small.run(script).peak),
            "4x": lambda: float(large.run(script).peak),
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
        return print_table([memory(script, small, large) for script in SCRIPTS])


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
