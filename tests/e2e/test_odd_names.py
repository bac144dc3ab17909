"""Names of classes and files with letters that mean something to a program, all the way through."""

from __future__ import annotations

import os
import shutil
from html import unescape
from xml.etree import ElementTree

import pandas as pd
import pytest
from conftest import Place

from landloom.legend.legends import NLCD, WORLDCOVER

pytestmark = pytest.mark.full

ODD = [
    "$x$ & <script>alert(1)</script>",
    r"C:\new \$5 {x} %s",
    "'quoted' \"twice\"",
    "\u202eאבגד",
    "森林と草原 🌲",
    "_hidden\u200b",
]


def names(legend: dict) -> dict[int, str]:
    return {code: f"{ODD[i % len(ODD)]} {code}" for i, code in enumerate(legend)}


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def test_a_dataset_of_odd_names(place: Place):
    called = names(NLCD)
    rows = [f"{code},{quoted(name)},{NLCD[code].color}" for code, name in called.items()]
    (place.folder / "in/legend.csv").write_text("\n".join(["code,name,color", *rows]))
    raster = place.folder / "in/$x$ & %s'é;#[a].tif"
    shutil.move(place.folder / "in/landcover.tif", raster)
    dataset = place.config["dataset"]
    dataset["landcover"] = {
        "raster": str(raster.relative_to(place.folder)),
        "legend": "in/legend.csv",
    }
    run = place.run()
    assert run.code == 0, run.output
    assert "missing from" not in run.output
    table = pd.read_parquet(place.results / "dataset/class_distribution.parquet")
    assert table["name"].tolist() == [called[code] for code in table["code"]]
    page = (place.results / "tables/dataset.html").read_text()
    assert "<script>alert" not in page
    for name in table["name"]:
        assert name in unescape(page)
    assert f"`{dataset['landcover']['raster']}`" in (place.results / "SOURCES.md").read_text()


def test_a_map_of_odd_names(map_place: Place):
    called = names(WORLDCOVER)
    rows = [f"{code},{code},{quoted(name)}" for code, name in called.items()]
    (map_place.folder / "in/classes.csv").write_text("\n".join(["code,value,name", *rows]))
    map_place.config["map"]["reference"]["classes"] = "in/classes.csv"
    map_place.config["map"]["predict"]["probabilities"] = True
    run = map_place.run()
    assert run.code == 0, run.output
    assert "missing from" not in run.output
    folder = map_place.results / "map"
    found = ElementTree.parse(folder / "landcover.tif.aux.xml").findall(".//Category")
    told = {item.text for item in found if item.text}
    assert told
    assert told <= set(called.values())
    assert "<script>alert" not in (folder / "index.html").read_text()
    text = (folder / "report.txt").read_text()
    assert all(name in text for name in told)


@pytest.mark.parametrize("what", ["raster", "tile", "legend"])
def test_a_pipe_is_never_waited_for(place: Place, what):
    dataset = place.config["dataset"]
    pipe = place.folder / ("in/dem/N43W117.tif" if what == "tile" else "in/pipe")
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    if what != "tile":
        dataset["landcover"][what] = "in/pipe"
    run = place.run()
    assert run.code != 0
    assert "a named pipe" in run.output or "no such legend" in run.output
    assert "Traceback" not in run.output
