"""The pictures of a dataset: what they show is what the files hold."""

from __future__ import annotations

import io
from pathlib import Path

import geopandas
import matplotlib
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import to_rgba
from PIL import Image
from pyproj import CRS, Transformer

from landloom.dataset.cells import CellGrid
from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.lattice import Lattice
from landloom.dataset.stack_view import StackView
from landloom.figures.dataset import (
    Cells,
    class_shares,
    classes_figure,
    outline,
    places_figure,
    split_figure,
    view,
)
from landloom.figures.elevation import Heights, levels, mosaic_figure, read_mosaic
from landloom.figures.patches import (
    Palette,
    Sheet,
    joined,
    neighbours,
    patches_figure,
    relief_figure,
    singles,
)
from landloom.figures.shading import LEVEL, shade
from landloom.figures.style import (
    SPLIT_COLORS,
    class_legend,
    lonlat_axes,
    new_figure,
    place_name,
    round_length,
    save_png,
    styled,
)
from landloom.job.geopackage import write_gpkg
from landloom.raster.pixel_grid import PixelGrid

ALBERS = CRS.from_epsg(5070).to_wkt()
IDAHO = Affine(30, 0, -1_622_415, 0, -30, 2_460_105)
LATTICE = Lattice(PixelGrid(ALBERS, IDAHO, 3000, 3000), 6, 2)
METRES = (360.0, 360.0)
CLASSES = pd.DataFrame(
    {
        "code": [11, 42, 71],
        "name": ["Open water", "Evergreen forest", "Grassland/herbaceous"],
        "red": [70, 28, 223],
        "green": [107, 95, 223],
        "blue": [159, 44, 194],
        "index": [0, 1, 2],
    }
)
PALETTE = Palette.of(CLASSES)
REGION = (10.0, 50.0, 11.0, 51.0)
FAR = np.array([[-50.0, 0.0], [80.0, 0.0], [80.0, 80.0], [-50.0, 80.0]])


def info(transform: Affine, width: int, height: int, crs: str = ALBERS) -> LandcoverInfo:
    return LandcoverInfo(
        "raster.tif", PixelGrid(crs, transform, width, height), (30, 30),
        "uint8", None, [], REGION, 1.0, METRES, 1, 0,
    )  # fmt: skip


@pytest.fixture
def cells() -> Cells:
    grid = CellGrid(REGION, 3)
    bounds = np.array([grid.cell(name).bounds for name in grid.names()])
    return Cells(bounds, ["test" if i in (1, 5) else "train" for i in range(9)], [2] * 8 + [0])


@pytest.fixture
def train(tmp_path: Path) -> StackView:
    """A stack of 5 x 4 patches of which one is missing; classes and heights differ by patch."""
    rows, cols = (axis.ravel()[1:] for axis in np.mgrid[20:25, 30:34])
    array = np.zeros((len(rows), 2, 6, 6), np.float32)
    array[:, 0] = (np.arange(len(rows)) % 3)[:, None, None]
    array[:, 1] = np.arange(36).reshape(6, 6) * (1 + np.arange(len(rows)))[:, None, None]
    np.save(tmp_path / "train.npy", array)
    boxes = shapely.box(cols, rows, cols + 1, rows + 1)
    cell = np.where(rows < 22, "r000c000", "r000c001")
    frame = geopandas.GeoDataFrame(
        {"cell": cell, "row": rows, "col": cols}, geometry=boxes, crs="EPSG:4326"
    )
    write_gpkg(frame, tmp_path / "train.gpkg", "train")
    return StackView("train", tmp_path / "train.gpkg", tmp_path / "train.npy")


def pixels(figure) -> np.ndarray:
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return np.asarray(Image.open(file).convert("RGB"))


