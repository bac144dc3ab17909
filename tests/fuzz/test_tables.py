"""Odd CSV files in the place of a legend, a table of classes, and tables of labelled points."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fuzz.effort import tried
from fuzz.oracle import Tally, ended
from fuzz.raster_cases import REGION
from fuzz.table_cases import TableCase, colors, names, numbers, tables
from fuzz.worlds import HALVES, linked
from hypothesis import example, given
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
LEARNED_FROM = 29
"""The one that lies on a sample of the map's."""


SAMPLES = "results/map/samples.parquet"


def test_odd_legends(scratch: Callable[[], Path], good: Path) -> None:
    tally = Tally("table as legend")
    target = "results/dataset/class_distribution.parquet"
    work = HALVES["dataset"].made_up_to(target, dataset__landcover__legend="legend.csv")

    @tried(40)
    @given(case=tables(("code", "name", "color"), LEGEND, (numbers, names, colors)))
    def attack(case: TableCase) -> None:
        folder = scratch()
        linked(folder, good, "landcover", "dem")
        (folder / "legend.csv").write_bytes(case.content())
        tally.judge(case, ended(work, folder), ["legend.csv"], folder / target)

    attack()
    tally.check()


def test_odd_tables_of_classes(scratch: Callable[[], Path], good: Path) -> None:
    tally = Tally("table of classes")
    work = HALVES["map"].made_up_to(SAMPLES, map__reference__classes="classes.csv")

    @tried(40)
    @given(
        case=tables(("code", "value", "name", "color"), CLASSES, (numbers, numbers, names, colors))
    )
    def attack(case: TableCase) -> None:
        folder = scratch()
        linked(folder, good, "embedding", "reference")
        (folder / "classes.csv").write_bytes(case.content())
        tally.judge(case, ended(work, folder), ["classes.csv"], folder / SAMPLES)

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
COLUMNS = {"x": "lon", "y": "lat", "label": "class"}


def test_odd_tables_of_points(scratch: Callable[[], Path], good: Path) -> None:
    tally = Tally("table of points")

    @tried(40)
    @given(
        case=tables(("lon", "lat", "class"), POINTS, (numbers, numbers, names | numbers)),
        keys=st.just({}) | KEYS,
    )
    def attack(case: TableCase, keys: dict[str, str]) -> None:
        folder = scratch()
        linked(folder, good, "embedding")
        (folder / "points.csv").write_bytes(case.content())
        reference = {"table": "points.csv", **COLUMNS, **keys}
        work = HALVES["map"].made_up_to(SAMPLES, map__reference=reference)
        tally.judge((keys, case), ended(work, folder), ["points.csv"], folder / SAMPLES)

    attack()
    tally.check()


def test_odd_tables_to_validate_by(scratch: Callable[[], Path], good: Path, tmp_path: Path) -> None:
    tally = Tally("table to validate by")
    half, whole, target = HALVES["map"], tmp_path / "whole", "results/map/validation.json"
    whole.mkdir()
    linked(whole, good, *half.rasters)
    ending = ended(half.made_up_to("results/map/class_areas.json"), whole)
    assert ending.code == 0, ending.said
    free = [point for number, point in enumerate(POINTS) if number != LEARNED_FROM]
    points = [(x, y, USED[i % 6], f"s{i % 2}", "549") for i, (x, y, _) in enumerate(free)]
    header = ("lon", "lat", "class", "stratum", "weight")
    odd = (numbers, numbers, names | numbers, names, numbers)

    @tried(40)
    @example(case=TableCase(header, tuple(points)), keys={})
    @given(
        case=tables(header, points, odd),
        keys=st.just({}) | KEYS,
    )
    def attack(case: TableCase, keys: dict[str, str]) -> None:
        folder = scratch()
        shutil.rmtree(folder)
        shutil.copytree(whole, folder, symlinks=True)
        (folder / "points.csv").write_bytes(case.content())
        work = half.made_up_to(target, map__validation={"table": "points.csv", **COLUMNS, **keys})
        tally.judge((keys, case), ended(work, folder), ["points.csv"], folder / target)

    attack()
    tally.check()
    assert tally.outcomes["made"], tally.told  # of the table without an oddity at least
