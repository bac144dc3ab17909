"""Of 200 samples of the demo's map, labelled by the truth, 95 % have intervals that hold it.

As a table: `pytest -m full -s tests/e2e/test_validation_coverage.py`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
import rasterio
from conftest import Place
from rasterio.warp import transform as transform_places

from landloom.job.files import read_json
from landloom.legend.values import NODATA
from landloom.map.plan import MapPlan
from landloom.map.points import Points
from landloom.map.validation.areas import HECTARE, class_areas
from landloom.map.validation.drawing import Wanted, allocation, conjectured, draw
from landloom.map.validation.estimators import Counts
from landloom.map.validation.map_values import learned_pixels, left_to_draw
from landloom.map.validation.report import validate
from landloom.map.validation.strata import Places, Sample

pytestmark = pytest.mark.full

SEEDS = 200
N = 640


class Truth:
    """The demo's map, and what is true of it."""

    def __init__(self, demo: Place) -> None:
        self.folder = demo.results / "map"
        self.path = str(self.folder / "landcover.tif")
        with rasterio.open(self.path) as raster:
            self.on_map = raster.read(1).astype(np.int64)
            rows, cols = np.nonzero(self.on_map != NODATA)
            places = transform_places(
                raster.crs, "EPSG:4326", *(raster.transform @ (cols + 0.5, rows + 0.5))
            )
        self.true = np.full(self.on_map.shape, -1)
        with rasterio.open(demo.folder / "resources/demo/worldcover.tif") as source:
            codes = source.sample(zip(*places, strict=True))
            self.true[rows, cols] = [int(code) for (code,) in codes]
        self.there = self.on_map != NODATA
        self.plan = MapPlan.load(self.folder / "plan.json")
        self.samples = Points.read(self.folder / "samples.parquet")
        learned = learned_pixels(self.plan, self.samples)
        self.learned = learned
        self.drawable = self.there.copy()
        self.drawable.ravel()[learned] = False

    def figures(self, values: list[int]) -> dict[str, float]:
        """Return the true figures of the pixels of which the sample speaks."""
        on_map, true = self.on_map[self.drawable], self.true[self.drawable]
        told = {"overall": float(np.mean(on_map == true))}
        for value in values:
            right = np.mean((on_map == value) & (true == value))
            told[f"users {value}"] = float(right / np.mean(on_map == value))
            told[f"producers {value}"] = float(right / np.mean(true == value))
            told[f"share {value}"] = float(np.mean(true == value))
        return told


def estimates(truth: Truth) -> Iterator[dict[str, Any]]:
    """Yield what each of the samples tells."""
    areas = class_areas(truth.path)
    accuracies = conjectured(read_json(truth.folder / "held_out.json")["confusion"])
    pixels = left_to_draw(truth.path, areas.pixels, truth.learned)
    wanted = Wanted(n=N, per_class_min=50)
    numbers = allocation(wanted, pixels, accuracies)
    values = sorted(pixels)
    sizes = np.array([pixels[value] for value in values], np.float64)
    names = [truth.samples.classes[value].name for value in values]
    for seed in range(SEEDS):
        drawn = draw(truth.path, numbers, truth.learned, seed)
        true = truth.true[drawn.rows, drawn.cols]
        known = sorted({*values, *true.tolist()})
        cells = np.zeros((len(values), len(known), len(known)), np.int64)
        at, strata = np.searchsorted(known, drawn.values), np.searchsorted(values, drawn.values)
        np.add.at(cells, (strata, at, np.searchsorted(known, true)), 1)
        places = Places(drawn.rows, drawn.cols, drawn.values, true, strata)
        counts = Counts(cells, sizes, sizes)
        hectares = float(sizes.sum()) / HECTARE
        sample = Sample(counts, names, known, hectares, by_map=True, places=places)
        yield validate(sample, areas, truth.samples.classes, seed)


def limits(report: Mapping[str, Any], kind: str) -> Iterator[tuple[str, list[float] | None]]:
    yield "overall", report["overall"][kind]
    for about in report["classes"]:
        for figure in ("users", "producers", "share"):
            yield f"{figure} {about['value']}", about[figure][kind]


def test_the_intervals_hold_the_truth_as_often_as_they_say(demo: Place) -> None:
    truth = Truth(demo)
    assert (truth.true[truth.there] >= 0).all()
    values = sorted(np.unique(truth.on_map[truth.there]).tolist())
    true = truth.figures(values)
    held = {kind: dict.fromkeys(true, 0) for kind in ("dirichlet", "wald")}
    for report in estimates(truth):
        for kind, hits in held.items():
            for name, interval in limits(report, kind):
                if name in true and interval is not None:
                    hits[name] += interval[0] <= true[name] <= interval[1]
    print(f"{'figure':14} {'true':>8} Dirichlet   Wald")
    for name, value in true.items():
        shares = [held[kind][name] / SEEDS for kind in ("dirichlet", "wald")]
        print(f"{name:14} {value:8.4f} {shares[0]:9.3f} {shares[1]:6.3f}")
    rates = np.array([hits / SEEDS for hits in held["dirichlet"].values()])
    assert 0.92 <= rates.mean() <= 0.98
    # Of 200 draws at 95 %, 99.9 of 100 single figures lie within these.
    assert (rates >= 0.895).all()
