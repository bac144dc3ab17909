"""The workflow with all that it makes in an object store, and its rasters read from one."""

from __future__ import annotations

import copy
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Place, Run, digests
from tiny_map import MAP_CONFIG

from .store import Store, running

pytestmark = pytest.mark.full

for needed in ("moto", "snakemake_storage_plugin_s3"):
    if importlib.util.find_spec(needed) is None:
        pytest.skip(
            f"{needed} is not installed: see tests/object_store/requirements.txt",
            allow_module_level=True,
        )

MOST_REQUESTS = 40
"""Of a job, on average over a run."""

STAYS = re.compile(r"(^|/)\.(digests|notes)/|^map/tuning/scores/|\.snakemake_timestamp$")
"""What lies beside results on one machine only, or the other way round."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with running(tmp_path_factory.mktemp("store")) as store:
        yield store


def in_bucket(store: Store, place: Place, bucket: str) -> list[str]:
    """Return the options for results in a bucket."""
    place.environment |= store.environment
    store.bucket(bucket)
    return ["--default-storage-provider", "s3", "--default-storage-prefix", f"s3://{bucket}"]


def products(place: Place) -> dict[str, str]:
    return {name: digest for name, digest in digests(place).items() if not STAYS.search(name)}


@pytest.fixture(scope="module")
def stored(store: Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Run, int]:
    """The whole demo in a bucket, fetched from there; the run, and how many requests it took."""
    place = Place(tmp_path_factory.mktemp("in_bucket"))
    before = len(store.requests())
    run = place.snakemake("--cores", "2", *in_bucket(store, place, "landloom-demo"))
    assert run.code == 0, run.output
    requests = len(store.requests()) - before
    store.fetch("landloom-demo", place.folder)
    return place, run, requests


def test_the_demo_is_the_same_to_the_byte(stored: tuple[Place, Run, int], demo: Place) -> None:
    made = products(stored[0])
    assert len(made) > 100
    assert made == products(demo)


def test_no_product_holds_a_path_of_this_machine(stored: tuple[Place, Run, int]) -> None:
    place, *_ = stored
    files = [path for path in place.results.rglob("*") if path.is_file()]
    made = [path for path in files if path.relative_to(place.results).parts[0] != "logs"]
    paths = (b".snakemake/storage", str(place.folder).encode())
    assert [path for path in made if any(one in path.read_bytes() for one in paths)] == []


def test_a_job_takes_few_requests(stored: tuple[Place, Run, int]) -> None:
    place, _, requests = stored
    jobs = len(list(place.folder.glob("**/benchmarks/**/*.tsv")))
    assert jobs > 60
    assert requests < MOST_REQUESTS * jobs


def test_a_run_that_has_all_makes_nothing(stored: tuple[Place, Run, int], store: Store) -> None:
    place, *_ = stored
    elsewhere = Place(place.folder / "elsewhere")
    elsewhere.folder.mkdir()
    run = elsewhere.snakemake("--cores", "2", *in_bucket(store, elsewhere, "landloom-demo"), "-n")
    assert "Nothing to be done" in run.output, run.output


NODE = """\
#!/bin/bash
# A machine that has nothing of the run: copies of what the job reads go to a folder of its own.
export NODE=$(mktemp -d)
bash "$1" > "$NODE.log" 2>&1 < /dev/null &
echo $!
"""


elsewhere = pytest.mark.skipif(
    importlib.util.find_spec("snakemake_executor_plugin_cluster_generic") is None,
    reason="not installed: pip install -r profiles/pbs/requirements.txt",
)
APART = [
    *("--executor", "cluster-generic", "--jobs", "2", "--seconds-between-status-checks", "1"),
    *("--shared-fs-usage", "sources", "source-cache", "software-deployment"),
    *("--remote-job-local-storage-prefix", "$NODE"),
]


@elsewhere
def test_machines_that_have_only_what_a_job_reads(
    store: Store, demo: Place, tmp_path: Path
) -> None:
    """With rasters that are read from the bucket, too."""
    config = copy.deepcopy(MAP_CONFIG)
    inputs = store.bucket("landloom-inputs")
    for name in ("embedding", "worldcover"):
        inputs.upload_file(str(demo.folder / f"resources/demo/{name}.tif"), f"{name}.tif")
    config["map"]["embedding"]["raster"] = "s3://landloom-inputs/embedding.tif"
    config["map"]["reference"]["raster"] = "s3://landloom-inputs/worldcover.tif"
    config["map"]["predict"]["block"] = 512
    here, there = Place(tmp_path / "here", config=config), Place(tmp_path / "there", config=config)
    for place in (here, there):
        place.folder.mkdir()
        place.environment |= store.environment
    run = here.run("map")
    assert run.code == 0, run.output
    submit = tmp_path / "submit"
    submit.write_text(NODE)
    submit.chmod(0o755)
    run = there.run(
        *("map", *APART, "--cluster-generic-submit-cmd", str(submit)),
        *in_bucket(store, there, "landloom-apart"),
    )
    assert run.code == 0, run.output
    store.fetch("landloom-apart", there.folder)
    assert len(products(there)) > 20
    made = products(there)
    assert made == {name: digest for name, digest in products(here).items() if name in made}


def test_own_files_stay_where_they_are(place: Place, store: Store) -> None:
    options = in_bucket(store, place, "landloom-own")
    run = place.run("results/landcover/landcover.json", *options)
    assert run.code == 0, run.output
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
