"""Elevation on the lattice: it lies right, voids are borne or not, and it is relative."""

import math

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS, Geod, Transformer
from rasterio.windows import Window
from small_world import pixel_centres, smooth, tile_pixels, write_raster

from landloom.dataset.lattice import Lattice
from landloom.dataset.relief import Relief, ReliefOptions, extract_relief, relative_relief, warp
from landloom.elevation.mosaic import join_tiles
from landloom.elevation.tiles import make_tile
from landloom.errors import LandloomError
from landloom.raster.degree_tiles import tile_bounds
from landloom.raster.opening import open_raster
from landloom.raster.pixel_grid import PixelGrid

PIXEL = 60.0
"""Metres of an output pixel: 2 x 2 pixels of the NLCD."""
BILINEAR = ReliefOptions("bilinear", 0.25, None)
PLACES = {
    "118W": ("N43W118", -117.9, 43.5),
    "96W": ("N40W096", -95.9, 40.5),
    "68W": ("N45W069", -68.1, 45.5),
}
TO_ALBERS = Transformer.from_crs("EPSG:4326", "EPSG:5070", always_xy=True)
WGS84 = Geod(ellps="WGS84")


def nlcd_lattice(lon, lat):
    """Return a lattice of 3 x 3 patches of the NLCD round a place."""
    x, y = TO_ALBERS.transform(lon, lat)
    transform = Affine(30.0, 0.0, round(x / 30) * 30 - 3615, 0.0, -30.0, round(y / 30) * 30 + 3615)
    return Lattice(PixelGrid(CRS("EPSG:5070").to_wkt(), transform, 240, 240), 40, 2)


def pixel_places(lattice, row, col):
    """Return exact lon and lat of a patch's output pixels, (size, size)."""
    within = (np.arange(lattice.size) + 0.5) / lattice.size
    return lattice.lonlat(row + within[:, None] + 0 * within, col + within + 0 * within[:, None])


def arc_second_tile(path, tile, terrain, lon, lat):
    """Write a whole tile of 1 arc-second, with heights only round a place."""
    west, _, _, north = tile_bounds(tile)
    transform = Affine(1 / 3600, 0.0, west, 0.0, -1 / 3600, north)
    window = Window(round((lon - west) * 3600) - 260, round((north - lat) * 3600) - 260, 520, 520)
    rows, cols = np.indices((520, 520)) + 0.5
    x, y = transform @ (cols + window.col_off, rows + window.row_off)
    profile = {"width": 3600, "height": 3600, "count": 1, "dtype": "float32", "nodata": -32768}
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        crs="EPSG:4326",
        transform=transform,
        tiled=True,
        sparse_ok=True,
        **profile,
    ) as dataset:
        dataset.write(terrain(x, y).astype(np.float32), 1, window=window)
    return path


def warped(source, lattice, row, col, options=BILINEAR):
    """Warp elevation onto one patch: heights above the sea."""
    span = lattice.span_of(np.array([row]), np.array([col]))
    heights = np.full(lattice.output_shape(span), np.nan, np.float32)
    with open_raster(str(source), "elevation") as dataset:
        warp(dataset, lattice.grid.wkt, lattice.output_transform(span), heights, options)
    return heights


def by_box(source, lattice, row, col):
    """Cut a lon/lat box round two opposite corners of the patch, and resize it."""
    (west, east), (north, south) = lattice.lonlat([row, row + 1], [col, col + 1])
    with open_raster(str(source), "elevation") as dataset:
        left, top = ~dataset.transform @ (west, north)
        right, bottom = ~dataset.transform @ (east, south)
        window = Window.from_slices(
            (math.floor(top), math.ceil(bottom)), (math.floor(left), math.ceil(right))
        )
        box = dataset.read(1, window=window)
    return cv2.resize(box, (lattice.size, lattice.size))


# Elevation lies right


def displacements(cut, tmp_path, place):
    """Return how far (m) each pixel's heights come from, over 9 patches.

    Two planes carry the places themselves: one rises by 60 km per degree of longitude, one as
    much with the latitude; what a pixel holds tells where it was taken.
    """
    tile, lon, lat = PLACES[place]
    lattice = nlcd_lattice(lon, lat)
    planes = {
        "east": lambda x, y: 60_000 * (x - lon) + 0 * y,
        "north": lambda x, y: 60_000 * (y - lat) + 0 * x,
    }
    sources = [
        join_tiles([arc_second_tile(tmp_path / f"{name}.tif", tile, plane, lon, lat)])
        for name, plane in planes.items()
    ]
    found = []
    for row, col in np.ndindex(lattice.shape):
        true = pixel_places(lattice, row, col)
        east, north = (cut(source, lattice, row, col).astype(float) for source in sources)
        _, _, metres = WGS84.inv(*true, lon + east / 60_000, lat + north / 60_000)
        found.append(metres)
    return np.array(found)


