"""The workflow with all that it makes in an object store, and its rasters read from one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Place, Run
from fuzz.test_matrix import WORLDS, write_inputs

from landloom.elevation.tiles import make_tile

from .apart import APART, elsewhere, on_empty_nodes, on_nodes, with_rasters_in_bucket
from .store import Store, products, running, skip_without

pytestmark = pytest.mark.full

skip_without(
    {
        "moto": "tests/object_store/requirements.txt",
        "snakemake_storage_plugin_s3": "profiles/s3/requirements.txt",
    }
)

MOST_REQUESTS = 20
"""Of a job, on average over a run."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with running(tmp_path_factory.mktemp("store")) as store:
        yield store


def in_bucket(store: Store, place: Place, bucket: str) -> list[str]:
    """Return the options for results in a bucket."""
    place.environment |= store.environment
    store.bucket(bucket)
    return ["--default-storage-provider", "s3", "--default-storage-prefix", f"s3://{bucket}"]


@pytest.fixture(scope="module")
def stored(store: Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Run, float]:
    """The whole demo in a bucket, fetched from there; the run, and how many requests a job took.

    No job of it finds anything but its inputs.
    """
    place = Place(tmp_path_factory.mktemp("in_bucket"))
    nodes = tmp_path_factory.mktemp("nodes")
    on_empty_nodes(place, nodes)
    before = len(store.requests())
    run = place.snakemake("--cores", "2", *in_bucket(store, place, "landloom-demo"))
    assert run.code == 0, run.output
    requests = len(store.requests()) - before
    store.fetch("landloom-demo", place.folder)
    jobs = len(list(nodes.iterdir()))
    assert jobs >= len(list((place.results / "benchmarks").rglob("*.tsv"))) > 60
    return place, run, requests / jobs


def test_the_demo_is_the_same_to_the_byte(stored: tuple[Place, Run, float], demo: Place) -> None:
    made = products(stored[0])
    assert len(made) > 100
    assert made == products(demo)


def test_no_product_holds_a_path_of_this_machine(stored: tuple[Place, Run, float]) -> None:
    place, *_ = stored
    files = [path for path in place.results.rglob("*") if path.is_file()]
    made = [path for path in files if path.relative_to(place.results).parts[0] != "logs"]
    nodes = place.environment["LANDLOOM_NODES"].encode()
    paths = (b".snakemake/storage", str(place.folder).encode(), nodes)
    assert [path for path in made if any(one in path.read_bytes() for one in paths)] == []


def test_the_end_tells_where_all_of_it_is(stored: tuple[Place, Run, float]) -> None:
    _, run, _ = stored
    assert "All of it, on one page: s3://landloom-demo/results/index.html" in run.output


def test_a_job_takes_few_requests(stored: tuple[Place, Run, float]) -> None:
    *_, requests = stored
    assert requests < MOST_REQUESTS


def test_a_run_that_has_all_makes_nothing(stored: tuple[Place, Run, float], store: Store) -> None:
    place, *_ = stored
    elsewhere = Place(place.folder / "elsewhere")
    elsewhere.folder.mkdir()
    run = elsewhere.snakemake("--cores", "2", *in_bucket(store, elsewhere, "landloom-demo"), "-n")
    assert "Nothing to be done" in run.output, run.output


@elsewhere
def test_machines_that_have_only_what_a_job_reads(store: Store, tmp_path: Path) -> None:
    """With rasters that are read from the bucket, too."""
    config = with_rasters_in_bucket(store, tmp_path / "in")
    here, there = Place(tmp_path / "here", config=config), Place(tmp_path / "there", config=config)
    for place in (here, there):
        place.folder.mkdir()
        place.environment |= store.environment
    run = here.run("samples")
    assert run.code == 0, run.output
    options = [*on_nodes(tmp_path), *in_bucket(store, there, "landloom-apart")]
    run = there.run("samples", *options)
    assert run.code == 0, run.output
    store.fetch("landloom-apart", there.folder)
    assert "map/samples.parquet" in products(there)
    assert products(there) == products(here)


