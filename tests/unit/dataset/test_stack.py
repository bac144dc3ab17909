"""The stacks of samples: their order, their tables, the buffer and the counts."""

import time
from collections import Counter

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from affine import Affine
from geopandas.testing import assert_geodataframe_equal
from pyproj import CRS, Geod, Transformer
from small_world import FRAMES, build

from landloom.dataset import stack as dataset
from landloom.dataset.cells import CellGrid
from landloom.dataset.lattice import Lattice
from landloom.dataset.patches import CellPatches
from landloom.dataset.relief import Relief
from landloom.dataset.split import split_map
from landloom.dataset.stack import CellFiles, Stack, StackCounts, class_distribution
from landloom.errors import LandloomError
from landloom.job.geopackage import write_gpkg
from landloom.legend.legends import NLCD
from landloom.raster.pixel_grid import PixelGrid

INDEX_OF = {11: 0, 42: 1, 71: 2}
WGS84 = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return build(tmp_path_factory.mktemp("world"))


def lattice_of(frame="projected", size=2, patches=12):
    """Return a lattice of patches of 2 km and more."""
    crs, linear = FRAMES[frame]
    origin = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(-116.0, 43.0)
    transform = Affine.translation(*origin) @ linear @ Affine.scale(10)
    side = size * 2 * patches
    return Lattice(PixelGrid(CRS(crs).to_wkt(), transform, side, side), size, 2)


def cell_files(folder, name, rows, cols, kept=None, rejected=None, size=2, filled=0):
    """Write the files of a cell whose patches tell their own place."""
    rows, cols = np.array(rows, np.int32), np.array(cols, np.int32)
    kept = np.ones(len(rows), bool) if kept is None else np.array(kept, bool)
    codes = np.array([11, 42, 71], np.uint8)[(rows[:, None, None] + np.arange(size)) % 3]
    codes = np.repeat(codes, size, axis=1)
    CellPatches(rows, cols, codes, {11: 1}, rejected or {"unknown": 0}).save(folder / f"{name}.npz")
    heights = 100 * rows[kept, None, None] + cols[kept, None, None] + np.zeros((1, size, size))
    heights = heights.astype(np.float32)
    heights[:, 0, 0] = 0
    filled = np.broadcast_to(np.int32(filled), len(heights))
    Relief(kept, heights, filled).save(folder / f"{name}-relief.npz")
    return CellFiles(name, folder / f"{name}.npz", folder / f"{name}-relief.npz")


# Classes and cells


def test_the_class_distribution_sums_the_cells():
    table = class_distribution([{42: 3, 11: 2}, {42: 4, 82: 0}, {}], NLCD)
    assert table["code"].tolist() == [11, 42]
    assert table["name"].tolist() == ["Open water", "Evergreen forest"]
    assert table["count"].tolist() == [2, 7]
    assert table["percentage"].tolist() == [pytest.approx(200 / 9), pytest.approx(700 / 9)]
    assert table["index"].tolist() == [0, 1]
    assert table[["red", "green", "blue"]].values.tolist() == [[70, 107, 159], [28, 95, 44]]


def test_counts_of_a_continent_are_whole():
    table = class_distribution([{42: 2**40}, {42: 1}], NLCD)
    assert table["count"].tolist() == [2**40 + 1]


def test_no_known_class_is_an_error():
    with pytest.raises(LandloomError, match=r"dataset\.landcover\.unknown"):
        class_distribution([{}, {42: 0}], NLCD)


def test_the_split_map_covers_the_region():
    grid = CellGrid((-117.0, 42.0, -116.0, 43.0), 3)
    table = split_map(grid, {"r001c002", "r002c000"})
    assert table.crs == "EPSG:4326"
    assert table["cell"].tolist() == grid.names()
    assert table.loc[table["split"] == "test", "cell"].tolist() == ["r001c002", "r002c000"]
    assert set(table["split"]) == {"train", "test"}
    assert table[["row", "col"]].values.tolist() == [list(divmod(i, 3)) for i in range(9)]
    assert table.union_all().equals(shapely.box(*grid.region))
    assert table.area.sum() == pytest.approx(1.0)


