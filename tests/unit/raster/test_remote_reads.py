"""Remote rasters are read in windows: little more is fetched than what the windows need.

Each reads in a process of its own, since GDAL, called from this one, would keep the server's
threads from answering.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.windows import Window
from server import Fault, Server

pytestmark = pytest.mark.slow

PACKAGE = Path(__file__).parents[3] / "workflow" / "scripts"
WINDOW = Window(1300, 2100, 900, 700)
PLAIN = f"""
import sys
from rasterio.windows import Window
from landloom.raster.opening import open_raster, read_codes
with open_raster(sys.argv[1]) as raster:
    codes = read_codes(raster, 1, Window{(1300, 2100, 900, 700)})
print(int(codes.sum()))
"""
EMBEDDING = """
import sys
from rasterio.windows import Window
from landloom.map.embedding_header import inspect
from landloom.map.embedding_reader import Embedding
info = inspect(sys.argv[1], "alphaearth")
with Embedding(info) as embedding:
    values = embedding.read(Window(256, 256, 256, 256))
print(int(values.astype(int).sum()))
"""


def write_cog(path: Path, pixels: np.ndarray, transform: Affine, **options: object) -> bytes:
    plain = path.with_suffix(".plain.tif")
    count, height, width = pixels.shape
    with rasterio.open(
        plain, "w", driver="GTiff", width=width, height=height, count=count, dtype=pixels.dtype,
        crs="EPSG:32633", transform=transform, **options,
    ) as target:  # fmt: skip
        target.write(pixels)
    rasterio.shutil.copy(plain, path, driver="COG", compress="deflate", blocksize=256)
    return path.read_bytes()


def needed(path: Path, window: Window, bands: int = 1) -> int:
    """Return the bytes of the blocks that a window touches."""
    total = 0
    with rasterio.open(path) as raster:
        high, wide = raster.block_shapes[0]
        bands = 1 if raster.interleaving.value == "PIXEL" else bands
        rows = range(int(window.row_off // high), int(-(-(window.row_off + window.height) // high)))
        cols = range(int(window.col_off // wide), int(-(-(window.col_off + window.width) // wide)))
        for band in range(1, bands + 1):
            for row in rows:
                for col in cols:
                    size = raster.get_tag_item(f"BLOCK_SIZE_{col}_{row}", "TIFF", bidx=band)
                    total += int(size)
    return total


def run(server: Server, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if "CURL_CA" not in name}
    start = "from landloom.job.gdal import set_gdal_options; set_gdal_options()\n"
    quick = {"GDAL_HTTP_RETRY_DELAY": "0.05", "GDAL_HTTP_LOW_SPEED_TIME": "1"}
    return subprocess.run(
        [sys.executable, "-c", start + code, *arguments],
        env=inherited | server.environment | quick | {"PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    path = tmp_path_factory.mktemp("classes") / "cog.tif"
    pixels = np.random.default_rng(3).integers(1, 96, (1, 4096, 4096), dtype=np.uint8)
    write_cog(path, pixels, Affine(10, 0, 500_000, 0, -10, 5_000_000), nodata=0)
    return path, pixels


@pytest.mark.parametrize("scheme", ["https://bucket/", "s3://bucket/"])
def test_classes_are_fetched_by_the_window(server, classes, scheme):
    path, pixels = classes
    keys = ["bucket/cog.tif", "bucket.s3.us-east-1.amazonaws.com/cog.tif"]
    for key in keys:
        server.put(key, path.read_bytes())
    done = run(server, PLAIN, f"{scheme}cog.tif")
    assert done.returncode == 0, (done.stderr, server.requests)
    rows, cols = WINDOW.toslices()
    assert int(done.stdout) == pixels[0, rows, cols].sum()
    assert needed(path, WINDOW) < server.sent() <= 2 * needed(path, WINDOW)


@pytest.mark.parametrize("up", [-10.0, 10.0], ids=["top-down", "bottom-up"])
def test_an_embedding_is_fetched_by_the_block(server, tmp_path, up):
    rng = np.random.default_rng(4)
    vectors = rng.normal(size=(64, 1024, 1024)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=0)
    codes = np.round(np.sign(vectors) * np.sqrt(np.abs(vectors)) * 127.5).astype(np.int8)
    path = tmp_path / "cog.tif"
    body = write_cog(path, codes, Affine(10, 0, 500_000, 0, up, 5_000_000), nodata=-128)
    url = server.put("x.org/cog.tif", body)
    done = run(server, EMBEDDING, url)
    assert done.returncode == 0, done.stderr
    window = Window(256, 256, 256, 256)
    assert int(done.stdout) == codes[:, 256:512, 256:512].astype(int).sum()
    assert server.sent() <= 2 * needed(path, window, 64)


def test_what_passes_is_tried_again(server, classes):
    path, _ = classes
    url = server.put("x.org/cog.tif", path.read_bytes())
    server.misbehave("x.org/cog.tif", Fault(503, times=2, after=2))
    assert run(server, PLAIN, url).returncode == 0


def test_what_stays_bad_is_named_without_its_query(server, classes):
    path, _ = classes
    server.put("x.org/cog.tif", path.read_bytes())
    server.misbehave("x.org/cog.tif", Fault(500, after=3))
    done = run(server, PLAIN, "https://x.org/cog.tif?pass=word")
    assert done.returncode != 0
    message = done.stderr.rsplit("LandloomError: ", 1)[1]
    assert "x.org/cog.tif" in message
    assert "word" not in message


@pytest.mark.parametrize(
    ("what", "asked", "reason"),
    [
        (403, 1, "access is refused (HTTP 403); correct the address, or the account"),
        (404, 1, "there is no such file (HTTP 404); correct the address"),
        (503, 2, "the server fails (HTTP 503); see to the connection and start again"),
        ("reset", 2, "the connection broke off; see to the connection"),
        ("silence", 1, "the server timed out; see to the connection"),
    ],
    ids=str,
)
def test_source_reason_and_remedy_are_named(server, classes, what, asked, reason):
    server.put("x.org/cog.tif", classes[0].read_bytes())
    server.misbehave("x.org/cog.tif", Fault(what, seconds=3.0))
    done = run(server, PLAIN, "https://x.org/cog.tif?sig=secret")
    message = done.stderr.splitlines()[-1]
    assert f"https://x.org/cog.tif: cannot be opened as a raster: {reason}" in message
    assert "secret" not in message
    # What stays so is not asked for again.
    if asked == 1 and what != "silence":
        assert server.count("x.org/cog.tif") == 1
    elif what != "silence":
        assert server.count("x.org/cog.tif") > 1


@pytest.mark.parametrize("through", ["itself", "a VRT"])
def test_what_fails_in_the_middle_is_named_with_its_status(server, classes, tmp_path, through):
    source = server.put("x.org/cog.tif", classes[0].read_bytes())
    if through == "a VRT":
        local = tmp_path / "tiles.vrt"
        rasterio.shutil.copy(classes[0], local, driver="VRT")
        text = local.read_text().replace('relativeToVRT="1"', 'relativeToVRT="0"')
        begin, end = text.index(">", text.index("<SourceFilename")) + 1, text.index("</SourceFilen")
        local.write_text(f"{text[:begin]}/vsicurl/{source}{text[end:]}")
        source = str(local)
    server.misbehave("x.org/cog.tif", Fault(403, after=2))
    done = run(server, PLAIN, source)
    assert "a part of it cannot be read" in done.stderr
    assert "access is refused (HTTP 403)" in done.stderr.splitlines()[-1]


def test_what_failed_once_is_not_taken_for_missing(server):
    """GDAL remembers of a file that could not be had that it does not exist."""
    server.put("bucket.s3.us-east-1.amazonaws.com/a.tif", b"")
    server.misbehave("bucket.s3.us-east-1.amazonaws.com/a.tif", Fault("reset"))
    twice = (
        "from landloom.raster.opening import open_dataset\n"
        "for _ in range(2):\n"
        "    try: open_dataset('s3://bucket/a.tif')\n"
        "    except Exception as error: print(type(error).__name__)\n"
    )
    assert run(server, twice).stdout.split() == ["LandloomError", "LandloomError"]


def test_a_missing_file_is_told_from_one_that_cannot_be_had(server):
    code = PLAIN.replace("import sys\n", "import sys\nfrom landloom.errors import NotThereError\n")
    for fault, missing in ((404, True), (403, False), (500, False)):
        server.put("x.org/a.tif", b"")
        server.misbehave("x.org/a.tif", Fault(fault))
        done = run(server, code, "https://x.org/a.tif")
        assert ("NotThereError" in done.stderr.splitlines()[-1]) == missing
