"""A map of a box and a year: AlphaEarth by name, its public copies on loopback."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import rasterio
from conftest import WORLD, Place
from public_embeddings import BUCKET, FOLDERS, GOOGLE, INDEX, SOURCE, Tile, cut, lay_out
from rasterio.warp import transform_bounds
from server import Fault, Server

from landloom.demo.rasters import write_embedding

pytestmark = pytest.mark.full

SIDE = 60
"""Pixels along a tile: the tiny world has four, of which three are cut short."""

NO_PAUSE = ["--set-resources", "embedding_index:pause=0", "embedding_window:pause=0"]
MAPS = ("landcover.tif", "confidence.tif", "samples.parquet")


@pytest.fixture(scope="session")
def tiles(map_inputs: Path) -> list[Tile]:
    return sorted(cut(map_inputs / "in/embedding.tif", SIDE), key=lambda tile: tile.window)


def name_it(place: Place, box: tuple[float, ...]) -> None:
    place.config["map"]["region"] = dict(zip(("west", "south", "east", "north"), box, strict=True))
    place.config["map"]["embedding"] = {"raster": "alphaearth-2021"}


@pytest.fixture
def by_name(map_place: Place, server: Server) -> Place:
    """A run of the embedding by name, over the whole tiny world."""
    with rasterio.open(map_place.folder / "in/embedding.tif") as file:
        name_it(map_place, transform_bounds(file.crs, "EPSG:4326", *file.bounds))
    map_place.environment = server.environment
    return map_place


def products(place: Place) -> dict[str, bytes]:
    return {name: (place.results / "map" / name).read_bytes() for name in MAPS}


def records(place: Place) -> dict[str, dict]:
    paths = (place.results / "map/embedding").glob("[0-9]*.json")
    return {path.stem: json.loads(path.read_text()) for path in paths}


def times(place: Place) -> dict[str, int]:
    paths = (place.results / "map/embedding").glob("[0-9]*.tif")
    return {path.stem: path.stat().st_mtime_ns for path in paths}


def test_the_map_is_that_of_the_same_tiles_as_files(by_name, map_place, server, tiles, tmp_path):
    files = map_place.copy(tmp_path / "files")
    for tile in tiles:
        (files.folder / f"in/{tile.window}.tif").write_bytes(tile.tiff())
    names = [f"in/{tile.window}.tif" for tile in tiles]
    files.config["map"]["embedding"] = {"raster": names, "encoding": "alphaearth"}
    del files.config["map"]["region"]
    run = files.run("map")
    assert run.code == 0, run.output

    lay_out(server, tiles, tmp_path)
    run = by_name.run()
    assert run.code == 0, run.output
    assert products(by_name) == products(files)
    assert set(records(by_name)) == {tile.window for tile in tiles}
    sources = (by_name.results / "SOURCES.md").read_text()
    assert "produced by Google and Google DeepMind." in sources
    assert f"served by: https://{GOOGLE}/\n" in sources
    index = by_name.results / "map/embedding/index.parquet"
    digest = index.with_name("index.parquet.sha256").read_text().split()[0]
    assert f"index: https://{GOOGLE}/{INDEX}, SHA-256 {digest}\n" in sources
    assert by_name.run("-n").jobs == {}

    # Whatever was fetched has its digest, by which damage is noticed.
    fetched_files = {path.name for path in (by_name.results / "map/embedding").glob("*.*")}
    digests_kept = (by_name.results / "map/embedding/.digests").glob("*.sha256")
    assert fetched_files - {".digests", ".notes"} == {
        path.name[: -len(".sha256")] for path in digests_kept
    }

    # Another region: the index is kept, and so are windows that stay the same.
    before, fetched = server.count(f"{GOOGLE}/{INDEX}"), times(by_name)
    by_name.config["map"]["region"]["north"] -= 0.003
    run = by_name.run("results/map/embedding.json")
    assert run.code == 0, run.output
    assert server.count(f"{GOOGLE}/{INDEX}") == before
    assert "embedding_index" not in run.jobs
    changed = {name for name, time in times(by_name).items() if time != fetched[name]}
    assert tiles[-1].window in changed
    assert tiles[0].window not in changed
    index_is_what_it_was = by_name.run("verify_sources")
    assert index_is_what_it_was.code == 0, index_is_what_it_was.output

    by_name.config["map"]["embedding"]["raster"] = "alphaearth-2022"
    jobs = by_name.run("results/map/embedding.json", "-n").jobs
    assert "embedding_windows" in jobs
    assert "embedding_index" not in jobs


@pytest.mark.parametrize("fault", [Fault(403), Fault(500), Fault("silence", seconds=120)],
                         ids=["403", "500", "stall"])  # fmt: skip
def test_the_second_host_gives_the_same_bytes(by_name, server, tiles, tmp_path, fault):
    lay_out(server, tiles, tmp_path)
    target = [f"results/map/embedding/{tile.window}.tif" for tile in tiles]
    run = by_name.run("results/map/embedding.json", *NO_PAUSE)
    assert run.code == 0, run.output
    first = [(by_name.folder / path).read_bytes() for path in target]
    by_name.config["results"] = "others"
    for key in (INDEX, *(tile.place for tile in tiles)):
        server.misbehave(f"{GOOGLE}/{key}", fault)
    run = by_name.run("others/map/embedding.json", "others/SOURCES.md", *NO_PAUSE)
    assert run.code == 0, run.output
    assert [(by_name.folder / f"others{path[7:]}").read_bytes() for path in target] == first
    assert {one["address"].split("/annual/")[0] for one in records(by_name).values()} == {
        f"https://{SOURCE}".removesuffix("/annual")
    }
    assert f"served by: https://{SOURCE}/\n" in (by_name.folder / "others/SOURCES.md").read_text()


def test_where_all_hosts_fail_one_message_tells_each_soon(by_name, server, tiles, tmp_path):
    lay_out(server, tiles[:1], tmp_path)
    for folder in FOLDERS:
        server.misbehave(f"{folder}/{tiles[0].place}", Fault("silence", seconds=120))
    assert by_name.run("results/map/embedding/windows.json").code == 0
    began = time.monotonic()
    run = by_name.run("results/map/embedding.json", "--retries", "1")
    assert time.monotonic() - began < 60
    assert run.code != 0
    assert "Traceback" not in run.output
    (message,) = {line for line in run.output.splitlines() if "no address serves it" in line}
    assert message.startswith(f"map.embedding.raster: alphaearth-2021: {tiles[0].window}: ")
    for folder in FOLDERS:
        assert f"https://{folder}/{tiles[0].place}: nothing came" in message
    left = {path.name for path in (by_name.results / "map/embedding").iterdir()}
    left -= {".digests", ".notes"}
    assert left == {"index.parquet", "index.parquet.sha256", "index.json", "windows.json"}


def test_an_index_that_nobody_gives_ends_the_run(by_name, server):
    for folder in FOLDERS:
        server.misbehave(f"{folder}/{INDEX}", Fault(403))
    run = by_name.run("results/map/embedding.json")
    assert run.code != 0
    assert "Traceback" not in run.output
    prefix = "map.embedding.raster: no address gives the index"
    (message,) = {line for line in run.output.splitlines() if line.startswith(prefix)}
    for folder in (GOOGLE, SOURCE, BUCKET):
        assert f"https://{folder}/{INDEX}: " in message


def test_a_tile_that_exists_nowhere_leaves_a_void(by_name, server, tiles, tmp_path):
    lay_out(server, tiles, tmp_path)
    for folder in FOLDERS:
        server.misbehave(f"{folder}/{tiles[-1].place}", Fault(404))
    run = by_name.run("results/map/landcover.tif")
    assert run.code == 0, run.output
    assert {name for name, one in records(by_name).items() if one["missing"]} == {tiles[-1].window}
    log = by_name.results / f"logs/embedding_window/{tiles[-1].window}.log"
    assert "no address has this tile" in log.read_text()


def test_a_region_without_tiles_is_told(by_name, server, tiles, tmp_path):
    lay_out(server, tiles, tmp_path)
    name_it(by_name, (8.0, 47.0, 8.1, 47.1))
    run = by_name.run("results/map/embedding.json")
    assert run.code != 0
    assert "map.region: alphaearth-2021 has no tile at 8, 47, 8.1, 47.1" in run.output
    assert "Traceback" not in run.output


def test_hosts_are_checked_before_the_first_job(by_name):
    by_name.environment = {
        "LANDLOOM_CHECK_HOSTS": "yes",
        **dict.fromkeys(("https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9"),
        "no_proxy": "",
    }
    run = by_name.run("results/map/embedding.json")
    assert run.code != 0
    assert "map.embedding.raster: the proxy 127.0.0.1:9" in run.output
    assert not (by_name.results / "map").exists()


def test_years_of_a_name_are_mapped_by_one_model(by_name, server, tiles, tmp_path):
    """The later year's tiles are those of a world where a town has grown; both are learned from."""
    write_embedding(WORLD, tmp_path / "later.tif", 96, later=True)
    later = [replace(tile, year=2024) for tile in cut(tmp_path / "later.tif", SIDE)]
    lay_out(server, [*tiles, *later], tmp_path)
    embedding = {"raster": "alphaearth-{year}", "years": [2021, 2024], "train": [2021, 2024]}
    by_name.config["map"]["embedding"] = embedding
    run = by_name.run("map", "results/SOURCES.md", *NO_PAUSE)
    assert run.code == 0, run.output
    assert server.count(f"{GOOGLE}/{INDEX}") == 1  # one index serves all years
    for year, folder in ((2021, "map"), (2024, "years/2024/map")):
        windows = json.loads((by_name.results / folder / "embedding/windows.json").read_text())
        assert {window["place"].split("/")[0] for window in windows["windows"]} == {str(year)}
        assert f"Satellite Embedding {year}" in (by_name.results / "SOURCES.md").read_text()
    samples = pd.read_parquet(by_name.results / "map/samples.parquet")
    assert samples["year"].value_counts().min() > 200
    with (
        rasterio.open(by_name.results / "map/landcover.tif") as one,
        rasterio.open(by_name.results / "years/2024/map/landcover.tif") as other,
    ):
        assert (one.transform, one.shape) == (other.transform, other.shape)
        assert 0 < (one.read(1) != other.read(1)).mean() < 0.3
    assert by_name.run("-n", "map").jobs == {}

    window = next((by_name.results / "years/2024/map/embedding").glob("[0-9]*.tif"))
    whole = window.read_bytes()
    assert by_name.run("verify_sources").code == 0
    window.write_bytes(whole[:-1])
    told = by_name.run("verify_sources").output
    assert f"{window.name}: is not what it was" in told
