"""Odd rasters in the place of each of a run's inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fuzz.effort import tried
from fuzz.jobs import DatasetRun, MapRun
from fuzz.oracle import Tally, ended
from fuzz.raster_cases import RasterCase, described, rasters, written
from fuzz.worlds import BANDS, CERTIFICATE, CONTENTS, DATASET, MAP, THE_MAP, inputs
from hypothesis import assume, given

pytestmark = pytest.mark.full

HALVES = {"landcover": "dataset", "dem": "dataset", "embedding": "map", "reference": "map"}


@pytest.mark.parametrize("role", HALVES)
def test_odd_rasters(role: str, scratch: Callable[[], Path], tmp_path: Path) -> None:
    tally = Tally(f"raster as {role}")
    of_dataset = HALVES[role] == "dataset"
    raw, product = (DATASET, CERTIFICATE) if of_dataset else (MAP, THE_MAP)
    names = [name for name in HALVES if HALVES[name] == HALVES[role] and name != role]
    (tmp_path / "good").mkdir()
    inputs(tmp_path / "good", *names)

    @tried(25)
    @given(case=rasters())
    def attack(case: RasterCase) -> None:
        folder = scratch()
        for name in names:
            (folder / f"{name}.tif").symlink_to(tmp_path / "good" / f"{name}.tif")
        assume(written(case, folder / f"{role}.tif", CONTENTS[role], BANDS.get(role, 1)))
        run = DatasetRun if of_dataset else MapRun
        ending = ended(lambda: run(raw).run(), folder)
        tally.judge(described(case), ending, [f"{role}.tif"], folder / product)

    attack()
    tally.check()