@pytest.mark.parametrize("place", PLACES)
def test_a_tilted_plane_lies_right(tmp_path, place):
    metres = displacements(warped, tmp_path, place)
    assert metres.shape == (9, 40, 40)
    # Half a pixel is promised; it is 0.8 m on average and 1.5 m at most, since the weights of a
    # widened kernel are not quite even.
    assert metres.max() < PIXEL / 30
    assert metres.mean() < PIXEL / 50


@pytest.mark.parametrize(("place", "mean", "most"), [("118W", 258, 771), ("68W", 330, 976)])
def test_a_box_in_degrees_does_not_lie_right(tmp_path, place, mean, most):
    # The proof that such a test can fail: a box round two opposite corners of a rotated patch.
    metres = displacements(by_box, tmp_path, place)
    assert metres.max() > metres.mean() > PIXEL / 2
    assert (metres.mean(), metres.max()) == pytest.approx((mean, most), abs=2)


def test_a_box_in_degrees_lies_right_only_where_the_grid_points_north(tmp_path):
    assert displacements(by_box, tmp_path, "96W").mean() < PIXEL / 2


def bilinear(pixels, transform, lon, lat):
    """Interpolate, the plain way, between the four nearest pixel centres."""
    col, row = ~transform @ (lon, lat)
    j, i = np.floor(col - 0.5).astype(int), np.floor(row - 0.5).astype(int)
    x, y = col - 0.5 - j, row - 0.5 - i
    upper = (1 - x) * pixels[i, j] + x * pixels[i, j + 1]
    lower = (1 - x) * pixels[i + 1, j] + x * pixels[i + 1, j + 1]
    return (1 - y) * upper + y * lower


def least_squares_shift(heights, true):
    """Return by how many pixels heights are displaced, down and right."""
    down, right = np.gradient(true)
    design = np.stack([down.ravel(), right.ravel(), np.ones(true.size)], axis=1)
    return -np.linalg.lstsq(design, (heights - true).ravel(), rcond=None)[0][:2]


@pytest.mark.parametrize("place", PLACES)
def test_a_relief_lies_right(tmp_path, place):
    tile, lon, lat = PLACES[place]
    lattice = nlcd_lattice(lon, lat)
    path = arc_second_tile(tmp_path / "tile.tif", tile, smooth(), lon, lat)
    with rasterio.open(path) as dataset:
        pixels, transform = dataset.read(1).astype(float), dataset.transform
    for row, col in np.ndindex(lattice.shape):
        true = bilinear(pixels, transform, *pixel_places(lattice, row, col))
        heights = warped(path, lattice, row, col)
        assert np.abs(heights - true).max() < 1.0
        assert np.hypot(*least_squares_shift(heights, true)) < 0.02


def test_the_estimate_sees_a_relief_that_is_displaced(tmp_path):
    tile, lon, lat = PLACES["118W"]
    lattice = nlcd_lattice(lon, lat)
    path = arc_second_tile(tmp_path / "tile.tif", tile, smooth(), lon, lat)
    with rasterio.open(path) as dataset:
        pixels, transform = dataset.read(1).astype(float), dataset.transform
    true = bilinear(pixels, transform, *pixel_places(lattice, 1, 1))
    moved = bilinear(pixels, transform, *pixel_places(lattice, 1, 1 - 0.5 / 40))
    assert np.allclose(least_squares_shift(moved, true), [0.0, 0.5], atol=0.02)