# Stacks


def test_samples_come_by_cell_then_row_then_column(tmp_path):
    lattice = lattice_of()
    members = [
        cell_files(tmp_path, "r000c000", [4, 4, 5], [1, 2, 1], kept=[True, False, True]),
        cell_files(tmp_path, "r000c001", [], []),
        cell_files(tmp_path, "r000c002", [0, 2, 2, 3], [7, 7, 8, 6]),
    ]
    stack = Stack(members, [], lattice, 0.0)
    stack.write_array(tmp_path / "train.npy", INDEX_OF)
    stack.write_footprints(tmp_path / "train.gpkg", "train")
    places = [(4, 1), (5, 1), (0, 7), (2, 7), (2, 8), (3, 6)]
    array = np.load(tmp_path / "train.npy")
    assert array.shape == (6, 2, 2, 2)
    assert array.dtype == np.float32
    assert array[:, 1, 1, 1].tolist() == [100 * row + col for row, col in places]
    # Codes [11, 42, 71] by (row + column within the patch) % 3, as indices.
    assert array[:, 0, 0, 0].tolist() == [row % 3 for row, _ in places]
    assert array[:, 0, 1, 1].tolist() == [(row + 1) % 3 for row, _ in places]
    table = geopandas.read_file(tmp_path / "train.gpkg", layer="train")
    assert list(zip(table["row"], table["col"], strict=True)) == places
    assert table["cell"].tolist() == ["r000c000"] * 2 + ["r000c002"] * 4
    assert table.columns.tolist() == ["cell", "row", "col", "lon", "lat", "geometry"]


def test_the_array_can_be_mapped(tmp_path):
    members = [cell_files(tmp_path, "r000c000", [4, 5], [1, 1])]
    Stack(members, [], lattice_of(), 0.0).write_array(tmp_path / "train.npy", INDEX_OF)
    mapped = np.load(tmp_path / "train.npy", mmap_mode="r")
    assert mapped.flags.c_contiguous
    assert np.array_equal(mapped, np.load(tmp_path / "train.npy"))


def test_row_i_of_the_table_is_sample_i(world):
    for split in ("train", "test"):
        array = np.load(world.array(split))
        table = geopandas.read_file(world.footprints(split))
        assert len(table) == len(array) == world.counts[split].samples
        reliefs, codes = {}, {}
        for files in world.cells[split]:
            patches, relief = CellPatches.load(files.patches), Relief.load(files.relief)
            kept = list(zip(patches.rows[relief.kept], patches.cols[relief.kept], strict=True))
            reliefs |= dict(zip(kept, relief.heights, strict=True))
            codes |= dict(zip(kept, patches.codes[relief.kept], strict=True))
        index_of = {code: index for index, code in enumerate([11, 24, 42, 52, 71, 82])}
        assert len(reliefs) == len(array)
        for place, sample in zip(zip(table["row"], table["col"], strict=True), array, strict=True):
            assert np.array_equal(sample[1], reliefs[place])
            assert np.array_equal(sample[0], np.vectorize(index_of.get)(codes[place]))


