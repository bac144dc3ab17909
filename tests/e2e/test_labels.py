"""Labels of polygons in a GeoPackage; and what is wrong with a table, told before any job."""

from __future__ import annotations

import json
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import rasterio.features
import shapely
from conftest import Place, Run, digests

pytestmark = pytest.mark.slow

NAMES = {10: "Tree cover", 30: "grass", 40: "crops"}


def fields(place: Place) -> geopandas.GeoDataFrame:
    """Return squares of seven pixels about places of the reference, by the class in the middle."""
    with rasterio.open(place.folder / "in/embedding.tif") as source:
        transform, crs = source.transform, source.crs.to_string()
        middles = [(col, row) for col in range(6, 90, 9) for row in range(6, 90, 9)]
        at = [transform @ (col + 0.5, row + 0.5) for col, row in middles]
        corners = [[transform @ (c + i, r + j) for i, j in CORNERS] for c, r in middles]
    frame = geopandas.GeoDataFrame(geometry=[shapely.Polygon(ring) for ring in corners], crs=crs)
    points = geopandas.GeoSeries.from_xy(*zip(*at, strict=True), crs=crs)
    with rasterio.open(place.folder / "in/worldcover.tif") as source:
        there = points.to_crs(source.crs)
        codes = [int(value[0]) for value in source.sample(zip(there.x, there.y, strict=True))]
    frame["kind"] = [NAMES.get(code, f"class {code}") for code in codes]
    return frame


CORNERS = ((-3, -3), (4, -3), (4, 4), (-3, 4))


def use(
    place: Place, frame: geopandas.GeoDataFrame, name: str = "in/fields.gpkg", **keys: Any
) -> None:
    path = place.folder / name
    path.unlink(missing_ok=True)
    pyogrio.write_dataframe(frame, path)
    place.config["map"]["reference"] = {"table": name, "label": "kind", **keys}


def test_a_map_from_polygons(map_place: Place) -> None:
    frame = fields(map_place)
    torn = frame.iloc[[0]].assign(kind="swamp")  # all of the first polygon, and another class
    use(map_place, pd.concat([frame, torn]), per_polygon=20)
    map_place.config["map"]["samples"] = {"n": 300, "min_share": 0.0, "per_class_min": 5}
    map_place.config["map"]["crossval"] = {"schemes": ["group"], "n": 3}
    run = map_place.run("results/map/landcover.tif", "results/map/report.json")
    assert run.code == 0, run.output
    samples = pd.read_parquet(map_place.results / "map/samples.parquet")
    assert samples["group"].value_counts().max() <= 20
    with rasterio.open(map_place.folder / "in/embedding.tif") as source:
        shapes = zip(frame.geometry, range(1, len(frame) + 1), strict=True)
        burnt = rasterio.features.rasterize(
            shapes, source.shape, transform=source.transform, dtype="int32"
        )
    assert (burnt[samples["row"], samples["col"]] == samples["group"].astype(int)).all()
    assert (samples["source"] == frame["kind"].to_numpy()[samples["group"].astype(int) - 1]).all()
    assert not (samples["group"] == "1").any()
    conflicts = pd.read_csv(map_place.results / "map/conflicts.csv")
    assert (burnt[conflicts["row"], conflicts["col"]] == 1).all()
    assert set(conflicts["source"]) == {frame["kind"][0], "swamp"}
    assert not (conflicts["kept"] == "yes").any()
    assert "pixels of the embedding have labels of several classes" in run.output
    report = json.loads((map_place.results / "map/report.json").read_text())
    assert report["dropped"]["reference points that contradict others"] == conflicts["points"].sum()


def test_samples_are_the_same_from_any_kind_of_file_and_follow_what_lies_beside_it(
    map_place: Place,
) -> None:
    frame = fields(map_place)
    frame = frame.set_geometry(frame.geometry.representative_point())
    target = "results/map/samples.parquet"
    found = []
    for name in ("in/points.gpkg", "in/points.shp"):
        use(map_place, frame, name)
        map_place.config["map"]["samples"] = {"min_share": 0.0}
        assert map_place.run(target).code == 0
        found.append(digests(map_place)["map/samples.parquet"])
    assert found[0] == found[1]
    others = frame.assign(kind=np.where(frame["kind"] == "grass", "crops", frame["kind"]))
    pyogrio.write_dataframe(others, map_place.folder / "in/other.shp")
    other = map_place.folder / "in/other.dbf"
    (map_place.folder / "in/points.dbf").write_bytes(other.read_bytes())
    again = map_place.run(target, "results/map/inputs.sha256")
    assert again.code == 0
    assert again.jobs["reference_points"] == 1
    assert digests(map_place)["map/samples.parquet"] != found[0]
    assert "in/points.dbf" in (map_place.results / "map/inputs.sha256").read_text()


def refused(place: Place) -> Run:
    run = place.run("results/map/samples.parquet")
    assert run.code != 0
    assert "Traceback" not in run.output
    assert not (place.results / "map/embedding.json").exists()  # no job has begun
    return run


def test_all_that_is_wrong_with_a_table_is_told_before_the_first_job(map_place: Place) -> None:
    (map_place.folder / "in/points.csv").write_text("lon,lat,kind\n10,50,a\n11,x,b\n")
    (map_place.folder / "in/classes.csv").write_text("code,value\nforest,300\n")
    reference = {"table": "in/points.csv", "crs": "EPSG:999999", "classes": "in/classes.csv"}
    map_place.config["map"]["reference"] = reference
    run = refused(map_place)
    for words in (
        "in/points.csv has no column class; its columns are lon, lat, kind",
        "map.reference.crs: 'EPSG:999999' is no known CRS",
        "in/classes.csv: line 2: the value 300 does not fit",
    ):
        assert run.output.count(words) == 1


def test_a_filter_that_is_none_is_told_before_the_first_job(map_place: Place) -> None:
    use(map_place, fields(map_place), where="kind is")
    run = refused(map_place)
    assert run.output.count("map.reference.where: 'kind is' is no filter of in/fields.gpkg") == 1