def test_coarse_elevation_lies_right_too(tmp_path):
    # 30 arc-seconds: what GDAL misses by default, an eighth of a pixel, is two output pixels.
    lattice = nlcd_lattice(-117.5, 43.5)
    lattice = Lattice(PixelGrid(lattice.grid.wkt, lattice.grid.transform, 80 * 40, 80 * 40), 40, 2)
    rows, cols = (part.ravel() for part in np.indices((40, 40)))
    true = lattice.lonlat(rows + 0.5, cols + 0.5)
    found = []
    for number in (0, 1):
        grid = Affine(1 / 120, 0.0, -118.0, 0.0, -1 / 120, 44.0)
        x, y = pixel_centres(grid, (240, 360))
        plane = 5000 * (x + 117 if number == 0 else y - 43)
        write_raster(tmp_path / "a.tif", plane.astype(np.float32), "EPSG:4326", grid, -32768)
        span = lattice.span_of(rows, cols)
        heights = np.full(lattice.output_shape(span), np.nan, np.float32)
        with open_raster(str(tmp_path / "a.tif")) as dataset:
            warp(dataset, lattice.grid.wkt, lattice.output_transform(span), heights, BILINEAR)
        middles = heights.reshape(40, 40, 40, 40)[:, 19:21, :, 19:21].mean(axis=(1, 3))
        found.append(middles.ravel() / 5000 + (-117 if number == 0 else 43))
    known = np.isfinite(found).all(axis=0)
    assert known.mean() > 0.9
    _, _, metres = WGS84.inv(*(part[known] for part in (*true, *found)))
    assert metres.max() < PIXEL / 20


def test_finer_elevation_is_averaged_over_the_pixel(tmp_path):
    # 6 m pixels of pure noise: sampling one in each pixel of 60 m would keep its spread.
    lattice = nlcd_lattice(-117.5, 43.5)
    noise = np.random.default_rng(1).normal(500, 100, (600, 600)).astype(np.float32)
    path = write_raster(
        tmp_path / "one.tif", noise, "EPSG:5070", lattice.grid.transform @ Affine.scale(0.2)
    )
    heights = warped(path, lattice, 0, 0)
    # A triangle twice as wide as a pixel: each axis leaves the root of 2 / (3 * 10) of the spread.
    assert heights[1:-1, 1:-1].std() == pytest.approx(100 * 2 / 30, rel=0.1)


@pytest.mark.parametrize("crs", ["EPSG:32611", "EPSG:3857", "rotated"])
def test_one_raster_may_have_any_grid(tmp_path, crs):
    lattice = nlcd_lattice(-117.5, 43.5)
    turn = Affine.rotation(30) if crs == "rotated" else Affine.identity()
    crs = "EPSG:32611" if crs == "rotated" else crs
    to_crs = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    middle = to_crs.transform(-117.5, 43.5)
    grid = (
        Affine.translation(*middle) @ turn @ Affine.scale(30, -30) @ Affine.translation(-300, -300)
    )
    x, y = pixel_centres(grid, (600, 600))
    terrain = smooth()
    pixels = terrain(*to_crs.transform(x, y, direction="INVERSE")).astype(np.float32)
    path = write_raster(tmp_path / "one.tif", pixels, crs, grid)
    true = terrain(*pixel_places(lattice, 1, 1))
    assert np.hypot(*least_squares_shift(warped(path, lattice, 1, 1), true)) < 0.01


# Cells


def made_tile(tmp_path, terrain, per_degree=1200):
    tile = "N43W118"
    pixels, transform = tile_pixels(tile, terrain, per_degree, per_degree)
    raw = write_raster(
        tmp_path / "raw.tif", pixels.astype(np.float32), "EPSG:4326", transform, -32768
    )
    make_tile(tile, str(raw), None, tmp_path / f"{tile}.tif")
    return join_tiles([tmp_path / f"{tile}.tif"])


@pytest.mark.parametrize("per_degree", [120, 1200])
def test_a_patch_is_the_same_however_many_its_cell_holds(tmp_path, per_degree):
    rng = np.random.default_rng(1)
    source = made_tile(
        tmp_path, lambda x, y: smooth()(x, y) + rng.normal(0, 10, x.shape), per_degree
    )
    lattice = nlcd_lattice(-117.8, 43.8)
    lattice = Lattice(PixelGrid(lattice.grid.wkt, lattice.grid.transform, 80 * 20, 80 * 20), 40, 2)
    rows, cols = (part.ravel() for part in np.indices((20, 20)))
    together = extract_relief(source, lattice, rows, cols, BILINEAR)
    assert together.kept.all()
    some = [0, 19, 170, 380, 399]
    for number in some:
        alone = extract_relief(source, lattice, rows[[number]], cols[[number]], BILINEAR)
        # The places may differ by a thousandth of a source pixel, the kernel by its scale over
        # 50 km; noise of 10 m from pixel to pixel makes more of it than land does.
        assert np.abs(alone.heights[0] - together.heights[number]).max() < 0.25
    chosen = extract_relief(source, lattice, rows[some], cols[some], BILINEAR)
    assert np.abs(chosen.heights - together.heights[some]).max() < 0.25


