"""No source pixel in two patches, no patch in two cells, none lost: on any raster, in any CRS."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from affine import Affine
from hypothesis import assume, event, given
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from landloom.dataset.cells import Cell, CellGrid
from landloom.dataset.lattice import Lattice, Span
from landloom.raster.pixel_grid import PixelGrid

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # affine 3 likes @

# CRS and where on the Earth (west, south, east, north) a raster in it is centred.
HOMES = {
    "EPSG:5070": (-127, 24, -66, 50),
    "EPSG:32611": (-121, 1, -113, 75),
    "EPSG:32601": (-180, 1, -174, 75),  # beside the 180th meridian
    "EPSG:32735": (23, -75, 31, -1),
    "EPSG:4326": (-179.9, -89, 179.9, 89),
    "EPSG:3035": (-9, 35, 31, 68),
    "EPSG:3413": (-180, 60, 180, 90),
    "EPSG:3031": (-180, -90, 180, -60),
    "EPSG:3857": (-180, -80, 180, 80),
}


@dataclass(frozen=True)
class World:
    """A raster's lattice and the cells that are laid over it."""

    lattice: Lattice
    grid: CellGrid


@cache
def from_lonlat(crs: str) -> Transformer:
    return Transformer.from_crs("EPSG:4326", crs, always_xy=True)


@st.composite
def lattices(draw):
    crs = draw(st.sampled_from(sorted(HOMES)))
    west, south, east, north = HOMES[crs]
    lon, lat = draw(st.floats(west, east)), draw(st.floats(south, north))
    x, y = from_lonlat(crs).transform(lon, lat)
    size, downsample = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    width, height = draw(st.integers(1, 150)), draw(st.integers(1, 150))
    metre = 1 / 111_320 if crs == "EPSG:4326" else 1.0
    pixel = draw(st.floats(0.5, 5_000)) * metre
    shape = draw(st.sampled_from(["plain", "bottom-up", "oblong", "rotated", "sheared"]))
    event(f"{crs}, {shape}")
    form = {
        "plain": Affine.scale(1, -1),
        "bottom-up": Affine.identity(),
        "oblong": Affine.scale(0.6, -1.4),
        "rotated": Affine.rotation(draw(st.floats(1, 359))) * Affine.scale(1, -1),
        "sheared": Affine.shear(20, -10) * Affine.scale(1, -1),
    }[shape]
    centre = Affine.translation(-width / 2, -height / 2)
    transform = Affine.translation(x, y) * Affine.scale(pixel) * form * centre
    return Lattice(PixelGrid(CRS(crs).to_wkt(), transform, width, height), size, downsample)


@st.composite
def worlds(draw):
    """A lattice, and cells over a region that lies on it, round it, half beside it or far off."""
    lattice = draw(lattices())
    rows, cols = np.mgrid[0:1:5j, 0:1:5j] * np.array(lattice.shape)[:, None, None]
    lon, lat = (places[np.isfinite(places)] for places in lattice.lonlat(rows, cols))
    assume(lon.size and not beyond_seam(lattice))
    west, east = _stretched(draw, lon.min(), lon.max(), 180.0)
    south, north = _stretched(draw, lat.min(), lat.max(), 90.0)
    assume(west < east and south < north)
    return World(lattice, CellGrid((west, south, east, north), draw(st.integers(1, 7))))


def beyond_seam(lattice: Lattice) -> bool:
    """Whether a raster sticks out beyond the line where its projection cuts the Earth open."""
    height, width = lattice.shape
    x, y = lattice.xy([0, 0, height, height], [0, width, 0, width])
    to_lonlat = lattice._to_lonlat
    back = to_lonlat.transform(*to_lonlat.transform(x, y), direction="INVERSE")
    side = math.hypot(*lattice.grid.transform[:2]) * lattice.step
    gap = np.hypot(back[0] - x, back[1] - y)
    return bool((gap[np.isfinite(gap)] > side / 10).any())


def _stretched(draw, low, high, limit):
    extent = max(high - low, 1e-6)
    ends = draw(st.floats(-0.4, 0.6)), draw(st.floats(0.4, 1.4))
    return max(float(low + ends[0] * extent), -limit), min(float(low + ends[1] * extent), limit)


def every_patch(lattice: Lattice):
    rows, cols = (axis.ravel() for axis in np.mgrid[: lattice.shape[0], : lattice.shape[1]])
    return rows, cols, *lattice.lonlat(rows + 0.5, cols + 0.5)


def inside(cell: Cell, lon: float, lat: float) -> bool:
    west, south, east, north = cell.bounds
    return (west <= lon < east or (cell.closed_east and lon == east)) and (
        south <= lat < north or (cell.closed_north and lat == north)
    )


