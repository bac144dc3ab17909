"""The pixels of the map: the embedding's own, or others of their size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS
from rasters import write
from zoned_world import write_zone

from landloom.errors import LandloomError
from landloom.map.embedding_header import inspect_zones
from landloom.map.map_grid import map_grid
from landloom.map.zones import ZonedEmbedding

NORTH_UP = Affine(10, 0, 500_005, 0, -10, 5_600_000)


def zones(folder: Path, *codes: int, width: int = 50, side: float = 10) -> ZonedEmbedding:
    paths = []
    for number, code in enumerate(codes):
        transform = Affine(side, 0, 500_005, 0, -side, 5_600_000)
        array = np.ones((2, 40, width + 10 * number))
        paths.append(str(write(folder / f"{code}.tif", array, transform, f"EPSG:{code}")))
    return inspect_zones(paths)


@pytest.mark.parametrize("crs", ["native", "EPSG:32631", "epsg:32631"])
def test_one_zone_keeps_its_own_grid(tmp_path: Path, crs: str) -> None:
    embedding = zones(tmp_path, 32631)
    assert map_grid(embedding, crs, None) == embedding.common.grid


def test_native_is_the_zone_with_most_pixels_and_its_pixels_go_on(tmp_path: Path) -> None:
    edge = Affine(10, 0, 700_003, 0, 10, 5_540_007)  # of 31, at about 5.8 E, bottom-up
    first = write(tmp_path / "a.tif", np.ones((2, 300, 200)), edge, "EPSG:32631")
    second = write(tmp_path / "b.tif", np.ones((2, 30, 20)),
                   Affine(10, 0, 290_000, 0, -10, 5_550_000), "EPSG:32632")  # fmt: skip
    embedding = inspect_zones([str(second), str(first)])
    grid = map_grid(embedding, "native", None)
    assert grid.crs.to_epsg() == 32631
    own = embedding.zones[1].info.grid
    shift = grid.shift(own)
    assert shift is not None
    west, south, east, north = grid.own_bounds
    for zone in embedding.zones:
        box = zone.info.grid.bounds(grid.crs)
        assert west <= box[0] + 1e-4
        assert south <= box[1] + 1e-4
        assert east >= box[2] - 1e-4
        assert north >= box[3] - 1e-4


def test_auto_is_equal_area_and_centred_on_the_region(tmp_path: Path) -> None:
    embedding = zones(tmp_path, 32631)
    grid = map_grid(embedding, "auto", (3.0, 50.5, 3.01, 50.56))
    operation = grid.crs.coordinate_operation
    assert operation is not None
    assert operation.method_name == "Lambert Azimuthal Equal Area"
    centre = {param.name: param.value for param in operation.params}
    assert centre["Latitude of natural origin"] == pytest.approx(50.53)
    assert (grid.transform.a, grid.transform.e) == (10, -10)
    assert grid.transform.c % 10 == grid.transform.f % 10 == 0


def test_units_are_translated_and_degrees_are_about_as_fine(tmp_path: Path) -> None:
    there = Affine(10, 0, 100_000, 0, -10, 4_200_000)  # in California
    path = write(tmp_path / "e.tif", np.ones((2, 40, 50)), there, "EPSG:32611")
    embedding = inspect_zones([str(path)])
    feet = map_grid(embedding, "EPSG:2227", None)
    assert feet.transform.a == pytest.approx(10 / 0.304800609601219)
    degrees = map_grid(embedding, "EPSG:4326", None)
    assert 10 / 111_320 < degrees.transform.a < 10 / 60_000


def test_a_stretched_crs_gives_no_size_on_the_ground(tmp_path: Path) -> None:
    # At 60 N, 10 m of Web Mercator are about 5 m.
    path = write(tmp_path / "m.tif", np.ones((2, 40, 50)),
                 Affine(10, 0, 300_000, 0, -10, 8_400_000), "EPSG:3857")  # fmt: skip
    grid = map_grid(inspect_zones([str(path)]), "EPSG:3035", None)
    assert grid.transform.a == pytest.approx(5, rel=0.1)


def test_a_stretched_map_has_no_more_pixels_than_the_ground_needs(tmp_path: Path) -> None:
    grid = map_grid(zones(tmp_path, 32631), "EPSG:3857", None)
    assert grid.transform.a == pytest.approx(15.7, rel=0.03)  # at 50.5 N
    assert grid.box.area < 1.3 * 40 * 50


def test_native_is_the_zone_that_owns_the_ground_not_the_larger_box(tmp_path: Path) -> None:
    bounds = (5.90, 50.0, 5.99, 50.05)  # all of it in zone 31
    paths = [str(write_zone(tmp_path / f"{c}.tif", c, bounds)) for c in (32632, 32631)]
    embedding = inspect_zones(paths, region=(5.97, 50.01, 5.99, 50.04))
    assert map_grid(embedding, "native", (5.97, 50.01, 5.99, 50.04)).crs.to_epsg() == 32631


def test_a_region_off_the_embedding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LandloomError, match=r"map\.region: lies off the embedding"):
        map_grid(zones(tmp_path, 32631), "EPSG:3035", (3.5, 50.5, 3.6, 50.6))


def test_the_region_bounds_the_map(tmp_path: Path) -> None:
    embedding = zones(tmp_path, 32631, 32632)
    region = (3.0005, 50.548, 3.003, 50.5495)
    west, south, east, north = map_grid(embedding, "EPSG:3035", region).own_bounds
    whole = map_grid(embedding, "EPSG:3035", None).own_bounds
    assert whole[0] <= west
    assert whole[2] > 3 * east - 2 * west  # 9 E is far away
    assert (east - west) < 400
    assert (north - south) < 400


@pytest.mark.parametrize(
    ("crs", "told"),
    [
        ("EPSG:99999", r"map\.predict\.crs: 'EPSG:99999' is no known CRS; give native, auto"),
        ("EPSG:4978", r"'EPSG:4978' \(WGS 84\) is no CRS of maps"),
        ("EPSG:5703", r"is no CRS of maps"),
    ],
)
def test_what_is_no_crs_of_maps_is_refused(tmp_path: Path, crs: str, told: str) -> None:
    with pytest.raises(LandloomError, match=told):
        map_grid(zones(tmp_path, 32631), crs, None)


def test_degrees_across_the_180th_meridian_are_refused_and_auto_is_not(tmp_path: Path) -> None:
    first = write(tmp_path / "a.tif", np.ones((2, 300, 1200)),
                  Affine(10, 0, 810_000, 0, -10, 10_000), "EPSG:32660")  # fmt: skip
    second = write(tmp_path / "b.tif", np.ones((2, 300, 1200)),
                   Affine(10, 0, 166_000, 0, -10, 10_000), "EPSG:32601")  # fmt: skip
    embedding = inspect_zones([str(first), str(second)])
    with pytest.raises(LandloomError, match=r"has no one place for the embedding.*set it to auto"):
        map_grid(embedding, "EPSG:4326", None)
    grid = map_grid(embedding, "auto", None)
    assert abs(abs(CRS.from_wkt(grid.wkt).to_dict()["lon_0"]) - 180) < 0.2
    assert grid.width < 5000


def test_a_crs_that_a_geotiff_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        LandloomError, match=r"map\.predict\.crs: '\+proj=eqearth' .* cannot hold; give"
    ):
        map_grid(zones(tmp_path, 32631), "+proj=eqearth", None)
