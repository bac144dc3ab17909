"""Every kind of file that rules make, damaged in every way: noticed, named, and mended alone."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from fuzz.effort import ASKED
from fuzz.jobs import REPOSITORY, repair, rerun_after, run
from fuzz.oracle import ended, fault
from fuzz.raster_cases import RasterCase, heights, landcover, numbers, write
from fuzz.test_intermediates import digests, made_files
from fuzz.worlds import DATASET, MAP, configuration

from landloom.job.integrity import RECORDS

pytestmark = pytest.mark.full

LEFT_OUT = re.compile(
    r"map/embedding/.*|figures/.*|index.html"
    r"|map/compare/cpu.json|tables/classifiers.html|software.json|behind/.*"
)
"""What has a test of its own: a public embedding, which a server has to serve, and pictures, which
the first page waits for; what holds times, which are never the same again; what no job makes;
and what only rasters have behind which many files lie."""

EXPORT = "results/dataset/export"
ARCHIVES = (f"{EXPORT}/chips.zip", f"{EXPORT}/samples.zarr.zip")

WORLDS: Mapping[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "a dataset of lists": (
        configuration(
            DATASET,
            dataset__landcover__raster=["west.tif", "east.tif"],
            dataset__elevation__source=["dem.tif", "low.tif"],
        ),
        ("dataset", "results/dataset/inputs.sha256", "publish", f"{EXPORT}/shards"),
    ),
    "a dataset of tiles": (
        configuration(DATASET, dataset__elevation__source="{tile}.tif"),
        (
            "dataset",
            "results/tables/dataset.html",
            "results/tables/run.html",
            "results/notes.json",
            *ARCHIVES,
        ),
    ),
    "a map of zones": (
        configuration(
            MAP,
            map__embedding__raster=["zone32.tif", "zone33.tif"],
            map__predict={"block": 128, "crs": "auto", "probabilities": True, "polygons": True},
            map__generalise={"majority": 3, "min_pixels": 4},
            map__crossval={"schemes": ["random", "knndm", "blocks"], "n": 2, "block_km": 2.0},
            map__tuning__folds="blocks",
            map__applicability={},
            map__calibration={"fit_on": "folds", "level": 0.5},
            map__validation={"table": "points.csv", "draw": {"n": 60, "per_class_min": 5}},
        ),
        (
            "map",
            "results/tables/map.html",
            "results/map/model.skops",
            "results/map/model.zip",
            "results/map/model_item.json",
            "results/notes.json",
        ),
    ),
    "a map of a finished model": (
        {
            "results": "results",
            "map": {
                "embedding": {"raster": ["zone32.tif", "zone33.tif"]},
                "model": "model.zip",
                "predict": {"block": 128, "probabilities": True},
                "applicability": {},
            },
        },
        ("map", "results/tables/map.html"),
    ),
    "a map of years": (
        configuration(
            MAP,
            map__applicability={},
            map__embedding={
                "raster": {2018: "zone32.tif", 2024: "zone33.tif"},
                "train": [2018, 2024],
            },
        ),
        ("map", "results/tables/map.html"),
    ),
    "a map of a regression": (
        configuration(
            MAP,
            map__embedding__raster="zone32.tif",
            map__model={"kind": "logistic", "compare": ["knn"]},
            map__tuning__logistic={"C": [1.0]},
            map__tuning__knn={"n_neighbors": [3], "weights": ["distance"]},
        ),
        ("results/map/landcover.tif", "results/map/report.txt", "results/map/model.zip"),
    ),
}


def write_inputs(folder: Path) -> None:
    """Write the inputs of all worlds."""
    for name in ("dem", "low"):
        write(RasterCase(), folder / f"{name}.tif", heights)
    write(RasterCase(), folder / "reference.tif", landcover)
    write(RasterCase(), folder / "landcover.tif", landcover)
    with rasterio.open(folder / "landcover.tif") as whole:
        codes, profile = whole.read(), whole.profile
    for name, cols in (("west", slice(0, 90)), ("east", slice(90, 180))):
        place = profile["transform"] @ Affine.translation(cols.start, 0)
        part = {**profile, "width": 90, "transform": place}
        with rasterio.open(folder / f"{name}.tif", "w", **part) as target:
            target.write(codes[:, :, cols])
    tile = {"driver": "GTiff", "width": 360, "height": 360, "count": 1, "dtype": "float32"}
    tile |= {"crs": "EPSG:4326", "transform": Affine(1 / 360, 0, 9.0, 0, -1 / 360, 49.0)}
    with rasterio.open(folder / "N48E009.tif", "w", **tile) as dem:
        dem.write(heights(360, 360, 0)[None])
    for zone in (32, 33):
        write(RasterCase(crs=f"EPSG:326{zone}"), folder / f"zone{zone}.tif", numbers, 4)
    rng = np.random.default_rng(4)
    places = zip(rng.uniform(9.0, 9.2, 60), rng.uniform(48.0, 48.14, 60), strict=True)
    rows = [f"{lon:.5f},{lat:.5f},{(11, 42, 52)[i % 3]}" for i, (lon, lat) in enumerate(places)]
    (folder / "points.csv").write_text("\n".join(["lon,lat,label", *rows, ""]))


@pytest.fixture(scope="session")
def worlds(_modules: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Finished runs, by their names."""
    folders = {}
    for number, (name, (raw, targets)) in enumerate(WORLDS.items()):
        folder = tmp_path_factory.mktemp(f"world{number}")
        write_inputs(folder)
        for model in (made / "results/map/model.zip" for made in folders.values()):
            if model.exists():
                shutil.copy(model, folder)
        ending = ended(partial(run, raw, *targets), folder)
        assert ending.code == 0, ending.said
        folders[name] = folder
    return folders


