"""`landloom check` refuses what the first jobs of a run would, and leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS
from rasters import UTM, numbers, write
from small_models import model

from landloom.command import first_look
from landloom.command.first_look import FirstLook, look
from landloom.config.whole import load_config
from landloom.raster.coordinates import to_lonlat

SIDE, PIXEL = 40, 10.0
CORNER = 500_000.0, 5_000_000.0
PLACE = Affine(PIXEL, 0, CORNER[0], 0, -PIXEL, CORNER[1])
RULES = {"inspect_embedding", "reference_points", "samples"}
CLASSES = np.repeat([1, 2, 3, 4], SIDE * SIDE // 4).reshape(SIDE, SIDE).astype(np.uint8)


@pytest.fixture(autouse=True)
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An embedding of three bands, a raster of four classes below it, and a table of them."""
    monkeypatch.chdir(tmp_path)
    write(Path("e.tif"), numbers((3, SIDE, SIDE)), PLACE, UTM)
    write(Path("classes.tif"), CLASSES, PLACE, UTM)
    rows, cols = (places.ravel() for places in np.mgrid[1:SIDE:2, 1:SIDE:2])
    x, y = PLACE @ (cols + 0.5, rows + 0.5)
    lon, lat = to_lonlat(CRS.from_user_input(UTM).to_wkt()).transform(x, y)
    lines = [
        f"{a:.7f},{b:.7f},{label}"
        for a, b, label in zip(lon, lat, CLASSES[rows, cols], strict=True)
    ]
    Path("points.csv").write_text("\n".join(["lon,lat,class", *lines]))
    return tmp_path


def seen_of(rules: set[str] = RULES, **section: Any) -> FirstLook:
    """Return what is seen of a map of the world."""
    usual = {"embedding": {"raster": "e.tif"}, "reference": {"table": "points.csv"}}
    chosen = {key: value for key, value in (usual | section).items() if value is not None}
    return look(load_config({"map": chosen}), rules)


def faults(**section: Any) -> list[str]:
    return seen_of(**section).faults.lines


