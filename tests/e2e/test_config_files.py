"""Configuration files as Snakemake is given them, and folders of results by odd names."""

from __future__ import annotations

import pytest
import yaml
from conftest import Place

pytestmark = pytest.mark.slow


def test_a_key_given_twice_is_told_for_each_file_and_for_the_command_line(place: Place) -> None:
    (place.folder / "a.yaml").write_text(yaml.safe_dump(place.config) + "results: other\n")
    (place.folder / "b.yaml").write_text("figures: {samples: 1:30}\n")
    files = ("--configfile", "a.yaml", "b.yaml", "--cores", "1", "--dry-run")
    run = place.snakemake(*files)
    assert run.code != 0
    assert "Traceback" not in run.output
    first, second = (line for line in run.output.splitlines() if line.startswith("config: "))
    assert first.startswith("config: a.yaml, line ")
    assert "'results' is given twice" in first
    assert second.startswith("config: b.yaml, line 1: 1:30: YAML takes it for a number of base 60")
    run = place.run("--dry-run", "--config", "figures={samples: 1, samples: 2}")
    assert "config: --config figures: 'samples' is given twice" in run.output


@pytest.mark.parametrize(("scheme", "profile"), [("s3", "s3"), ("gs", "gcs")])
def test_a_bucket_without_a_store_is_told(scheme: str, profile: str, place: Place) -> None:
    """Snakemake by itself would go on, and leave all results on this machine."""
    run = place.run("--dry-run", "--default-storage-prefix", f"{scheme}://bucket/run")
    assert run.code != 0
    assert f"--default-storage-prefix: {scheme}://bucket/run is of no store" in run.output
    assert f"add --profile profiles/{profile}, or " in run.output
    assert "Traceback" not in run.output


def test_the_command_line_may_give_numbers_within_braces(place: Place) -> None:
    run = place.run("--dry-run", "--config", "dataset={grid: {n: 4}}")
    assert run.code == 0, run.output
    assert run.jobs["extract_cells"] == 4


def test_what_holds_itself_is_told(place: Place) -> None:
    (place.folder / "self.yaml").write_text("results: &a [*a]\n")
    run = place.snakemake("--configfile", "self.yaml", "--cores", "1")
    assert "config: self.yaml, line 1: *a stands within &a, which would hold itself" in run.output
    assert "Traceback" not in run.output


def test_the_own_configuration_of_a_folder_is_read_as_strictly(place: Place) -> None:
    (place.folder / "config").mkdir()
    (place.folder / "config/config.yaml").write_text("dataset:\n\tgrid: {n: 2}\n")
    run = place.snakemake("--cores", "1", "--dry-run")
    assert "config: config/config.yaml, line 2: is indented with a tab" in run.output
    assert "Traceback" not in run.output


def test_a_run_that_is_slow_to_plan_says_so_first(place: Place) -> None:
    place.config["dataset"]["grid"]["n"] = 251
    assert "config: dataset.grid.n: 251: must be at most 250" in place.run("--dry-run").output
    place.config["dataset"]["grid"]["n"] = 160
    place.config["dataset"]["landcover"]["resolution"] = 30.0
    run = place.run("--dry-run", "configuration")
    assert run.code == 0, run.output
    assert "planning 25,600 cells in 3" in run.output


@pytest.mark.parametrize("results", ['it\'s [a] "b" é $c *', "-x/"])
def test_odd_names_of_the_results_folder(place: Place, results: str) -> None:
    place.config["results"] = results
    run = place.run()
    assert run.code == 0, run.output
    assert (place.results / "dataset/certificate.json").exists()
    assert place.run("--dry-run").jobs == {}
