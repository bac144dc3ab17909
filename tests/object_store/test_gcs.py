"""A part of the workflow with what it makes in Google's object store, and its rasters read from it.

That all of it may lie in a store, the tests of S3 tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import REPOSITORY, Place, Run

from .apart import elsewhere, on_empty_nodes, on_nodes, with_rasters_in_bucket
from .google_store import GoogleStore
from .store import products, running, skip_without

pytestmark = pytest.mark.full

skip_without(
    {
        "gcp_storage_emulator": "tests/object_store/requirements.txt",
        "snakemake_storage_plugin_gcs": "profiles/gcs/requirements.txt",
    }
)

MOST_REQUESTS = 25
"""Of a job, on average over a run of few, the plan of it included."""

CELL = "results/landcover/cells/r000c000.npz"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleStore]:
    with running(tmp_path_factory.mktemp("store"), GoogleStore) as store:
        yield store


def in_bucket(store: GoogleStore, place: Place, bucket: str) -> list[str]:
    """Return the options for results in a bucket."""
    place.folder.mkdir(exist_ok=True)
    place.environment |= store.environment
    store.bucket(bucket)
    profile = str(REPOSITORY / "profiles/gcs")
    return ["--profile", profile, "--default-storage-prefix", f"gs://{bucket}/demo"]


@pytest.fixture(scope="module")
def stored(
    store: GoogleStore, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Place, Run, float]:
    """Some cells of the demo in a bucket, fetched from there, and how many requests a job took.

    No job finds anything but its inputs.
    """
    place = Place(tmp_path_factory.mktemp("in_bucket"))
    nodes = tmp_path_factory.mktemp("nodes")
    on_empty_nodes(place, nodes)
    options = in_bucket(store, place, "landloom-demo")
    before = len(store.requests())
    run = place.snakemake(CELL, "--cores", "2", *options)
    assert run.code == 0, run.output
    requests = len(store.requests()) - before
    store.fetch("landloom-demo", place.folder)
    return Place(place.folder / "demo"), run, requests / len(list(nodes.iterdir()))


def test_what_is_made_is_the_same_to_the_byte(
    stored: tuple[Place, Run, float], demo: Place
) -> None:
    made, there = products(stored[0]), products(demo)
    assert {"landcover/landcover.json", CELL.removeprefix("results/")} <= made.keys()
    assert made == {name: there.get(name) for name in made}


def test_a_job_takes_few_requests(stored: tuple[Place, Run, float]) -> None:
    _, run, requests = stored
    assert "\nResults are below gs://landloom-demo/demo/results\n" in run.output
    assert requests < MOST_REQUESTS


@pytest.mark.usefixtures("stored")
def test_a_run_that_has_all_makes_nothing(store: GoogleStore, tmp_path: Path) -> None:
    other = Place(tmp_path / "other")
    options = in_bucket(store, other, "landloom-demo")
    run = other.snakemake(CELL, "--cores", "2", *options, "-n")
    assert "Nothing to be done" in run.output, run.output


@elsewhere
def test_machines_that_have_only_what_a_job_reads(store: GoogleStore, tmp_path: Path) -> None:
    """With rasters that are read from the bucket, too."""
    config = with_rasters_in_bucket(store, tmp_path / "in")
    here, there = Place(tmp_path / "here", config=config), Place(tmp_path / "there", config=config)
    options = [*on_nodes(tmp_path), *in_bucket(store, there, "landloom-apart")]
    here.environment |= store.environment
    here.folder.mkdir()
    for place, given in ((here, []), (there, options)):
        run = place.run("results/map/points.parquet", *given)
        assert run.code == 0, run.output
    store.fetch("landloom-apart", there.folder)
    made = products(Place(there.folder / "demo"))
    assert {"map/points.parquet", "map/embedding.json"} <= made.keys()
    assert made == {name: products(here).get(name) for name in made}


def test_a_raster_that_is_not_there_is_told(store: GoogleStore, tmp_path: Path) -> None:
    place = Place(tmp_path / "place", config=with_rasters_in_bucket(store, tmp_path / "in"))
    place.config["map"]["embedding"]["raster"] = "gs://landloom-inputs/none.tif"
    run = place.run("inspect_embedding", *in_bucket(store, place, "landloom-fails"))
    assert run.code
    *_, told = run.output.partition("inspect_embedding failed (gs://landloom-fails/demo/results/")
    assert "none.tif: cannot be opened as a raster: there is no such file" in told
