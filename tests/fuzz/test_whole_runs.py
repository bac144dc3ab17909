"""Some of all these attacks on whole runs of Snakemake, a few at a time."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Place
from fuzz.config_cases import DATASET_KEYS, MAP_KEYS, changes, spoilt
from fuzz.damage_cases import DAMAGES, DamageCase, damages
from fuzz.effort import tried
from fuzz.oracle import Ending, Tally
from fuzz.raster_cases import RasterCase, described, rasters, written
from fuzz.test_configurations import TEXT
from fuzz.test_intermediates import made_files
from fuzz.worlds import BANDS, CONTENTS, DATASET, HALF_OF, HALVES, configuration, inputs
from hypothesis import assume, given
from hypothesis import strategies as st

pytestmark = pytest.mark.full

BEFORE_US = re.compile(r"\bConfig file (must be|is not valid)|in load_configfile\b")
"""What Snakemake says of a file that it cannot read itself, before it reads the workflow."""
LONGEST = 600.0
"""Seconds of a run of many jobs, on a machine that has other work besides."""
ROLES = st.sampled_from(sorted(CONTENTS))


def told_by(place: Place, *arguments: str) -> Ending:
    """Run Snakemake and return how that ended, with its last words, or all where these are none."""
    starting, hung = time.monotonic(), False
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with place.start(*arguments, start_new_session=True, **piped) as process:
        try:
            said, _ = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            (said, _), hung = process.communicate(), True
    code = process.returncode
    if code and "Traceback" not in said and not BEFORE_US.search(said):
        told = re.findall(r"failed \(\S+\):\n\n(.*?)\n\n", said, re.DOTALL)
        lines = [line for line in said.splitlines() if line.startswith("config: ")]
        said = told[-1] if told else "\n".join(lines)
    return Ending(code, said, time.monotonic() - starting, hung=hung)


def attempt(folder: Path, raw: dict[str, Any], *arguments: str) -> Ending:
    (folder / "mine.yaml").write_text(yaml.safe_dump(raw))
    return told_by(Place(folder), "--configfile", "mine.yaml", "--cores", "2", *arguments)


def test_odd_rasters_in_whole_runs(scratch: Callable[[], Path]) -> None:
    tally = Tally("whole runs: rasters")

    @tried(2, cost=200)
    @given(role=ROLES, case=rasters(most=2))
    def attack(role: str, case: RasterCase) -> None:
        folder = scratch()
        inputs(folder, *(name for name in CONTENTS if name != role))
        if written(case, folder / f"{role}.tif", CONTENTS[role], BANDS.get(role, 1)):
            half = HALF_OF[role]
            ending = attempt(folder, half.raw, str(half.product))
            tally.judge((role, described(case)), ending, [f"{role}.tif"], folder / half.product)

    attack()
    tally.check()


def test_odd_values_in_whole_runs(scratch: Callable[[], Path]) -> None:
    tally = Tally("whole runs: values")
    cases = st.tuples(st.just("dataset"), changes(DATASET_KEYS, 2)) | st.tuples(
        st.just("map"), changes(MAP_KEYS, 2)
    )

    @tried(2, cost=200)
    @given(case=cases)
    def attack(case: tuple[str, dict[str, Any]]) -> None:
        folder = scratch()
        inputs(folder, *CONTENTS)
        half = HALVES[case[0]]
        ending = attempt(folder, configuration(half.raw, **case[1]), str(half.product))
        tally.judge(case, ending, [f"{name}.tif" for name in CONTENTS], folder / half.product)

    attack()
    tally.check()


def test_faults_of_yaml_in_whole_runs(scratch: Callable[[], Path]) -> None:
    tally = Tally("whole runs: YAML")

    @tried(2, cost=200)
    @given(content=spoilt(TEXT))
    def attack(content: bytes) -> None:
        folder = scratch()
        inputs(folder, *CONTENTS)
        (folder / "mine.yaml").write_bytes(content)
        ending = told_by(Place(folder), "--configfile", "mine.yaml", "--cores", "2", "--dry-run")
        assume(not BEFORE_US.search(ending.said))
        tally.judge(content, ending, ["mine.yaml"])

    attack()
    tally.check()


def test_damage_between_whole_runs(scratch: Callable[[], Path], tmp_path: Path) -> None:
    tally = Tally("whole runs: damage")
    whole = tmp_path / "whole"
    whole.mkdir()
    inputs(whole, "landcover", "dem")
    assert attempt(whole, DATASET).code == 0
    files = [path.relative_to(whole) for path in made_files(whole)]
    changed = configuration(DATASET, dataset__grid__seed=5, figures={"samples": 2})

    @tried(2, cost=200)
    @given(case=damages)
    def attack(case: DamageCase) -> None:
        folder = scratch()
        shutil.rmtree(folder)
        shutil.copytree(whole, folder, symlinks=True)
        path, other = (files[number % len(files)] for number in (case.file, case.other))
        DAMAGES[case.how](folder / path, folder / other, case.where)
        ending = attempt(folder, changed)
        tally.judge((case.how, str(path)), ending, [path.name], folder / HALVES["dataset"].product)

    attack()
    tally.check()