def test_heights_are_above_the_lowest_pixel(tmp_path):
    source = made_tile(tmp_path, smooth())
    lattice = nlcd_lattice(-117.5, 43.5)
    rows, cols = np.array([0, 1, 2]), np.array([2, 1, 0])
    relief = extract_relief(source, lattice, rows, cols, BILINEAR)
    assert relief.heights.dtype == np.float32
    assert relief.heights.shape == (3, 40, 40)
    assert (relief.heights.min(axis=(1, 2)) == 0).all()
    for number, (row, col) in enumerate(zip(rows, cols, strict=True)):
        heights = warped(source, lattice, row, col)
        assert np.allclose(relief.heights[number], heights - heights.min(), atol=0.01)


def test_a_cell_without_elevation_keeps_no_patch():
    lattice = nlcd_lattice(-117.5, 43.5)
    relief = extract_relief(None, lattice, np.array([0, 1]), np.array([0, 1]), BILINEAR)
    assert relief.kept.tolist() == [False, False]
    assert relief.heights.shape == (0, 40, 40)


def test_a_cell_without_patches_has_none():
    none = np.empty(0, np.int32)
    relief = extract_relief(None, nlcd_lattice(-117.5, 43.5), none, none, BILINEAR)
    assert relief.kept.shape == (0,)
    assert relief.heights.shape == (0, 40, 40)
    assert relief.filled.shape == (0,)


def test_a_relief_is_the_same_bytes_each_time(tmp_path):
    heights = np.random.default_rng(1).normal(500, 50, (3, 8, 8)).astype(np.float32)
    heights[0, :2] = heights[1] = np.nan
    relief = relative_relief(heights, BILINEAR)
    for name in ("a.npz", "b.npz"):
        relief.save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    read = Relief.load(tmp_path / "a.npz")
    assert read.kept.tolist() == Relief.load_kept(tmp_path / "a.npz").tolist()
    assert read.kept.tolist() == [True, False, True]
    assert read.filled.tolist() == [16, 0]
    assert np.array_equal(read.heights, relief.heights)


# Voids


def patches_with_voids(*counts, size=10):
    """Return patches of which the first pixels are void."""
    heights = np.random.default_rng(1).normal(4000, 100, (len(counts), size, size))
    for patch, count in zip(heights, counts, strict=True):
        patch.flat[:count] = np.nan
    return heights.astype(np.float32)


def test_more_voids_than_allowed_drop_a_patch():
    heights = patches_with_voids(0, 24, 25, 26, 100)
    relief = relative_relief(heights, ReliefOptions("bilinear", 0.25, None))
    assert relief.kept.tolist() == [True, True, True, False, False]
    assert relief.filled.tolist() == [0, 24, 25]
    assert np.isfinite(relief.heights).all()


def test_no_void_may_be_allowed():
    relief = relative_relief(patches_with_voids(0, 1), ReliefOptions("bilinear", 0.0, None))
    assert relief.kept.tolist() == [True, False]


def test_a_patch_that_is_all_void_never_stays():
    relief = relative_relief(patches_with_voids(99, 100), ReliefOptions("bilinear", 1.0, None))
    assert relief.kept.tolist() == [True, False]


def test_only_voids_are_inpainted_as_opencv_does():
    heights = patches_with_voids(0, 0)
    void = np.zeros((10, 10), bool)
    void[3:6, 4:8] = void[0, 0] = True
    heights[1][void] = np.nan
    relief = relative_relief(heights.copy(), BILINEAR)
    lowest = np.nanmin(heights[1])
    known = np.where(void, 0, heights[1] - lowest).astype(np.float32)
    inpainted = cv2.inpaint(known, void.astype(np.uint8), 3, cv2.INPAINT_TELEA)
    assert inpainted[void].min() > 0
    assert np.allclose(relief.heights[1], inpainted, atol=1e-3)
    assert np.array_equal(relief.heights[1][~void], (heights[1] - lowest)[~void])
    assert np.array_equal(relief.heights[0], heights[0] - heights[0].min())


def test_a_plain_stays_a_plain_round_a_void():
    heights = np.full((1, 10, 10), 1234.5, np.float32)
    heights[0, 4:7, 4:7] = np.nan
    assert not relative_relief(heights, BILINEAR).heights.any()


