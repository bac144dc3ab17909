"""Elevation that arrives by itself: the right heights, or none at all."""

import gzip
import hashlib
import io
import logging
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from elevation.datasource import dted_l2_tiles
from hypothesis import example, given
from hypothesis import strategies as st
from rasterio.io import MemoryFile
from server import Fault

from landloom.elevation.fetch import fetch_tile
from landloom.elevation.mosaic import join_tiles
from landloom.errors import LandloomError, PassingError
from landloom.raster.degree_tiles import tile_bounds, tile_corner, tile_name
from landloom.sources.patience import Patience

pytestmark = pytest.mark.slow

TILE = "N42W118"
SKADI = "s3.amazonaws.com/elevation-tiles-prod/skadi/N42"
KEY = f"{SKADI}/{TILE}.hgt.gz"
COPERNICUS = "copernicus-dem-30m.s3.amazonaws.com"
GLO_30 = (
    f"https://{COPERNICUS}/Copernicus_DSM_COG_10_{{ns}}{{lat}}_00_{{ew}}{{lon}}_00_DEM/"
    "Copernicus_DSM_COG_10_{ns}{lat}_00_{ew}{lon}_00_DEM.tif"
)
QUICK = Patience(connect=2.0, silence=0.5, attempts=2, pause=0.01)
GDAL_OPTIONS = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_HTTP_MAX_RETRY": "2",
    "GDAL_HTTP_RETRY_DELAY": "0.05",
    "GDAL_HTTP_CONNECTTIMEOUT": "5",
    "GDAL_HTTP_LOW_SPEED_TIME": "1",
    "GDAL_HTTP_LOW_SPEED_LIMIT": "1",
}

needs_gdal = pytest.mark.skipif(
    not all(map(shutil.which, ("gdal_translate", "gdalbuildvrt"))),
    reason="GDAL's command-line tools are not installed (apt-get install gdal-bin)",
)


@pytest.fixture(autouse=True)
def network(server, monkeypatch):
    """Send this process's requests, and those of its children, to the server."""
    for name, value in (server.environment | GDAL_OPTIONS).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setattr("urllib.request._opener", None)  # which remembers the first proxy


@pytest.fixture
def target(tmp_path):
    return tmp_path / "draft.tif"


def heights_of(size, seed=1):
    """Heights that differ from pixel to pixel."""
    return np.random.default_rng(seed).integers(-50, 3000, (size, size), dtype=np.int16)


def hgt(heights):
    """Pack heights as SRTM's format, as Mapzen's tiles are."""
    return gzip.compress(heights.astype(">i2").tobytes(), 1)


def geotiff(pixels, west, north, step, nodata=None, wide=1.0):
    """Pack pixels as a GeoTIFF; `step` in degrees."""
    transform = Affine(step * wide, 0.0, west, 0.0, -step, north)
    options = {"compress": "deflate", "tiled": True, "crs": "EPSG:4326", "dtype": pixels.dtype}
    height, width = pixels.shape
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=width, height=height, count=1, nodata=nodata,
            transform=transform, **options,
        ) as dataset:  # fmt: skip
            dataset.write(pixels, 1)
        return bytes(memory.read())


def read(path):
    with rasterio.open(path) as tile:
        return tile.read(1), tile.transform


def fetch(target, source="MAPZEN", tile=TILE, attempts=1):
    return fetch_tile(source, tile, target, patience=QUICK, attempts=attempts)


# Names


corners = st.tuples(st.integers(-180, 179), st.integers(-90, 89))


@given(corners)
@example((0, 0))
@example((-1, -1))
@example((179, -1))
@example((-180, 0))
@example((0, 89))
@example((0, -90))
def test_a_tile_is_the_one_that_the_package_lists_for_its_bounds(corner):
    tile = tile_name(*corner)
    assert tile_corner(tile) == corner
    whole = tuple(map(int, tile_bounds(tile)))
    assert [name for _, name in dted_l2_tiles(*whole)] == [tile]
    assert [name for _, name in dted_l2_tiles(*tile_bounds(tile))] == [tile]


# Products