class TestStyle:
    def test_the_same_figure_has_the_same_bytes_whatever_the_user_prefers(self, tmp_path):
        def draw(name):
            with styled():
                figure = new_figure(3, 2)
                axes = figure.subplots()
                lonlat_axes(axes, REGION)
                axes.set_title("A title")
                class_legend(figure, ["one", "two"], ["red", "#123456"])
            save_png(figure, tmp_path / name)
            return (tmp_path / name).read_bytes()

        first = draw("first.png")
        with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "red", "savefig.dpi": 50}):
            assert draw("second.png") == first
        picture = Image.open(io.BytesIO(first))
        assert picture.info["dpi"] == pytest.approx((150, 150), abs=0.1)
        assert not {"Software", "Creation Time"} & picture.info.keys()

    @pytest.mark.parametrize("rows", [1, 4])
    def test_a_world_that_is_none_stands_below_all_else(self, tmp_path, rows):
        with styled():
            figure = new_figure(5, 3)
            figure.subplots().set_xlabel("label")
            class_legend(figure, [f"a rather long name, {n}" for n in range(2 * rows)], "rb" * rows)
        save_png(figure, tmp_path / "named.png", "Synthetic world")
        picture = np.asarray(Image.open(tmp_path / "named.png").convert("RGB")).astype(int)
        inked = np.flatnonzero((picture < 200).any(axis=(1, 2)))
        lowest = inked[np.flatnonzero(np.diff(inked, prepend=0) > 1)[-1] :]
        colored = np.flatnonzero((np.abs(picture[..., 0] - picture[..., 2]) > 100).any(axis=1))
        assert colored.max() < lowest[0]

    def test_drawing_leaves_the_settings_alone(self, cells):
        before = dict(matplotlib.rcParams)
        split_figure(cells, FAR)
        assert dict(matplotlib.rcParams) == before

    @pytest.mark.parametrize(
        ("degrees", "positive", "names"),
        [
            ([-116.5, -116.25], "E", ["116.50° W", "116.25° W"]),
            ([-1, 0, 1], "N", ["1° S", "0°", "1° N"]),
            ([179.5, 180], "E", ["179.5° E", "180.0° E"]),
            ([10.15], "E", ["10.15° E"]),
        ],
    )
    def test_degrees_are_written_with_the_decimals_they_need(self, degrees, positive, names):
        assert place_name(degrees, positive) == names

    @pytest.mark.parametrize(
        ("limit", "length"), [(1, 1), (1.9, 1), (49, 20), (50, 50), (0.7, 0.5), (9999, 5000)]
    )
    def test_scale_bars_have_round_lengths(self, limit, length):
        assert round_length(limit) == pytest.approx(length)

    def test_a_kilometre_is_as_long_in_both_directions(self):
        figure = new_figure(4, 4)
        axes = figure.subplots()
        lonlat_axes(axes, (10, 59, 12, 61))
        figure.canvas.draw()
        (x0, y0), (x1, y1) = axes.transData.transform([(10, 59), (11, 60)])
        assert (x1 - x0) / (y1 - y0) == pytest.approx(np.cos(np.radians(60)))

    def test_a_long_name_does_not_leave_the_legend(self):
        figure = new_figure(4, 2)
        class_legend(figure, ["x" * 300], ["red"])
        figure.canvas.draw()
        box = figure.legends[0].get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1


class TestPlacesOfHoles:
    def test_the_legend_tells_why_there_are_holes(self, cells):
        lon, lat = np.array([[10.1, 10.2, 10.2, 10.1]]), np.array([[50.1, 50.1, 50.2, 50.2]])
        corners = {"train": (lon, lat), "test": (lon[:0], lat[:0])}
        train = {"rejected": {"unknown": 2, "11": 5}, "void": 1, "buffered": 0}
        test = {"rejected": {"unknown": 1, "11": 0}, "void": 0, "buffered": 0}
        (legend,) = places_figure(cells, corners, [train, test]).legends
        assert legend.get_texts()[-1].get_text() == (
            "white: 9 patches left out\n"
            "(3 unknown pixels, 5 too much of class 11, 1 void elevation)"
        )
        none = {"rejected": {}, "void": 0, "buffered": 0}
        (legend,) = places_figure(cells, corners, [none]).legends
        assert len(legend.get_texts()) == 2