@pytest.mark.parametrize(
    ("dtype", "nodata", "declared"),
    [
        ("float32", math.nan, True),
        ("float32", math.nan, False),
        ("uint16", 65535, True),
        ("uint16", 65535, False),
        ("int16", -9999, True),
        ("int16", -9999, False),
    ],
)
def test_voids_of_one_raster_are_known_whatever_their_value(tmp_path, dtype, nodata, declared):
    lattice = nlcd_lattice(-117.5, 43.5)
    grid = Affine(1 / 1200, 0.0, -117.6, 0.0, -1 / 1200, 43.6)
    x, y = pixel_centres(grid, (240, 240))
    heights = smooth()(x, y).astype(dtype)
    lon, lat = pixel_places(lattice, 1, 1)
    hole = (np.abs(x - lon.mean()) < 0.005) & (np.abs(y - lat.mean()) < 0.005)
    heights[hole] = nodata
    path = write_raster(
        tmp_path / "one.tif", heights, "EPSG:4326", grid, nodata if declared else None
    )
    options = ReliefOptions("bilinear", 0.25, None if declared else nodata)
    void = np.isnan(warped(path, lattice, 1, 1, options))
    inside = (np.abs(lon - lon.mean()) < 0.004) & (np.abs(lat - lat.mean()) < 0.004)
    outside = (np.abs(lon - lon.mean()) > 0.0065) | (np.abs(lat - lat.mean()) > 0.0065)
    assert void[inside].all()
    assert not void[outside].any()
    rows, cols = np.array([0, 1]), np.array([0, 1])
    relief = extract_relief(str(path), lattice, rows, cols, options)
    assert relief.kept.all()
    assert relief.filled.tolist() == [0, void.sum()]
    assert np.isfinite(relief.heights).all()
    assert relief.heights.max() < 2000


@pytest.mark.parametrize("height", [math.inf, -math.inf])
def test_infinite_heights_are_void(tmp_path, height):
    grid = Affine(1 / 1200, 0.0, -117.6, 0.0, -1 / 1200, 43.6)
    lattice = nlcd_lattice(-117.5, 43.5)
    x, y = pixel_centres(grid, (240, 240))
    heights = smooth()(x, y).astype(np.float32)
    lon, lat = pixel_places(lattice, 1, 1)
    heights[(np.abs(x - lon.mean()) < 0.005) & (np.abs(y - lat.mean()) < 0.005)] = height
    path = write_raster(tmp_path / "one.tif", heights, "EPSG:4326", grid, -9999.0)
    relief = extract_relief(str(path), lattice, np.array([0, 1]), np.array([0, 1]), BILINEAR)
    assert relief.kept.all()
    assert relief.filled[1] > relief.filled[0] == 0
    assert np.isfinite(relief.heights).all()
    assert relief.heights.max() < 2000


@pytest.mark.parametrize(("dtype", "nodata"), [("int16", -32768), ("float32", -9999.0)])
def test_voids_that_nothing_declares_are_refused(tmp_path, dtype, nodata):
    grid = Affine(1 / 1200, 0.0, -117.6, 0.0, -1 / 1200, 43.6)
    heights = np.full((240, 240), 800, dtype)
    heights[100:140, 100:140] = nodata
    path = write_raster(tmp_path / "one.tif", heights, "EPSG:4326", grid)
    lattice = nlcd_lattice(-117.5, 43.5)
    with pytest.raises(LandloomError) as refusal:
        extract_relief(str(path), lattice, np.array([1]), np.array([1]), BILINEAR)
    assert str(refusal.value).startswith(f"{path}: ")
    assert "dataset.elevation.nodata" in str(refusal.value)


def test_a_raster_that_ends_within_a_patch_leaves_voids(tmp_path):
    lattice = nlcd_lattice(-117.5, 43.5)
    lon, _ = pixel_places(lattice, 1, 1)
    edge = lon.mean()
    grid = Affine(1 / 1200, 0.0, edge, 0.0, -1 / 1200, 43.6)
    path = write_raster(tmp_path / "one.tif", np.full((240, 240), 9, np.int16), "EPSG:4326", grid)
    void = np.isnan(warped(path, lattice, 1, 1))
    assert void[lon < edge - 1 / 1200].all()
    assert not void[lon > edge + 1 / 1200].any()


def test_a_raster_that_is_cut_short_is_named(tmp_path):
    grid = Affine(1 / 1200, 0.0, -117.6, 0.0, -1 / 1200, 43.6)
    heights = np.random.default_rng(1).integers(0, 999, (240, 240)).astype(np.int16)
    path = write_raster(tmp_path / "one.tif", heights, "EPSG:4326", grid)
    path.write_bytes(path.read_bytes()[:40_000])
    with pytest.raises(LandloomError, match=r"one\.tif: is damaged"):
        extract_relief(
            str(path), nlcd_lattice(-117.5, 43.5), np.array([2]), np.array([1]), BILINEAR
        )
