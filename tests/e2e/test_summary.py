"""What a run says, from its first line to its last."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import rasterio
from conftest import Place

pytestmark = pytest.mark.slow


def test_a_run_tells_what_it_does_and_what_it_made(place: Place) -> None:
    run = place.run("dataset")
    assert run.code == 0, run.output
    assert re.search(r"Stacking the (train|test) samples", run.output)
    told = re.findall(r"^\[.*\] [A-Z].*$", run.output, re.MULTILINE)
    assert len(told) > 5
    for line in told:  # what is left depends on the machine
        assert re.match(r"\[[ \d]\d % after \d.*, (about .* left|nearly done)\] \w", line)
    assert "training and" in run.output.split("Dataset: ")[1]
    assert "Figures:" not in run.output
    for chatter in ("Select jobs", "Finished jobid", "steps ("):
        assert chatter not in run.output


def test_a_dry_run_claims_nothing(finished: Place, tmp_path: Path) -> None:
    output = finished.copy(tmp_path / "place").run("-n", "--forceall").output
    assert "Dataset:" not in output
    assert " left]" not in output


def test_what_went_wrong_comes_last(place: Place) -> None:
    path = place.folder / "in/dem/N42W117.tif"
    with rasterio.open(path) as source:
        pixels, profile = source.read(), source.profile | {"crs": None}
    with rasterio.open(path, "w", **profile) as target:
        target.write(pixels)
    run = place.run()
    assert run.code != 0
    last = run.output.split("At least one job did not complete successfully")[1]
    assert "elevation_tile failed (results/logs/elevation_tile/N42W117.log)" in last
    assert "CRS" in last
    assert "Traceback" not in last


def test_whoever_asks_snakemake_for_its_own_words_gets_them(place: Place) -> None:
    run = place.run("split", "--quiet", "host")
    assert run.code == 0, run.output
    assert "Finished jobid" in run.output
    assert "left]" not in run.output
