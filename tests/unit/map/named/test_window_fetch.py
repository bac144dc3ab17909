"""Windows of AlphaEarth's tiles: each way in which an address fails, on loopback.

The fetch runs in a process of its own, since GDAL would keep the server's threads from answering.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from own_process import answer
from public_copies import BARE_TIFF, HTML
from public_embeddings import BUCKET, FOLDERS, GOOGLE, NAMES, SOURCE, random_tile, write_index
from server import Fault, Server

PACKAGE = Path(__file__).parents[4] / "workflow" / "scripts"
CODE = """
import json, logging, sys
from pathlib import Path
from landloom.job.gdal import set_gdal_options
set_gdal_options()
from landloom.errors import LandloomError
from landloom.map.named.alphaearth import fetch
from landloom.map.named.windows import NamedWindow
from landloom.sources.asking import Haste
from landloom.sources.catalogue import named
logging.basicConfig(level=logging.INFO, stream=sys.stderr)
window, target = json.loads(sys.argv[1])
try:
    source = named("alphaearth-2021", "embedding")
    window = NamedWindow.from_plain(window)
    print(json.dumps(fetch(source, window, Path(target), 0.1, Haste(2.0, 1.0, 4.0)).plain()))
except LandloomError as error:
    print(json.dumps(str(error)))