@needs_gdal
def test_the_heights_of_a_product_arrive_bit_for_bit(server, target):
    heights = heights_of(3601)
    heights[1000, 2000:2100] = -32768
    server.put(KEY, hgt(heights))
    stats = fetch(target, "SRTM1")
    pixels, transform = read(target)
    # Neighbours share their edges' line: a tile's own are the northern and the western one.
    assert np.array_equal(pixels, heights[:3600, :3600])
    assert transform.almost_equals(
        Affine(1 / 3600, 0, -118 - 1 / 7200, 0, -1 / 3600, 43 + 1 / 7200), 1e-12
    )
    content = target.read_bytes()
    valid = pixels[pixels != -32768].astype(float)
    assert stats.row() == {
        "tile": TILE,
        "source": "MAPZEN",
        "exists": True,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "width": 3600,
        "height": 3600,
        "min": valid.min(),
        "max": valid.max(),
        "mean": pytest.approx(valid.mean(), rel=1e-12),
        "void_share": 100 / 3600**2,
    }
    # Fetched once, though it is larger than what GDAL keeps by itself, and read twice.
    assert 1 << 24 < len(hgt(heights)) <= server.sent(KEY) < 1.1 * len(hgt(heights))


@needs_gdal
def test_neighbours_of_a_product_meet_without_a_seam(server, tmp_path):
    whole = heights_of(1201 + 1200)
    server.put(f"{SKADI}/N42W118.hgt.gz", hgt(whole[1200:, :1201]))
    server.put(f"{SKADI}/N42W117.hgt.gz", hgt(whole[1200:, 1200:]))
    server.put(f"{SKADI[:-2]}43/N43W118.hgt.gz", hgt(whole[:1201, :1201]))
    server.put(f"{SKADI[:-2]}43/N43W117.hgt.gz", hgt(whole[:1201, 1200:]))
    tiles = ("N42W118", "N42W117", "N43W118", "N43W117")
    for tile in tiles:
        fetch(tmp_path / f"{tile}.tif", tile=tile)
    joined, _ = read(join_tiles([tmp_path / f"{tile}.tif" for tile in tiles]))
    assert np.array_equal(joined, whole[:2400, :2400])


def half_pixel(pixels, tile, degree):
    west, _, _, north = tile_bounds(tile)
    step = 1 / degree
    return geotiff(pixels, west - step / 2, north + step / 2, step, -32768)


OPENTOPOGRAPHY = "opentopography.s3.sdsc.edu/raster"


@needs_gdal
@pytest.mark.parametrize(
    ("product", "tile", "key"),
    [
        ("SRTM1_GEOID", "N42W118", "SRTM_GL1/SRTM_GL1_srtm/N42W118.tif"),
        ("SRTM1_GEOID", "S01E000", "SRTM_GL1/SRTM_GL1_srtm/S01E000.tif"),
        (
            "SRTM1_ELLIP",
            "N42W118",
            "SRTM_GL1_Ellip/SRTM_GL1_Ellip_srtm/North/North_30_60/N42W118_wgs84.tif",
        ),
        (
            "SRTM1_ELLIP",
            "S01W001",
            "SRTM_GL1_Ellip/SRTM_GL1_Ellip_srtm/South/S01W001_wgs84.tif",
        ),
    ],
)
def test_srtm_of_opentopography_arrives(server, target, product, tile, key):
    # 1201 pixels stand for 3601 here.
    heights = heights_of(1201)
    server.put(f"{OPENTOPOGRAPHY}/{key}", half_pixel(heights, tile, 1200))
    assert fetch(target, product, tile).source == product
    assert np.array_equal(read(target)[0], heights[:1200, :1200])


@needs_gdal
def test_aw3d30_arrives_with_its_voids(server, target):
    heights = heights_of(1200)
    heights[5, 7] = -9999  # which the files need not name as void
    key = f"{OPENTOPOGRAPHY}/AW3D30/AW3D30_global/ALPSMLC30_N042W118_DSM.tif"
    server.put(key, geotiff(heights, -118.0, 43.0, 1 / 1200))
    stats = fetch(target, "AW3D30")
    heights[5, 7] = -32768
    pixels, transform = read(target)
    assert np.array_equal(pixels, heights)
    assert (transform.c, transform.f) == (-118.0, 43.0)
    assert stats.void_share == 1 / 1200**2


