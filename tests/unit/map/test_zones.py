"""Which zone speaks for a place, and what is asked of which."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pyproj import CRS
from rasters import write

from landloom.errors import LandloomError
from landloom.map.embedding_header import inspect_zones
from landloom.map.map_grid import map_grid
from landloom.map.zone_check import check_zones
from landloom.map.zones import NOBODY, Zone, ZonedEmbedding, settle, utm_footprints, zone_names
from landloom.raster.bounds import Bounds
from landloom.raster.pixel_grid import PixelGrid


def grid(crs: str, west: float = 500_000, north: float = 5_600_000) -> PixelGrid:
    return PixelGrid(CRS.from_user_input(crs).to_wkt(), Affine(10, 0, west, 0, -10, north), 40, 30)


@given(
    arrays(np.int16, 30, elements=st.integers(-1, 2)),
    arrays(np.bool_, (3, 30)),
)
def test_a_place_has_its_owners_data_else_the_first_others(
    owners: np.ndarray, data: np.ndarray
) -> None:
    asked_of = np.zeros((3, 30), int)

    def has_data(zone: int, asked: np.ndarray) -> np.ndarray:
        asked_of[zone] += asked
        return data[zone] & asked

    settled = settle(owners, 3, has_data)
    for place, owner in enumerate(owners):
        turns = [owner, *(zone for zone in range(3) if zone != owner)] if owner >= 0 else range(3)
        expected = next((zone for zone in turns if data[zone, place]), NOBODY)
        assert settled[place] == expected
    assert asked_of.max() <= 1


def test_zones_are_called_by_their_crs_and_never_the_same() -> None:
    names = ["EPSG:32631", "EPSG:32731", "EPSG:26911", "EPSG:32611", "EPSG:3035", "ESRI:54009"]
    assert zone_names([grid(name) for name in names]) == [
        "utm31n", "utm31s", "utm11n", "utm11nx4", "epsg3035", "esri54009",
    ]  # fmt: skip
    laea = "+proj=laea +lat_0=10 +lon_0=20"
    assert zone_names([grid(laea), grid("EPSG:32601")]) == ["zone1", "utm1n"]


def bounds_of(wkt: str) -> tuple[float, ...]:
    return tuple(shapely.from_wkt(wkt).bounds)


def test_a_zone_speaks_for_six_degrees_and_its_hemisphere_if_the_other_is_there() -> None:
    codes = ["EPSG:32631", "EPSG:32731", "EPSG:32632", "EPSG:3035"]
    found = utm_footprints([grid(code) for code in codes])
    assert bounds_of(found[0]) == (0, 0, 6, 90)
    assert bounds_of(found[1]) == (0, -90, 6, 0)
    assert bounds_of(found[2]) == (6, -90, 12, 90)  # as where northings below 0 are used
    assert found[3] == ""


def test_an_edge_belongs_to_the_zone_east_or_north_of_it(tmp_path: Path) -> None:
    paths = [
        str(write(tmp_path / f"{code}.tif", np.ones((2, 5, 5)), crs=f"EPSG:{code}"))
        for code in (32632, 32731, 32631)
    ]
    embedding = inspect_zones(paths)
    assert [zone.name for zone in embedding.zones] == ["utm32n", "utm31s", "utm31n"]
    lon = np.array([[6.0, 5.999999, 5.0], [5.0, 6.0, 20.0]])
    lat = np.array([[10.0, 10.0, 0.0], [-1e-9, -3.0, 10.0]])
    np.testing.assert_array_equal(embedding.owners(lon, lat), [[0, 2, 2], [1, 0, NOBODY]])


def test_several_zones_survive_a_file_and_one_is_the_file_that_it_was(tmp_path: Path) -> None:
    paths = [
        str(write(tmp_path / f"{code}.tif", np.ones((2, 5, 5)), crs=f"EPSG:{code}", nodata=np.nan))
        for code in (32631, 32632)
    ]
    both, alone = inspect_zones(paths), inspect_zones(paths[:1])
    for embedding in (both, alone):
        embedding.save(tmp_path / "embedding.json")
        assert ZonedEmbedding.load(tmp_path / "embedding.json") == embedding
    alone.common.save(tmp_path / "info.json")
    assert (tmp_path / "info.json").read_bytes() == (tmp_path / "embedding.json").read_bytes()


def test_zones_that_differ_are_refused(tmp_path: Path) -> None:
    paths = [
        str(write(tmp_path / f"{code}.tif", np.ones((bands, 5, 5)), crs=f"EPSG:{code}"))
        for code, bands in ((32631, 2), (32632, 3))
    ]
    with pytest.raises(LandloomError, match=r"different band counts: .*32631\.tif has 2, .*has 3"):
        inspect_zones(paths)


class TestRegion:
    def test_it_is_cropped_to_the_pixels_that_it_touches(self, tmp_path: Path) -> None:
        values = np.arange(2 * 40 * 50, dtype=np.float32).reshape(2, 40, 50) + 1
        transform = Affine(0.01, 0, 3, 0, -0.01, 50)
        path = str(write(tmp_path / "e.tif", values, transform, "EPSG:4326"))
        embedding = inspect_zones([path], region=(3.0951, 49.8049, 3.1999, 49.9001))
        info = embedding.common
        assert (info.grid.height, info.grid.width) == (11, 11)
        assert info.grid.transform.almost_equals(Affine(0.01, 0, 3.09, 0, -0.01, 49.91))
        assert [(tile.row, tile.col) for tile in info.tiles] == [(-9, -9)]

    def test_tiles_off_it_are_left_out(self, tmp_path: Path) -> None:
        paths = [
            str(write(tmp_path / f"{n}.tif", np.ones((2, 10, 10)), Affine(0.1, 0, n, 0, -0.1, 50),
                      "EPSG:4326"))
            for n in range(3)
        ]  # fmt: skip
        embedding = inspect_zones(paths, region=(0.95, 49.5, 1.2, 49.6))
        assert [tile.path for tile in embedding.common.tiles] == paths[:2]

    def test_a_zone_off_it_is_left_out_and_nothing_is_refused(self, tmp_path: Path) -> None:
        paths = [
            str(write(tmp_path / f"{code}.tif", np.ones((2, 5, 5)), crs=f"EPSG:{code}"))
            for code in (32631, 32632)
        ]
        (zone,) = inspect_zones(paths, region=(2.9, 50.0, 3.1, 51.0)).zones
        assert zone.name == ""
        with pytest.raises(LandloomError, match=r"map\.region: no pixel of .*32631.*correct the"):
            inspect_zones(paths, region=(20, 50, 21, 51))


def test_blocks_are_found_by_names_that_tell_their_zone(tmp_path: Path) -> None:
    paths = [
        str(write(tmp_path / f"{code}.tif", np.ones((2, 100, 70)), crs=f"EPSG:{code}"))
        for code in (32631, 32632)
    ]
    embedding = inspect_zones(paths)
    first, second = embedding.zones
    assert second.block_names(64) == [
        "utm32n-r000-c000", "utm32n-r000-c001", "utm32n-r001-c000", "utm32n-r001-c001",
    ]  # fmt: skip
    assert embedding.zone_of("utm32n-r001-c001") is second
    block = second.block("utm32n-r001-c001", 64)
    assert (block.row, block.col, block.height, block.width) == (64, 64, 36, 6)
    alone = Zone("", first.info)
    assert alone.block_names(64)[0] == "r000-c000"
    assert alone.block("r001-c000", 64).row == 64


class TestZonesWithoutData:
    """A region that reaches over a zone's edge may find nothing but sea there."""

    def embedding(self, folder: Path, *void: int) -> ZonedEmbedding:
        paths = []
        for code in (32631, 32632, 32633):
            values = np.random.default_rng(code).normal(size=(4, 30, 40)).astype(np.float32)
            if code in void:
                values[:] = np.nan
            paths.append(str(write(folder / f"{code}.tif", values, crs=f"EPSG:{code}")))
        return inspect_zones(paths)

    def test_they_are_left_out_and_told(self, tmp_path: Path) -> None:
        kept, notes = check_zones(self.embedding(tmp_path, 32632))
        assert [zone.name for zone in kept.zones] == ["utm31n", "utm33n"]
        assert notes == [f"zone utm32n has no pixel with data ({tmp_path}/32632.tif): left out"]

    def test_one_that_is_left_is_an_embedding_of_its_own(self, tmp_path: Path) -> None:
        kept, _ = check_zones(self.embedding(tmp_path, 32631, 32632))
        assert [zone.name for zone in kept.zones] == [""]
        assert kept.common.grid.crs.to_epsg() == 32633

    def test_where_none_is_left_all_are_named(self, tmp_path: Path) -> None:
        with pytest.raises(LandloomError, match=r"none of the zones has .*utm31n: .*utm33n: "):
            check_zones(self.embedding(tmp_path, 32631, 32632, 32633))


