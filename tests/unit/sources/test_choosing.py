"""Which address serves: each way to fail, on loopback.

The choice runs in a process of its own, since GDAL would keep the server's threads from answering.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from own_process import answer
from public_copies import (
    ADDRESSES,
    BARE_TIFF,
    FIRST,
    HTML,
    IDAHO,
    SECOND,
    SERVICE,
    coverage_service,
    regional,
    write_whole,
)
from server import Fault, Server

from landloom.raster.pixel_grid import PixelGrid
from landloom.sources.asking import RefusedError
from landloom.sources.catalogue import named
from landloom.sources.checking import Header, check_holds_region, promised_grid

BOX = (-116.01, 42.99, -115.99, 43.01)
CODE = """
import json, logging, sys
from pathlib import Path
from landloom.job.gdal import set_gdal_options
set_gdal_options()
from landloom.errors import LandloomError
from landloom.sources.asking import Haste
from landloom.sources.choosing import Wanted, choose_rasters
logging.basicConfig(level=logging.INFO, stream=sys.stderr)
paths, box, folder = json.loads(sys.argv[1])
wanted = Wanted("some.key", tuple(box), Path(folder), 4, Haste(2.0, 1.0, 4.0))
try:
    found = choose_rasters(paths, wanted)
    print(json.dumps([found.rasters, found.missing, found.served]))
except LandloomError as error:
    print(json.dumps(str(error)))
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def choose(server: Server, tmp_path: Path):
    """Choose, and return what was chosen or the error, and the log."""

    def run(*paths: str, box: tuple[float, ...] = BOX) -> tuple[Any, str]:
        return answer(CODE, [paths, box, str(tmp_path)], server.environment)

    return run


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return regional(tmp_path_factory.mktemp("good") / "a.tif")


def test_the_first_that_serves_is_used_and_no_other_asked(choose, server, good):
    for key in (FIRST, SECOND):
        server.put(key, good)
    (rasters, missing, served), _ = choose("nlcd-2021")
    assert rasters == [f"https://{FIRST}"]
    assert (missing, served) == ([], {"nlcd-2021": [f"https://{FIRST}"]})
    assert server.count(SECOND) == 0


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(403), "HTTP 403"),
        (Fault(404), "HTTP 404"),
        (Fault(500), "HTTP 500"),
        (Fault("wrong", body=BARE_TIFF), "a bare TIFF header of 42 bytes"),
        (Fault("wrong", body=HTML), "answers with an HTML page"),
        (Fault("wrong", body=b""), "HTTP 416"),
        (Fault("garbage"), "bytes of something else"),
        (Fault("reset"), "the connection failed"),
        (Fault("silence", seconds=30), "nothing came"),
        (Fault("half"), "the connection failed"),
        (Fault(503, after=1), "cannot be opened as a raster"),
    ],
    ids=lambda value: f"{value.what}" if isinstance(value, Fault) else "",
)
def test_what_does_not_serve_is_refused_and_the_next_is_tried(choose, server, good, fault, said):
    for key in (FIRST, SECOND):
        server.put(key, good)
    server.misbehave(FIRST, fault)
    (rasters, _, _), log = choose("nlcd-2021")
    assert rasters == [f"https://{SECOND}"]
    (line,) = (line for line in log.splitlines() if f"https://{FIRST}: " in line)
    assert said in line


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"crs": "EPSG:32611"}, "another CRS"),
        ({"dtype": "uint16"}, "another type"),
        ({"count": 2}, "another number of bands"),
        ({"transform": IDAHO @ Affine.scale(2)}, "another pixel size"),
        ({"transform": IDAHO @ Affine.translation(0.5, 0)}, "off the dataset's grid"),
    ],
    ids=["crs", "type", "bands", "size", "grid"],
)
def test_what_is_not_as_promised_is_refused(choose, server, good, tmp_path, changed, said):
    server.put(FIRST, regional(tmp_path / "b.tif", **changed))
    server.put(SECOND, good)
    (rasters, _, _), log = choose("nlcd-2021")
    assert rasters == [f"https://{SECOND}"]
    assert said in log


