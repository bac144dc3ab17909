"""A finished model maps another place without labels: the same bytes as the run that made it."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from conftest import WORLD, Place, Run, digests
from rasterio.warp import transform_bounds
from rasterio.windows import Window
from tiny_map import MAP_CONFIG
from zoned_world import ACROSS_6_E, write_reference, write_zone

from landloom.demo.rasters import write_worldcover
from landloom.map.model.archive import read_archive, write_archive

pytestmark = pytest.mark.slow

EAST = 48
"""The first column of world B."""

LAYERS = ("landcover", "confidence", "probabilities")
COMPARED = ("dissimilarity", "applicability", "point_density")


def cut(path: Path, target: Path, cols: slice) -> None:
    """Write some columns of a raster."""
    with rasterio.open(path) as source:
        window = Window(cols.start, 0, cols.stop - cols.start, source.height)
        profile = source.profile | {
            "width": window.width, "transform": source.window_transform(window),
        }  # fmt: skip
        with rasterio.open(target, "w", **profile) as part:
            part.write(source.read(window=window))


def with_model(place: Place, folder: Path, rasters: str | list[str], **more: Any) -> Place:
    """Return a place that maps rasters with the model of another, and has no labels."""
    folder.mkdir()
    shutil.copytree(place.folder / "in", folder / "in")
    (folder / "in/worldcover.tif").unlink(missing_ok=True)
    shutil.copy(place.results / "map/model.zip", folder / "in/model.zip")
    section = place.config["map"]
    embedding = section["embedding"] | {"raster": rasters}
    predict = copy.deepcopy(section["predict"])
    config = {"embedding": embedding, "model": "in/model.zip", "predict": predict, **more}
    return Place(folder, config={"results": "results", "map": config})


def ran(place: Place, *targets: str) -> Run:
    run = place.run(*targets)
    assert run.code == 0, run.output
    return run


@pytest.fixture(scope="module")
def both(map_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A run that learns in the west, world A, and maps the east, world B, too."""
    place = Place(map_inputs).copy(tmp_path_factory.mktemp("both") / "place")
    for name, cols in (("west", slice(0, EAST)), ("east", slice(EAST, 96))):
        cut(place.folder / "in/embedding.tif", place.folder / f"in/{name}.tif", cols)
    with rasterio.open(place.folder / "in/west.tif") as west:
        bounds = transform_bounds(west.crs, "EPSG:4326", *west.bounds)
    write_worldcover(WORLD, place.folder / "in/worldcover.tif", bounds)
    place.config = copy.deepcopy(MAP_CONFIG)
    place.config["map"]["embedding"]["raster"] = ["in/west.tif", "in/east.tif"]
    place.config["map"]["predict"]["probabilities"] = True
    place.config["map"]["crossval"] = {"schemes": ["random"], "n": 2}
    place.config["map"]["applicability"] = {"folds": "random"}
    ran(place, "all", "results/map/model.zip")
    return place


