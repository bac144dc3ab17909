"""What a query, user information or an option of an address holds is nowhere to be found."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Place
from server import Fault, Server

SECRET = "S3NT1NELinTheQuery"
HOST = "data.example.org"
TALKATIVE = ("-p", "--verbose")

pytestmark = pytest.mark.full


def offered(server: Server, file: Path, name: str = "") -> str:
    """Serve a file to whoever knows the secret; give the address that tells it."""
    key, body = f"{HOST}/{name or file.name}", file.read_bytes()
    server.offer(key, lambda query: body if query.get("code") == SECRET else b"denied")
    return f"https://{key}?code={SECRET}"


def places_of(place: Place, output: str) -> list[str]:
    """Return where the secret is found: in which files, their names, or the output."""
    found = [
        str(path.relative_to(place.folder))
        for path in place.folder.rglob("*")
        if path.is_file() and path.name != "mine.yaml"
        if SECRET.encode() in path.read_bytes() or SECRET in path.name
    ]
    return found + (["output"] if SECRET in output else [])


@pytest.fixture
def dataset_abroad(place: Place, server: Server) -> Place:
    raster, dataset = place.folder / "in/landcover.tif", place.config["dataset"]
    dataset["landcover"]["raster"] = [
        offered(server, raster),
        offered(server, raster, "again.tif").replace("https://", "/vsicurl/https://"),
    ]
    for tile in ("N42W117", "N42W116", "N43W117"):
        offered(server, place.folder / f"in/dem/{tile}.tif")
    server.misbehave(f"{HOST}/N43W116.tif", Fault(404))
    dataset["elevation"]["source"] = f"https://{HOST}/{{ns}}{{lat}}{{ew}}{{lon}}.tif?code={SECRET}"
    place.environment = server.environment
    return place


def test_a_dataset_keeps_them(dataset_abroad):
    run = dataset_abroad.run(*TALKATIVE)
    assert run.code == 0, run.output
    assert places_of(dataset_abroad, run.output) == []
    told = (dataset_abroad.results / "SOURCES.md").read_text()
    assert f"`https://{HOST}/landcover.tif`" in told
    report = dataset_abroad.run("--report", "report.html")
    assert report.code == 0, report.output
    assert places_of(dataset_abroad, report.output) == []


def test_single_rasters_keep_them(dataset_abroad, server):
    dataset = dataset_abroad.config["dataset"]
    dataset["landcover"]["raster"] = dataset["landcover"]["raster"][0]
    dataset["elevation"]["source"] = offered(server, dataset_abroad.folder / "in/dem/N42W117.tif")
    run = dataset_abroad.run(*TALKATIVE)
    assert run.code == 0, run.output
    assert places_of(dataset_abroad, run.output) == []


def test_a_map_keeps_them(map_place, server):
    about = map_place.config["map"]
    about["embedding"]["raster"] = offered(server, map_place.folder / "in/embedding.tif")
    about["reference"]["raster"] = offered(server, map_place.folder / "in/worldcover.tif")
    map_place.environment = server.environment
    run = map_place.run(*TALKATIVE)
    assert run.code == 0, run.output
    assert places_of(map_place, run.output) == []


def test_a_download_keeps_them(place, server):
    place.config["downloads"] = {"copy.tif": offered(server, place.folder / "in/landcover.tif")}
    place.config["dataset"]["landcover"]["raster"] = "copy.tif"
    place.environment = server.environment
    run = place.run("copy.tif", *TALKATIVE)
    assert run.code == 0, run.output
    assert places_of(place, run.output) == []


@pytest.mark.parametrize("what", [403, 500, "half", "garbage"])
def test_what_fails_keeps_them(map_place, server, what):
    address = offered(server, map_place.folder / "in/embedding.tif")
    map_place.config["map"]["embedding"]["raster"] = address
    map_place.environment = server.environment | {"GDAL_HTTP_MAX_RETRY": "0"}
    server.misbehave(f"{HOST}/embedding.tif", Fault(what))
    run = map_place.run(*TALKATIVE)
    assert run.code != 0
    assert places_of(map_place, run.output) == []
    assert f"{HOST}/embedding.tif" in run.output