class TestFootprintsOfTiles:
    def paths(self, folder: Path) -> list[str]:
        return [
            str(write(folder / f"{code}.tif", np.ones((2, 5, 5)), crs=f"EPSG:{code}"))
            for code in (32631, 32632)
        ]

    def test_they_decide_whose_ground_it_is(self, tmp_path: Path) -> None:
        first, second = self.paths(tmp_path)
        told = {first: "POLYGON ((4 40, 7 40, 7 50, 4 50, 4 40))",
                second: "POLYGON ((7 40, 8 40, 8 50, 7 50, 7 40))"}  # fmt: skip
        embedding = inspect_zones([first, second], footprints=told)
        lon, lat = np.array([6.5, 7.0, 9.0]), np.array([45.0, 45.0, 45.0])
        np.testing.assert_array_equal(embedding.owners(lon, lat), [0, 1, NOBODY])

    def test_a_zone_of_which_one_is_not_told_has_its_six_degrees(self, tmp_path: Path) -> None:
        first, second = self.paths(tmp_path)
        embedding = inspect_zones([first, second], footprints={first: "", second: ""})
        lon, lat = np.array([5.9, 6.1]), np.array([45.0, 45.0])
        np.testing.assert_array_equal(embedding.owners(lon, lat), [0, 1])