class TestSplit:
    def test_a_raster_that_reaches_far_leaves_the_cells_their_room(self, cells):
        edge = np.array([[9.8, 49.8], [11.2, 49.8], [11.2, 51.2], [9.8, 51.2], [9.8, 49.8]])
        axes = split_figure(cells, edge).axes[0]
        assert np.ptp(axes.get_xlim()) < 1.2
        assert np.ptp(axes.get_ylim()) < 1.2

    def test_the_boxes_are_the_cells_in_the_colour_of_their_split(self, cells):
        axes = split_figure(cells, FAR).axes[0]
        drawn = {}
        for boxes in axes.collections:
            assert isinstance(boxes, PolyCollection)
            for path, color in zip(boxes.get_paths(), boxes.get_facecolors(), strict=True):
                low, high = path.vertices.min(axis=0), path.vertices.max(axis=0)
                drawn[*low, *high] = (tuple(color), boxes.get_hatch() is not None)
        expected = {
            tuple(bounds): (to_rgba(SPLIT_COLORS[split], 0.35 if count == 0 else 1), count == 0)
            for bounds, split, count in zip(cells.bounds, cells.splits, cells.samples, strict=True)
        }
        assert drawn == expected

    def test_the_legend_counts(self, cells):
        figure = split_figure(cells, FAR)
        labels = [text.get_text() for text in figure.legends[0].get_texts()]
        assert labels == [
            "train: 7 cells, 12 samples",
            "test: 2 cells, 4 samples",
            "cells without samples: 1",
            "edge of the land cover: beyond this map",
        ]

    def test_cells_are_counted_in_the_stacks(self, train):
        grid = CellGrid(REGION, 2)
        names = grid.names()
        boxes = [shapely.box(*grid.cell(name).bounds) for name in names]
        split = geopandas.GeoDataFrame(
            {"cell": names, "split": "train"}, geometry=boxes, crs="EPSG:4326"
        )
        assert Cells.of(split, [train]).samples == [7, 12, 0, 0]
        assert Cells.of(split, []).region == REGION

    def test_the_outline_bends_as_the_projection_does(self):
        raster = info(IDAHO, 5000, 4000)
        edge = outline(raster, points=30)
        to_albers = Transformer.from_crs("EPSG:4326", "EPSG:5070", always_xy=True)
        x, y = to_albers.transform(*edge.T)
        col, row = (x - IDAHO.c) / 30, (y - IDAHO.f) / -30
        on_edge = np.isclose(col % 5000, 0, atol=1e-3) | np.isclose(row % 4000, 0, atol=1e-3)
        near = [np.abs(col), np.abs(col - 5000), np.abs(row), np.abs(row - 4000)]
        assert on_edge.all() or (np.min(near, axis=0) < 1e-2).all()
        np.testing.assert_allclose(edge[0], edge[-1])

    def test_no_line_crosses_the_map_where_the_outline_crosses_the_180th_meridian(self):
        alaska = CRS.from_epsg(3338).to_wkt()
        edge = outline(info(Affine(3000, 0, -2.2e6, 0, -3000, 2.4e6), 1200, 700, alaska))
        jumps = np.abs(np.diff(edge[:, 0]))
        assert np.isnan(edge).any()
        assert np.nanmax(jumps) < 180

    def test_a_map_shows_the_raster_unless_the_region_would_be_lost_on_it(self):
        near = np.array([[9.9, 49.9], [11.2, 51.2]])
        west, south, east, north = view(REGION, near)
        assert west < 9.9
        assert south < 49.9
        assert east > 11.2
        assert north > 51.2
        west, south, east, north = view(REGION, FAR)
        assert 0 < 10 - west < 0.2
        assert 0 < north - 51 < 0.2


class TestPlaces:
    def test_footprints_are_drawn_where_they_are(self, cells):
        lon, lat = np.random.default_rng(2).random((2, 5, 4)) + np.array([10, 50])[:, None, None]
        axes = places_figure(cells, {"train": (lon[:3], lat[:3]), "test": (lon[3:], lat[3:])}).axes[
            0
        ]
        for split, rows in (("train", slice(0, 3)), ("test", slice(3, 5))):
            drawn = next(found for found in axes.collections if found.get_label() == split)
            assert tuple(drawn.get_facecolor()[0]) == to_rgba(SPLIT_COLORS[split])
            corners = np.array([path.vertices[:4] for path in drawn.get_paths()])
            np.testing.assert_allclose(corners, np.stack([lon[rows], lat[rows]], axis=-1))

    def test_a_crowd_leaves_no_gaps(self, cells):
        """Where footprints are too many to be drawn, dots cover the ground as they do."""
        side = 160
        row, col = np.mgrid[:side, :side].reshape(2, -1) / side
        lon = 10 + col[:, None] + np.array([0, 1, 1, 0]) / side
        lat = 50 + row[:, None] + np.array([0, 0, 1, 1]) / side
        figure = places_figure(cells, {"train": (lon, lat), "test": (lon[:0], lat[:0])})
        axes = figure.axes[0]
        assert any(isinstance(found, PathCollection) for found in axes.collections)
        image = pixels(figure)
        (x0, y0), (x1, y1) = axes.transData.transform([(10.05, 50.05), (10.3, 50.3)])
        height = image.shape[0]
        inside = image[height - int(y1) : height - int(y0), int(x0) : int(x1)].astype(int)
        blue = np.array([0, 0x72, 0xB2])
        assert (np.abs(inside - blue).max(axis=-1) < 60).mean() > 0.95


