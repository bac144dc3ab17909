"""Odd CSV files in the place of a legend, a table of classes, and a table of labelled points."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fuzz.effort import tried
from fuzz.jobs import DatasetRun, MapRun
from fuzz.oracle import Tally, ended
from fuzz.raster_cases import REGION
from fuzz.table_cases import TableCase, colors, names, numbers, tables
from fuzz.worlds import CERTIFICATE, DATASET, MAP, configuration, inputs
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.full

USED = ("11", "42", "52", "71", "82", "24")
LEGEND = [(code, f"class {code}", f"1A2B{code}") for code in USED]
CLASSES = [(code, str(value), f"name {value}", "") for value, code in enumerate(USED, start=1)]


def labelled_points() -> list[tuple[str, ...]]:
    """Points within the embedding, of three classes."""
    west, south, east, north = REGION
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(west, east, 60), rng.uniform(south, north, 60)
    return [
        (f"{x:.6f}", f"{y:.6f}", "abc"[i % 3])
        for i, (x, y) in enumerate(zip(lon, lat, strict=True))
    ]


POINTS = labelled_points()


def test_odd_legends(scratch: Callable[[], Path], tmp_path: Path) -> None:
    tally = Tally("table as legend")
    inputs(tmp_path, "landcover", "dem")
    raw = configuration(DATASET, dataset__landcover__legend="legend.csv")

    @tried(40)
    @given(case=tables(("code", "name", "color"), LEGEND, (numbers, names, colors)))
    def attack(case: TableCase) -> None:
        folder = scratch()
        for name in ("landcover", "dem"):
            (folder / f"{name}.tif").symlink_to(tmp_path / f"{name}.tif")
        (folder / "legend.csv").write_bytes(case.content())

        def work() -> None:
            run = DatasetRun(raw)
            for step in (run.inspect, run.cut, run.count):
                step()

        product = folder / CERTIFICATE.with_name("class_distribution.parquet")
        tally.judge(case, ended(work, folder), ["legend.csv"], product)

    attack()
    tally.check()


def _embedded(folder: Path) -> None:
    """Describe the embedding once, in `results`."""
    inputs(folder, "embedding", "reference")
    here = Path.cwd()
    try:
        os.chdir(folder)
        MapRun(MAP).inspect()
    finally:
        os.chdir(here)


def _to_samples(raw: dict[str, object]) -> Callable[[], None]:
    def work() -> None:
        run = MapRun(raw)
        run.points()
        run.samples()

    return work


def _with_embedding(scratch: Callable[[], Path], made: Path) -> Path:
    folder = scratch()
    for name in ("embedding.tif", "reference.tif"):
        (folder / name).symlink_to(made / name)
    (folder / "results/map").mkdir(parents=True)
    (folder / "results/map/embedding.json").symlink_to(made / "results/map/embedding.json")
    return folder


def test_odd_tables_of_classes(scratch: Callable[[], Path], tmp_path: Path) -> None:
    tally = Tally("table of classes")
    _embedded(tmp_path)
    raw = configuration(MAP, map__reference__classes="classes.csv")

    @tried(40)
    @given(
        case=tables(("code", "value", "name", "color"), CLASSES, (numbers, numbers, names, colors))
    )
    def attack(case: TableCase) -> None:
        folder = _with_embedding(scratch, tmp_path)
        (folder / "classes.csv").write_bytes(case.content())
        product = folder / "results/map/samples.parquet"
        tally.judge(case, ended(_to_samples(raw), folder), ["classes.csv"], product)

    attack()
    tally.check()


KEYS = st.fixed_dictionaries(
    {},
    optional={
        "x": st.sampled_from(["lat", "label", "x", "lon "]),
        "label": st.sampled_from(["lon", "class", "label", "nothing"]),
        "crs": st.sampled_from(
            ["EPSG:32632", "EPSG:3857", "EPSG:4978", "EPSG:5773", "OGC:CRS84", "4326", "nonsense",
             "+proj=longlat +a=1737400 +b=1737400", "EPSG:4979", "+proj=utm +zone=99", "WGS84",
             'LOCAL_CS["site",UNIT["metre",1]]', "urn:ogc:def:crs:EPSG::4326", "EPSG:0", "{}"]
        ),
    },
)  # fmt: skip


def test_odd_tables_of_points(scratch: Callable[[], Path], tmp_path: Path) -> None:
    tally = Tally("table of points")
    _embedded(tmp_path)

    @tried(40)
    @given(
        case=tables(("lon", "lat", "class"), POINTS, (numbers, numbers, names | numbers)),
        keys=st.just({}) | KEYS,
    )
    def attack(case: TableCase, keys: dict[str, str]) -> None:
        folder = _with_embedding(scratch, tmp_path)
        (folder / "points.csv").write_bytes(case.content())
        reference = {"table": "points.csv", "x": "lon", "y": "lat", "label": "class", **keys}
        raw = configuration(MAP, map__reference=reference)
        product = folder / "results/map/samples.parquet"
        tally.judge((keys, case), ended(_to_samples(raw), folder), ["points.csv"], product)

    attack()
    tally.check()
