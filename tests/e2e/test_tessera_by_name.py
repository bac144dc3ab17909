"""A map of a box and a year across 6 E: Tessera by name, its public copies on loopback."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import joblib
import numpy as np
import pytest
import rasterio
from affine import Affine
from conftest import Place
from public_tessera import FIRST, SECOND, write_tessera_zone
from pyproj import Transformer
from server import Fault, Server
from tiny_map import MAP_CONFIG
from zoned_world import ACROSS_6_E, fields, slow_map, write_reference

pytestmark = pytest.mark.full

YEARS = (2020, 2021)
REGION = (5.988, 49.997, 6.013, 50.008)
NO_PAUSE = ["--set-resources", "embedding_windows:pause=0", "embedding_window:pause=0"]


def write_zone(folder: Path, number: int) -> None:
    """Write the part of a zone round the world across 6 E, with all that goes wrong in scales."""
    onto = Transformer.from_crs(4326, 32600 + number, always_xy=True)
    west, south, east, north = onto.transform_bounds(*ACROSS_6_E)
    west, north = np.floor(west / 10) * 10, np.ceil(north / 10) * 10
    height, width = int((north - south) // 10) + 1, int((east - west) // 10) + 1
    transform = Affine(10, 0, west, 0, -10, north)
    rows, cols = np.mgrid[:height, :width]
    lon, lat = onto.transform(*(transform @ (cols + 0.5, rows + 0.5)), direction="INVERSE")
    vectors = np.tile(fields(lon, lat), (16, 1, 1)) + np.arange(128)[:, None, None] % 3
    scales = (vectors.max(axis=0) / 127).astype(np.float32)
    stored = np.rint(vectors / scales).astype(np.int8)
    edge = 6 * number - 180
    scales[(lon < edge - 6.004) | (lon > edge + 0.004)] = np.inf
    scales[30:60, 40:70] = np.nan
    scales[80:85, 90:95] = 2.8e32
    write_tessera_zone(
        folder, number, transform,
        np.stack([np.zeros_like(stored), stored]), np.stack([scales, scales]), YEARS,
    )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, server: Server) -> Place:
    store = tmp_path / "store"
    for number in (31, 32):
        write_zone(store, number)
    for path in sorted(store.rglob("*")):
        if path.is_file():
            for copy_of in (FIRST, SECOND):
                server.put(f"{copy_of}/v1/{path.relative_to(store)}", path.read_bytes())
    (tmp_path / "place/in").mkdir(parents=True)
    write_reference(tmp_path / "place/in/classes.tif", ACROSS_6_E)
    place = Place(tmp_path / "place", environment=server.environment)
    place.config = copy.deepcopy(MAP_CONFIG)
    place.config["map"] |= {
        "region": dict(zip(("west", "south", "east", "north"), REGION, strict=True)),
        "embedding": {"raster": "tessera-2021"},
        "reference": {"raster": "in/classes.tif", "n_points": 600},
        "predict": {"block": 256, "crs": "auto"},
    }
    return place


def test_a_box_and_a_year_are_mapped_whichever_copy_serves(
    place: Place, server: Server, tmp_path: Path
) -> None:
    run = place.run(*NO_PAUSE)
    assert run.code == 0, run.output
    windows = sorted((place.results / "map/embedding").glob("utm*.tif"))
    assert {path.name[:5] for path in windows} == {"utm31", "utm32"}
    model = joblib.load(place.results / "map/model.joblib")
    with rasterio.open(place.results / "map/landcover.tif") as raster:
        found = raster.read(1)
        expected = slow_map(raster, windows, model.predict)
        assert raster.crs.to_wkt().startswith('PROJCS["Lambert azimuthal equal-area at 6,')
        rows, cols = np.mgrid[: raster.height, : raster.width]
        x, y = raster.transform @ (cols + 0.5, rows + 0.5)
        crs = raster.crs
    lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)
    inside = (lon >= REGION[0]) & (lon <= REGION[2]) & (lat >= REGION[1]) & (lat <= REGION[3])
    np.testing.assert_array_equal(found, np.where(inside, expected, 255))
    assert (found[inside] != 255).mean() > 0.9
    sources = (place.results / "SOURCES.md").read_text()
    assert f"served by: https://{FIRST}/v1/" in sources
    assert "arXiv.2506.20380" in sources
    logs = "".join(path.read_text() for path in (place.results / "logs").rglob("utm*.log"))
    assert "void: scale above 0.2" in logs
    assert place.run("-n").jobs == {}

    for zone in ("utm31", "utm32"):
        server.misbehave(f"{FIRST}/v1/{zone}/zarr.json", Fault(403))
    again = Place(tmp_path / "again", environment=server.environment, config=place.config)
    (tmp_path / "again").mkdir()
    (tmp_path / "again/in").symlink_to(place.folder / "in")
    run = again.run("results/map/embedding.json", *NO_PAUSE)
    assert run.code == 0, run.output
    for path in windows:
        other = again.results / "map/embedding" / path.name
        assert other.read_bytes() == path.read_bytes()
        record = json.loads(other.with_suffix(".json").read_text())
        assert record["address"].startswith(f"https://{SECOND}/v1/")


def test_a_year_that_the_store_lacks_is_told(place: Place) -> None:
    place.config["map"]["embedding"]["raster"] = "tessera-2019"
    run = place.run(*NO_PAUSE)
    assert run.code != 0
    assert "tessera-2019: no address serves it" in run.output
    assert "2020" in run.output
    assert "Traceback" not in run.output
