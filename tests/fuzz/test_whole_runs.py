"""Some of all these attacks on whole runs of Snakemake, a few at a time."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Place, Run
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
ROLES = st.sampled_from(sorted(CONTENTS))


def as_told(run: Run, starting: float) -> Ending:
    """Return how a run ended: of what it said, its last words, or all where these are none."""
    said = run.output
    if run.code and "Traceback" not in said:
        told = re.findall(r"failed \(\S+\):\n\n(.*?)\n\n", said, re.DOTALL)
        lines = [line for line in said.splitlines() if line.startswith("config: ")]
        said = told[-1] if told else "\n".join(lines)
    return Ending(run.code, said, time.monotonic() - starting)


def attempt(folder: Path, raw: dict[str, Any], *arguments: str) -> Ending:
    starting = time.monotonic()
    return as_told(Place(folder, config=raw).run(*arguments), starting)


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
        starting = time.monotonic()
        run = Place(folder).snakemake("--configfile", "mine.yaml", "--cores", "2", "--dry-run")
        assume(not BEFORE_US.search(run.output))
        tally.judge(content, as_told(run, starting), ["mine.yaml"])

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