def test_a_raster_that_breaks_off_in_the_region_is_refused(choose, server, good):
    server.put(FIRST, good[: len(good) // 3])
    server.put(SECOND, good)
    (rasters, _, _), log = choose("nlcd-2021")
    assert rasters == [f"https://{SECOND}"]
    assert f"https://{FIRST}: " in log


def test_where_all_fail_one_message_tells_what_each_said(choose, server):
    server.misbehave(FIRST, Fault(403))
    server.misbehave(SECOND, Fault("reset"))
    server.offer(SERVICE, lambda _: b"<ServiceException>no such layer</ServiceException>")
    began = time.monotonic()
    error, _ = choose("nlcd-2021")
    assert time.monotonic() - began < 20
    assert error.startswith("some.key: nlcd-2021: no address serves it (")
    assert f"https://{FIRST}: HTTP 403; https://{SECOND}: the connection failed" in error
    assert f"https://{SERVICE}: answers with an error ('no such layer')" in error
    assert "?" not in error
    assert "proxy (HTTPS_PROXY)" in error
    assert "'downloads'" in error
    assert "\n" not in error


def test_a_region_where_there_is_no_data_is_a_mistake(choose, server, good):
    server.put(FIRST, good)
    server.put(SECOND, good)
    error, _ = choose("nlcd-2021", box=(8.0, 47.0, 8.1, 47.1))
    assert "some.key: nlcd-2021: has no data at 8, 47, 8.1, 47.1 (w, s, e, n); correct" in error


def test_a_copy_without_the_region_is_passed_over(choose, server, good, tmp_path):
    server.put(FIRST, regional(tmp_path / "b.tif", transform=IDAHO @ Affine.translation(1400, 0)))
    server.put(SECOND, good)
    (rasters, _, _), log = choose("nlcd-2021")
    assert rasters == [f"https://{SECOND}"]
    assert "holds nothing of the region" in log


def test_what_passes_is_asked_once_more(choose, server, good):
    server.put(SECOND, good)
    server.misbehave(FIRST, Fault(403))
    server.misbehave(SECOND, Fault(503, times=1))
    server.misbehave(SERVICE, Fault(500))
    (rasters, _, _), _ = choose("nlcd-2021")
    assert rasters == [f"https://{SECOND}"]


@pytest.mark.parametrize(
    ("shift", "holds"), [((0, 0), True), ((0, 600), False), ((-600, 0), False), ((3000, 0), False)]
)
def test_a_copy_of_a_part_has_to_hold_the_region(shift, holds):
    promise = named("nlcd-2021", "landcover").promise
    box = promised_grid(promise).touched_by(BOX, margin=300)
    rows, cols = box.shape
    place = Affine.translation(box.left + shift[1], box.top + shift[0])
    grid = PixelGrid(
        promised_grid(promise).wkt, promised_grid(promise).transform @ place, cols, rows
    )
    with nullcontext() if holds else pytest.raises(RefusedError, match="only a part of the region"):
        check_holds_region(Header(grid, "uint8", 1), promise, BOX)


class TestService:
    @pytest.fixture(scope="class")
    @classmethod
    def whole(cls, good: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
        folder = tmp_path_factory.mktemp("whole")
        (folder / "a.tif").write_bytes(good)
        return write_whole(folder / "a.tif", folder / "whole.tif")

    def test_its_window_is_put_in_place_on_the_datasets_grid(self, choose, server, whole):
        server.offer(SERVICE, coverage_service(whole))
        ((path,), _, served), _ = choose("nlcd-2021")
        assert served == {"nlcd-2021": [f"https://{SERVICE}"]}
        with rasterio.open(path) as ours, rasterio.open(whole) as theirs:
            assert (ours.transform, ours.shape) == (theirs.transform, theirs.shape)
            assert ours.crs == theirs.crs
            assert (ours.nodata, ours.dtypes) == (theirs.nodata, theirs.dtypes)
            with rasterio.open(Path(path).with_suffix(".tif")) as window:
                # On the exact grid, whatever the answer's jitter.
                col, row = ~ours.transform @ (window.transform.c, window.transform.f)
                assert (col, row) == (round(col), round(row))
                place = ((row, row + window.height), (col, col + window.width))
            assert np.array_equal(ours.read(1, window=place), theirs.read(1, window=place))
            void = ours.read(1, window=((row - 9, row), (col, col + 9)))
            assert (void == 250).all()

    @pytest.mark.parametrize(
        ("jitter", "said"), [(15.0, "off the dataset's grid"), (30.0, "sent another window")]
    )
    def test_a_window_that_lies_elsewhere_is_refused(self, choose, server, whole, jitter, said):
        server.offer(SERVICE, coverage_service(whole, jitter))
        error, _ = choose("nlcd-2021")
        assert said in error

    def test_an_answer_that_cannot_be_read_is_one_address_that_fails(self, choose, server):
        server.put(SERVICE, b"II*\0" + (1 << 30).to_bytes(4, "little") + bytes(500))
        error, _ = choose("nlcd-2021")
        assert error.startswith("some.key: nlcd-2021: no address serves it")
        assert "/vsimem" not in error

    def test_an_answer_without_end_is_left(self, choose, server):
        server.put(SERVICE, b"II*\0" + bytes(30_000_000))
        error, _ = choose("nlcd-2021")
        assert "sends more than" in error


class TestTiles:
    BOX = (-3.1, 1.5, -2.9, 1.6)
    HOSTS = (
        "esa-worldcover.s3.eu-central-1.amazonaws.com",
        "s3.eu-central-1.amazonaws.com/esa-worldcover",
    )

    def key(self, host: str, tile: str) -> str:
        return f"{host}/v200/2021/map/ESA_WorldCover_10m_2021_v200_{tile}_Map.tif"

    @pytest.fixture(scope="class")
    @classmethod
    def tile(cls, tmp_path_factory: pytest.TempPathFactory) -> bytes:
        step = 1 / 12000
        path = tmp_path_factory.mktemp("tile") / "a.tif"
        changed = {"crs": "EPSG:4326", "transform": Affine(step, 0, -3, 0, -step, 1.6)}
        return regional(path, **changed)

    def test_those_at_sea_exist_nowhere(self, choose, server, tile):
        server.put(self.key(self.HOSTS[0], "N00W003"), tile)
        (rasters, missing, served), _ = choose("a.tif", "worldcover-2021", box=self.BOX)
        assert rasters == ["a.tif", "https://" + self.key(self.HOSTS[0], "N00W003")]
        assert missing == ["worldcover-2021: N00W006"]
        (told,) = served["worldcover-2021"]
        assert told == "https://" + self.key(self.HOSTS[0], "{ns}{lat}{ew}{lon}")

    def test_one_that_is_missing_only_at_one_address_is_not_taken_for_sea(
        self, choose, server, tile
    ):
        server.put(self.key(self.HOSTS[0], "N00W003"), tile)
        server.misbehave(self.key(self.HOSTS[1], "N00W006"), Fault(403))
        error, _ = choose("worldcover-2021", box=self.BOX)
        assert "worldcover-2021: N00W006: no address serves it" in error
        assert "HTTP 404" in error
        assert "HTTP 403" in error

    def test_none_at_all_is_a_mistake(self, choose):
        error, _ = choose("worldcover-2021", box=self.BOX)
        assert "some.key: worldcover-2021: has no tile at -3.1, 1.5, -2.9, 1.6" in error


def test_paths_of_the_users_own_are_not_looked_at(choose, server):
    (rasters, _, served), _ = choose("b.tif", "https://x.org/a.tif")
    assert rasters == ["b.tif", "https://x.org/a.tif"]
    assert served == {}
    assert server.requests == []


def test_every_address_is_known_by_its_key():
    assert len(set(ADDRESSES)) == 3
