"""What a run says, from its first line to its last."""

from __future__ import annotations

import os
import pty
import re
from contextlib import suppress
from pathlib import Path

import pytest
import rasterio
import yaml
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


def test_on_a_terminal_progress_takes_one_line(place: Place) -> None:
    (place.folder / "mine.yaml").write_text(yaml.safe_dump(place.config))
    place.environment = {"TERM": "xterm"}
    ours, theirs = pty.openpty()
    arguments = ("dataset", "--configfile", "mine.yaml", "--cores", "2", "--nocolor")
    with place.start(*arguments, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        output = read_all(ours)
    assert process.returncode == 0, output
    clear = "\r\x1b[2K"
    # Each is written over by the next, or cleared for what stays.
    told = re.findall(r"\r\x1b\[2K(\[[ \d]\d % after [^\n\r]*)(?=\r\x1b)", output)
    assert len(told) > 5
    assert max(map(len, told)) < 80
    lines = [line.split(clear)[-1] for line in output.split("\r\n")]
    assert not [line for line in lines if " left]" in line]
    assert [line for line in lines if line.startswith("Dataset: ")]
    assert [line for line in lines if line.startswith("Note: ")]


def read_all(terminal: int) -> str:
    """Return what is written to a terminal until all who wrote to it have ended."""
    read = b""
    with suppress(OSError):  # EIO: nobody writes any more
        while part := os.read(terminal, 65536):
            read += part
    os.close(terminal)
    return read.decode()


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
