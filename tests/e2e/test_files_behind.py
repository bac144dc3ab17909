"""A file that changes behind another name is noticed, as one that is named itself."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from conftest import Place

pytestmark = pytest.mark.slow

CLASSES = "results/dataset/class_distribution.parquet"
FROM_LANDCOVER = {"inspect_landcover": 1, "extract_cells": 3, "class_distribution": 1}


def vrt(path: Path, source: str, relative: bool = True) -> None:
    """Describe a raster by another, of which the grid is that of the land cover."""
    with rasterio.open(path.parent / "landcover.tif") as file:
        crs, transform = file.crs.to_wkt(), ", ".join(map(repr, file.transform.to_gdal()))
        width, height, dtype = file.width, file.height, "Byte"
        assert file.dtypes[0] == "uint8"
    rectangle = f'xOff="0" yOff="0" xSize="{width}" ySize="{height}"'
    path.write_text(
        f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}"><SRS>{crs}</SRS>'
        f"<GeoTransform>{transform}</GeoTransform>"
        f'<VRTRasterBand dataType="{dtype}" band="1"><SimpleSource>'
        f'<SourceFilename relativeToVRT="{int(relative)}">{source}</SourceFilename>'
        f"<SourceBand>1</SourceBand><SrcRect {rectangle}/><DstRect {rectangle}/>"
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )


def zipped(folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.write(folder / "landcover.tif", "x/a.tif")


def packed(folder: Path) -> None:
    with tarfile.open(folder / "a.tar", "w") as archive:
        archive.add(folder / "landcover.tif", "a.tif")


def nested(folder: Path) -> None:
    vrt(folder / "inner.vrt", "landcover.tif")
    vrt(folder / "outer.vrt", f"{folder}/inner.vrt", relative=False)


def nothing(folder: Path) -> None:
    assert folder.exists()


WRAPPED: dict[str, tuple[str, Callable[[Path], None]]] = {
    "vrt": ("vrt://in/landcover.tif?bands=1", nothing),
    "zip": ("/vsizip/in/a.zip/x/a.tif", zipped),
    "tar in vrt": ("vrt:///vsitar/in/a.tar/a.tif", packed),
    "nested": ("in/outer.vrt", nested),
    "directory": ("GTIFF_DIR:1:in/landcover.tif", nothing),
    "absolute": ("vrt://{folder}/in/landcover.tif?bands=1", nothing),
}


def other_classes(path: Path) -> None:
    """Have another class take the place of the most frequent one."""
    with rasterio.open(path) as file:
        pixels, profile = file.read(), file.profile
    values, counts = np.unique(pixels, return_counts=True)
    pixels[pixels == values[counts.argmax()]] = values[counts.argsort()[-2]]
    with rasterio.open(path, "w", **profile) as file:
        file.write(pixels)


SOME = ("zip", "nested")
"""Wrappings that are tried wherever tests of runs are, and not by continuous integration alone."""


@pytest.mark.parametrize(
    "wrapping",
    [pytest.param(name, marks=() if name in SOME else pytest.mark.full) for name in WRAPPED],
)
def test_what_was_made_from_it_is_made_anew(place: Place, wrapping: str) -> None:
    name, wrap = WRAPPED[wrapping]
    folder = place.folder / "in"
    wrap(folder)
    place.config["dataset"]["landcover"]["raster"] = name.format(folder=place.folder)
    assert place.run(CLASSES).code == 0
    assert place.run("-n", CLASSES).jobs == {}
    before = (place.folder / CLASSES).read_bytes()
    other_classes(folder / "landcover.tif")
    if wrap is not nested:
        wrap(folder)
    assert place.run("-n", CLASSES).jobs == FROM_LANDCOVER
    run = place.run(CLASSES)
    assert run.code == 0, run.output
    assert (place.folder / CLASSES).read_bytes() != before
    assert place.run("-n", CLASSES).jobs == {}


def test_all_products_follow(finished: Place, tmp_path: Path) -> None:
    """The certificate is no longer taken for one of what the raster is now."""
    place = finished.copy(tmp_path / "place")
    tile = place.folder / "in/dem/N42W117.tif"
    dataset = place.config["dataset"]
    dataset["landcover"]["raster"] = "vrt://in/landcover.tif?bands=1"
    shutil.move(tile, place.folder / "in/behind.tif")
    translate(place.folder / "in/behind.tif", tile)
    run = place.run("dataset", "results/dataset/inputs.sha256")
    assert run.code == 0, run.output
    for path in ("in/landcover.tif", "in/behind.tif"):
        (place.folder / path).touch()
    jobs = place.run("-n", "dataset", "--max-checksum-file-size", "0").jobs
    assert jobs["own_files"] == 1
    assert jobs["elevation_tile"] == 1
    assert {"inspect_landcover", "extract_cells", "relief_cells", "certificate"} <= jobs.keys()


def translate(source: Path, target: Path) -> None:
    """Describe a tile by another: a VRT by the name of a GeoTIFF, which GDAL opens as well."""
    with rasterio.open(source) as file:
        crs, transform = file.crs.to_wkt(), ", ".join(map(repr, file.transform.to_gdal()))
        width, height, nodata = file.width, file.height, file.nodata
    rectangle = f'xOff="0" yOff="0" xSize="{width}" ySize="{height}"'
    target.write_text(
        f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}"><SRS>{crs}</SRS>'
        f"<GeoTransform>{transform}</GeoTransform>"
        f'<VRTRasterBand dataType="Int16" band="1"><NoDataValue>{nodata}</NoDataValue>'
        f'<SimpleSource><SourceFilename relativeToVRT="1">../{source.name}</SourceFilename>'
        f"<SourceBand>1</SourceBand><SrcRect {rectangle}/><DstRect {rectangle}/>"
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )


@pytest.mark.full
def test_the_samples_of_a_map_follow(map_place: Place) -> None:
    folder = map_place.folder / "in"
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.write(folder / "worldcover.tif", "worldcover.tif")
    section = map_place.config["map"]
    section["embedding"]["raster"] = "vrt://in/embedding.tif"
    section["reference"]["raster"] = "/vsizip/in/a.zip/worldcover.tif"
    samples = "results/map/samples.parquet"
    run = map_place.run(samples, "results/map/inputs.sha256")
    assert run.code == 0, run.output
    record = (map_place.results / "map/inputs.sha256").read_text().splitlines()
    assert {line.split("  ")[1] for line in record if line[0] != "#"} == {
        "in/a.zip",
        "in/embedding.tif",
    }
    for path, rules in (
        ("in/a.zip", {"reference_points", "point_vectors", "samples"}),
        (
            "in/embedding.tif",
            {"inspect_embedding", "reference_points", "point_vectors", "samples"},
        ),
    ):
        times = (map_place.folder / path).stat()
        (map_place.folder / path).touch()
        jobs = map_place.run("-n", samples, "--max-checksum-file-size", "0").jobs
        assert jobs.keys() == rules
        os.utime(map_place.folder / path, ns=(times.st_atime_ns, times.st_mtime_ns))


MODULE = """
module landloom:
    snakefile: {snakefile!r}
    config: {config!r}
    prefix: "below"

