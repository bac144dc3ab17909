"""Runs keep out of each other's way, in one folder at the same time and from another folder."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from conftest import Place, Run
from server import Server

pytestmark = pytest.mark.full

TILES = ("N42W117", "N42W116", "N43W117")


def start(place: Place, results: str, *targets: str) -> Run:
    """Run the place's configuration with other results."""
    path = place.folder / f"{results}.yaml"
    path.write_text(yaml.safe_dump(place.config | {"results": results}))
    done = place.snakemake("--configfile", path.name, "--cores", "1", *targets)
    assert done.code == 0, done.output
    return done


def test_runs_at_the_same_time_share_what_they_fetch(place: Place, server: Server) -> None:
    for tile in TILES:
        server.put(f"x.org/dem/{tile}.tif", (place.folder / f"in/dem/{tile}.tif").read_bytes())
    place.config["dataset"]["elevation"]["source"] = "https://x.org/dem/{ns}{lat}{ew}{lon}.tif"
    place.environment = server.environment
    targets = ["split", "elevation_tiles", "--set-resources", "elevation_tile:pause=0"]
    with ThreadPoolExecutor() as threads:
        for call in [threads.submit(start, place, name, *targets) for name in ("one", "two")]:
            call.result()
    folder = place.folder / "resources/elevation"
    kept = {path.name for path in folder.rglob("*") if path.is_file()}
    asked = [server.count(f"x.org/dem/{tile}.tif") for tile in TILES]
    start(place, "three", *targets)
    assert [server.count(f"x.org/dem/{tile}.tif") for tile in TILES] == asked
    for name in ("elevation/elevation_tiles.csv", *(f"elevation/tiles/{t}.tif" for t in TILES)):
        first, *others = (
            (place.folder / run / name).read_bytes() for run in ("one", "two", "three")
        )
        assert all(other == first for other in others)
    assert {f"{tile}.tif" for tile in TILES} <= kept
    assert not [name for name in kept if name.startswith(".")]  # no draft stays behind


def test_a_map_is_made_from_another_directory(mapped: Place, tmp_path: Path) -> None:
    place = mapped.copy(tmp_path / "place")
    (place.folder / "mine.yaml").replace(tmp_path / "mine.yaml")
    told = ["--cores", "1", "--directory", "place", "--configfile", "mine.yaml"]
    assert Place(tmp_path).snakemake("-n", *told).jobs == {}
    shutil.rmtree(place.results / "map/blocks")
    (place.results / "map/landcover.tif").unlink()
    run = Place(tmp_path).snakemake(*told, "--", "results/map/landcover.tif")
    assert run.code == 0, run.output
    assert run.jobs == {"predict_block": 4, "landcover_map": 1}
    ours = (place.results / "map/landcover.tif").read_bytes()
    assert ours == (mapped.results / "map/landcover.tif").read_bytes()