"""

TILE = random_tile("t00", 500_000.0, 4_760_000.0)
BOX = {"top": 10, "bottom": 71, "left": 5, "right": 75}
PLACES = tuple(f"{folder}/{TILE.place}" for folder in FOLDERS)
FIRST, SECOND, THIRD = PLACES

pytestmark = pytest.mark.slow


def window() -> dict[str, Any]:
    transform = list(Affine(10, 0, TILE.bounds[0], 0, 10, TILE.bounds[1])[:6])
    crs = rasterio.crs.CRS.from_user_input(TILE.crs).to_wkt()
    grid = {"crs": crs, "transform": transform, "width": 80, "height": 80}
    box = list(BOX.values())
    return {"name": "11N-t00", "place": TILE.place, "grid": grid, "box": box, "footprint": ""}


@pytest.fixture
def fetch(server: Server, tmp_path: Path):
    """Fetch the window, and return its record or the error, and the log."""

    def run() -> tuple[Any, str]:
        return answer(CODE, [window(), str(tmp_path / "w.tif")], server.environment)

    return run


@pytest.fixture(scope="module")
def good() -> bytes:
    return TILE.tiff()


def expected() -> np.ndarray:
    return TILE.pixels[:, BOX["top"] : BOX["bottom"], BOX["left"] : BOX["right"]]


def test_the_first_serves_and_no_other_is_asked(fetch, server, good, tmp_path):
    for key in PLACES:
        server.put(key, good)
    record, log = fetch()
    path = tmp_path / "w.tif"
    assert record == {
        "dataset": "alphaearth-2021",
        "window": "11N-t00",
        "place": TILE.place,
        "missing": False,
        "address": f"https://{FIRST}",
        "void_share": 0.0,
        "sha256": sha256(path.read_bytes()).hexdigest(),
    }
    assert server.count(SECOND) == server.count(THIRD) == 0
    assert f"https://{FIRST} serves" in log
    with rasterio.open(path) as file:
        assert np.array_equal(file.read(), expected())
        assert (file.transform.a, file.transform.e) == (10, 10)
        assert (file.transform.c, file.transform.f) == (500_050, 4_760_100)
        assert file.crs == TILE.crs
        assert (file.nodata, set(file.dtypes)) == (-128, {"int8"})
        assert file.descriptions == NAMES
        assert file.profile["tiled"]
        assert file.compression.name == "deflate"
    assert [file.name for file in tmp_path.iterdir()] == ["w.tif"]


LINEAR = np.clip(
    np.rint(127 * np.sign(TILE.pixels) * (TILE.pixels / 127.5) ** 2), -127, 127
).astype(np.int8)  # fmt: skip
LINEAR[:, 0, 0] = -128
ZERO = np.zeros_like(TILE.pixels)
ZERO[:, :20] = -128
WRONG = {
    "crs": ({"crs": "EPSG:32612"}, "another CRS than the index says"),
    "63 bands": ({"pixels": TILE.pixels[:63]}, "another number of bands than the index says: 63"),
    "type": ({"pixels": TILE.pixels.astype("int16")}, "another type than the index says: int16"),
    "size": ({"pixels": TILE.pixels[:, :79]}, "another size than the index says: 80 x 79"),
    "place": (
        {"transform": Affine(10, 0, 500_010, 0, 10, 4_760_000)},
        "another place than the index says: 500010",
    ),
    "pixel": ({"transform": Affine(20, 0, 500_000, 0, 20, 4_760_000)}, "another pixel size"),
    "linear": ({"pixels": LINEAR}, "its bytes are linear"),
    "halved": ({"pixels": TILE.pixels // 2}, "long once decoded, not of unit length"),
    "zero": ({"pixels": ZERO}, "is zero in every band wherever it has data"),
}
FAULTS = {
    "403": (Fault(403), "HTTP 403"),
    "404": (Fault(404), "HTTP 404"),
    "500": (Fault(500), "HTTP 500"),
    "bare": (Fault("wrong", body=BARE_TIFF), "a bare TIFF header of 42 bytes"),
    "html": (Fault("wrong", body=HTML), "answers with an HTML page"),
    "reset": (Fault("reset"), "the connection failed"),
    "stall": (Fault("silence", seconds=30), "nothing came"),
    "503 later": (Fault(503, after=1), "cannot be opened as a raster"),
}
for _name, (_changed, _said) in WRONG.items():
    FAULTS[_name] = (Fault("wrong", body=TILE.tiff(**_changed)), _said)


@pytest.mark.parametrize(("fault", "said"), FAULTS.values(), ids=FAULTS)
def test_what_does_not_serve_is_refused_and_the_next_is_tried(
    fetch, server, good, tmp_path, fault, said
):
    for key in PLACES:
        server.put(key, good)
    server.misbehave(FIRST, fault)
    record, log = fetch()
    assert record["address"] == f"https://{SECOND}"
    (line,) = (line for line in log.splitlines() if f"11N-t00: https://{FIRST}: " in line)
    assert said in line
    with rasterio.open(tmp_path / "w.tif") as file:
        assert np.array_equal(file.read(), expected())
    assert [file.name for file in tmp_path.iterdir()] == ["w.tif"]


def test_a_tile_cut_short_is_refused(fetch, server, good):
    server.put(FIRST, good[: len(good) // 2])
    server.put(SECOND, good)
    record, _ = fetch()
    assert record["address"] == f"https://{SECOND}"


def test_the_bytes_are_the_same_whichever_serves_and_however_it_stores(fetch, server, good):
    server.put(FIRST, good)
    first, _ = fetch()
    server.misbehave(FIRST, Fault(404))
    server.put(SECOND, TILE.tiff(north_up=True, blockxsize=16, blockysize=64, interleave="pixel"))
    second, _ = fetch()
    assert (first["address"], second["address"]) == (f"https://{FIRST}", f"https://{SECOND}")
    assert first["sha256"] == second["sha256"]


def test_what_passes_is_asked_for_once_more(fetch, server, good):
    server.put(THIRD, good)
    server.misbehave(FIRST, Fault(403))
    server.misbehave(SECOND, Fault(403))
    server.misbehave(THIRD, Fault(503, times=2, after=1))
    record, _ = fetch()
    assert record["address"] == f"https://{THIRD}"


def test_a_tile_that_exists_nowhere_is_void(fetch, tmp_path):
    record, log = fetch()
    assert (record["missing"], record["address"], record["void_share"]) == (True, None, 1.0)
    assert "no address has this tile; its window is void" in log
    with rasterio.open(tmp_path / "w.tif") as file:
        assert file.shape == (61, 70)
        assert (file.read() == -128).all()


def test_one_that_is_missing_at_one_address_only_is_not_taken_for_sea(fetch, server, tmp_path):
    server.misbehave(SECOND, Fault(403))
    error, _ = fetch()
    assert "no address serves it" in error
    assert list(tmp_path.iterdir()) == []


def test_a_window_that_is_void_at_sea_is_no_fault(fetch, server):
    server.put(FIRST, TILE.tiff(pixels=np.full_like(TILE.pixels, -128)))
    record, _ = fetch()
    assert (record["missing"], record["void_share"]) == (False, 1.0)


def test_where_all_fail_one_message_tells_what_each_said(fetch, server, tmp_path):
    server.misbehave(FIRST, Fault(403))
    server.misbehave(SECOND, Fault("reset"))
    server.put(THIRD, HTML)
    began = time.monotonic()
    error, _ = fetch()
    assert time.monotonic() - began < 20
    assert error.startswith("map.embedding.raster: alphaearth-2021: 11N-t00: no address serves")
    assert f"https://{FIRST}: HTTP 403; https://{SECOND}: the connection failed" in error
    assert f"https://{THIRD}: answers with an HTML page" in error
    assert "proxy (HTTPS_PROXY)" in error
    assert "\n" not in error
    assert list(tmp_path.iterdir()) == []


def test_the_index_comes_from_the_first_address_that_has_one(server, tmp_path):
    good = write_index(tmp_path / "good.parquet", [TILE.row()]).read_bytes()
    keys = [f"{folder}/aef_index.parquet" for folder in (GOOGLE, SOURCE, BUCKET)]
    server.put(keys[0], HTML)
    server.put(keys[1], b"PAR1" + bytes(500))
    server.put(keys[2], good)
    code = """
import sys
from pathlib import Path
from landloom.map.named.alphaearth_index import fetch_index
done = fetch_index(sys.argv[2:], Path(sys.argv[1]))
print(done.url)
"""
    urls = [f"https://{key}" for key in keys]
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "index.parquet"), *urls],
        env=os.environ | server.environment | {"PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.stdout.strip() == f"https://{keys[2]}", done.stderr
    assert (tmp_path / "index.parquet").read_bytes() == good