@pytest.mark.parametrize("reference", [{"table": "points.csv"}, {"raster": "classes.tif"}])
def test_nothing_is_refused_of_what_runs_and_nothing_is_written(
    reference: Any, world: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in world.rglob("*")}
    seen = seen_of(reference=reference)
    assert seen.faults.lines == []
    assert seen.aside == []
    assert {path: path.stat().st_mtime_ns for path in world.rglob("*")} == before


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "columns exchanged": (
        {"reference": {"table": "points.csv", "x": "lat", "y": "lon"}},
        "x and y seem to be swapped",
    ),
    "another crs": (
        {"reference": {"table": "points.csv", "crs": "EPSG:3035"}},
        "all 400 points of points.csv lie outside the embedding",
    ),
    "a region elsewhere": (
        {"region": {"west": 5, "south": 52, "east": 5.2, "north": 52.1}},
        "map.region: no pixel of e.tif lies at 5, 52, 5.2, 52.1",
    ),
    "too few samples": ({"samples": {"n": 3}}, "map.samples.n: 3 is fewer than the 4 classes"),
    "too few of a raster": (
        {"reference": {"raster": "classes.tif"}, "samples": {"n": 3}},
        "map.samples.n: 3 is fewer than the 4 classes",
    ),
    "an encoding that it has not": (
        {"embedding": {"raster": "e.tif", "encoding": "alphaearth"}},
        "map.embedding",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_first_jobs_would_refuse_is_told_by_their_words(name: str) -> None:
    section, words = REFUSED[name]
    (told,) = faults(**section)
    assert words in told


def test_labels_elsewhere_are_told_by_the_rasters_header(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However large the embedding is: its pixels are not read for it."""
    write(Path("away.tif"), CLASSES, Affine.translation(1e5, 0) @ PLACE, UTM)
    monkeypatch.setattr(first_look, "_MOST_BYTES", 0)
    (told,) = faults(reference={"raster": "away.tif"})
    assert told.startswith("map.reference.raster: no pixel with a class in away.tif lies on the em")


def test_what_is_large_is_left_to_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_look, "_MOST_BYTES", 0)
    for reference in ({"table": "points.csv"}, {"raster": "classes.tif"}):
        seen = seen_of(reference=reference, samples={"n": 3})
        assert seen.faults.lines == []
        assert len(seen.aside) == 1
    monkeypatch.setattr(first_look, "_LARGEST_TABLE", 0)
    seen = seen_of(reference={"table": "points.csv", "crs": "EPSG:3035"})
    assert (seen.faults.lines, seen.aside) == (
        [], ["map.reference.table: points.csv: large, and read by the run"]
    )  # fmt: skip


def test_a_model_that_does_not_fit_is_told() -> None:
    model().write(Path("model.zip"))
    rules = {"inspect_embedding", "import_model"}
    fits = seen_of(rules, reference=None, model="model.zip")
    write(Path("two.tif"), numbers((2, SIDE, SIDE)), PLACE, UTM)
    other = seen_of(rules, reference=None, model="model.zip", embedding={"raster": "two.tif"})
    assert fits.faults.lines == []
    assert "it has 2 bands, the model learned from 3" in str(other.faults.lines)


def test_what_the_run_does_not_read_is_not_looked_at() -> None:
    assert seen_of(set(), reference={"table": "points.csv", "crs": "EPSG:3035"}).faults.lines == []


def test_what_is_told_already_is_not_told_again() -> None:
    config = load_config(
        {"map": {"embedding": {"raster": "e.tif"}, "reference": {"table": "no.csv", "x": "lat"}}}
    )
    Path("no.csv").write_text("lon,lat,class\n")
    refused = ["map.reference.table: no.csv has no rows; give one for each point"]
    assert look(config, RULES, refused).faults.lines == []
    assert look(config, RULES).faults.lines == refused


def never(*_: Any, **__: Any) -> None:
    raise AssertionError("it was opened")


@pytest.mark.parametrize(
    ("raster", "why"),
    [
        ("https://example.org/e.tif", "is not read before the run, which fetches it"),
        ("alphaearth-2021", "is not read before the run"),
        ("made.tif", "is made by the run"),
    ],
)
def test_what_is_not_here_is_not_fetched_and_told(
    raster: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_look, "open_dataset", never)
    monkeypatch.setattr(first_look, "inspect_zones", never)
    box = {"west": 5, "south": 52, "east": 5.2, "north": 52.1}
    seen = seen_of(embedding={"raster": raster}, region=box)
    assert seen.faults.lines == []
    (told,) = seen.aside
    assert told.startswith(f"map.embedding.raster: {raster}: {why}")


def test_a_file_that_leads_to_an_address_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "/vsicurl/https://example.org/e.tif"
    Path("e.vrt").write_text(
        f'<VRTDataset rasterXSize="{SIDE}" rasterYSize="{SIDE}"><SRS>{UTM}</SRS>'
        "<GeoTransform>500000, 10, 0, 5000000, 0, -10</GeoTransform>"
        '<VRTRasterBand dataType="Float32" band="1"><SimpleSource><SourceFilename '
        f'relativeToVRT="0">{source}</SourceFilename><SourceBand>1</SourceBand>'
        f'<SourceProperties RasterXSize="{SIDE}" RasterYSize="{SIDE}" DataType="Float32" '
        'BlockXSize="8" BlockYSize="8"/></SimpleSource></VRTRasterBand></VRTDataset>'
    )
    monkeypatch.setattr(first_look, "inspect_zones", never)
    seen = seen_of(embedding={"raster": "e.vrt"})
    assert "leads to" in seen.aside[0]
    assert "example.org/e.tif, which is not fetched before the run" in seen.aside[0]


@pytest.mark.parametrize(
    ("change", "faulty"),
    [({}, False), ({"train": [2020]}, False), ({"raster": {2020: "e.tif", 2021: "two.tif"}}, True)],
)
def test_years_are_looked_at_too(change: dict[str, Any], *, faulty: bool) -> None:
    write(Path("two.tif"), numbers((2, SIDE, SIDE)), PLACE, UTM)
    write(Path("later.tif"), numbers((3, SIDE, SIDE), 1), PLACE, UTM)
    embedding = {"raster": {2020: "e.tif", 2021: "later.tif"}, "train": [2020, 2021]} | change
    told = faults(embedding=embedding)
    assert bool(told) == faulty
    assert not faulty or "2021 has 2 bands" in told[0]


DEGREES = Affine(0.001, 0, 10, 0, -0.001, 51)
REGION = {"west": 10.02, "south": 50.86, "east": 10.12, "north": 50.96}


def dataset(**changes: Any) -> list[str]:
    return dataset_seen(**changes).faults.lines


def dataset_seen(**changes: Any) -> FirstLook:
    section = {
        "region": REGION,
        "landcover": {"raster": "cover.tif", "resolution": 115},
        "elevation": {"source": "dem.tif"},
        "grid": {"n": 2, "test_fraction": 0.5},
        "patches": {"size": 5, "downsample": 1},
    }
    rules = {"inspect_landcover", "extract_cells", "relief_cells", "elevation_tile"}
    return look(load_config({"dataset": section | changes}), rules)


@pytest.fixture
def land() -> None:
    """Land cover and heights of one place."""
    cover = np.random.default_rng(1).choice([11, 42], (150, 150)).astype(np.uint8)
    write(Path("cover.tif"), cover, DEGREES, "EPSG:4326")
    heights = np.random.default_rng(1).integers(300, 700, (150, 150)).astype(np.int16)
    for name in ("dem.tif", "hills.tif"):
        write(Path(name), heights, DEGREES, "EPSG:4326")


AWAY = {name: edge + 3 if name in ("west", "east") else edge for name, edge in REGION.items()}


@pytest.mark.usefixtures("land")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, []),
        ({"region": AWAY}, ["lies outside the raster", "dem.tif: does not touch the region"]),
        (
            {"landcover": {"raster": "hills.tif", "resolution": 115}},
            ["dataset.landcover.raster and dataset.elevation.source are exchanged"],
        ),
        (
            {"landcover": {"raster": ["cover.tif", "hills.tif"], "resolution": 115}},
            ["list tiles of one dataset only"],
        ),
        ({"elevation": {"source": ["dem.tif", "moved.tif"]}}, ["moved.tif"]),
        ({"elevation": {"source": "tiles/{ns}{lat}{ew}{lon}.tif"}}, ["N50E010.tif"]),
    ],
)
def test_what_the_first_jobs_of_a_dataset_would_refuse_is_told(
    changes: dict[str, Any], words: list[str]
) -> None:
    heights = np.zeros((50, 50), np.int16)
    write(Path("moved.tif"), heights, Affine.translation(0.0004, 0) @ DEGREES, "EPSG:4326")
    Path("tiles").mkdir()
    write(Path("tiles/N50E010.tif"), heights, DEGREES, "EPSG:4326")
    told = dataset(**changes)
    assert len(told) == len(words)
    assert all(word in line for word, line in zip(words, told, strict=True))


@pytest.mark.usefixtures("land")
@pytest.mark.parametrize("joined", [False, True])
def test_pixels_larger_than_is_said_are_noted_of_a_dataset(world: Path, *, joined: bool) -> None:
    east = Affine.translation(0.15, 0) @ DEGREES
    write(Path("east.tif"), np.full((150, 9), 11, np.uint8), east, "EPSG:4326")
    rasters = ["cover.tif", "east.tif"] if joined else "cover.tif"
    seen = dataset_seen(landcover={"raster": rasters, "resolution": 80})
    named = "results/landcover/landcover.vrt" if joined else "cover.tif"
    assert seen.faults.lines == []
    (note,) = seen.notes
    assert note.startswith(f"the pixels of {named} measure 88.")
    assert "dataset.landcover.resolution says 80 m" in note
    assert str(world) not in note


def test_a_region_that_reaches_off_the_embedding_is_noted_once_of_all_years() -> None:
    write(Path("later.tif"), numbers((3, SIDE, SIDE), 1), PLACE, UTM)
    x, y = PLACE @ (np.array([5.0, 60.0]), np.array([30.0, 5.0]))
    lon, lat = to_lonlat(CRS.from_user_input(UTM).to_wkt()).transform(x, y)
    region = dict(zip(["west", "east", "south", "north"], [*lon, *lat], strict=True))
    embedding = {"raster": {2020: "e.tif", 2021: "later.tif"}, "train": [2020, 2021]}
    seen = seen_of(embedding=embedding, region=region)
    assert len([note for note in seen.notes if "% of map.region lies off" in note]) == 1


@pytest.mark.usefixtures("land")
def test_of_joined_land_cover_the_runs_own_file_is_named(world: Path) -> None:
    write(Path("east.tif"), np.ones((9, 9), np.uint8), DEGREES, "EPSG:4326")
    joined = {"raster": ["cover.tif", "east.tif"], "resolution": 115}
    (told,) = dataset(region=AWAY, landcover=joined, elevation={"source": "COP30"})
    assert told.startswith("results/landcover/landcover.vrt: the region ")
    assert str(world) not in told
    assert "landloom-" not in told


@pytest.mark.parametrize("error", [OSError(28, "No space left"), MemoryError()])
def test_what_the_machine_lacks_is_told_as_a_job_does(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_look, "inspect_zones", raising(error))
    (told,) = faults()
    assert "start again" in told or "have more memory" in told


def raising(error: Exception) -> Callable[..., None]:
    def fail(*_: Any) -> None:
        raise error

    return fail