@pytest.fixture(scope="module")
def again(both: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The same rasters mapped with the model alone."""
    folder = tmp_path_factory.mktemp("again") / "place"
    place = with_model(both, folder, ["in/west.tif", "in/east.tif"], applicability={})
    ran(place)
    return place


def test_all_maps_are_the_same_bytes(both: Place, again: Place) -> None:
    one, other = digests(both), digests(again)
    same = [f"map/{layer}.tif" for layer in (*LAYERS, *COMPARED)]
    same += ["map/landcover.tif.aux.xml", "map/classes.json"]
    same += ["map/applicability.json", "figures/map_landcover.png", "figures/map_applicability.png"]
    assert {name: other[name] for name in same} == {name: one[name] for name in same}
    assert other["map/classifier.npz"] == one["map/forest.npz"]  # of any kind, in one place


def test_nearest_neighbours_map_another_raster_as_the_run_that_does_both(
    both: Place, tmp_path: Path
) -> None:
    learned = both.copy(tmp_path / "learned")
    learned.config["map"] |= {"model": {"kind": "knn"}}
    learned.config["map"]["tuning"] |= {"knn": {"n_neighbors": [3], "weights": ["distance"]}}
    targets = [f"results/map/{name}.tif" for name in (*LAYERS, *COMPARED)]
    ran(learned, "results/map/model.zip", *targets)
    rasters = learned.config["map"]["embedding"]["raster"]
    place = with_model(learned, tmp_path / "again", rasters, applicability={})
    ran(place, *targets)
    one, other = digests(learned), digests(place)
    same = [f"map/{layer}.tif" for layer in (*LAYERS, *COMPARED)] + ["map/classifier.npz"]
    assert {name: other[name] for name in same} == {name: one[name] for name in same}
    # And a part of them by itself.
    place = with_model(learned, tmp_path / "east", "in/east.tif", applicability={})
    ran(place, *targets)
    for layer in (*LAYERS, *COMPARED):
        with (
            rasterio.open(learned.results / f"map/{layer}.tif") as whole,
            rasterio.open(place.results / f"map/{layer}.tif") as part,
        ):
            np.testing.assert_array_equal(part.read(), whole.read()[:, :, EAST:])


def test_nothing_is_learned(again: Place) -> None:
    assert not list(again.results.rglob("*.parquet"))
    assert not list(again.results.glob("map/tuning*"))
    assert again.run("-n").jobs == {}


def test_world_b_alone_is_mapped_as_the_run_that_does_both_maps_it(
    both: Place, tmp_path: Path
) -> None:
    place = with_model(both, tmp_path / "place", "in/east.tif", generalise={"majority": 3})
    place.config["map"]["predict"]["polygons"] = True
    run = ran(place)
    for layer in LAYERS:
        with (
            rasterio.open(both.results / f"map/{layer}.tif") as whole,
            rasterio.open(place.results / f"map/{layer}.tif") as part,
        ):
            np.testing.assert_array_equal(part.read(), whole.read()[:, :, EAST:])
            assert part.descriptions == whole.descriptions
    # What the classes are, and what is known of the model, is told.
    report = json.loads((place.results / "map/report.json").read_text())
    assert report["model"]["file"] == "in/model.zip"
    assert report["model"]["fit"]["outside"] > 0
    assert "by the finished model in/model.zip" in run.output
    assert "lie outside its area of applicability" in run.output
    sources = (place.results / "SOURCES.md").read_text()
    assert report["model"]["sha256"] in sources
    assert "labels that it learned from, and their licence: the user's own" in sources
    assert "in/model.zip" in (place.results / "map/inputs.sha256").read_text()
    page = (place.results / "map/index.html").read_text()
    assert re.findall(r"name='layer' value='(\w+)'", page) == ["landcover", "confidence"]
    assert {path.name for path in (place.results / "figures").glob("*.png")} == {
        "map_landcover.png", "map_confidence.png",
    }  # fmt: skip


def test_independent_points_judge_it_and_can_be_drawn(again: Place, tmp_path: Path) -> None:
    place = again.copy(tmp_path / "place")
    with rasterio.open(place.results / "map/landcover.tif") as source:
        codes = source.read(1)
        rows, cols = np.nonzero(codes != 255)
        chosen = np.random.default_rng(3).choice(rows.size, 120, replace=False)
        lines = [
            ",".join(map(str, (*(source.transform @ (cols[i] + 0.5, rows[i] + 0.5)),
                               codes[rows[i], cols[i]])))
            for i in chosen
        ]  # fmt: skip
        crs = source.crs.to_string()
    (place.folder / "in/points.csv").write_text("\n".join(["x,y,label", *lines]) + "\n")
    given = {"table": "in/points.csv", "x": "x", "y": "y", "crs": crs}
    place.config["map"]["validation"] = given | {"draw": {"n": 60, "per_class_min": 5}}
    run = ran(place)
    report = json.loads((place.results / "map/report.json").read_text())
    points = report["estimates"][1]
    assert (points["samples"], points["overall"]["value"]) == (120, 1.0)
    assert "not known, and was not looked at" in run.output
    assert "Areas of the classes" in (place.results / "tables/map.html").read_text()
    assert (place.results / "map/validation_sample.gpkg").stat().st_size > 1000


def test_several_zones_are_the_same_bytes(tmp_path: Path) -> None:
    learned = Place(tmp_path / "learned", config=copy.deepcopy(MAP_CONFIG))
    (learned.folder / "in").mkdir(parents=True)
    for code in (32631, 32632):
        write_zone(learned.folder / f"in/{code}.tif", code, ACROSS_6_E)
    write_reference(learned.folder / "in/classes.tif", ACROSS_6_E)
    learned.config["map"] |= {
        "embedding": {"raster": ["in/32631.tif", "in/32632.tif"]},
        "reference": {"raster": "in/classes.tif", "n_points": 600},
        "predict": {"block": 160, "probabilities": True, "crs": "auto"},
    }
    ran(learned, "map", "results/map/model.zip")
    rasters = learned.config["map"]["embedding"]["raster"]
    place = with_model(learned, tmp_path / "place", rasters)
    ran(place, "map")
    one, other = digests(learned), digests(place)
    maps = {name for name in one if name.endswith(".tif") and "digests" not in name}
    assert {f"map/{layer}.tif" for layer in LAYERS} < maps
    assert any(name.startswith("map/zones/") for name in maps)
    assert {name: one[name] for name in maps} == {name: other[name] for name in maps}


# --- what cannot be used --------------------------------------------------------------------------


def lacks(name: str) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda _, arrays: arrays.pop(name)


def told(**changes: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda card, _: card.update(changes)


def astray(_: dict[str, Any], arrays: dict[str, Any]) -> None:
    arrays["nodes"] = arrays["nodes"].copy()
    arrays["nodes"][0, 4] = 1_000_000


def shifted(_: dict[str, Any], arrays: dict[str, Any]) -> None:
    arrays["roots"] = arrays["roots"] + np.uint64(4)


def scaled(_: dict[str, Any], arrays: dict[str, Any]) -> None:
    arrays["applicability_scale"] = -arrays["applicability_scale"]


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


REWRITTEN = {
    "a later version": (told(version=9), "is a model of version 9"),
    "another thing": (told(format="x"), "the manifest is none of a model"),
    "a name of two lines": (told(labels=["a\nb"]), "holds a line end"),
    "no agreement": (told(agreement={}), "agreement.samples: Field required"),
    "an array gone": (lacks("roots"), "lacks roots"),
    "a band that there is not": (astray, "asks for a band that there is not"),
    "roots elsewhere": (shifted, "are not those of its trees"),
    "weights": (scaled, "negative"),
}
BROKEN: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a flipped bit": (flipped, "damaged or cut short"),
    "cut short": (lambda path: path.write_bytes(path.read_bytes()[:-99]), "damaged or cut short"),
    "a text": (lambda path: path.write_text("model"), "damaged or cut short"),
    "empty": (lambda path: path.write_bytes(b""), "damaged or cut short"),
}


@pytest.mark.parametrize("case", [*REWRITTEN, *BROKEN])
def test_a_file_that_was_tampered_with_ends_the_run_before_its_first_job(
    both: Place, tmp_path: Path, case: str
) -> None:
    place = with_model(both, tmp_path / "place", "in/east.tif")
    path = place.folder / "in/model.zip"
    if case in REWRITTEN:
        change, message = REWRITTEN[case]
        card, arrays = read_archive(path)
        change(card, arrays)
        write_archive(path, card, arrays)
    else:
        spoil, message = BROKEN[case]
        spoil(path)
    run = place.run()
    assert run.code != 0
    assert run.output.count("map.model: in/model.zip: ") == 1
    assert message in run.output
    assert "Traceback" not in run.output
    assert not [path for path in place.results.rglob("*") if path.is_file()]


def test_a_raster_that_does_not_fit_is_refused_before_any_block(
    both: Place, tmp_path: Path
) -> None:
    place = with_model(both, tmp_path / "place", "in/other.tif")
    with rasterio.open(place.folder / "in/east.tif") as source:
        profile = source.profile | {"count": 5, "dtype": "float32", "nodata": None}
        values = source.read()[:5].astype(np.float32) + 500
    with rasterio.open(place.folder / "in/other.tif", "w", **profile) as target:
        target.write(values)
    place.config["map"]["embedding"] = {"raster": "in/other.tif"}
    run = place.run()
    assert run.code != 0
    assert (
        "does not suit the embedding in/other.tif: it has 5 bands, the model learned from 64; "
        in (run.output)
    )
    assert "its encoding is float, the model learned from alphaearth" in run.output
    assert "Traceback" not in run.output
    assert not list((place.results / "map").glob("*.tif"))
    assert not (place.results / "map/blocks").exists()


def test_a_model_that_cannot_compare_is_told_at_once(mapped: Place, tmp_path: Path) -> None:
    learned = mapped.copy(tmp_path / "learned")
    ran(learned, "results/map/model.zip")
    place = with_model(learned, tmp_path / "place", "in/embedding.tif", applicability={})
    run = place.run()
    assert run.code != 0
    assert (
        "map.applicability: in/model.zip does not bring what pixels are compared with" in run.output
    )
    assert not [path for path in place.results.rglob("*") if path.is_file()]


# --- a model that is made in the same workflow ----------------------------------------------------

TWO = """
module learned:
    snakefile: "{repository}/Snakefile"
    config: {learned}

use rule * from learned as learned_*

module other:
    snakefile: "{repository}/Snakefile"
    config: {other}

use rule * from other as other_*

rule everything:
    default_target: True
    input:
        rules.other_map.input,
"""


def test_a_model_may_be_made_by_another_rule(map_place: Place) -> None:
    learned = map_place.config | {"results": "one"}
    section = {key: learned["map"][key] for key in ("embedding", "predict")}
    other = {"results": "two", "map": section | {"model": "one/map/model.zip"}}
    text = TWO.format(repository=map_place.repository, learned=learned, other=other)
    (map_place.folder / "Snakefile").write_text(text)
    call = copy.copy(map_place)
    call.repository = map_place.folder
    run = call.snakemake("--cores", "2")
    assert run.code == 0, run.output
    assert (map_place.folder / "two/map/landcover.tif").exists()
    assert not (map_place.folder / "one/map/landcover.tif").exists()