class TestOwnership:
    @given(worlds())
    def test_each_cell_owns_just_the_patches_whose_centre_lies_in_it(self, world):
        places = list(zip(*every_patch(world.lattice), strict=True))
        for name in world.grid.names():
            cell = world.grid.cell(name)
            rows, cols = world.lattice.owned(cell)
            expected = [(row, col) for row, col, lon, lat in places if inside(cell, lon, lat)]
            assert list(zip(rows, cols, strict=True)) == expected
            assert rows.dtype == cols.dtype == np.int32

    @given(worlds())
    def test_no_pixel_is_in_two_patches_and_no_patch_of_the_region_is_lost(self, world):
        lattice, (west, south, east, north) = world.lattice, world.grid.region
        painted = np.zeros((lattice.grid.height, lattice.grid.width), int)
        owned = 0
        for name in world.grid.names():
            for row, col in zip(*lattice.owned(world.grid.cell(name)), strict=True):
                painted[lattice.window(Span(row, col, 1, 1)).toslices()] += 1
                owned += 1
        assert painted.max() <= 1
        assert painted.sum() == owned * lattice.step**2
        _, _, lon, lat = every_patch(lattice)
        assert owned == ((west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)).sum()
        event("patches owned" if owned else "none owned")

    def test_centres_on_the_edges_of_cells_belong_to_the_cell_that_begins_there(self):
        # Patches of one degree with centres at 0, 1, ... 8 degrees: all on edges of the cells.
        lattice = Lattice(
            PixelGrid(CRS(4326).to_wkt(), Affine(0.5, 0, -0.5, 0, -0.5, 8.5), 18, 18), 1, 2
        )
        grid = CellGrid((0.0, 0.0, 8.0, 8.0), 4)
        counts = {name: len(lattice.owned(grid.cell(name))[0]) for name in grid.names()}
        # A cell of 2 x 2 degrees begins at its south-west; the last ones have a far edge as well.
        assert counts["r003c000"] == counts["r001c002"] == 4
        assert counts["r003c003"] == counts["r000c000"] == 6
        assert counts["r000c003"] == 9
        assert sum(counts.values()) == 81
        rows, cols = lattice.owned(grid.cell("r003c000"))
        assert (rows.tolist(), cols.tolist()) == ([7, 7, 8, 8], [0, 1, 0, 1])

    def test_a_cell_that_touches_a_neighbour_by_an_ulp_leaves_its_patch_to_it(self):
        lattice = Lattice(PixelGrid(CRS(4326).to_wkt(), Affine(1, 0, -0.5, 0, -1, 0.5), 2, 1), 1, 1)
        below = math.nextafter(1.0, 0.0)
        assert lattice.owned(Cell((0.0, 0.0, 1.0, 1.0), False, False))[1].tolist() == [0]
        assert lattice.owned(Cell((below, 0.0, 2.0, 1.0), False, False))[1].tolist() == [1]
        assert lattice.owned(Cell((0.0, 0.0, below, 1.0), True, False))[1].tolist() == [0]

    def test_a_cap_round_the_pole_is_owned_whole(self):
        lattice = Lattice(
            PixelGrid(
                CRS(3413).to_wkt(), Affine(10_000, 0, -800_000, 0, -10_000, 800_000), 160, 160
            ),
            2,
            2,
        )
        grid = CellGrid((-180.0, 84.0, 180.0, 90.0), 5)
        owned = sum(len(lattice.owned(grid.cell(name))[0]) for name in grid.names())
        _, _, _, lat = every_patch(lattice)
        assert owned == (lat >= 84.0).sum() > 800

    def test_what_bulges_out_between_the_outlines_points_is_not_lost(self):
        # The rim of that cap at 45 W, in patches of 200 m. A polygon of 65 corners, two of them
        # as far from there as can be, cuts off 780 m.
        transform = Affine(100, 0, -40_000, 0, -100, -640_000)
        lattice = Lattice(PixelGrid(CRS(3413).to_wkt(), transform, 800, 200), 1, 2)
        rows, _ = lattice.owned(Cell((-179.0, 84.0, 171.0, 90.0), True, True))
        _, _, _, lat = every_patch(lattice)
        assert len(rows) == (lat >= 84.0).sum() > 10_000

    def test_a_cell_that_reaches_beyond_the_visible_earth_owns_what_there_is_of_it(self):
        globe = CRS("+proj=ortho +lat_0=20 +lon_0=-100 +type=crs").to_wkt()
        lattice = Lattice(PixelGrid(globe, Affine(7e4, 0, -7e6, 0, -7e4, 7e6), 200, 200), 2, 2)
        rows, _ = lattice.owned(Cell((-180.0, -90.0, 180.0, 90.0), True, True))
        _, _, lon, _ = every_patch(lattice)
        assert len(rows) == np.isfinite(lon).sum() > 1_500

    def test_part_patches_at_the_far_edges_of_the_raster_belong_to_no_one(self):
        lattice = Lattice(
            PixelGrid(CRS(4326).to_wkt(), Affine(0.01, 0, 10, 0, -0.01, 50), 109, 99), 5, 2
        )
        assert lattice.shape == (9, 10)
        rows, cols = lattice.owned(Cell((9.0, 48.0, 12.0, 51.0), True, True))
        assert (len(rows), rows.max(), cols.max()) == (90, 8, 9)

    @pytest.mark.parametrize(
        "region", [(-100.0, 40.0, -99.0, 41.0), (-72.5, -33.5, -72.0, -33.0), (80.0, 10.0, 81, 11)]
    )
    def test_a_region_elsewhere_owns_nothing(self, region):
        transform = Affine(30, 0, -1_622_415, 0, -30, 2_460_105)
        lattice = Lattice(PixelGrid(CRS(5070).to_wkt(), transform, 400, 400), 40, 2)
        rows, cols = lattice.owned(CellGrid(region, 1).cell("r000c000"))
        assert rows.shape == cols.shape == (0,)


