"""The workflow through a real Slurm, with the profile that comes along."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml
from conftest import Place, Run, digests

from .one_node import PROFILE, Job, Slurm

pytestmark = pytest.mark.full

Submitted = tuple[Place, Run, list[Job]]

NOT_SUBMITTED = {
    *("sources", "configuration", "run_tables", "dataset_tables", "map_tables"),
    *("elevation_tiles", "check_tuning", "check_folds", "map_report", "notes", "index"),
}
"""Rules that take less time than a submission."""


@pytest.fixture(scope="module")
def submitted(slurm: Slurm, tmp_path_factory: pytest.TempPathFactory) -> Submitted:
    """The whole demo, as Slurm has built it."""
    place = Place(tmp_path_factory.mktemp("submitted"))
    run = slurm.run(place)
    assert run.code == 0, run.output
    return place, run, slurm.jobs()


def test_the_demo_is_the_same_to_the_byte(submitted: Submitted, demo: Place) -> None:
    place, *_ = submitted
    assert len(digests(place)) > 100
    assert digests(place) == digests(demo)


def test_each_job_is_submitted_once_and_fits_the_node(
    submitted: Submitted,
) -> None:
    """`group-components` would have some submitted twice, and asks add up in a group."""
    place, run, jobs = submitted
    assert {job.state for job in jobs} == {"COMPLETED"}
    assert max(job.cpus for job in jobs) == 2
    groups = yaml.safe_load((PROFILE / "config.yaml").read_text())["groups"]
    once = Counter(job.what for job in jobs)
    rows = once.pop("rule_cells_extract_cells_relief_cells")
    assert rows == run.jobs["extract_cells"] == run.jobs["relief_cells"]
    assert set(once.values()) == {1}
    done = [path.relative_to(place.folder) for path in place.folder.glob("**/benchmarks/**/*.tsv")]
    rules = [path.parts[path.parts.index("benchmarks") + 1].removesuffix(".tsv") for path in done]
    alone = sum(rule not in NOT_SUBMITTED | groups.keys() for rule in rules)
    assert len(once) == alone + len(set(groups.values())) - 1
    assert min(job.memory for job in jobs) > 200, "no room for the Snakemake that runs a job"


def test_downloads_are_capped_with_this_profile_too(submitted: Submitted) -> None:
    _, run, _ = submitted
    assert re.search(r"^Provided resources: .*downloads\D+4\b", run.output, re.MULTILINE)


def test_a_job_that_is_killed_is_submitted_again(
    slurm: Slurm, place: Place, finished: Place
) -> None:
    cell = "elevation/cells/r000c000.npz"
    with ThreadPoolExecutor(1) as background:
        running = background.submit(slurm.run, place, f"results/{cell}")
        slurm.cancel_first("rule_cells")
        run = running.result()
    assert run.code == 0, run.output
    killed, again = slurm.jobs("rule_cells")
    assert (killed.state, again.state) == ("CANCELLED", "COMPLETED")
    assert (place.results / cell).read_bytes() == (finished.results / cell).read_bytes()


def test_a_job_that_dies_asks_for_more_memory_and_time_at_each_attempt(
    slurm: Slurm, place: Place
) -> None:
    (place.folder / "in/dem/N42W117.tif").write_text("no raster")
    tile = "results/elevation/tiles/N42W117.tif"
    # Once, and soon, since Slurm is asked ever less often while nothing succeeds.
    soon = ["--retries", "1", "--slurm-init-seconds-before-status-checks", "1"]
    run = slurm.run(place, tile, *soon)
    assert run.code != 0
    asked = slurm.jobs("rule_elevation_tile")
    first = asked[0]
    assert [job.memory / first.memory for job in asked] == [1, 2]
    assert [job.minutes / first.minutes for job in asked] == [1, 2]
    assert {job.state for job in asked} == {"FAILED"}
    last = run.output[run.output.rindex("elevation_tile failed") :]
    assert "in/dem/N42W117.tif" in last
    assert "more failed" not in last, "one job, however often it was tried"