use rule * from landloom

rule everything:
    default_target: True
    input: rules.class_distribution.output, "below/results/dataset/inputs.sha256"

rule make:
    input: "in/landcover.tif"
    output: "made/a.tif"
    shell: "cp {{input}} {{output}}"
"""


@pytest.mark.full
@pytest.mark.parametrize("raster", ["vrt://made/a.tif", "outer.vrt"])
def test_a_prefix_moves_nothing_behind(place: Place, raster: str) -> None:
    """GDAL takes the names within others from where the run is; and rules of others make files."""
    (place.folder / "below").mkdir()
    shutil.copy(place.folder / "in/landcover.tif", place.folder / "below/landcover.tif")
    vrt(place.folder / "below/outer.vrt", f"{place.folder}/made/a.tif", relative=False)
    dataset = place.config["dataset"]
    dataset["landcover"]["raster"] = raster
    dataset["elevation"]["source"] = f"{place.folder}/in/dem/{{tile}}.tif"
    text = MODULE.format(snakefile=str(place.repository / "Snakefile"), config=place.config)
    (place.folder / "Snakefile").write_text(text)
    place.repository = place.folder
    run = place.snakemake("--cores", "2")
    assert run.code == 0, run.output
    assert "made/a.tif" in (place.folder / "below/results/dataset/inputs.sha256").read_text()
    assert place.snakemake("-n").jobs == {}
    other_classes(place.folder / "in/landcover.tif")
    jobs = place.snakemake("-n").jobs
    assert {"make", "own_files", "extract_cells"} <= jobs.keys()


def test_a_run_that_was_ended_in_between_goes_on(place: Place) -> None:
    """The list's description is the same text as before, and the pixels behind it are not."""
    folder = place.folder / "in"
    with rasterio.open(folder / "landcover.tif") as file:
        half, profile, pixels = file.width // 2, file.profile, file.read()
        edge = file.transform @ rasterio.Affine.translation(half, 0)
    for name, part, transform in (
        ("west.tif", pixels[..., :half], profile["transform"]),
        ("east.tif", pixels[..., half:], edge),
    ):
        own = {"width": part.shape[2], "transform": transform}
        with rasterio.open(folder / name, "w", **profile | own) as file:
            file.write(part)
    place.config["dataset"]["landcover"]["raster"] = ["in/west.tif", "in/east.tif"]
    assert place.run(CLASSES).code == 0
    other_classes(folder / "west.tif")
    assert place.run("--until", "join_landcover", CLASSES).code == 0
    assert place.run("-n", CLASSES).jobs == FROM_LANDCOVER


