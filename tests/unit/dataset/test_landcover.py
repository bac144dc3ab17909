"""The land-cover raster is described as it is, and refused in one message where it cannot serve."""

from __future__ import annotations

import json
import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Geod, Transformer
from rasterio.crs import CRS

from landloom.config.whole import load_config
from landloom.dataset import landcover
from landloom.dataset.cells import CellGrid
from landloom.dataset.landcover import LandcoverInfo, coarser_note, inspect_landcover
from landloom.dataset.lattice import Lattice
from landloom.errors import LandloomError
from landloom.raster.degree_tiles import tile_bounds
from landloom.raster.opening import open_raster

WGS84 = Geod(ellps="WGS84")

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # affine 3 likes @


def box_of(raster, share: float = 1.0):
    """A lon/lat box round the middle of a raster; of share 1 it holds all of it."""
    lattice = Lattice.over(raster, 1, 1)
    lon, lat = lattice.lonlat([0, 0, raster.height, raster.height], [0, raster.width] * 2)
    west, east = lon.min(), lon.max()
    south, north = lat.min(), lat.max()
    dx, dy = (1 - share) * (east - west) / 2, (1 - share) * (north - south) / 2
    return float(west + dx), float(south + dy), float(east - dx), float(north - dy)


def look(path, region, n=2, size=4, downsample=2, reach=None, listed=None) -> LandcoverInfo:
    """Inspect a raster."""
    with open_raster(str(path)) as raster:
        return inspect_landcover(raster, CellGrid(region, n), size, downsample, listed, reach)


def refusal(path, *args, **kwargs) -> str:
    with pytest.raises(LandloomError) as caught:
        look(path, *args, **kwargs)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.fixture
def codes():
    return np.random.default_rng(1).choice([11, 42, 82], (120, 160)).astype(np.uint8)