def kinds(folder: Path) -> list[Path]:
    """Return a file of each kind, from the folder on: names that differ in numbers are of one."""
    found = {
        re.sub(r"\d+", "#", str(path.relative_to(folder))): path.relative_to(folder)
        for path in made_files(folder)
    }
    return sorted(found.values())


def made_with(folder: Path, path: Path) -> set[Path]:
    """Return a file, and those of its folder where a job makes that as a whole."""
    if not (folder / path.parent / ".snakemake_timestamp").exists():
        return {path}
    files = (other.relative_to(folder) for other in made_files(folder))
    return {other for other in files if other.parent == path.parent}


def _cut(body: bytes, _: bytes) -> bytes:
    return body[: len(body) // 2]


def _flipped(body: bytes, _: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


DAMAGES: dict[str, Callable[[bytes, bytes], bytes]] = {
    "cut": _cut,
    "a bit flipped": _flipped,
    "emptied": lambda _, __: b"",
    "another run's": lambda _, other: other,
}


def spoil(path: Path, how: str, worlds: Mapping[str, Path]) -> None:
    """Damage a file as a disk would: Snakemake, which goes by times, is not to see it."""
    own, times = path.read_bytes(), path.stat()
    suffix = path.suffix
    others = (other for world in worlds.values() for other in made_files(world))
    alike = (other.read_bytes() for other in others if other.suffix == suffix)
    another = next((body for body in alike if body != own), own + b"\n")
    path.write_bytes(DAMAGES[how](own, another))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def cases(world: str, worlds: Mapping[str, Path]) -> Iterator[tuple[Path, str]]:
    """Give kinds and damages: each of each if asked for many, else one of each in turn."""
    for number, path in enumerate(kinds(worlds[world])):
        hows = list(DAMAGES) if ASKED else [list(DAMAGES)[number % len(DAMAGES)]]
        yield from ((path, how) for how in hows)


def _copied(world: Path, folder: Path) -> Path:
    shutil.rmtree(folder)
    return Path(shutil.copytree(world, folder, symlinks=True))


@pytest.mark.parametrize("world", WORLDS)
def test_whatever_reads_a_damaged_file_names_it(
    world: str, worlds: dict[str, Path], scratch: Callable[[], Path]
) -> None:
    _, targets = WORLDS[world]
    read, unread = 0, 0
    for path, how in cases(world, worlds):
        folder = _copied(worlds[world], scratch())
        spoil(folder / path, how, worlds)
        ending = ended(partial(rerun_after, path, *targets), folder)
        assert fault(ending, [path.name]) is None, (path, how, ending)
        if ending.code:
            assert f"{path}: is damaged, or another file than its job made" in ending.said
            read += 1
        else:  # a product, which no job reads
            assert digests(folder, path) == digests(worlds[world], path)
            unread += 1
    print(f"{world}: {read} damages named, {unread} of files that no job reads")
    assert read > unread


@pytest.mark.parametrize("world", WORLDS)
def test_it_is_mended_alone(
    world: str, worlds: dict[str, Path], scratch: Callable[[], Path]
) -> None:
    raw, targets = WORLDS[world]
    nowhere = Path()
    whole = digests(worlds[world], nowhere)
    mended, not_missed = 0, 0
    for path, how in cases(world, worlds):
        folder = _copied(worlds[world], scratch())
        spoil(folder / path, how, worlds)
        ending = ended(repair, folder)
        assert ending.code == 0, ending
        assert not (folder / path).exists(), (path, how)
        gone = made_with(worlds[world], path)
        assert digests(folder, nowhere).keys() == whole.keys() - gone
        ending = ended(partial(run, raw, *targets), folder)
        assert ending.code == 0, (path, how, ending)
        found = digests(folder, nowhere)
        assert (whole.items() - found.items()) <= {(name, whole[name]) for name in gone}, (
            path,
            how,
        )
        assert found.items() <= whole.items(), (path, how)
        mended += path in found
        not_missed += path not in found  # nothing needs it any more
    print(f"{world}: {mended} made again, {not_missed} not missed; all else as it was")
    # What is asked for by its path needs little of what lies beside it.
    assert mended > (not_missed if "map" in targets or "dataset" in targets else 0)


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_record_is_damage_too(
    world: str, how: str, worlds: dict[str, Path], scratch: Callable[[], Path]
) -> None:
    raw, targets = WORLDS[world]
    nowhere = Path()
    whole = digests(worlds[world], nowhere)
    folder = _copied(worlds[world], scratch())
    damaged = kinds(folder)[:: 1 if ASKED else 3]
    for path in damaged:
        record = folder / path.parent / RECORDS / f"{path.name}.sha256"
        body = record.read_bytes()
        record.write_bytes(DAMAGES[how](body[:64], b"0" * 64) + b"  x\n")
    ending = ended(repair, folder)
    assert ending.code == 0, ending
    gone = whole.keys() - digests(folder, nowhere).keys()
    assert gone == set().union(*(made_with(worlds[world], path) for path in damaged))
    ending = ended(partial(run, raw, *targets), folder)
    assert ending.code == 0, ending
    found = digests(folder, nowhere)
    # Rasters put together by name hold the paths of the user's files, which lie elsewhere here.
    same = {path: digest for path, digest in found.items() if path.suffix != ".vrt"}
    assert same.items() <= whole.items()
    assert whole.keys() - found.keys() <= gone


def test_no_kind_of_file_is_missing(worlds: dict[str, Path]) -> None:
    made = {
        str(path.relative_to(folder / "results"))
        for folder in worlds.values()
        for path in (folder / "results").rglob("*")
    }
    written: set[str] = set()
    for rules in (REPOSITORY / "workflow/rules").rglob("*.smk"):
        written |= set(re.findall(r'results\(f?"([^"]+?)"\)', rules.read_text(encoding="utf-8")))
    written = {path for path in written if path.split("/")[0] not in ("logs", "benchmarks")}
    assert len(written) > 80
    missing = []
    for path in sorted(written):
        pattern = re.sub(r"(\\\{)+.*?(\\\})+", "[^/]+", re.escape(path))
        if not LEFT_OUT.fullmatch(path) and not any(re.match(pattern, one) for one in made):
            missing.append(path)
    assert missing == []
