"""Networks that are not there, and servers that refuse: told once, soon, and with the remedy."""

from __future__ import annotations

import copy
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest
import yaml
from conftest import REPOSITORY, Place
from server import Fault, Server

pytestmark = pytest.mark.full

COP30 = "copernicus-dem-30m.s3.amazonaws.com"
BUCKET = "s3-us-west-2.amazonaws.com/mrlc/Annual_NLCD_LndCov_2021_CU_C1V0.tif"
CANNOT = "Hosts that this run needs cannot be reached"
NO_PAUSE = ["--set-resources", "elevation_tile:pause=0", "download:pause=0"]
NO_PROXIES = dict.fromkeys(
    ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), ""
)


def cop30(tile: str) -> str:
    name = f"Copernicus_DSM_COG_10_{tile[:3]}_00_{tile[3:]}_00_DEM"
    return f"{COP30}/{name}/{name}.tif"


def first_example() -> dict:
    """Return the first whole configuration in the README."""
    text = (REPOSITORY / "README.md").read_text()
    block = next(part for part in text.split("```yaml\n")[1:] if "COP30" in part)
    return yaml.safe_load(block.split("```")[0])


@pytest.fixture
def nowhere() -> Iterator[dict[str, str]]:
    """The environment of a machine whose way out, a proxy, is closed: nothing can be reached."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        proxy = f"http://user:word@127.0.0.1:{free.getsockname()[1]}"
        yield {"https_proxy": proxy, "http_proxy": proxy, "HTTPS_PROXY": proxy, "no_proxy": ""}


@pytest.fixture
def tiles_abroad(place: Place, server: Server) -> Place:
    """A run whose elevation comes from Copernicus' bucket."""
    for tile in ("N42W117", "N42W116", "N43W117"):
        server.put(cop30(tile), (place.folder / f"in/dem/{tile}.tif").read_bytes())
    place.config["dataset"]["elevation"] = {"source": "COP30"}
    place.environment = server.environment
    return place


def test_offline_the_readmes_example_ends_at_once(tmp_path, nowhere):
    place = Place(tmp_path, config=first_example(), environment=nowhere)
    began = time.monotonic()
    run = place.run()
    assert time.monotonic() - began < 20
    assert run.code != 0
    assert run.output.count(CANNOT) == 1
    for key in ("dataset.landcover.raster", "dataset.elevation.source"):
        assert f"{key}: the proxy 127.0.0.1:" in run.output
    assert "word" not in run.output
    assert "Traceback" not in run.output
    assert "Error in rule" not in run.output
    assert not place.results.exists()


def test_a_name_that_does_not_resolve_is_told_before_the_first_job(place):
    place.config["dataset"]["elevation"] = {"source": "https://nowhere.invalid/{tile}.tif"}
    place.environment = NO_PROXIES
    run = place.run()
    assert run.code != 0
    assert "dataset.elevation.source: nowhere.invalid: its name " in run.output
    assert not (place.results / "landcover").exists()


def test_nothing_is_checked_that_no_job_of_the_run_needs(tiles_abroad, nowhere):
    assert tiles_abroad.run("elevation", *NO_PAUSE).code == 0
    tiles_abroad.environment = nowhere
    for arguments in (["elevation"], ["-n"], []):
        run = tiles_abroad.run(*arguments)
        assert run.code == 0, run.output
        assert CANNOT not in run.output
    # Another region's results, of tiles that are kept.
    tiles_abroad.config["results"] = "others"
    assert tiles_abroad.run("elevation").code == 0
    tiles_abroad.config["results"] = "thirds"
    (tiles_abroad.folder / "resources/elevation/COP30/N42W117.json").unlink()
    assert CANNOT in tiles_abroad.run("elevation").output
    assert tiles_abroad.run("elevation", "-n").code == 0
    assert CANNOT not in tiles_abroad.run("elevation", "--touch").output


def test_the_check_can_be_switched_off(tiles_abroad, nowhere):
    tiles_abroad.environment = nowhere | {"LANDLOOM_CHECK_HOSTS": "no"}
    run = tiles_abroad.run("results/dataset/split.gpkg")
    assert run.code == 0, run.output
    tiles_abroad.config["downloads"] = {"resources/lc.tif": "https://x.org/lc.tif"}
    place = copy.copy(tiles_abroad)
    place.environment = nowhere
    assert "downloads: the proxy" in place.run("resources/lc.tif").output


@pytest.mark.parametrize("status", [403, 451])
def test_a_tile_that_is_refused_is_asked_for_once_in_each_run(tiles_abroad, server, status):
    refused = cop30("N42W116")
    server.misbehave(refused, Fault(status))
    run = tiles_abroad.run("elevation", "--retries", "2")
    assert run.code != 0
    assert f"https://{refused}: " in run.output
    assert f"HTTP {status}" in run.output
    assert "Traceback" not in run.output
    assert server.count(refused) == 1
    log = tiles_abroad.results / "logs/elevation_tile/N42W116.log"
    assert f"HTTP {status}" in log.read_text()
    tiles = {path.name for path in (tiles_abroad.results / "elevation/tiles").iterdir()}
    assert not any("N42W116" in name for name in tiles)

    server.misbehave(refused, None)
    run = tiles_abroad.run("elevation")
    assert run.code == 0, run.output
    assert server.count(refused) == 2


def test_a_web_page_is_no_local_copy(place, server):
    server.put("x.org/lc.tif", b"<!doctype html><html>log in</html>")
    place.config["downloads"] = {"resources/lc.tif": "https://x.org/lc.tif"}
    place.environment = server.environment
    run = place.run("resources/lc.tif", "--retries", "1")
    assert run.code != 0
    assert "a web page came in the place of the file" in run.output
    assert server.count("x.org/lc.tif") == 1
    assert not list((place.folder / "resources").glob("*"))


def test_a_killed_fetch_leaves_nothing_for_long(tiles_abroad, server, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    tiles_abroad.environment |= {"TMPDIR": str(scratch)}
    server.pace = 1000.0
    (tiles_abroad.folder / "mine.yaml").write_text(yaml.safe_dump(tiles_abroad.config))
    process = tiles_abroad.start(
        "--configfile", "mine.yaml", "--cores", "1", "elevation",
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not list(scratch.glob("landloom.*/*.part")):
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert list(scratch.glob("landloom.*"))
    server.pace = None
    tiles_abroad.snakemake("--configfile", "mine.yaml", "--unlock")
    run = tiles_abroad.run("elevation")
    assert run.code == 0, run.output
    assert not list(scratch.glob("landloom.*"))