@pytest.mark.parametrize("frame", FRAMES)
def test_footprints_are_the_patches_corners(tmp_path, frame):
    lattice = lattice_of(frame)
    members = [cell_files(tmp_path, "r000c000", [0, 3], [2, 11])]
    Stack(members, [], lattice, 0.0).write_footprints(tmp_path / "train.gpkg", "train")
    table = geopandas.read_file(tmp_path / "train.gpkg")
    assert table.crs == "EPSG:4326"
    to_lonlat = Transformer.from_crs(FRAMES[frame][0], "EPSG:4326", always_xy=True)
    for row, col, outline, lon, lat in zip(
        table["row"], table["col"], table.geometry, table["lon"], table["lat"], strict=True
    ):
        corners = [(col, row), (col + 1, row), (col + 1, row + 1), (col, row + 1), (col, row)]
        true = [to_lonlat.transform(*(lattice.grid.transform @ (4 * x, 4 * y))) for x, y in corners]
        assert np.allclose(shapely.get_coordinates(outline), true, rtol=0, atol=1e-12)
        centre = lattice.grid.transform @ (4 * (col + 0.5), 4 * (row + 0.5))
        assert (lon, lat) == pytest.approx(to_lonlat.transform(*centre), abs=1e-12)


@pytest.mark.parametrize("sizes", [[0, 3, 1, 0, 4, 2, 6], [5, 1, 0, 4, 6, 0]])
def test_many_samples_are_written_in_pieces(tmp_path, monkeypatch, sizes):
    lattice = lattice_of()
    members = [
        cell_files(tmp_path, f"r000c{i:03d}", [i] * n, range(n)) for i, n in enumerate(sizes)
    ]
    stack = Stack(members, [], lattice, 0.0)
    stack.write_footprints(tmp_path / "whole.gpkg", "train")
    for rows in (1, 2, 4, 6, 16):
        monkeypatch.setattr(dataset, "_ROWS_AT_ONCE", rows)
        stack.write_footprints(tmp_path / f"{rows}.gpkg", "train")
        pieces, whole = (
            geopandas.read_file(tmp_path / f"{name}.gpkg") for name in (str(rows), "whole")
        )
        assert_geodataframe_equal(pieces, whole)


def test_files_are_the_same_bytes_at_another_time(world, tmp_path):
    index_of = {code: index for index, code in enumerate([11, 24, 42, 52, 71, 82])}
    folders = [tmp_path / "early", tmp_path / "late"]
    for folder in folders:
        folder.mkdir()
        stack = Stack(world.cells["train"], [], world.lattice, 0.0)
        stack.write_array(folder / "train.npy", index_of)
        stack.write_footprints(folder / "train.gpkg", "train")
        write_gpkg(split_map(world.grid, {"r000c000"}), folder / "split.gpkg", "split")
        time.sleep(1.1 if folder == folders[0] else 0)
    for name in ("train.npy", "train.gpkg", "split.gpkg"):
        early, late = (folder / name for folder in folders)
        assert early.read_bytes() == late.read_bytes(), name


# The buffer


def outlines(lattice, places, points=9):
    """Return points along the edges of patches, lon and lat, (n, 4 * points)."""
    rows, cols = np.array(places, float).T
    along = np.arange(points) / points
    y = np.concatenate([0 * along, along, 0 * along + 1, 1 - along])
    x = np.concatenate([along, 0 * along + 1, 1 - along, 0 * along])
    return lattice.lonlat(rows[:, None] + y, cols[:, None] + x)


def nearest_metres(lattice, here, there):
    """Return the shortest way over the ground from each patch to any other, point by point."""
    (lon, lat), (lons, lats) = outlines(lattice, here), outlines(lattice, there)
    ways = np.empty((len(here), len(there)))
    for i, j in np.ndindex(ways.shape):
        one, other = np.meshgrid(np.arange(lon.shape[1]), np.arange(lons.shape[1]))
        _, _, metres = WGS84.inv(
            lon[i, one].ravel(), lat[i, one].ravel(), lons[j, other].ravel(), lats[j, other].ravel()
        )
        ways[i, j] = metres.min()
    return ways.min(axis=1)


