"""Odd rasters in the place of each of a run's inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fuzz.effort import tried
from fuzz.oracle import Tally, ended
from fuzz.raster_cases import RasterCase, described, rasters, written
from fuzz.worlds import BANDS, CONTENTS, HALF_OF, linked
from hypothesis import assume, given

pytestmark = pytest.mark.full


@pytest.mark.parametrize("role", HALF_OF)
def test_odd_rasters(role: str, scratch: Callable[[], Path], good: Path) -> None:
    tally = Tally(f"raster as {role}")
    half = HALF_OF[role]
    others = [name for name in half.rasters if name != role]

    @tried(25)
    @given(case=rasters())
    def attack(case: RasterCase) -> None:
        folder = scratch()
        linked(folder, good, *others)
        assume(written(case, folder / f"{role}.tif", CONTENTS[role], BANDS.get(role, 1)))
        ending = ended(half.made(), folder)
        tally.judge(described(case), ending, [f"{role}.tif"], folder / half.product)

    attack()
    tally.check()