class TestDescription:
    def test_by_hand(self, geotiff):
        # Pixels of half a degree from 10 E, 50 N: a patch of 2 x 2 pixels is a degree wide.
        options = {"crs": "EPSG:4326", "transform": Affine(0.5, 0, 10, 0, -0.5, 50), "nodata": 250}
        path = geotiff(np.full((40, 60), 42, np.uint8), **options)
        info = look(path, (30.0, 35.0, 50.0, 45.0), n=2, size=2, downsample=1)
        assert info.raster == str(path)
        assert (info.grid.width, info.grid.height) == (60, 40)
        assert tuple(info.grid.transform)[:6] == (0.5, 0, 10, 0, -0.5, 50)
        assert info.grid.own_bounds == (10, 30, 40, 50)
        assert info.resolution == (0.5, 0.5)
        assert (info.dtype, info.nodata) == ("uint8", 250)
        assert info.corners == [[10, 50], [40, 50], [40, 30], [10, 30]]
        assert info.region == (30, 35, 50, 45)
        assert info.region_share == pytest.approx(0.5, abs=0.004)
        # Patches have their centres at half degrees: 10 x 10 of them, in the western cells.
        assert (info.max_patches, info.empty_cells) == (100, 2)
        width = WGS84.inv(40, 40, 41, 40)[2]
        height = WGS84.inv(40, 39.5, 40, 40.5)[2]
        assert info.patch_metres == pytest.approx((width, height), rel=1e-3)
        assert info.grid.crs == CRS.from_epsg(4326)

    def test_the_largest_number_of_patches_is_that_of_centres_in_the_region(self, geotiff, codes):
        path = geotiff(codes)
        with rasterio.open(path) as raster:
            region = box_of(raster, 0.7)
            lattice = Lattice.over(raster, 3, 2)
        to_lonlat = Transformer.from_crs("EPSG:5070", "EPSG:4326", always_xy=True)
        expected = 0
        for row in range(120 // 6):
            for col in range(160 // 6):
                lon, lat = to_lonlat.transform(
                    *(lattice.grid.transform * (col * 6 + 3, row * 6 + 3))
                )
                expected += region[0] <= lon <= region[2] and region[1] <= lat <= region[3]
        assert look(path, region, n=3, size=3).max_patches == expected > 100

    @pytest.mark.parametrize(
        "options",
        [
            {"crs": "EPSG:4326", "transform": Affine(3e-4, 0, -116, 0, -3e-4, 43)},
            {"crs": "EPSG:32611", "transform": Affine(30, 0, 500_000, 0, 30, 4_750_000)},
            {"crs": "EPSG:32611", "transform": Affine(25, 9, 500_000, 9, -25, 4_750_000)},
            {"crs": "EPSG:3857", "transform": Affine(40, 0, -12_900_000, 0, -40, 5_300_000)},
            {"crs": "EPSG:3413", "transform": Affine(30, 0, 90_000, 0, -30, 1_000)},
        ],
        ids=["geographic", "bottom-up", "rotated", "mercator", "polar"],
    )
    def test_rasters_of_all_kinds(self, geotiff, codes, options):
        path = geotiff(codes, **options)
        with rasterio.open(path) as raster:
            whole, inner = box_of(raster), box_of(raster, 0.3)
        info = look(path, inner, n=1)
        assert info.region_share == 1.0
        assert info.max_patches > 5
        assert max(info.patch_metres) < 500
        all_of_it = look(path, whole, n=1)
        assert all_of_it.max_patches == (120 // 8) * (160 // 8)
        assert all_of_it.grid.transform == options["transform"]

    def test_partly_outside_works_and_says_how_much(self, geotiff, codes):
        path = geotiff(codes)
        with rasterio.open(path) as raster:
            west, south, east, north = box_of(raster, 0.5)
        info = look(path, (west, south, east + 2 * (east - west), north), n=1)
        assert 0.3 < info.region_share < 0.7
        assert info.max_patches > 0

    def test_a_small_raster_in_a_large_region_works(self, geotiff, codes):
        info = look(geotiff(codes), (-125.0, 25.0, -65.0, 49.0), n=5)
        assert info.max_patches == 300
        assert info.region_share < 0.001

    def test_corners_beyond_the_projection_are_none(self, geotiff):
        codes = np.full((100, 100), 42, np.uint8)
        path = geotiff(codes, transform=Affine(400_000, 0, -2e7, 0, -400_000, 2e7 + 3e6))
        info = look(path, (-110.0, 30.0, -80.0, 50.0), n=1, size=1, downsample=1)
        assert None in info.corners

    def test_round_trip(self, tmp_path, geotiff, codes):
        path = geotiff(codes, nodata=250)
        with rasterio.open(path) as raster:
            region = box_of(raster, 0.5)
        info = look(path, region)
        info.save(tmp_path / "info.json")
        assert LandcoverInfo.load(tmp_path / "info.json") == info
        with rasterio.open(path) as raster:
            assert info.lattice(4, 2) == Lattice.over(raster, 4, 2)

    def test_the_file_is_plain_json(self, tmp_path, geotiff, codes):
        path = geotiff(codes)
        with rasterio.open(path) as raster:
            region = box_of(raster, 0.5)
        look(path, region).save(tmp_path / "info.json")
        content = json.loads((tmp_path / "info.json").read_text())
        assert content["nodata"] is None
        assert len(content["corners"]) == 4


class TestRefusals:
    @pytest.fixture
    def region(self, geotiff, codes):
        with rasterio.open(geotiff(codes, "model.tif")) as raster:
            return box_of(raster, 0.5)

    def test_no_crs(self, geotiff, codes, region):
        path = geotiff(codes, crs=None)
        message = refusal(path, region)
        assert message.startswith(f"{path}: has no CRS; give it one")

    @pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
    def test_floats(self, geotiff, codes, region, dtype):
        path = geotiff(codes.astype(dtype))
        message = refusal(path, region)
        assert message.startswith(f"{path}: holds {dtype}; dataset.landcover.raster needs whole-")

    @pytest.mark.parametrize("content", [b"", b"not a raster", b"II*\0"])
    def test_what_is_no_raster(self, tmp_path, region, content):
        path = tmp_path / "x.tif"
        path.write_bytes(content)
        assert refusal(path, region).startswith(f"{path}: cannot be opened as a raster")

    def test_what_is_not_there(self, tmp_path, region):
        path = tmp_path / "x.tif"
        assert refusal(path, region).startswith(f"{path}: cannot be opened as a raster")

    @pytest.mark.parametrize("compress", [None, "deflate", "lzw"])
    @pytest.mark.parametrize("tiled", [False, True])
    def test_cut_short_so_that_it_still_opens(self, geotiff, codes, region, compress, tiled):
        blocks = {"tiled": True, "blockxsize": 32, "blockysize": 32} if tiled else {}
        path = geotiff(codes, compress=compress, **blocks)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * 0.8)])
        with rasterio.open(path) as raster:
            assert raster.shape == codes.shape
        message = refusal(path, region)
        assert message.startswith(f"{path}: is damaged or cut short")
        assert message.endswith("fetch it again")

    def test_cut_so_short_that_it_does_not_open(self, geotiff, codes, region):
        path = geotiff(codes)
        path.write_bytes(path.read_bytes()[:64])
        assert refusal(path, region).startswith(f"{path}: cannot be opened as a raster")

    def test_a_damaged_block_that_is_met_later(self, geotiff, codes):
        path = geotiff(codes, compress="deflate", tiled=True, blockxsize=32, blockysize=32)
        content = bytearray(path.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 2000] = bytes(2000)
        path.write_bytes(content)
        with (
            pytest.raises(LandloomError, match="is damaged or cut short"),
            open_raster(str(path)) as raster,
        ):
            raster.read(1)

    def test_the_region_lies_elsewhere(self, geotiff, codes):
        path = geotiff(codes)
        message = refusal(path, (8.0, 46.0, 9.0, 47.0))
        assert message.startswith(f"{path}: the region 8, 46, 9, 47 lies outside the raster")
        assert "-116." in message
        assert "dataset.region" in message

    @pytest.mark.parametrize("said", ["EPSG:4326", "EPSG:32612", "EPSG:32711"])
    @pytest.mark.parametrize("true", ["EPSG:5070", "EPSG:32611", "EPSG:3857"])
    def test_another_crs_that_covers_the_region_is_offered(self, geotiff, codes, true, said):
        region = (-117.0, 43.0, -116.9, 43.1)
        x, y = Transformer.from_crs("EPSG:4326", true, always_xy=True).transform(-116.95, 43.05)
        place = Affine(300, 0, x - 24_000, 0, -300, y + 18_000)
        path = geotiff(codes, "a file.tif", crs=said, transform=place)
        message = refusal(path, region)
        assert f"read in {true}" in message
        assert f"rio edit-info --crs {true} '{path}'" in message
        assert f"gdal_edit.py -a_srs {true} '{path}'" in message
        with rasterio.open(path, "r+") as raster:  # what the remedy does
            raster.crs = true
        assert look(path, region, n=1).region_share == 1.0

    def test_degrees_that_the_file_takes_for_metres_are_offered(self, geotiff, codes):
        options = {"crs": "EPSG:5070", "transform": Affine(0.001, 0, -117, 0, -0.001, 43)}
        message = refusal(geotiff(codes, **options), (-116.95, 42.9, -116.9, 42.95))
        assert "read in EPSG:4326 (WGS 84) its numbers cover the region" in message

    def test_swapped_coordinates_are_offered(self, geotiff, codes):
        region = (10.01, 49.9, 10.1, 49.99)
        options = {"crs": "EPSG:4326", "transform": Affine(0.001, 0, 50, 0, -0.001, 10)}
        path = geotiff(codes, **options)
        message = refusal(path, region)
        assert "with x and y of its corner swapped, it covers the region" in message
        *corners, file = message.split("-a_ullr ")[1].rstrip("'").split()
        assert [float(corner) for corner in corners] == pytest.approx([10, 50, 10.16, 49.88])
        assert file == str(path)

    def test_where_nothing_else_fits_nothing_is_offered(self, geotiff, codes):
        message = refusal(geotiff(codes), (8.0, 46.0, 9.0, 47.0))
        assert message.endswith("correct dataset.region or the raster")

    def test_the_region_lies_where_the_projection_ends(self, geotiff):
        path = geotiff(
            np.full((9, 9), 1, np.uint8), crs="EPSG:3413", transform=Affine(1e5, 0, 0, 0, -1e5, 0)
        )
        assert "lies outside the raster" in refusal(path, (-10.0, -90.0, 10.0, -89.0))

    def test_lat_and_lon_mixed_up(self, geotiff, codes, region):
        west, south, _, north = region
        assert "lies outside the raster" in refusal(
            geotiff(codes), (south, -80.0, north, west + 50)
        )

    def test_no_whole_patch_in_the_region(self, geotiff):
        options = {"crs": "EPSG:4326", "transform": Affine(0.01, 0, 10, 0, -0.01, 50)}
        path = geotiff(np.full((25, 25), 42, np.uint8), **options)
        message = refusal(path, (10.21, 49.7, 10.41, 49.9), n=1, size=10, downsample=1)
        assert message.startswith(f"{path}: no patch has its centre in the region")

    def test_patches_larger_than_a_cell(self, geotiff, codes, region):
        # The raster is 4800 x 3600 m, the region the inner half; patches of 960 m on the map.
        message = refusal(geotiff(codes), region, n=4, size=16, downsample=2)
        assert message.startswith("config: dataset.patches: 16 x 2 pixels measure 964 m")
        assert "dataset.grid.n from 4 to 2 or less" in message
        assert look(geotiff(codes), region, n=2, size=16, downsample=2).max_patches > 0
        assert "larger than" not in message

    def test_patches_larger_than_the_region(self, geotiff, codes, region):
        message = refusal(geotiff(codes), region, n=1, size=64, downsample=2)
        assert message.startswith("config: dataset.patches: 64 x 2 pixels measure 3856 m")
        assert "choose smaller patches or a larger region" in message
        assert "dataset.grid.n" not in message

    def test_pixels_larger_than_planned(self, geotiff, codes, region):
        path = geotiff(codes, "coarse.tif", transform=Affine(50, 0, -1_625_000, 0, -50, 2_462_000))
        planned = 1.1 * 8 * 30 / math.sqrt(2)
        message = refusal(path, region, n=1, reach=planned)
        assert message.startswith("config: dataset.landcover.resolution: ")
        assert f"the pixels of {path} measure 50 x 50 metre in NAD83 / Conus Albers" in message
        assert message.endswith("set it to 51")  # of 50 m on the map
        assert look(path, region, n=1, reach=planned * 51 / 30)
        assert look(path, region, n=1, reach=None)

    def test_pixels_larger_than_planned_at_the_regions_edge(self, geotiff):
        # Mercator's pixels shrink on the ground towards the pole: those in the south count.
        options = {"crs": "EPSG:3857", "transform": Affine(10_000, 0, 0, 0, -10_000, 8_500_000)}
        path = geotiff(np.full((850, 100), 42, np.uint8), **options)
        middle = 1.1 * 2 * 10_000 * math.cos(math.radians(35)) / math.sqrt(2)
        message = refusal(path, (1.0, 10.0, 8.0, 60.0), n=1, size=2, downsample=1, reach=middle)
        assert message.startswith("config: dataset.landcover.resolution: ")
        needed = int(message.rsplit(" ", 1)[1])
        assert needed == pytest.approx(10_000 * math.cos(math.radians(10)), rel=0.01)