class TestClasses:
    def test_every_bar_is_as_long_as_its_share(self):
        shares = {"11 Open water": (1, 2, 3), "42 Evergreen forest": (60, 70, 50)}
        shares |= {"71 Grassland/herbaceous": (39, 28, 47)}
        names = ("region", "train", "test")
        certificate = {
            "class_shares_percent": {
                key: dict(zip(names, values, strict=True)) for key, values in shares.items()
            }
        }
        figure = classes_figure(CLASSES, class_shares(CLASSES, certificate))
        axes = figure.axes[0]
        for name, bars in zip(names, axes.containers, strict=True):
            assert bars.get_label() == name
            widths = [bar.get_width() for bar in bars]
            place = names.index(name)
            assert widths == sorted((values[place] for values in shares.values()), reverse=True)
        labels = [label.get_text() for label in axes.get_yticklabels()]
        assert labels == ["Evergreen forest  42", "Grassland/herbaceous  71", "Open water  11"]
        swatches = [
            tuple(np.round(np.array(patch.get_facecolor()[:3]) * 255))
            for patch in axes.patches[-3:]
        ]
        assert swatches == [(28, 95, 44), (223, 223, 194), (70, 107, 159)]

    def test_one_class_and_none_in_a_split(self):
        shares = pd.DataFrame({"region": [100.0], "train": [0.001], "test": [0.0]})
        texts = [text.get_text() for text in classes_figure(CLASSES[:1], shares).axes[0].texts]
        assert texts == ["100.0", "< 0.01", "0"]