@pytest.mark.parametrize("frame", ["projected", "geographic", "rotated"])
def test_the_buffer_leaves_out_exactly_the_nearer_patches(tmp_path, frame):
    lattice = lattice_of(frame, patches=8)
    places = [(row, col) for row in range(8) for col in range(8)]
    test = [(1, 6), (6, 2), (7, 2)]
    train = [place for place in places if place not in test]
    half = len(train) // 2
    members = [
        cell_files(tmp_path, "r000c000", *zip(*train[:half], strict=True)),
        cell_files(tmp_path, "r000c001", *zip(*train[half:], strict=True)),
    ]
    others = [cell_files(tmp_path, "r001c000", *zip(*test, strict=True))]
    metres = nearest_metres(lattice, train, test)
    for buffer in (100.0, 3000.0, 5500.0, 9000.0):
        assert (np.abs(metres - buffer) > 1).all()
        stack = Stack(members, others, lattice, buffer)
        stack.write_footprints(tmp_path / "train.gpkg", "train")
        table = geopandas.read_file(tmp_path / "train.gpkg")
        left = list(zip(table["row"], table["col"], strict=True))
        expected = [place for place, far in zip(train, metres, strict=True) if far >= buffer]
        assert 0 < len(expected) < len(train)
        assert left == expected
        assert stack.counts.buffered == len(train) - len(expected)
        assert stack.counts.samples == len(left)


def test_patches_that_elevation_dropped_need_no_distance(tmp_path):
    lattice = lattice_of(patches=8)
    members = [cell_files(tmp_path, "r000c000", [0, 0, 0], [0, 1, 2])]
    gone = [cell_files(tmp_path, "r001c000", [0], [3], kept=[False])]
    assert Stack(members, gone, lattice, 2500.0).counts.buffered == 0
    there = [cell_files(tmp_path, "r001c001", [0], [3])]
    assert Stack(members, there, lattice, 2500.0).counts.buffered == 1
    assert Stack(members, there, lattice, 0.0).counts.buffered == 0


def test_array_and_table_agree_under_a_buffer(tmp_path):
    lattice = lattice_of(patches=8)
    members = [
        cell_files(tmp_path, "r000c000", [0, 0, 0, 0], [0, 1, 2, 3], kept=[1, 0, 1, 1]),
        cell_files(tmp_path, "r000c001", [4, 5], [0, 1]),
    ]
    others = [cell_files(tmp_path, "r001c000", [0], [4])]
    stack = Stack(members, others, lattice, 2500.0)
    stack.write_array(tmp_path / "train.npy", INDEX_OF)
    stack.write_footprints(tmp_path / "train.gpkg", "train")
    table = geopandas.read_file(tmp_path / "train.gpkg")
    assert list(zip(table["row"], table["col"], strict=True)) == [(0, 0), (0, 2), (4, 0), (5, 1)]
    heights = np.load(tmp_path / "train.npy")[:, 1, 1, 1]
    assert heights.tolist() == [0.0, 2.0, 400.0, 501.0]


# Counts


def test_every_patch_is_counted_once(tmp_path):
    members = [
        cell_files(
            tmp_path,
            "r000c000",
            [0, 0, 0, 0],
            [0, 1, 2, 3],
            kept=[True, False, True, True],
            rejected={"unknown": 5, "11": 2},
        ),
        cell_files(tmp_path, "r000c001", [4], [0], rejected={"unknown": 1, "11": 0}),
    ]
    others = [cell_files(tmp_path, "r001c000", [0], [4])]
    counts = Stack(members, others, lattice_of(), 10.0).counts
    assert counts.owned == 4 + 5 + 2 + 1 + 1
    assert counts.rejected == {"unknown": 6, "11": 2}
    assert (counts.void, counts.buffered, counts.samples) == (1, 1, 3)


def test_what_was_filled_in_is_counted_of_samples_alone(tmp_path):
    members = [
        cell_files(tmp_path, "r000c000", [0, 0, 0], [0, 1, 3], filled=[2, 0, 3]),
        cell_files(tmp_path, "r000c001", [4], [0], filled=1),
    ]
    others = [cell_files(tmp_path, "r001c000", [0], [4], filled=4)]
    counts = Stack(members, [], lattice_of(), 0.0).counts
    assert (counts.filled, counts.filled_pixels) == (3, 6)
    counts = Stack(members, others, lattice_of(), 10.0).counts
    assert (counts.buffered, counts.filled, counts.filled_pixels) == (1, 2, 3)