class TestElevationTiles:
    """Whatever raster is accepted: its patches lie on the tiles that their cell waits for."""

    @pytest.mark.parametrize(
        ("options", "resolution"),
        [
            (
                {"crs": "EPSG:5070", "transform": Affine(300, 0, -1_680_000, 0, -300, 2_520_000)},
                300,
            ),
            (
                {"crs": "EPSG:32611", "transform": Affine(280, 90, 540_000, 90, -280, 4_730_000)},
                300,
            ),
            ({"crs": "EPSG:4326", "transform": Affine(3e-3, 0, -116.7, 0, -3e-3, 43.4)}, 310),
            (
                {"crs": "EPSG:3857", "transform": Affine(400, 0, -12_990_000, 0, -400, 5_370_000)},
                290,
            ),
            ({"crs": "EPSG:32735", "transform": Affine(300, 0, 460_000, 0, 300, 6_200_000)}, 300),
        ],
        ids=["albers", "turned", "geographic", "mercator", "south"],
    )
    def test_hold_all_patches_of_a_cell(self, geotiff, options, resolution):
        path = geotiff(np.full((300, 400), 42, np.uint8), **options)
        with rasterio.open(path) as raster:
            west, south, east, north = box_of(raster, 0.8)
            lattice = Lattice.over(raster, 4, 2)
        raw = {
            "region": {"west": west, "south": south, "east": east, "north": north},
            "landcover": {"raster": "landcover.tif", "resolution": resolution},
            "elevation": {"source": "{tile}.tif"},
            "grid": {"n": 9},
            "patches": {"size": 4, "downsample": 2},
        }
        dataset = load_config({"dataset": raw}).dataset
        with open_raster(str(path)) as raster:
            inspect_landcover(raster, dataset.cells, 4, 2, reach=dataset.reach)
        fractions = np.linspace(0, 1, 5)
        over_edge = 0
        for cell in dataset.cells.names():
            rows, cols = lattice.owned(dataset.cells.cell(cell))
            lon, lat = lattice.lonlat(
                rows[:, None, None] + fractions[:, None], cols[:, None, None] + fractions
            )
            held = np.zeros(lon.shape, bool)
            for tile in dataset.tiles_of(cell):
                w, s, e, n = tile_bounds(tile)
                held |= (w <= lon) & (lon <= e) & (s <= lat) & (lat <= n)
            assert held.all()
            degrees = np.stack([np.floor(lon), np.floor(lat)])
            over_edge += (degrees != degrees[..., :1, :1]).any(axis=(0, 2, 3)).sum()
        assert over_edge > 20, "patches lie across edges of tiles"


