"""The item of a map: its assets are the rasters that there are, with what their numbers mean."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from stac_items import check, check_core

from landloom.legend.legends import Entry
from landloom.map.item import RASTERS, Told, map_item

LEGEND = {1: Entry("Wood", "006400"), 7: Entry("Water", "0064C8")}


def write(path: Path, bands: int = 1) -> Path:
    profile = {"driver": "COG", "width": 20, "height": 10, "count": bands, "dtype": "uint8"}
    transform = Affine(10, 0, 500_000, 0, -10, 5_000_000)
    with rasterio.open(
        path, "w", crs="EPSG:32633", transform=transform, nodata=255, **profile
    ) as raster:
        raster.write(np.ones((bands, 10, 20), np.uint8))
    return path


def test_a_map_alone_has_one_asset_with_its_classes(tmp_path: Path) -> None:
    item = map_item({"landcover": write(tmp_path / "landcover.tif")}, Told(LEGEND, 2021))
    check(item)
    assert item["id"] == "landcover-2021"
    assert item["properties"]["start_datetime"] == "2021-01-01T00:00:00Z"
    assert "not known" not in item["properties"]["description"]
    (asset,) = item["assets"].values()
    classes = [(each["value"], each["title"]) for each in asset["classification:classes"]]
    assert classes == [(1, "Wood"), (7, "Water")]
    assert asset["bands"] == [{"name": "landcover", "description": "band 1"}]


def test_all_that_there_may_be_is_told_and_nothing_of_the_machine(tmp_path: Path) -> None:
    files = {name: write(tmp_path / f"{name}.tif") for name in RASTERS}
    write(files["probabilities"], bands=2)
    for name in ("polygons", "names"):
        files[name] = tmp_path / name
        files[name].write_text("x")
    sets = [{"value": 1, "name": "Wood", "bit": 0}, {"value": 7, "name": "Water", "bit": 1}]
    item = map_item(files, Told(LEGEND, None, "Synthetic demo world", sets))
    check(item)
    assert item["assets"].keys() == files.keys()
    bits = item["assets"]["class_set"]["classification:bitfields"]
    assert [(bit["offset"], bit["description"]) for bit in bits] == [(0, "1 Wood"), (1, "7 Water")]
    applicable = item["assets"]["applicability"]["classification:classes"]
    assert [each["value"] for each in applicable] == [0, 1]
    told = item["properties"]["description"]
    assert "The time that it shows is not known" in told
    assert told.endswith("Synthetic demo world.")
    text = json.dumps(item)
    assert str(tmp_path) not in text
    assert not re.search(r"20\d\d-\d\d-\d\dT", text)
    assert json.dumps(map_item(files, Told(LEGEND, None, "Synthetic demo world", sets))) == text
    check_core(item)
