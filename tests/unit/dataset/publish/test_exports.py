"""Chips, shards and the Zarr store: they hold the samples, and are the same whenever made."""

from __future__ import annotations

import io
import json
import tarfile
import time
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rasterio
import zarr
from published import CLASSES, LATTICE, PLACES, SIZE, Made, cells_of, make
from pyproj import CRS, Transformer
from rasterio.enums import ColorInterp
from zarr.storage import ZipStore

from landloom.dataset.publish import shards
from landloom.dataset.publish.archives import new_archive
from landloom.dataset.publish.chips import ChipMaker
from landloom.dataset.publish.samples import Samples, label_type
from landloom.dataset.publish.shards import samples_of_a_shard, write_shards
from landloom.dataset.publish.zarr_archive import write_zarr


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("made"))


def samples_of(made: Made) -> list[Samples]:
    return [Samples.of(view, len(CLASSES)) for view in made.views]


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be another day for what looks at the clock."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 10**6)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


class TestChips:
    def write(self, made: Made, folder: Path) -> Path:
        folder.mkdir(exist_ok=True)
        with new_archive(folder / "chips.zip") as archive:
            for samples in samples_of(made):
                ChipMaker(LATTICE, CLASSES).write(archive, samples)
        return folder

    def unpacked(self, folder: Path) -> Path:
        with zipfile.ZipFile(folder / "chips.zip") as archive:
            archive.extractall(folder / "chips")
        return folder / "chips"

    def test_they_hold_the_samples_where_they_lie(self, made: Made, tmp_path: Path) -> None:
        folder = self.unpacked(self.write(made, tmp_path))
        assert len(contents(folder)) == 2 * 8
        for split, places in PLACES.items():
            for i, ((row, col), cell) in enumerate(zip(places, cells_of(places), strict=True)):
                name = f"{cell}_{row}_{col}.tif"
                with rasterio.open(folder / split / "landcover" / name) as chip:
                    np.testing.assert_array_equal(chip.read(1), made.labels[split][i])
                    assert chip.dtypes == ("uint8",)
                    self.lies_right(chip, row, col)
                    assert chip.tags()["sample"] == str(i)
                    assert chip.tags()["cell"] == cell
                with rasterio.open(folder / split / "elevation" / name) as chip:
                    np.testing.assert_array_equal(chip.read(1), made.heights[split][i])
                    assert chip.dtypes == ("float32",)
                    self.lies_right(chip, row, col)
                    assert (chip.units, chip.nodata) == (("metre",), None)
                    assert chip.descriptions == ("elevation above the lowest pixel",)

    def lies_right(self, chip: Any, row: int, col: int) -> None:
        """A pixel of the chip has the place of its source pixels, by their own raster."""
        assert CRS(chip.crs.to_wkt()) == CRS.from_epsg(5070)
        step = SIZE * 2
        left, top = LATTICE.grid.transform @ (col * step, row * step)
        right, bottom = LATTICE.grid.transform @ ((col + 1) * step, (row + 1) * step)
        assert tuple(chip.bounds) == pytest.approx((left, bottom, right, top), abs=1e-6)
        assert chip.shape == (SIZE, SIZE)

    def test_land_cover_shows_its_colours_and_names_its_classes(
        self, made: Made, tmp_path: Path
    ) -> None:
        folder = self.unpacked(self.write(made, tmp_path))
        path = next((folder / "train/landcover").iterdir())
        with rasterio.open(path) as chip:
            assert chip.colorinterp == (ColorInterp.palette,)
            palette = chip.colormap(1)
            assert [palette[i][:3] for i in range(3)] == [
                (70, 107, 159),
                (28, 95, 44),
                (223, 223, 194),
            ]
            assert chip.nodata == 255
            assert chip.tags(1)["class_1"] == "42 Evergreen | forest"

    def test_more_classes_than_a_byte_tells_take_two(self, tmp_path: Path) -> None:
        assert (label_type(255), label_type(256)) == (np.uint8, np.uint16)
        labels = {split: np.full((1, SIZE, SIZE), 299) for split in PLACES}
        made = make(tmp_path, {"train": [(1, 1)], "test": [(1, 2)]}, labels)
        samples = Samples.of(made.views[0], 300)
        many = pd.concat([CLASSES.iloc[:1].assign(index=i, code=i) for i in range(300)])
        with new_archive(tmp_path / "chips.zip") as archive:
            ChipMaker(LATTICE, many).write(archive, samples)
        (path,) = (self.unpacked(tmp_path) / "train/landcover").iterdir()
        with rasterio.open(path) as chip:
            assert (chip.read(1) == 299).all()
            assert chip.nodata == 65535

    def test_they_are_the_same_on_another_day(
        self, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = contents(self.write(made, tmp_path / "a"))
        later(monkeypatch)
        assert contents(self.write(made, tmp_path / "b")) == first


def read_shards(folder: Path, split: str) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """Read shards as WebDataset does: what has one name up to its first dot is a sample."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for path in sorted(folder.glob(f"{split}-*.tar")):
        with tarfile.open(path) as tar:
            for member in tar:
                key, _, kind = member.name.partition(".")
                content = tar.extractfile(member).read()  # type: ignore[union-attr]
                found[key][kind] = (
                    json.loads(content) if kind == "json" else np.load(io.BytesIO(content))
                )
    return list(found), found


class TestShards:
    def test_they_hold_each_sample_once(self, made: Made, tmp_path: Path) -> None:
        for samples in samples_of(made):
            split = samples.view.split
            assert write_shards(tmp_path, samples, 1) == 1
            names, found = read_shards(tmp_path, split)
            assert sorted(names) == [f"{i:08d}" for i in range(len(PLACES[split]))]
            for i, ((row, col), cell) in enumerate(
                zip(PLACES[split], cells_of(PLACES[split]), strict=True)
            ):
                sample = found[f"{i:08d}"]
                np.testing.assert_array_equal(sample["landcover.npy"], made.labels[split][i])
                np.testing.assert_array_equal(sample["elevation.npy"], made.heights[split][i])
                assert sample["landcover.npy"].dtype == np.uint8
                assert sample["elevation.npy"].dtype == np.float32
                told = sample["json"]
                assert (told["split"], told["sample"], told["cell"]) == (split, i, cell)
                assert (told["row"], told["col"]) == (row, col)
                lon, lat = LATTICE.lonlat(row + 0.5, col + 0.5)
                assert (told["lon"], told["lat"]) == (lon, lat)

    def test_samples_are_mixed_by_the_seed_over_all_shards(
        self, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shards, "_MOST_SAMPLES", 2)
        train = samples_of(made)[0]
        orders = set()
        for seed in range(4):
            folder = tmp_path / str(seed)
            assert write_shards(folder, train, seed) == 3
            assert sorted(path.name for path in folder.iterdir()) == [
                f"train-{i:06d}.tar" for i in range(3)
            ]
            names, _ = read_shards(folder, "train")
            assert sorted(names) == [f"{i:08d}" for i in range(5)]
            orders.add(tuple(names))
        assert len(orders) > 1

    def test_they_are_the_same_on_another_day(
        self, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_shards(tmp_path / "a", samples_of(made)[0], 3)
        later(monkeypatch)
        write_shards(tmp_path / "b", samples_of(made)[0], 3)
        assert contents(tmp_path / "a") == contents(tmp_path / "b")

    def test_a_shard_of_large_samples_has_few(self) -> None:
        assert samples_of_a_shard(40) == 1000
        assert samples_of_a_shard(4096) == 1
        for size in (2, 256, 512, 1024):
            assert samples_of_a_shard(size) * (6 * size**2 + 4096) <= 2**26


class TestZarr:
    def write(self, made: Made, path: Path) -> Path:
        write_zarr(path, samples_of(made), CLASSES, LATTICE.grid.wkt)
        return path

    def test_it_holds_the_samples_and_their_places(self, made: Made, tmp_path: Path) -> None:
        store = ZipStore(self.write(made, tmp_path / "a.zarr.zip"), mode="r")
        root = zarr.open_group(store, mode="r")
        assert root.attrs["splits"] == ["train", "test"]
        assert CRS(root.attrs["crs"]) == CRS.from_epsg(5070)
        assert sorted(root.group_keys()) == ["test", "train"]
        for split, places in PLACES.items():
            group = root[split]
            np.testing.assert_array_equal(group["landcover"][:], made.labels[split])
            np.testing.assert_array_equal(group["elevation"][:], made.heights[split])
            assert (group["landcover"].dtype, group["elevation"].dtype) == (np.uint8, np.float32)
            assert list(zip(group["row"][:], group["col"][:], strict=True)) == places
            cells = zip(group["cell_row"][:], group["cell_col"][:], strict=True)
            assert [f"r{row:03d}c{col:03d}" for row, col in cells] == cells_of(places)
            told = group["landcover"].attrs
            assert told["class_codes"] == [11, 42, 71]
            assert told["class_names"] == CLASSES["name"].tolist()
            assert told["class_colors"][0] == "466B9F"

    def test_a_chunk_is_a_sample(self, made: Made, tmp_path: Path) -> None:
        store = ZipStore(self.write(made, tmp_path / "a.zarr.zip"), mode="r")
        array = zarr.open_group(store, mode="r")["train/elevation"]
        assert array.chunks == (1, SIZE, SIZE)
        assert array.shards == (5, SIZE, SIZE)
        assert array.metadata.dimension_names == ("sample", "y", "x")

    def test_several_shards_hold_the_same(
        self, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("landloom.dataset.publish.zarr_archive._MOST_SAMPLES", 2)
        store = ZipStore(self.write(made, tmp_path / "a.zarr.zip"), mode="r")
        group = zarr.open_group(store, mode="r")["train"]
        assert group["landcover"].shards == (2, SIZE, SIZE)
        np.testing.assert_array_equal(group["landcover"][:], made.labels["train"])
        np.testing.assert_array_equal(group["elevation"][4], made.heights["train"][4])

    def test_xarray_reads_it(self, made: Made, tmp_path: Path) -> None:
        xarray = pytest.importorskip("xarray")
        store = ZipStore(self.write(made, tmp_path / "a.zarr.zip"), mode="r")
        test = xarray.open_zarr(store, group="test", consolidated=False, chunks=None)
        np.testing.assert_array_equal(test["landcover"], made.labels["test"])
        assert test["elevation"].dims == ("sample", "y", "x")
        assert test["elevation"].attrs["units"] == "m"
        row, col = PLACES["test"][1]
        assert test["lon"].values[1] == LATTICE.lonlat(row + 0.5, col + 0.5)[0]

    def test_it_is_the_same_on_another_day(
        self, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = self.write(made, tmp_path / "a.zarr.zip").read_bytes()
        later(monkeypatch)
        assert self.write(made, tmp_path / "b.zarr.zip").read_bytes() == first


def test_the_places_are_those_of_the_footprints(made: Made) -> None:
    """What the chips' grid tells agrees with the longitudes of the table."""
    to_lonlat = Transformer.from_crs(5070, 4326, always_xy=True)
    for samples in samples_of(made):
        for i in range(len(samples.view)):
            place = samples.place(i)
            x, y = LATTICE.xy(place["row"] + 0.5, place["col"] + 0.5)
            assert to_lonlat.transform(x, y) == pytest.approx((place["lon"], place["lat"]))