@elsewhere
@pytest.mark.parametrize("apart", [False, True])
def test_what_a_failed_job_said_is_told(apart: bool, store: Store, tmp_path: Path) -> None:
    """Of a job elsewhere, too, whose log is in the bucket only."""
    place = Place(tmp_path / "place", config=with_rasters_in_bucket(store, tmp_path / "in"))
    place.folder.mkdir()
    place.config["map"]["embedding"]["raster"] = "s3://landloom-inputs/none.tif"
    bucket = f"landloom-fails-{apart}".lower()
    run = place.run(
        "inspect_embedding",
        *in_bucket(store, place, bucket),
        *(on_nodes(tmp_path) if apart else []),
    )
    assert run.code
    *_, told = run.output.partition(f"inspect_embedding failed (s3://{bucket}/results/logs/")
    assert "none.tif: cannot be opened as a raster: there is no such file" in told
    assert "left no word" not in run.output


def test_tiles_of_elevation_lie_in_a_bucket(place: Place, store: Store) -> None:
    """Those that are not there are sea."""
    bucket = store.bucket("landloom-dem")
    for path in (place.folder / "in/dem").iterdir():
        bucket.upload_file(str(path), f"dem/{path.name}")
    place.config["dataset"]["elevation"]["source"] = "s3://landloom-dem/dem/{tile}.tif"
    place.environment |= store.environment
    run = place.run("results/elevation/elevation_tiles.csv")
    assert run.code == 0, run.output
    for tile in ("N42W117", "N43W116"):
        own = place.folder / f"in/dem/{tile}.tif"
        make_tile(tile, str(own) if own.exists() else None, None, place.folder / "tile.tif")
        made = (place.results / f"elevation/tiles/{tile}.tif").read_bytes()
        assert made == (place.folder / "tile.tif").read_bytes()


@pytest.mark.parametrize("world", WORLDS)
def test_all_that_jobs_read_is_made(world: str, store: Store, tmp_path: Path) -> None:
    """Their notes, too, which are files of the run in a store only."""
    config, targets = WORLDS[world]
    place = Place(tmp_path, config=config)
    write_inputs(tmp_path)
    (tmp_path / "model.zip").touch()
    run = place.run("-n", *targets, *in_bucket(store, place, "landloom-worlds"))
    assert run.code == 0, run.output


def test_own_files_stay_where_they_are(place: Place, store: Store) -> None:
    options = in_bucket(store, place, "landloom-own")
    run = place.run("results/landcover/landcover.json", *options)
    assert run.code == 0, run.output
    assert "\nResults are below s3://landloom-own/results\n" in run.output
    fetched = Place(place.folder / "fetched")
    store.fetch("landloom-own", fetched.folder)
    assert '"in/landcover.tif"' in (fetched.results / "landcover/landcover.json").read_text()


@elsewhere
def test_own_files_that_jobs_cannot_read_are_told(place: Place, store: Store) -> None:
    options = [*in_bucket(store, place, "landloom-own"), *APART]
    run = place.run("dataset", *options, "--cluster-generic-submit-cmd", "false")
    assert run.code
    assert "in/landcover.tif" in run.output
    assert "name rasters by addresses" in run.output
    assert "Traceback" not in run.output


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ({"SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": "http://127.0.0.1:9"}, "Could not connect"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "credentials"),
    ],
)
def test_a_store_that_does_not_answer_is_told_in_one_message(
    place: Place, store: Store, without: dict[str, str], said: str
) -> None:
    options = in_bucket(store, place, "landloom-own")
    place.environment |= without
    run = place.run("-n", *options, "--storage-s3-retries", "1")
    assert run.code
    assert "--default-storage-prefix: s3://landloom-own/: " in run.output
    assert said in run.output
    assert "Traceback" not in run.output


def test_the_profile_names_the_plug_in(place: Place, store: Store) -> None:
    *_, prefix = in_bucket(store, place, "landloom-profile")
    profile = str(Path(__file__).parents[2] / "profiles/s3")
    run = place.run("-n", "--profile", profile, "--default-storage-prefix", prefix)
    assert run.code == 0, run.output