def cgiar(server, column, row, heights):
    """Serve a tile of 5 x 5 degrees; 201 pixels to the degree's 200 stand for 1201 to 1200."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        name = f"srtm_{column:02d}_{row:02d}"
        archive.writestr("readme.txt", "SRTM")
        step, half = 3 / 3600, 1.5 / 3600
        west, north = -185.0 + 5 * column - half, 65.0 - 5 * row + half
        archive.writestr(f"{name}.tif", geotiff(heights, west, north, step, -32768))
    key = f"srtm.csi.cgiar.org/wp-content/uploads/files/srtm_5x5/TIFF/{name}.zip"
    server.put(key, packed.getvalue())
    return key


@needs_gdal
def test_srtm3_is_cut_out_of_its_larger_tiles(server, target):
    heights = np.zeros((6001, 6001), np.int16)
    heights[2400:3600, 2400:3600] = heights_of(1200)
    cgiar(server, 13, 4, heights)  # 120 W to 115 W, 40 N to 45 N
    stats = fetch(target, "SRTM3")
    assert (stats.exists, stats.width, stats.height) == (True, 1200, 1200)
    assert np.array_equal(read(target)[0], heights[2400:3600, 2400:3600])


@needs_gdal
@pytest.mark.parametrize(
    ("product", "tile"),
    [("MAPZEN", TILE), ("SRTM1_GEOID", "N00E000"), ("AW3D30", "S60W180"), ("SRTM3", "N42W118"),
     ("SRTM3", "N65W118"), ("SRTM3", "S75E010"), ("SRTM1_ELLIP", "N72E179")],
)  # fmt: skip
def test_a_tile_that_a_product_does_not_have_is_void(target, product, tile):
    stats = fetch(target, product, tile)
    assert (stats.exists, stats.source, stats.void_share) == (False, product, 1.0)
    pixels, _ = read(target)
    assert pixels.tolist() == [[-32768]]


# Failures of a product


@pytest.fixture
def small(server):
    """Serve a tile of 1201 pixels, of some megabytes; give its heights."""
    heights = heights_of(1201)
    server.put(KEY, hgt(heights))
    return heights


PASSING = [
    Fault(404, times=1),
    Fault(500, times=2),
    Fault(503, times=2),
    Fault("reset", times=2),
    Fault("half", times=3),
    Fault("garbage", times=3),
    Fault("silence", times=1, seconds=2.0),
]


@needs_gdal
@pytest.mark.parametrize(
    ("fault", "after"),
    [pytest.param(fault, 4, id=f"{fault.what}-in-the-middle") for fault in PASSING]
    + [pytest.param(fault, 0, id=f"{fault.what}-at-once") for fault in PASSING[:1] + PASSING[2:4]],
)
def test_what_passes_is_fetched_anew(server, small, target, fault, after):
    server.misbehave(KEY, Fault(**vars(fault) | {"after": after}))
    fetch(target, attempts=3)
    assert np.array_equal(read(target)[0], small[:1200, :1200])


@needs_gdal
@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (403, "403"),
        (500, "500"),
        (503, "503"),
        ("reset", "reset by peer"),
        ("half", "decompression failed"),
        ("garbage", "not recognized as a supported file format"),
        ("silence", "Operation too slow"),
    ],
    ids=str,
)
def test_what_stays_bad_is_named(server, small, target, tmp_path, monkeypatch, what, reason):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    methods = ("GET", "HEAD") if isinstance(what, int) else ("GET",)
    server.misbehave(KEY, Fault(what, seconds=2.0, methods=methods))
    with pytest.raises(LandloomError) as failure:
        fetch(target)
    message = str(failure.value)
    assert message.startswith(f"tile {TILE} of MAPZEN: did not arrive (")
    assert reason in message
    assert "start again" in message
    assert not target.exists()
    assert list((tmp_path / "scratch").iterdir()) == []
    assert small.any()


@needs_gdal
@pytest.mark.parametrize("what", ["half", "garbage"])
def test_heights_of_a_tile_of_which_a_part_failed_are_never_taken(
    server, small, target, monkeypatch, what
):
    # Larger than what GDAL keeps of it here, so that it is fetched twice, and the second time
    # fails: GDAL then writes wrong heights and ends with success.
    monkeypatch.setenv("CPL_VSIL_CURL_CACHE_SIZE", str(1 << 19))
    fetch(target)
    assert np.array_equal(read(target)[0], small[:1200, :1200])
    server.misbehave(KEY, Fault(what, after=3 * server.count(KEY) // 4))
    with pytest.raises(LandloomError, match=r"did not arrive .*decompression failed"):
        fetch(target)


@needs_gdal
def test_a_single_wrong_bit_is_noticed(server, target):
    packed = bytearray(gzip.compress(heights_of(1201).astype(">i2").tobytes(), 0))
    packed[100_001] ^= 1
    server.put(KEY, bytes(packed))
    with pytest.raises(LandloomError, match=f"tile {TILE} of MAPZEN: did not arrive"):
        fetch(target)


@needs_gdal
def test_a_wrong_tile_is_refused(server, target):
    # Tiles of Mapzen tell their place by their name alone; those of others within.
    wrong = half_pixel(heights_of(1201), "N42W117", 1200)
    right = half_pixel(heights_of(1201), TILE, 1200)
    key = f"{OPENTOPOGRAPHY}/SRTM_GL1/SRTM_GL1_srtm/{TILE}.tif"
    server.put(key, right)
    server.misbehave(key, Fault("wrong", body=wrong))
    with pytest.raises(LandloomError, match=f"tile {TILE} of SRTM1_GEOID.*lies elsewhere"):
        fetch(target, "SRTM1_GEOID")
    server.misbehave(key, None)
    assert fetch(target, "SRTM1_GEOID").exists


@needs_gdal
def test_heights_that_are_not_on_earth_are_refused_by_the_tiles_name(server, target):
    heights = heights_of(1201)
    heights[3, 3] = 20_000
    server.put(KEY, hgt(heights))
    with pytest.raises(LandloomError, match=f"^tile {TILE} of MAPZEN: holds the height 20000 m"):
        fetch(target)


@needs_gdal
def test_what_gdal_says_is_logged_and_not_left_on_the_screen(server, small, target, capfd, caplog):
    caplog.set_level(logging.INFO, "landloom")
    server.misbehave(KEY, Fault(503))
    with pytest.raises(LandloomError):
        fetch(target)
    assert "ERROR 4" in caplog.text
    assert capfd.readouterr() == ("", "")
    os.write(2, b"heard again")
    assert capfd.readouterr().err == "heard again"
    assert "CPL_DEBUG" not in os.environ
    assert small.any()


def test_missing_tools_are_told_with_their_remedies(target, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LandloomError) as failure:
        fetch(target)
    message = str(failure.value)
    for word in ("gdal_translate", "gdalbuildvrt", "apt-get install gdal-bin",
                 "conda install -c conda-forge gdal", "brew install gdal"):  # fmt: skip
        assert word in message
    (tmp_path / "gdal_translate").write_text("#!/bin/sh\n")
    (tmp_path / "gdal_translate").chmod(0o755)
    with pytest.raises(LandloomError, match="gdalbuildvrt not found"):
        fetch_tile("MAPZEN", TILE, tmp_path / "draft.tif")


@needs_gdal
def test_a_product_that_needs_an_account_names_one_that_does_not(server, target):
    store = "data.earthdatahub.destine.eu/copernicus-dem/GLO-30-v1.zarr"
    for name in (".zgroup", ".zmetadata", "zarr.json", ".zarray"):
        server.misbehave(f"{store}/{name}", Fault(401))
    with pytest.raises(LandloomError, match="401") as failure:
        fetch(target, "GLO-30")
    assert GLO_30 in str(failure.value)


# Templates


def copernicus(server, tile, columns, rows=1200):
    """Serve a tile of GLO-30 as Copernicus does: points at the north-west corners of pixels."""
    west, _, _, north = tile_bounds(tile)
    step, wide = 1 / rows, rows / columns
    pixels = np.add.outer(np.arange(rows) / 7, np.arange(columns) / 3).astype(np.float32)
    place = f"Copernicus_DSM_COG_10_{tile[:3]}_00_{tile[3:]}_00_DEM"
    key = f"{COPERNICUS}/{place}/{place}.tif"
    server.put(key, geotiff(pixels, west - step * wide / 2, north + step / 2, step, wide=wide))
    return key, pixels


@pytest.mark.parametrize(
    ("tile", "columns"),
    [("N42W118", 1200), ("N55E010", 800), ("S65W001", 600), ("N75E000", 400), ("N82W060", 240),
     ("N88E179", 120)],
)  # fmt: skip
@pytest.mark.parametrize("source", [GLO_30, GLO_30.replace(f"https://{COPERNICUS}", "s3://copernicus-dem-30m")],
                         ids=["https", "s3"])  # fmt: skip
def test_copernicus_tiles_arrive(server, target, tile, columns, source):
    key, pixels = copernicus(server, tile, columns)
    stats = fetch(target, source, tile)
    assert np.array_equal(read(target)[0], pixels)
    assert (stats.width, stats.height, stats.exists) == (columns, 1200, True)
    assert stats.source.endswith(key.partition("/")[2])


def hollow(what):
    """Return what a server may answer in the place of a tile of N42W118."""
    side = 10 if what == "few" else 100
    fill = {"few": 5.0, "void": -9999.0}.get(what, np.nan)
    nodata = -9999.0 if what == "void" else None
    pixels = np.full((side, side), fill, np.float32)
    return geotiff(pixels, -118.0, 43.0, 1 / side, nodata=nodata)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("few", "holds 10 x 10 pixels, too few for a tile of heights"),
        ("nan", "holds no height: all 10000 are infinite or NaN"),
        ("void", "holds no height, all of it is void"),
    ],
)
def test_a_tile_of_next_to_nothing_is_refused_and_another_address_is_tried(
    server, target, what, said
):
    key, pixels = copernicus(server, TILE, 1200)
    whole = server.find(key).body
    server.put(key, hollow(what))
    with pytest.raises(LandloomError, match=said):
        fetch(target, GLO_30)
    server.put(f"s3.eu-central-1.amazonaws.com/copernicus-dem-30m/{key.partition('/')[2]}", whole)
    stats = fetch(target, GLO_30)
    assert stats.exists
    assert np.array_equal(read(target)[0], pixels)


def test_a_tile_that_its_maker_declares_void_counts(server, target):
    server.put(f"x.org/{TILE}.tif", hollow("void"))
    stats = fetch(target, "https://x.org/{tile}.tif")
    assert (stats.exists, stats.void_share) == (True, 1.0)


def test_a_tile_that_a_template_does_not_lead_to_is_void(server, target):
    stats = fetch(target, GLO_30)
    assert (stats.exists, stats.void_share) == (False, 1.0)
    assert TILE[:3] in stats.source
    assert [request.status for request in server.requests] == [404, 404]  # at both addresses


def test_a_template_of_files_works_too(tmp_path, target):
    source = str(tmp_path / "{tile}.tif")
    path = Path(source.format(tile=TILE))
    path.write_bytes(half_pixel(heights_of(201), TILE, 200))
    assert fetch(target, source).source == str(path)
    assert not fetch(target, source, "N00E000").exists


@pytest.mark.parametrize(
    "fault",
    [f for f in PASSING if f.what not in (404, "garbage")],
    ids=lambda fault: str(fault.what),
)
def test_what_passes_on_the_way_of_a_template_is_borne(server, target, fault):
    key, pixels = copernicus(server, TILE, 1200)
    server.misbehave(key, Fault(**vars(fault) | {"times": 1}))
    fetch(target, GLO_30, attempts=2)
    assert np.array_equal(read(target)[0], pixels)


@pytest.mark.parametrize(
    "what", [403, 500, "reset", "half", "garbage", "silence", "wrong"], ids=str
)
def test_what_stays_bad_on_the_way_of_a_template_is_named(server, target, what):
    key, _ = copernicus(server, TILE, 1200)
    other = half_pixel(heights_of(201), "N42W117", 200)
    server.misbehave(key, Fault(what, seconds=1.0, body=other))
    with pytest.raises(LandloomError) as failure:
        fetch(target, f"{GLO_30}?sig=secret", attempts=2)
    assert str(failure.value).startswith(f"https://{key}: ")
    assert "secret" not in str(failure.value)
    assert not target.exists()


@pytest.mark.parametrize("what", [401, 403, 451, "garbage", "wrong"], ids=str)
def test_what_stays_bad_is_asked_for_once(server, target, what):
    key, _ = copernicus(server, TILE, 1200)
    other = half_pixel(heights_of(201), "N42W117", 200)
    server.misbehave(key, Fault(what, body=other))
    with pytest.raises(LandloomError) as failure:
        fetch(target, GLO_30, attempts=3)
    assert not isinstance(failure.value, PassingError)
    assert server.count(key) == 1


@pytest.mark.parametrize("what", [500, "reset", "half"], ids=str)
def test_what_may_pass_is_asked_for_in_each_attempt(server, target, what):
    key, _ = copernicus(server, TILE, 1200)
    server.misbehave(key, Fault(what))
    with pytest.raises(PassingError):
        fetch(target, GLO_30, attempts=3)
    assert server.count(key) >= 3 * QUICK.attempts


@needs_gdal
@pytest.mark.parametrize("what", [401, 403])
def test_a_product_that_refuses_is_not_tried_again(server, small, target, what):
    server.misbehave(KEY, Fault(what))
    asked = []
    for attempts in (1, 3):
        before = server.count(KEY)
        with pytest.raises(LandloomError, match=str(what)) as failure:
            fetch(target, attempts=attempts)
        assert not isinstance(failure.value, PassingError)
        asked.append(server.count(KEY) - before)
    assert asked[0] == asked[1] > 0
    assert small.any()


def test_a_tile_larger_than_tiles_are_is_refused(server, target, monkeypatch):
    copernicus(server, TILE, 1200)
    monkeypatch.setattr("landloom.elevation.fetch.MOST_BYTES", 1 << 16)
    server.lengths = False
    with pytest.raises(LandloomError, match=r"goes on after .* 0\.1 MB at most"):
        fetch(target, GLO_30, attempts=3)


def test_a_packed_tile_cannot_fill_the_disk(server, target, monkeypatch):
    monkeypatch.setattr("landloom.elevation.fetch.MOST_BYTES", 1 << 20)
    server.put(KEY, gzip.compress(bytes(20 << 20)))
    source = "https://s3.amazonaws.com/elevation-tiles-prod/skadi/{ns}{lat}/{tile}.hgt.gz"
    with pytest.raises(LandloomError, match=f"{KEY}: unpacks to more than a tile can hold"):
        fetch(target, source)


def test_packed_tiles_are_unpacked(server, target):
    heights = heights_of(1201)
    source = "https://s3.amazonaws.com/elevation-tiles-prod/skadi/{ns}{lat}/{tile}.hgt.gz"
    server.put(KEY, hgt(heights))
    assert fetch(target, source).width == 1201
    assert np.array_equal(read(target)[0], heights)
    for spoilt in (hgt(heights)[:-100], b"noise", hgt(heights)[:-4] + b"abcd"):
        server.put(KEY, spoilt)
        with pytest.raises(LandloomError, match=f"{KEY}: is not a whole gzip file"):
            fetch(target, source)


def test_zipped_tiles_are_opened(server, target):
    packed = io.BytesIO()
    heights = heights_of(201)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{TILE}.tif", half_pixel(heights, TILE, 200))
    server.put(f"example.org/{TILE}.zip", packed.getvalue())
    fetch(target, "https://example.org/{tile}.zip")
    assert np.array_equal(read(target)[0], heights)


def test_a_tile_takes_bounded_memory(server, tmp_path):
    """A whole tile of floats, the largest there are; in a process of its own."""
    copernicus(server, TILE, 3600, 3600)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from landloom.elevation.fetch import fetch_tile\n"
        "fetch_tile(sys.argv[1], sys.argv[2], Path(sys.argv[3]))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    scripts = Path(__file__).parents[3] / "workflow" / "scripts"
    done = subprocess.run(
        # A peak counts from before the program is loaded: not that of the tests, but of a shell.
        [
            "sh",
            "-c",
            '"$0" "$@"; exit $?',
            sys.executable,
            "-c",
            code,
            GLO_30,
            TILE,
            tmp_path / "tile.tif",
        ],
        env=os.environ | {"PYTHONPATH": str(scripts), "GDAL_CACHEMAX": "32"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 600 * 1024  # kilobytes; rules reserve 700 MB