def test_the_counts_of_a_world_add_up(world):
    reasons = Counter()
    for split, counts in world.counts.items():
        assert counts.owned == (
            sum(counts.rejected.values()) + counts.void + counts.buffered + counts.samples
        )
        assert counts.samples == pyogrio.read_info(world.footprints(split))["features"]
        reasons.update(counts.rejected)
        owned = [world.lattice.owned(world.grid.cell(f.cell))[0].size for f in world.cells[split]]
        assert counts.owned == sum(owned)
    assert reasons["unknown"] > 0
    assert reasons["11"] > 0


@pytest.mark.parametrize(
    ("kept", "rejected", "buffer", "words"),
    [
        ([True, True], None, 3000.0, ["2 patches", "2 for the buffer"]),
        ([], {"unknown": 7, "11": 3}, 0.0, ["10 patches", "7 for unknown", "3 for code 11"]),
        ([], None, 0.0, ["none has its centre in its cells"]),
        (
            [False, True],
            {"unknown": 1, "11": 0},
            3000.0,
            ["3 patches", "1 for unknown", "1 for void elevation", "1 for the buffer"],
        ),
    ],
)
def test_no_sample_left_tells_what_became_of_them(tmp_path, kept, rejected, buffer, words):
    places = range(len(kept))
    members = [cell_files(tmp_path, "r000c000", [0] * len(kept), places, kept, rejected)]
    others = [cell_files(tmp_path, "r001c000", [1], [0])]
    with pytest.raises(LandloomError) as failure:
        Stack(members, others, lattice_of(), buffer)
    message = str(failure.value)
    assert "\n" not in message
    assert all(word in message for word in words), message
    assert "change dataset.grid.seed" in message
    for absent in {"for void elevation", "for the buffer", "for 11"}:
        assert (absent in message) == any(absent in word for word in words)


def test_elevation_of_another_place_is_told_as_such(tmp_path):
    members = [cell_files(tmp_path, "r000c000", [0, 0], range(2), [False, False], None)]
    with pytest.raises(LandloomError) as failure:
        Stack(members, [], lattice_of(), 0.0)
    assert "elevation is void in 2 of its 2 patches" in str(failure.value)
    assert "dataset.elevation.source" in str(failure.value)


@pytest.mark.parametrize(
    ("counts", "said", "unsaid"),
    [
        ((0, {"unknown": 0}, 0, 0), ["train: none has", "dataset.grid.seed"], ["reject", "buffer"]),
        (
            (9, {"unknown": 0, "11": 0}, 0, 9),
            ["is left in train: of its 9", "9 for the buffer", "lower dataset.grid.buffer_km"],
            ["unknown", "reject", "max_nodata"],
        ),
        (
            (9, {"unknown": 4, "11": 5}, 0, 0),
            ["4 for unknown or void", "5 for code 11", "raise 11 in dataset.landcover.reject"],
            ["buffer", "max_nodata"],
        ),
        ((9, {"unknown": 0}, 9, 0), ["void in 9 of its 9", "max_nodata"], ["buffer", "reject"]),
    ],
)  # fmt: skip
def test_an_empty_split_is_told_with_the_remedies_that_can_help(counts, said, unsaid):
    message = dataset._nothing_left(StackCounts(*counts, 0), "train")
    assert all(words in message for words in said)
    assert not any(words in message for words in unsaid)


def test_a_buffer_that_leaves_little_is_told():
    assert StackCounts(10, {}, 0, 5, 5).loss(2.0) is None
    told = StackCounts(730, {}, 0, 727, 3).loss(1.5)
    assert told.startswith(
        "dataset.grid.buffer_km: the buffer of 1.5 km leaves 3 of 730 patches (0.4 %)"
    )