class TestPatches:
    def test_a_view_reads_the_rows_it_is_asked_for(self, train):
        classes, heights = train.samples(np.array([[3, 1], [0, 18]]), step=2)
        assert classes.shape == heights.shape == (2, 2, 3, 3)
        assert classes[:, :, 0, 0].tolist() == [[0, 1], [0, 0]]
        assert heights[1, 1].tolist() == (19 * np.arange(36).reshape(6, 6)[::2, ::2]).tolist()

    def test_neighbours_side_by_side_are_neighbours_on_the_lattice(self, train):
        sheet = neighbours(train, 3, seed=1)
        assert sheet.shape == (3, 3)
        assert sheet.adjacent
        assert (np.diff(sheet.places[..., 0], axis=0) == 1).all()
        assert (np.diff(sheet.places[..., 1], axis=1) == 1).all()
        rows, cols = train.places()
        for place in np.ndindex(3, 3):
            [sample] = np.flatnonzero(
                (rows == sheet.places[place][0]) & (cols == sheet.places[place][1])
            )
            assert (sheet.classes[place] == sample % 3).all()

    def test_the_pixels_are_the_legends_colours(self, train):
        sheet = neighbours(train, 3, seed=1)
        panel = patches_figure(sheet, PALETTE, LATTICE, METRES, "train").axes[0]
        image = panel.images[0].get_array()
        assert image.shape == (18, 18, 3)
        for row, col in np.ndindex(3, 3):
            block = image[6 * row : 6 * row + 6, 6 * col : 6 * col + 6]
            assert (block == PALETTE.colors[sheet.classes[row, col]]).all()

    def test_the_ticks_are_where_the_coordinates_are(self, train):
        sheet = neighbours(train, 3, seed=1)
        figure = patches_figure(sheet, PALETTE, LATTICE, METRES, "train")
        panel = figure.axes[0]
        top, first = sheet.places[0, 0]
        ticks = panel.get_xticks()
        assert len(ticks) > 0
        for tick, label in zip(ticks, panel.get_xticklabels(), strict=True):
            lon, _ = LATTICE.lonlat(top + 3, first + (tick + 0.5) / 6)
            assert float(lon) == pytest.approx(-float(label.get_text().split("°")[0]), abs=1e-4)

    def test_absolute_heights_stand_beside_stored_ones(self, train):
        sheet = neighbours(train, 2, seed=0)
        lowest = np.arange(sheet.shape[0] * sheet.shape[1], dtype=np.float32) * 100
        lowest = lowest.reshape(sheet.shape)
        lowest[0, 0] = np.nan
        figure = patches_figure(sheet, PALETTE, LATTICE, METRES, "train", lowest)
        shown = {axes.get_title("left"): axes.images for axes in figure.axes if axes.images}
        (image,) = shown["absolute elevation"]
        drawn = np.ma.filled(image.get_array(), np.nan)
        assert np.isnan(drawn[:6, :6]).all()
        np.testing.assert_allclose(drawn[6:, 6:], sheet.heights[1, 1] + lowest[1, 1])
        assert "hillshade" in shown
        assert "elevation as stored" in shown

    def test_samples_without_neighbours_are_set_apart(self, tmp_path):
        rows = np.array([0, 2, 4, 9])
        frame = geopandas.GeoDataFrame(
            {"cell": "r000c000", "row": rows, "col": rows},
            geometry=shapely.box(rows, rows, rows + 1, rows + 1),
            crs="EPSG:4326",
        )
        write_gpkg(frame, tmp_path / "test.gpkg", "test")
        np.save(tmp_path / "test.npy", np.zeros((4, 2, 6, 6), np.float32))
        sheet = neighbours(StackView("test", tmp_path / "test.gpkg", tmp_path / "test.npy"), 3, 0)
        assert not sheet.adjacent
        assert len({tuple(place) for place in sheet.places.reshape(-1, 2)}) == sheet.places.size / 2
        figure = patches_figure(sheet, PALETTE, LATTICE, METRES, "test")
        image = figure.axes[0].images[0].get_array()
        assert image.shape[1] > 6 * sheet.shape[1]
        assert "no two are neighbours" in figure.get_suptitle()

    def test_joined_patches_keep_their_order(self):
        patches = np.arange(24).reshape(2, 3, 2, 2)
        image = joined(patches, gap=1, void=-1)
        assert image.shape == (5, 8)
        assert image[3:, 3:5].tolist() == patches[1, 1].tolist()
        assert (image[2] == -1).all()

    @pytest.mark.parametrize("count", [1, 3, 50])
    def test_relief_comes_in_pairs(self, train, count):
        sheet = singles(train, count, seed=3)
        assert sheet.shape == (1, min(count, 19))
        if count > 3:
            return
        figure = relief_figure(sheet, PALETTE, LATTICE, METRES)
        for number in range(count):
            upper, lower = figure.axes[number], figure.axes[number + count]
            colors = PALETTE.colors[sheet.classes[0, number]]
            assert (upper.images[0].get_array() == colors).all()
            assert (lower.images[0].get_array() == sheet.heights[0, number]).all()
            assert upper.collections  # contours

    @pytest.mark.parametrize("shape", [(1, 1), (1, 8), (8, 1), (8, 8)])
    @pytest.mark.parametrize("size", [2, 40])
    @pytest.mark.filterwarnings("error")
    def test_any_layout_of_level_ground_can_be_drawn(self, shape, size):
        classes = np.zeros((*shape, size, size), np.int32)
        places = np.stack(np.mgrid[: shape[0], : shape[1]], axis=-1)
        sheet = Sheet(classes, classes.astype(np.float32), places, True)
        figure = patches_figure(sheet, PALETTE, LATTICE, METRES, "test")
        figure.draw_without_rendering()
        relief_figure(
            Sheet(classes[:1], sheet.heights[:1], places[:1], False), PALETTE, LATTICE, METRES
        ).draw_without_rendering()