def test_what_is_gone_is_told_before_the_run(place: Place) -> None:
    nested(place.folder / "in")
    place.config["dataset"]["landcover"]["raster"] = "in/outer.vrt"
    (place.folder / "in/landcover.tif").unlink()
    run = place.run("-n")
    assert run.code != 0
    told = "in/outer.vrt: leads to in/landcover.tif, where no file is"
    assert f"config: dataset.landcover.raster: {told}" in run.output


def test_a_change_that_times_do_not_tell_is_told(finished: Place, tmp_path: Path) -> None:
    place = finished.copy(tmp_path / "place")
    assert "every file is what it was" in place.run("verify_sources").output
    raster = place.folder / "in/landcover.tif"
    times, body = raster.stat(), bytearray(raster.read_bytes())
    body[-1] ^= 1
    raster.write_bytes(body)
    os.utime(raster, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert place.run("-n").jobs == {}
    run = place.run("verify_sources")
    assert run.code != 0
    assert "in/landcover.tif: is not what the results were made from" in run.output
    assert "Traceback" not in run.output
    raster.touch()  # the remedy that is told
    jobs = place.run("-n").jobs
    assert {"inspect_landcover", "certificate", "own_files"} <= jobs.keys()


def test_the_records_are_those_of_sha256sum(finished: Place) -> None:
    record = (finished.results / "dataset/inputs.sha256").read_text()
    names = {line.split("  ")[1] for line in record.splitlines() if line[0] != "#"}
    tiles = {f"in/dem/{tile}.tif" for tile in ("N42W117", "N42W116", "N43W117")}
    assert names == {"in/landcover.tif", *tiles}


@pytest.mark.full
def test_of_many_files_one_tells(place: Place) -> None:
    """Planning stays quick; and a run that was ended in between goes on with what is new."""
    folder = place.folder / "in"
    vrt(folder / "outer.vrt", "landcover.tif")
    for n in range(60):
        vrt(folder / f"{n}.vrt", "landcover.tif")
    text = (folder / "outer.vrt").read_text()
    source = text[text.index("<SimpleSource>") : text.index("</VRTRasterBand>")]
    many = "".join(source.replace("landcover.tif", f"{n}.vrt") for n in range(60))
    (folder / "outer.vrt").write_text(text.replace(source, many))
    place.config["dataset"]["landcover"]["raster"] = "in/outer.vrt"
    assert place.run(CLASSES).code == 0
    assert place.run("-n", CLASSES).jobs == {}
    other_classes(folder / "landcover.tif")
    (folder / "0.vrt").touch()  # the newest is another one, small and as before
    jobs = FROM_LANDCOVER | {"files_behind": 1}
    assert place.run("-n", CLASSES).jobs == jobs
    assert place.run("results/landcover/landcover.json").code == 0
    assert place.run("-n", CLASSES).jobs == {
        n: jobs[n] for n in jobs.keys() - {"inspect_landcover"}
    }
    before = (place.folder / CLASSES).read_bytes()
    assert place.run(CLASSES).code == 0
    assert (place.folder / CLASSES).read_bytes() != before