class TestCodes:
    """Codes that the legend lacks are told before the first cell is cut."""

    def refused(self, geotiff, codes, listed, **options) -> str:
        options = {"crs": "EPSG:4326", "transform": Affine(0.01, 0, 10, 0, -0.01, 50)} | options
        path = geotiff(codes, **options)
        return refusal(path, (10.1, 49.1, 11.1, 49.9), n=4, size=5, downsample=1, listed=listed)

    def test_all_strange_codes_are_told_at_once(self, geotiff):
        codes = np.random.default_rng(1).choice([10, 20, 30], (100, 130)).astype(np.uint8)
        told = self.refused(geotiff, codes, [10, 11])
        assert told.startswith("config: dataset.landcover.legend: ")
        assert (
            "pixels have codes 20, 30, which are not in the legend; did you mean worldcover" in told
        )

    def test_heights_in_the_place_of_classes_are_taken_for_what_they_are(self, geotiff):
        heights = np.random.default_rng(1).integers(600, 900, (100, 130)).astype(np.int16)
        told = self.refused(geotiff, heights, [10, 11])
        # Of the 300 heights nearly all are in the patches that are looked at.
        assert re.search(r"codes 600, 601, 602, .*, 609, \.\.\. \(29\d in all\), which", told)
        assert "looks like heights or other measured numbers" in told
        assert "dataset.landcover.raster and dataset.elevation.source are exchanged" in told
        assert len(told) < 600

    def test_what_is_void_or_outside_the_region_does_not_count(self, geotiff):
        codes = np.full((100, 130), 7, np.uint8)
        codes[:9], codes[-9:], codes[:, :9], codes[:, -18:] = 9, 9, 9, 9
        codes[40:50, 50:60] = 250
        options = {
            "crs": "EPSG:4326",
            "transform": Affine(0.01, 0, 10, 0, -0.01, 50),
            "nodata": 250,
        }
        path = geotiff(codes, **options)
        region = (10.1, 49.1, 11.1, 49.9)
        assert look(path, region, n=4, size=5, downsample=1, listed=[7]).max_patches
        with pytest.raises(LandloomError, match=r"codes 7, which"):
            look(path, region, n=4, size=5, downsample=1, listed=[9])

    def test_few_patches_are_read(self, geotiff, monkeypatch):
        path = geotiff(
            np.full((300, 300), 7, np.uint8), crs="EPSG:4326",
            transform=Affine(0.01, 0, 10, 0, -0.01, 50),
        )  # fmt: skip
        read = []
        original = landcover.read_codes
        monkeypatch.setattr(
            landcover, "read_codes", lambda *call: read.append(call) or original(*call)
        )
        info = look(path, (10.1, 47.1, 12.9, 49.9), n=10, size=2, downsample=1, listed=[7])
        assert info.max_patches > 10_000
        assert 50 <= len(read) <= 100


@pytest.mark.parametrize(
    ("metres", "resolution", "told"),
    [
        ((2 * 31.53, 2 * 31.53), 30.0, True),
        ((2 * 31.53, 2 * 31.53), 31.53, False),
        ((2 * 30 * 1.05, 2 * 30 / 1.05), 30.0, False),  # as a projection that keeps areas has it
        ((2 * 10.0, 2 * 10.0), 30.0, False),
    ],
    ids=["larger", "said", "projected", "finer"],
)
def test_pixels_larger_than_is_said_are_noted(metres, resolution, told) -> None:
    info = SimpleNamespace(raster="nlcd.tif", patch_metres=metres)
    note = coarser_note(info, 2, resolution)
    assert (note is not None) == told
    if note:
        assert "pixels of nlcd.tif measure 31.53 m" in note
        assert "dataset.landcover.resolution says 30 m" in note