def test_bounds_across_the_180th_meridian_go_the_short_way(tmp_path: Path) -> None:
    first = write(tmp_path / "a.tif", np.ones((2, 30, 120)),
                  Affine(100, 0, 810_000, 0, -100, 10_000), "EPSG:32660")  # fmt: skip
    second = write(tmp_path / "b.tif", np.ones((2, 30, 120)),
                   Affine(100, 0, 176_000, 0, -100, 10_000), "EPSG:32601")  # fmt: skip
    west, _, east, _ = inspect_zones([str(first), str(second)]).bounds()
    assert 179.5 < west < 180
    assert -180 < east < -179.5


def test_a_region_finds_longitudes_that_go_on_to_360(tmp_path: Path) -> None:
    path = write(tmp_path / "e.tif", np.ones((2, 20, 20)), Affine(0.1, 0, 350, 0, -0.1, 50),
                 "EPSG:4326")  # fmt: skip
    info = inspect_zones([str(path)], region=(-9.55, 49.0, -9.05, 49.5)).common
    assert info.grid.own_bounds == pytest.approx((350.4, 49.0, 351.0, 49.5))


@pytest.mark.parametrize("region", [(-180, -90, 180, 90), (-170, -90, 180, 90)])
def test_the_world_holds_all_zones(tmp_path: Path, region: Bounds) -> None:
    paths = [
        str(write(tmp_path / f"{code}.tif", np.ones((2, 5, 5)), crs=f"EPSG:{code}"))
        for code in (32630, 32631, 32645)
    ]
    embedding = inspect_zones(paths, region=region)
    assert embedding == inspect_zones(paths)
    grid = map_grid(inspect_zones(paths[:2], region=region), "native", region)
    assert grid == map_grid(inspect_zones(paths[:2]), "native", None)
