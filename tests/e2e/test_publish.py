"""What a dataset is handed on as: asked for by name, of the samples, the same each time."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import rasterio
import zarr
from conftest import REPOSITORY, Place, digests
from zarr.storage import ZipStore

from landloom.job.files import sha256_of

pytestmark = pytest.mark.slow

EVERYTHING = ["publish", "dataset_chips", "dataset_shards", "dataset_zarr"]
MADE = ["index.parquet", "croissant.json", "datasheet.md"]


def test_nothing_of_it_is_made_unless_it_is_asked_for(finished: Place, published: Place) -> None:
    before, after = digests(finished), digests(published)
    assert before.items() <= after.items()
    added = {name for name in after.keys() - before.keys() if ".digests" not in name}
    assert {name for name in added if "export" not in name} == {f"dataset/{name}" for name in MADE}
    # A run of everything neither makes nor misses any of it.
    run = published.run("-n")
    assert run.jobs.keys() <= {"configuration", "run_tables", "index", "all"}, run.output


def test_it_is_the_same_when_made_again(published: Place, tmp_path: Path) -> None:
    place = published.copy(tmp_path / "place")
    before = digests(place)
    gone = [*(f"dataset/{name}" for name in MADE), "dataset/export/samples.zarr.zip"]
    gone.append("dataset/export/chips.zip")
    for name in gone:
        (place.results / name).unlink()
    run = place.run(*EVERYTHING, "--forcerun", "dataset_shards", cores=1)
    assert run.code == 0, run.output
    assert digests(place) == before


def test_a_change_of_what_is_told_describes_anew_and_no_more(
    published: Place, tmp_path: Path
) -> None:
    place = published.copy(tmp_path / "place")
    place.config["dataset"]["publication"] = {"title": "Another {name}"}
    run = place.run("publish", "dataset_chips", "dataset_zarr")
    assert run.code == 0, run.output
    assert run.jobs == {"dataset_croissant": 1, "datasheet": 1, "publish": 1}
    assert "croissant.json lacks what dataset.publication is to tell: creators" in run.output
    told = json.loads((place.results / "dataset/croissant.json").read_text())
    assert told["name"] == "Another {name}"
    assert "license" not in told
    assert "# Datasheet: Another {name}" in (place.results / "dataset/datasheet.md").read_text()


def test_croissant_tells_what_lies_beside_it(published: Place) -> None:
    folder = published.results / "dataset"
    told = json.loads((folder / "croissant.json").read_text())
    assert (told["name"], told["license"]) == ("A tiny world", "CC-BY-4.0")
    for part in told["distribution"]:
        assert sha256_of(folder / part["contentUrl"]) == part["sha256"]
    (splits,) = (one for one in told["recordSet"] if one["name"] == "splits")
    counts = {row["splits/name"]: row["splits/samples"] for row in splits["data"]}
    assert counts == {name: len(np.load(folder / f"{name}.npy")) for name in ("train", "test")}


def test_the_datasheet_and_the_certificate_agree(published: Place) -> None:
    folder = published.results / "dataset"
    certificate = json.loads((folder / "certificate.json").read_text())
    sheet = (folder / "datasheet.md").read_text()
    counts = {name: told["samples"] for name, told in certificate["patches"].items()}
    assert f"{counts['train']} for training, {counts['test']} for testing." in sheet
    assert "A. Author" in sheet
    assert all(note in sheet for note in certificate["notes"])


def test_the_nearest_distance_is_that_of_the_certificate(published: Place) -> None:
    folder = published.results / "dataset"
    told = json.loads((folder / "autocorrelation.json").read_text())
    certificate = json.loads((folder / "certificate.json").read_text())
    assert told["nearest_training_km"]["min"] == pytest.approx(
        certificate["nearest_train_test_km"], abs=1e-3
    )


@pytest.mark.parametrize("split", ["train", "test"])
def test_each_form_holds_the_samples(published: Place, split: str) -> None:
    folder = published.results / "dataset"
    array = np.load(folder / f"{split}.npy")
    places = geopandas.read_file(folder / f"{split}.gpkg")
    group = zarr.open_group(ZipStore(folder / "export/samples.zarr.zip", mode="r"), mode="r")[split]
    np.testing.assert_array_equal(group["landcover"][:], array[:, 0])
    np.testing.assert_array_equal(group["elevation"][:], array[:, 1])
    seen = 0
    for path in (folder / "export/shards").glob(f"{split}-*.tar"):
        with tarfile.open(path) as tar:
            for name in tar.getnames():
                if name.endswith(".elevation.npy"):
                    row = int(name.partition(".")[0])
                    content = tar.extractfile(name).read()  # type: ignore[union-attr]
                    np.testing.assert_array_equal(np.load(io.BytesIO(content)), array[row, 1])
                    seen += 1
    assert seen == len(array)
    index = geopandas.read_parquet(folder / "index.parquet").query("split == @split")
    assert index.geometry.reset_index(drop=True).geom_equals(places.geometry).all()
    for i, place in places.iterrows():
        name = f"{place['cell']}_{place['row']}_{place['col']}.tif"
        for k, kind in enumerate(("landcover", "elevation")):
            with rasterio.open(f"zip://{folder}/export/chips.zip!{split}/{kind}/{name}") as chip:
                np.testing.assert_array_equal(chip.read(1), array[i, k])


def test_a_chip_lies_on_the_land_cover_that_it_was_cut_from(published: Place) -> None:
    """Its pixels are the majority of those of the raster there."""
    folder = published.results / "dataset"
    codes = pd.read_parquet(folder / "class_distribution.parquet")["code"].to_numpy()
    path = folder / "export/chips.zip"
    with zipfile.ZipFile(path) as archive:
        named = [name for name in archive.namelist() if name.startswith("test/landcover/")]
    assert named
    with rasterio.open(published.folder / "in/landcover.tif") as source:
        for name in named:
            with rasterio.open(f"zip://{path}!{name}") as chip:
                window = rasterio.windows.from_bounds(*chip.bounds, source.transform)
                fine = source.read(1, window=window.round_offsets().round_lengths())
                blocks = fine.reshape(8, 2, 8, 2).swapaxes(1, 2).reshape(8, 8, 4)
                coarse = codes[chip.read(1)]
                count = (blocks == coarse[..., None]).sum(axis=2)
                assert (
                    count >= [[max(map(list(b).count, b)) for b in row] for row in blocks]
                ).all()


SNIPPETS = re.findall(r"```py\n(.+?)```", (REPOSITORY / "docs/publish.md").read_text(), re.S)


@pytest.mark.parametrize("text", SNIPPETS, ids=range(len(SNIPPETS)))
def test_what_the_document_shows_runs(published: Place, text: str) -> None:
    for name in re.findall(r"\w+", text.splitlines()[0].replace("import", "").split(" as ")[0]):
        pytest.importorskip(name)
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=published.folder, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_a_damaged_array_is_named_before_it_is_handed_on(published: Place, tmp_path: Path) -> None:
    place = published.copy(tmp_path / "place")
    path = place.results / "dataset/train.npy"
    times = path.stat()
    body = bytearray(path.read_bytes())
    body[-1] ^= 1
    path.write_bytes(body)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    run = place.run("dataset_zarr", "--forcerun", "dataset_zarr")
    assert run.code != 0
    assert "train.npy: is damaged" in run.output
