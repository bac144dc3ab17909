"""Elevation and rasters over a network: a run against a server on loopback, in the public layouts.

Snakemake and all that it starts reach the server as their HTTPS proxy; nothing leaves the machine.
"""

from __future__ import annotations

import gzip
import json
import shutil
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from conftest import Place
from public_copies import (
    ADDRESSES,
    BARE_TIFF,
    FIRST,
    HTML,
    SECOND,
    SERVICE,
    coverage_service,
    write_whole,
)
from server import Fault, Server

from landloom.raster.degree_tiles import tile_bounds

SKADI = "s3.amazonaws.com/elevation-tiles-prod/skadi"
TILES = ["N42W117", "N42W116", "N43W117", "N43W116"]
SEA = "N43W116"
IMPATIENT = {
    "GDAL_HTTP_MAX_RETRY": "1",
    "GDAL_HTTP_RETRY_DELAY": "0.1",
    "GDAL_HTTP_LOW_SPEED_TIME": "2",
}
NO_PAUSE = ["--set-resources", "elevation_tile:pause=0"]

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(
        not all(map(shutil.which, ("gdal_translate", "gdalbuildvrt"))),
        reason="GDAL's command-line tools are not installed (apt-get install gdal-bin)",
    ),
]


def key(tile: str) -> str:
    return f"{SKADI}/{tile[:3]}/{tile}.hgt.gz"


def heights(tile: str) -> np.ndarray:
    """Heights of a 3'' tile, points on the degree lines included: a smooth land that meets."""
    west, south, _, _ = tile_bounds(tile)
    lon = west + np.arange(1201) / 1200
    lat = south + 1 - np.arange(1201) / 1200
    waves = np.sin(7 * lon)[None, :] * np.cos(9 * lat)[:, None]
    return np.round(1500 + 400 * waves).astype(np.int16)


def serve(server: Server, tiles: list[str]) -> None:
    for tile in tiles:
        server.put(key(tile), gzip.compress(heights(tile).astype(">i2").tobytes(), 6))


@pytest.fixture
def abroad(place: Place, server: Server) -> Place:
    """A run whose elevation is a product; its north-eastern tile does not exist."""
    serve(server, [tile for tile in TILES if tile != SEA])
    place.config["dataset"]["elevation"] = {"source": "SRTM1"}
    place.environment = server.environment | IMPATIENT
    return place


def test_elevation_arrives_by_itself(abroad, server):
    server.misbehave(key("N42W116"), Fault(503, times=2))
    run = abroad.run(*NO_PAUSE)
    assert run.code == 0, run.output

    for tile in TILES:
        with rasterio.open(abroad.results / f"elevation/tiles/{tile}.tif") as file:
            if tile == SEA:
                assert file.shape == (1, 1)
            else:
                # The client cuts the last row and column off, which are the neighbours' first.
                assert np.array_equal(file.read(1), heights(tile)[:-1, :-1])
    table = pd.read_csv(abroad.results / "elevation/elevation_tiles.csv", index_col="tile")
    assert table["exists"].to_dict() == {tile: tile != SEA for tile in TILES}
    assert set(table.loc[table["exists"], "source"]) == {"MAPZEN"}
    sources = (abroad.results / "SOURCES.md").read_text()
    assert "Terrain Tiles" in sources
    assert "attribution.md" in sources


def test_what_stays_bad_is_named_and_the_rest_completes(abroad, server):
    server.misbehave(key("N42W116"), Fault("half"))
    run = abroad.run("--retries", "1", *NO_PAUSE)
    assert run.code != 0
    assert "tile N42W116 of MAPZEN: did not arrive" in run.output
    assert "Traceback" not in run.output
    tiles = abroad.results / "elevation/tiles"
    assert {path.stem for path in tiles.glob("*.tif")} == set(TILES) - {"N42W116"}
    # Cells that do not touch that tile are finished.
    assert list((abroad.results / "elevation/cells").glob("*.npz"))
    assert not list(Path(abroad.folder).rglob("*.part"))

    before = {tile: server.count(key(tile)) for tile in TILES}
    server.misbehave(key("N42W116"), None)
    run = abroad.run(*NO_PAUSE)
    assert run.code == 0, run.output
    asked = {tile for tile in TILES if server.count(key(tile)) > before[tile]}
    assert asked == {"N42W116"}