class TestLight:
    def test_level_ground_has_the_light_of_level_ground(self):
        np.testing.assert_allclose(shade(np.zeros((2, 5, 5)), (30, 30)), LEVEL)

    def test_slopes_towards_the_upper_left_are_bright_and_those_away_dark(self):
        rise = np.add.outer(np.arange(6.0), np.arange(6.0)) * 20
        assert shade(rise, (30, 30)).min() > LEVEL > shade(-rise, (30, 30)).max()

    def test_it_does_not_matter_from_where_heights_count(self):
        heights = np.random.default_rng(1).random((2, 6, 6)).astype(np.float32) * 64
        lifted = heights + np.array([0, 512], np.float32)[:, None, None]
        np.testing.assert_allclose(shade(heights, (30, 30)), shade(lifted, (30, 30)), atol=1e-3)


class TestMosaic:
    @staticmethod
    def write(path, metres, crs, transform, **options):
        rows, cols = metres.shape
        with rasterio.open(
            path, "w", driver="GTiff", width=cols, height=rows, count=1, dtype=metres.dtype,
            crs=crs, transform=transform, **options,
        ) as raster:  # fmt: skip
            raster.write(metres, 1)
        return str(path)

    def test_a_large_mosaic_is_thinned_out(self, tmp_path):
        metres = np.arange(400 * 300).reshape(400, 300).astype(np.float32)
        transform = Affine(0.01, 0, 10, 0, -0.01, 50)
        path = self.write(tmp_path / "m.tif", metres, "EPSG:4326", transform)
        heights = read_mosaic(path, most=100)
        assert heights.metres.shape == (100, 75)
        assert heights.bounds == pytest.approx((10, 46, 13, 50))
        expected = metres.reshape(100, 4, 75, 4).mean(axis=(1, 3))
        np.testing.assert_allclose(heights.metres, expected, rtol=1e-5)

    @pytest.mark.parametrize("up", [1, -1], ids=["bottom-up", "north up"])
    def test_any_crs_is_shown_in_degrees(self, tmp_path, up):
        to_lonlat = Transformer.from_crs("EPSG:32633", "EPSG:4326", always_xy=True)
        transform = Affine(100, 0, 500_000, 0, 100 * up, 5_600_000)
        col, row = np.meshgrid(np.arange(80) + 0.5, np.arange(60) + 0.5)
        lon, lat = to_lonlat.transform(500_000 + 100 * col, 5_600_000 + 100 * up * row)
        plane = (1000 * (lat - 50) + 300 * (lon - 15)).astype(np.float32)
        path = self.write(tmp_path / "m.tif", plane, "EPSG:32633", transform)
        heights = read_mosaic(path)
        west, south, east, north = heights.bounds
        rows, cols = heights.metres.shape
        x = west + (east - west) * (np.arange(cols) + 0.5) / cols
        y = north - (north - south) * (np.arange(rows) + 0.5) / rows
        expected = 1000 * (y[:, None] - 50) + 300 * (x[None] - 15)
        known = np.isfinite(heights.metres)
        assert known.mean() > 0.9
        np.testing.assert_allclose(heights.metres[known], expected[known], atol=1.5)

    def test_the_slope_is_that_of_the_ground(self):
        """At 60 degrees north a degree of longitude is half as long as one of latitude."""
        rows, cols = np.mgrid[:20, :20].astype(np.float32)
        bounds = (10.0, 59.95, 10.2, 60.05)
        across = 111_195 * 0.01 * np.cos(np.radians(60))
        east = Heights(cols * np.float32(across), bounds).slope
        np.testing.assert_allclose(east, 45, atol=0.1)
        north = Heights(rows * np.float32(111_195 * 0.005), bounds).slope
        np.testing.assert_allclose(north, 45, atol=0.01)

    def test_voids_stay_void(self, tmp_path):
        metres = np.full((20, 20), 100, np.int16)
        metres[:, 10:] = -32768
        transform = Affine(0.01, 0, 10, 0, -0.01, 50)
        path = self.write(tmp_path / "m.tif", metres, "EPSG:4326", transform, nodata=-32768)
        heights = read_mosaic(path)
        assert np.isnan(heights.metres[:, 10:]).all()
        assert (heights.metres[:, :10] == 100).all()
        labels = [text.get_text() for text in mosaic_figure(heights, REGION).legends[0].get_texts()]
        assert labels == ["region", "void"]

    @pytest.mark.filterwarnings("error")
    @pytest.mark.parametrize("bounds", [(10, 50, 30, 50.5), (10, 60, 10.2, 70), (10, 80, 20, 84)])
    @pytest.mark.parametrize("height", [np.nan, 0.0])
    def test_any_shape_of_void_and_level_ground_can_be_drawn(self, bounds, height):
        heights = Heights(np.full((12, 12), height, np.float32), bounds)
        mosaic_figure(heights, bounds).draw_without_rendering()
        mosaic_figure(heights, bounds, heights).draw_without_rendering()

    @pytest.mark.parametrize("bounds", [(10, 50, 30, 50.5), (10, 50, 12, 52), (10, 60, 10.2, 60.5)])
    def test_bars_of_colours_are_as_high_as_their_maps(self, bounds):
        rise = np.add.outer(np.arange(20.0), np.arange(20.0)).astype(np.float32)
        figure = mosaic_figure(Heights(rise, bounds), bounds, Heights(rise, bounds))
        figure.draw_without_rendering()
        maps = [axes for axes in figure.axes if axes.images]
        assert len(maps) == 3
        for axes in maps:
            (bar,) = axes.child_axes
            map_box, bar_box = axes.get_window_extent(), bar.get_window_extent()
            assert (bar_box.y0, bar_box.y1) == pytest.approx((map_box.y0, map_box.y1), abs=0.5)

    def test_a_part_is_read_with_a_margin_and_more_finely(self, tmp_path):
        metres = np.arange(400 * 300, dtype=np.float32).reshape(400, 300)
        transform = Affine(0.01, 0, 10, 0, -0.01, 50)
        path = self.write(tmp_path / "m.tif", metres, "EPSG:4326", transform)
        part = read_mosaic(path, most=1000, within=(11.0, 48.0, 12.0, 49.0))
        assert part.bounds == pytest.approx((10.95, 47.95, 12.05, 49.05))
        assert (part.metres == metres[95:205, 95:205]).all()
        assert read_mosaic(path, within=(20.0, 48.0, 21.0, 49.0)).metres.shape == (400, 300)

    def test_the_region_is_drawn_with_a_hillshade(self):
        bounds = (10.0, 59.95, 10.2, 60.05)
        rise = np.add.outer(np.arange(20.0), np.arange(20.0)).astype(np.float32) * 400
        rise[0, 0] = np.nan
        figure = mosaic_figure(Heights(rise, bounds), bounds, Heights(rise, bounds))
        near = next(axes for axes in figure.axes if "hillshade" in axes.get_title("left"))
        heights, shadow = near.images
        assert (heights.get_array().filled(-1)[1:] == rise[1:]).all()
        dark = shadow.get_array()[..., 3]
        assert dark[0, 0] == 0
        assert dark[5:, 5:].max() < 0.6 * (1 - LEVEL)  # it rises away from the light

    def test_the_level_of_patches_is_found_whatever_the_raster(self, tmp_path):
        rows, cols = np.mgrid[4:6, 7:9]
        places = np.stack([rows, cols], axis=-1)
        along = (np.arange(6) + 0.5) / 6
        lon, lat = LATTICE.lonlat(
            *np.broadcast_arrays(
                rows[..., None, None] + along[:, None], cols[..., None, None] + along
            )
        )
        absolute = (2000 + 5000 * (lat - lat.min()) + 3000 * (lon - lon.min())).astype(np.float32)
        stored = absolute - absolute.min(axis=(-2, -1), keepdims=True)
        sheet = Sheet(np.zeros(stored.shape, np.int32), stored, places, True)
        west, north = lon.min() - 0.01, lat.max() + 0.01
        step = (lon.max() - west + 0.01) / 400
        x, y = west + step * (np.arange(400) + 0.5), north - step * (np.arange(400) + 0.5)
        plane = 2000 + 5000 * (y[:, None] - lat.min()) + 3000 * (x - lon.min())
        transform = Affine(step, 0, west, 0, -step, north)
        path = self.write(tmp_path / "m.tif", plane.astype(np.float32), "EPSG:4326", transform)
        found = levels(path, sheet, LATTICE)
        np.testing.assert_allclose(found, absolute.min(axis=(-2, -1)), atol=5000 * step)
        void = np.full((4, 4), -1, np.int16)
        nowhere = self.write(tmp_path / "v.tif", void, "EPSG:4326", transform, nodata=-1)
        assert np.isnan(levels(nowhere, sheet, LATTICE)).all()
