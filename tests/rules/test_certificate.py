"""The counter-proof: faults put into finished files, each of which the certificate has to find."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import Place

from landloom.dataset.proof.certificate import certify
from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.promises import Promises
from landloom.dataset.proof.registration import HeightSource
from landloom.dataset.proof.split_files import SplitFiles
from landloom.job.integrity import record

pytestmark = pytest.mark.slow

TILES = ["N42W116", "N42W117", "N43W116", "N43W117"]


class Files:
    """A copy of the finished files of a dataset, to be spoiled."""

    def __init__(self, place: Place) -> None:
        self.folder = place.results / "dataset"
        self.raster = place.folder / "in/landcover.tif"
        self.tiles = {name: str(place.results / f"elevation/tiles/{name}.tif") for name in TILES}
        self.buffer_km = 0.0

    def array(self, split: str) -> np.ndarray:
        return np.load(self.folder / f"{split}.npy", mmap_mode="r+")

    def footprints(self, split: str) -> geopandas.GeoDataFrame:
        return geopandas.read_file(self.folder / f"{split}.gpkg")

    def write_footprints(self, split: str, frame: geopandas.GeoDataFrame) -> None:
        (self.folder / f"{split}.gpkg").unlink()
        frame.to_file(self.folder / f"{split}.gpkg", layer=split)

    def certify(self) -> Findings:
        splits = [
            SplitFiles(
                name,
                self.folder / f"{name}.npy",
                self.folder / f"{name}.gpkg",
                json.loads((self.folder / f"{name}.json").read_text()),
            )
            for name in ("train", "test")
        ]
        return certify(
            splits,
            geopandas.read_file(self.folder / "split.gpkg"),
            pd.read_parquet(self.folder / "class_distribution.parquet"),
            str(self.raster),
            HeightSource(None, self.tiles, "bilinear", None),
            Promises(8, 2, self.buffer_km, [0], {11: 0.9}),
        )


@pytest.fixture
def files(finished: Place, tmp_path: Path) -> Files:
    return Files(finished.copy(tmp_path / "place"))


def hilliest(files: Files, split: str) -> int:
    return int(files.array(split)[:, 1].std(axis=(1, 2)).argmax())


def shared_pixel(files: Files) -> None:
    """Move a test footprint onto the corner pixel of a training footprint."""
    train, test = files.footprints("train"), files.footprints("test")
    with_crs = train.to_crs("EPSG:5070").geometry
    pixel = 30.0
    left, bottom, right, _top = with_crs.iloc[10].bounds
    side = right - left
    # Diagonally beyond the training patch, but for one pixel.
    moved = shapely.box(right - pixel, bottom - side + pixel, right - pixel + side, bottom + pixel)
    corners = [(moved.bounds[0], moved.bounds[3]), (moved.bounds[2], moved.bounds[3])]
    corners += [(moved.bounds[2], moved.bounds[1]), (moved.bounds[0], moved.bounds[1])]
    lonlat = geopandas.GeoSeries([shapely.Polygon(corners)], crs="EPSG:5070").to_crs("EPSG:4326")
    test.loc[5, "geometry"] = lonlat.iloc[0]
    files.write_footprints("test", test)


def same_patch_twice(files: Files) -> None:
    train, test = files.footprints("train"), files.footprints("test")
    for column in ("geometry", "lon", "lat", "row", "col"):
        test.loc[5, column] = train.loc[10, column]
    files.write_footprints("test", test)


def swapped_array_rows(files: Files) -> None:
    array = files.array("train")
    array[[3, 40]] = array[[40, 3]]


def swapped_footprints(files: Files) -> None:
    frame = files.footprints("train")
    order = np.arange(len(frame))
    order[[3, 40]] = [40, 3]
    files.write_footprints("train", frame.iloc[order].reset_index(drop=True))


def shifted_elevation(files: Files) -> None:
    array = files.array("train")
    row = hilliest(files, "train")
    array[row, 1] = np.roll(array[row, 1], 3, axis=1)


def foreign_elevation(files: Files) -> None:
    array = files.array("train")
    row = hilliest(files, "train")
    array[row, 1] = array[row, 1].T[::-1]


def all_displaced(files: Files) -> None:
    """By a pixel: none of these patches is large enough to show it alone."""
    array = files.array("train")
    array[:, 1] = np.roll(array[:, 1], 1, axis=2)


def all_of_other_places(files: Files) -> None:
    array = files.array("train")
    array[:, 1] = array[::-1, 1].copy()


def raised_elevation(files: Files) -> None:
    files.array("train")[7, 1] += 5


def not_a_number(files: Files) -> None:
    files.array("test")[2, 1, 3, 3] = np.nan


def class_out_of_range(files: Files) -> None:
    files.array("test")[2, 0, 3, 3] = 99


def fractional_class(files: Files) -> None:
    files.array("test")[2, 0, 3, 3] += 0.5


def another_class(files: Files) -> None:
    array = files.array("test")
    array[2, 0, 3, 3] = (array[2, 0, 3, 3] + 1) % 3


def lost_row(files: Files) -> None:
    files.write_footprints("test", files.footprints("test").iloc[1:].reset_index(drop=True))


def wrong_cell(files: Files) -> None:
    frame = files.footprints("test")
    frame["cell"] = files.footprints("train")["cell"].iloc[0]
    files.write_footprints("test", frame)


def lost_patches(files: Files) -> None:
    """Every second sample left out, of all files alike."""
    array, frame = np.array(files.array("train")[::2]), files.footprints("train").iloc[::2]
    (files.folder / "train.npy").unlink()
    np.save(files.folder / "train.npy", array)
    files.write_footprints("train", frame.reset_index(drop=True))
    counts = json.loads((files.folder / "train.json").read_text())
    counts["owned"] -= counts["samples"] - len(array)
    (files.folder / "train.json").write_text(json.dumps(counts | {"samples": len(array)}))


def wrong_sum(files: Files) -> None:
    counts = json.loads((files.folder / "train.json").read_text())
    (files.folder / "train.json").write_text(json.dumps(counts | {"void": 99}))


def rolled_shares(files: Files) -> None:
    classes = pd.read_parquet(files.folder / "class_distribution.parquet")
    classes["percentage"] = np.roll(classes["percentage"], 1)
    classes.to_parquet(files.folder / "class_distribution.parquet")


def small_buffer(files: Files) -> None:
    files.buffer_km = 2.0


FAULTS: dict[Callable[[Files], None], str] = {
    shared_pixel: "share pixels",
    same_patch_twice: "share pixels",
    swapped_array_rows: "classes are not those of the raster",
    swapped_footprints: "classes are not those of the raster",
    shifted_elevation: "elevation",
    foreign_elevation: "elevation",
    all_displaced: "small or flat patches together",
    all_of_other_places: "not that of the footprints (correlation",
    raised_elevation: "elevation does not begin at 0 m",
    not_a_number: "not finite",
    class_out_of_range: "not whole numbers in 0..",
    fractional_class: "not whole numbers in 0..",
    another_class: "classes are not those of the raster",
    lost_row: "as many footprints",
    wrong_cell: "its cell",
    lost_patches: "have their centre in the region",
    wrong_sum: "are accounted for",
    rolled_shares: "class distribution contradicts itself",
    small_buffer: "less than the buffer of 2 km",
}


def test_the_finished_files_are_green(files: Files) -> None:
    findings = files.certify()
    assert findings.broken == []
    assert findings.notes == []


def test_it_is_said_how_elevation_was_proved(files: Files) -> None:
    """Patches of 8 x 8 pixels are too small to show a shift each, so they do together."""
    for split, proof in files.certify().measured["registration"].items():
        assert proof["compared"] == len(files.array(split))
        assert proof["by_heights"] == proof["compared"]
        assert proof["with_enough_relief"] == 0
        assert 0.9 * proof["compared"] < proof["together"]["patches"] <= proof["compared"]
        assert np.hypot(proof["together"]["shift_right"], proof["together"]["shift_down"]) < 0.05
        assert proof["together"]["correlation"] > 0.999


def test_elevation_that_was_not_compared_is_told(files: Files) -> None:
    files.tiles = {}
    findings = files.certify()
    assert findings.broken == []
    assert len(findings.notes) == 2
    assert "test: no patch's elevation could be compared" in findings.notes[1]


@pytest.mark.parametrize("spoil", FAULTS, ids=lambda spoil: spoil.__name__)
def test_a_fault_is_found(files: Files, spoil: Callable[[Files], None]) -> None:
    spoil(files)
    broken = files.certify().broken
    assert any(FAULTS[spoil] in line for line in broken), broken


def test_a_broken_promise_fails_the_rule(finished: Place, tmp_path: Path) -> None:
    place = finished.copy(tmp_path / "place")
    Files(place).array("test")[2, 1, 3, 3] = np.nan
    # As if the job had made it so: else it is told as damage before anything is looked at.
    record(place.results / "dataset/test.npy")
    run = place.run("results/dataset/certificate.json")
    assert run.code != 0
    assert "test: row 2: values that are not finite" in run.output
    assert "Traceback" not in run.output
    assert not (place.results / "dataset/certificate.json").exists()


def test_what_the_buffer_has_cost_is_measured(files: Files) -> None:
    files.buffer_km = 0.001  # patches of other cells begin where these end, or a patch further
    counts = json.loads((files.folder / "train.json").read_text())
    lost = 9 * counts["samples"]
    changed = counts | {"owned": counts["owned"] + lost, "buffered": lost}
    (files.folder / "train.json").write_text(json.dumps(changed))
    findings = files.certify()
    assert findings.measured["share_left_by_buffer"] == {"train": 0.1, "test": 1.0}