class TestPlaces:
    @given(lattices(), st.floats(-1, 8), st.floats(-1, 8))
    def test_lonlat_is_what_affine_and_proj_say(self, lattice, row, col):
        x, y = lattice.grid.transform * (col * lattice.step, row * lattice.step)
        transformer = Transformer.from_crs(lattice.grid.wkt, "EPSG:4326", always_xy=True)
        lon, lat = lattice.lonlat(row, col)
        np.testing.assert_allclose((lon, lat), transformer.transform(x, y), rtol=0, atol=1e-9)

    def test_corners_of_patches_by_hand(self):
        lattice = Lattice(
            PixelGrid(CRS(4326).to_wkt(), Affine(0.5, 0, 10, 0, -0.25, 50), 100, 100), 2, 2
        )
        lon, lat = lattice.corners([0, 1], [0, 3])
        # A patch is 2 degrees wide and 1 high; round it from the upper left, clockwise.
        np.testing.assert_allclose(lon, [[10, 12, 12, 10], [16, 18, 18, 16]])
        np.testing.assert_allclose(lat, [[50, 50, 49, 49], [49, 49, 48, 48]])

    def test_corners_of_no_patches(self):
        lattice = Lattice(
            PixelGrid(CRS(5070).to_wkt(), Affine(30, 0, 0, 0, -30, 2e6), 100, 100), 2, 2
        )
        lon, lat = lattice.corners([], [])
        assert lon.shape == lat.shape == (0, 4)

    def test_places_outside_the_projection_are_infinite(self):
        lattice = Lattice(
            PixelGrid(CRS(5070).to_wkt(), Affine(1e9, 0, 0, 0, -1e9, 0), 10, 10), 1, 1
        )
        lon, lat = lattice.lonlat([5.5], [5.5])
        assert np.isinf(lon).all()
        assert np.isinf(lat).all()


class TestBoxes:
    LATTICE = Lattice(
        PixelGrid(CRS(5070).to_wkt(), Affine(30, 0, 1000, 0, -30, 9000), 500, 500), 4, 3
    )

    def test_the_box_of_some_patches_by_hand(self):
        span = self.LATTICE.span_of(np.array([5, 3, 7], np.int32), np.array([2, 9, 4], np.int32))
        assert span == Span(row=3, col=2, rows=5, cols=8)

    def test_window_shape_and_affine_of_a_box_by_hand(self):
        span = Span(row=3, col=2, rows=5, cols=8)
        window = self.LATTICE.window(span)
        assert (window.row_off, window.col_off) == (36, 24)
        assert (window.height, window.width) == (60, 96)
        assert self.LATTICE.output_shape(span) == (20, 32)
        # 24 columns and 36 rows of 30 m from the raster's corner, in pixels of 90 m.
        assert self.LATTICE.output_transform(span) == Affine(90, 0, 1720, 0, -90, 7920)

    @given(lattices(), st.integers(0, 9), st.integers(0, 9), st.integers(1, 3), st.integers(1, 3))
    def test_output_pixels_fill_the_source_window(self, lattice, row, col, rows, cols):
        span = Span(row, col, rows, cols)
        window, (height, width) = lattice.window(span), lattice.output_shape(span)
        assert (window.height, window.width) == (
            height * lattice.downsample,
            width * lattice.downsample,
        )
        place = lattice.output_transform(span)
        for v, u in [(0, 0), (0, 1), (1, 0), (1, 1)]:
            source = (window.col_off + u * window.width, window.row_off + v * window.height)
            np.testing.assert_allclose(
                place * (u * width, v * height),
                lattice.grid.transform * source,
                rtol=1e-9,
                atol=1e-9,
            )