def test_a_neighbouring_region_fetches_only_what_is_new(abroad, server):
    serve(server, ["N42W115", "N43W115"])
    assert abroad.run("elevation", *NO_PAUSE).code == 0
    before = {tile: server.count(key(tile)) for tile in TILES}
    abroad.config["results"] = "eastern"
    abroad.config["dataset"]["region"] |= {"west": -115.3, "east": -114.9}
    run = abroad.run("elevation", *NO_PAUSE)
    assert run.code == 0, run.output
    assert {tile: server.count(key(tile)) for tile in TILES} == before
    assert server.count(key("N42W115")) > 0


def test_tiles_are_compared_with_what_they_were(abroad):
    assert abroad.run("elevation", *NO_PAUSE).code == 0
    run = abroad.run("verify_sources")
    assert run.code == 0, run.output
    assert "every file is what it was" in run.output
    tile = abroad.results / "elevation/tiles/N42W117.tif"
    body = bytearray(tile.read_bytes())
    body[-1] ^= 1
    tile.write_bytes(body)
    run = abroad.run("verify_sources")
    assert run.code != 0
    assert "N42W117.tif: is not what it was" in run.output


def test_without_gdals_tools_the_remedy_is_told_before_the_first_job(abroad, tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("env", "bash", "sh", "git"):
        (tools / name).symlink_to(shutil.which(name))
    abroad.environment = abroad.environment | {"PATH": str(tools)}
    run = abroad.run()
    assert run.code != 0
    assert "apt-get install gdal-bin" in run.output
    assert not (abroad.results / "landcover").exists()


class TestRemoteRasters:
    """The dataset, all of it read over the network."""

    def cop30(self, tile: str) -> str:
        name = f"Copernicus_DSM_COG_10_{tile[:3]}_00_{tile[3:]}_00_DEM"
        return f"copernicus-dem-30m.s3.amazonaws.com/{name}/{name}.tif"

    def test_nlcd_and_copernicus_by_name_equal_local_files(self, place, server, finished):
        server.put(FIRST, (place.folder / "in/landcover.tif").read_bytes())
        for tile in ("N42W117", "N42W116", "N43W117"):
            server.put(self.cop30(tile), (place.folder / f"in/dem/{tile}.tif").read_bytes())
        place.config["dataset"]["landcover"] = {"raster": "nlcd-2021"}
        place.config["dataset"]["elevation"] = {"source": "COP30"}
        place.environment = server.environment | IMPATIENT
        run = place.run(*NO_PAUSE)
        assert run.code == 0, run.output
        for name in ("train.npy", "test.npy"):
            ours = (place.results / "dataset" / name).read_bytes()
            assert ours == (finished.results / "dataset" / name).read_bytes()
        sources = (place.results / "SOURCES.md").read_text()
        assert "https://doi.org/10.5066/P94UXNTS" in sources
        assert f"served by: https://{FIRST}" in sources
        assert "provided under COPERNICUS" in sources

    def test_a_local_copy_is_downloaded_when_it_is_used(self, place, server):
        server.put("x.org/lc.tif", (place.folder / "in/landcover.tif").read_bytes())
        place.config["downloads"] = {"resources/lc.tif": "https://x.org/lc.tif"}
        place.config["dataset"]["landcover"] = {"raster": "resources/lc.tif"}
        place.environment = server.environment
        run = place.run("results/config.yaml")
        assert run.code == 0, run.output
        assert server.count("x.org/lc.tif") == 0
        run = place.run("results/landcover/landcover.json")
        assert run.code == 0, run.output
        copy = place.folder / "resources/lc.tif"
        assert copy.read_bytes() == (place.folder / "in/landcover.tif").read_bytes()
        told = copy.with_name("lc.tif.sha256").read_text()
        assert "  lc.tif\n# from https://" in told or "  lc.tif\n# from http://" in told
        assert place.run("verify_sources").code == 0
        copy.write_bytes(b"another")
        run = place.run("verify_sources")
        assert "lc.tif: is not what it was" in run.output


SPLITS = ("train.npy", "test.npy")


class TestAddresses:
    """The land cover by name, of which the addresses fail in the ways that addresses fail."""

    @pytest.fixture(scope="class")
    @classmethod
    def whole(cls, inputs, tmp_path_factory) -> Path:
        folder = tmp_path_factory.mktemp("whole")
        return write_whole(inputs / "in/landcover.tif", folder / "nlcd.tif")

    @pytest.fixture(scope="class")
    @classmethod
    def local(cls, inputs, whole, tmp_path_factory) -> dict[str, bytes]:
        """Every product's bytes, made from the same raster as a file."""
        place = Place(inputs).copy(tmp_path_factory.mktemp("local") / "place")
        place.config["dataset"]["landcover"] = {"raster": str(whole)}
        run = place.run("dataset")
        assert run.code == 0, run.output
        return products(place)

    @pytest.fixture
    def by_name(self, place, server) -> Place:
        place.config["dataset"]["landcover"] = {"raster": "nlcd-2021"}
        place.environment = server.environment
        return place

    @pytest.mark.parametrize(
        "fault",
        [
            Fault(403),
            Fault(500),
            Fault("wrong", body=BARE_TIFF),
            Fault("wrong", body=HTML),
            Fault("reset"),
            Fault("silence", seconds=120),
        ],
        ids=["403", "500", "bare", "html", "reset", "stall"],
    )
    def test_the_second_serves_where_the_first_fails(self, by_name, server, whole, local, fault):
        for key in (FIRST, SECOND):
            server.put(key, whole.read_bytes())
        server.misbehave(FIRST, fault)
        run = by_name.run("dataset", "results/SOURCES.md")
        assert run.code == 0, run.output
        assert products(by_name) == local
        assert f"served by: https://{SECOND}" in (by_name.results / "SOURCES.md").read_text()

    def test_the_service_alone_gives_the_same_bytes(self, by_name, server, whole, local):
        server.offer(SERVICE, coverage_service(whole))
        run = by_name.run("dataset", "results/SOURCES.md")
        assert run.code == 0, run.output
        assert products(by_name) == local
        sources = (by_name.results / "SOURCES.md").read_text()
        assert f"served by: https://{SERVICE}\n" in sources
        assert str(by_name.folder) not in sources

    @pytest.mark.parametrize(
        ("fault", "said"),
        [(Fault(403), "HTTP 403"), (Fault("silence", seconds=120), "nothing came for 8 s")],
        ids=["403", "stall"],
    )
    def test_where_all_fail_one_message_tells_each_soon(self, by_name, server, fault, said):
        for key in ADDRESSES:
            server.misbehave(key, fault)
        began = time.monotonic()
        run = by_name.run("results/landcover/landcover.vrt")
        assert time.monotonic() - began < 60
        assert run.code != 0
        assert "Traceback" not in run.output
        (message,) = {line for line in run.output.splitlines() if "no address serves it" in line}
        assert message.startswith("dataset.landcover.raster: nlcd-2021: ")
        for key in ADDRESSES:
            assert f"https://{key}: {said}" in message
        assert "proxy (HTTPS_PROXY)" in message
        assert "downloads" in message


def test_labels_that_a_service_cuts_are_those_of_the_file(map_place, inputs, server, tmp_path):
    whole = write_whole(inputs / "in/landcover.tif", tmp_path / "nlcd.tif")
    server.offer(SERVICE, coverage_service(whole))
    map_place.environment = server.environment
    reference = map_place.config["map"]["reference"]
    reference["classes"] = "nlcd"
    points = []
    for raster in (str(whole), "nlcd-2021"):
        reference["raster"] = raster
        run = map_place.run("results/map/points.parquet", "results/SOURCES.md")
        assert run.code == 0, run.output
        points.append((map_place.results / "map/points.parquet").read_bytes())
    assert points[0] == points[1]
    assert json.loads((map_place.results / "map/reference.json").read_text()) == [
        "results/map/windows/nlcd-2021.vrt"
    ]
    assert f"served by: https://{SERVICE}\n" in (map_place.results / "SOURCES.md").read_text()


def products(place: Place) -> dict[str, bytes]:
    names = [*SPLITS, "train.gpkg", "test.gpkg", "certificate.json"]
    return {name: (place.results / "dataset" / name).read_bytes() for name in names}


def test_a_map_is_made_of_remote_rasters_alone(mapped, map_place, server):
    """By the name of the labels and the address of the embedding; byte for byte the same map."""
    tile = "ESA_WorldCover_10m_2021_v200_N42W117_Map.tif"
    bucket = "esa-worldcover.s3.eu-central-1.amazonaws.com/v200/2021/map"
    server.put(f"{bucket}/{tile}", (map_place.folder / "in/worldcover.tif").read_bytes())
    server.put("x.org/embedding.tif", (map_place.folder / "in/embedding.tif").read_bytes())
    shutil.rmtree(map_place.folder / "in")
    map_place.config["map"]["embedding"]["raster"] = "https://x.org/embedding.tif"
    reference = map_place.config["map"]["reference"]
    reference["raster"] = "worldcover-2021"
    del reference["classes"]
    map_place.environment = server.environment | IMPATIENT
    run = map_place.run()
    assert run.code == 0, run.output
    for name in ("landcover.tif", "confidence.tif"):
        ours = (map_place.results / "map" / name).read_bytes()
        assert ours == (mapped.results / "map" / name).read_bytes()
    assert "zenodo.7254221" in (map_place.results / "SOURCES.md").read_text()
