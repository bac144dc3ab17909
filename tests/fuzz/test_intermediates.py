"""Finished files that something befalls before the jobs after them run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fuzz.damage_cases import DAMAGES, DamageCase, damages
from fuzz.effort import tried
from fuzz.jobs import DatasetRun, MapRun
from fuzz.oracle import Tally, ended
from fuzz.worlds import CERTIFICATE, DATASET, MAP, THE_MAP, inputs
from hypothesis import given

pytestmark = pytest.mark.full

Runs = type[DatasetRun | MapRun]
STAGES: dict[Runs, tuple[str, ...]] = {
    DatasetRun: ("inspect", "cut", "relief", "count", "stack", "certify"),
    MapRun: ("inspect", "points", "samples", "learn", "predict"),
}
WHOLE: dict[Runs, tuple[dict[str, Any], Path, tuple[str, ...]]] = {
    DatasetRun: (DATASET, CERTIFICATE, ("landcover", "dem")),
    MapRun: (MAP, THE_MAP, ("embedding", "reference")),
}


def finished(run: Runs, folder: Path) -> dict[Path, int]:
    """Make everything once, and return which files each stage makes, by its number."""
    raw, product, names = WHOLE[run]
    inputs(folder, *names)
    makers: dict[Path, int] = {}
    for number, stage in enumerate(STAGES[run]):
        ending = ended(partial(_resumed, run, raw, (stage,)), folder)
        assert ending.code == 0, ending.said
        for path in made_files(folder):
            makers.setdefault(path.relative_to(folder), number)
    assert product in makers
    return makers


def _resumed(run: Runs, raw: dict[str, Any], stages: tuple[str, ...]) -> None:
    """Do some stages of a run of which those before are done."""
    resumed = run(raw)
    for stage in stages:
        getattr(resumed, stage)()


def made_files(folder: Path) -> list[Path]:
    """Return what jobs have made, without logs and records."""
    results = folder / "results"
    files = [path for path in sorted(results.rglob("*")) if path.is_file()]
    aside = (".digests", "logs")
    return [path for path in files if not set(path.relative_to(results).parts) & set(aside)]


@pytest.mark.parametrize("run", WHOLE, ids=lambda run: run.__name__)
def test_damaged_files(run: Runs, scratch: Callable[[], Path], tmp_path: Path) -> None:
    tally = Tally(f"damage within a {run.__name__}")
    raw, product, _ = WHOLE[run]
    makers = finished(run, tmp_path)
    whole = (tmp_path / product).read_bytes()
    files = [path for path, number in makers.items() if number + 1 < len(STAGES[run])]

    @tried(25)
    @given(case=damages)
    def attack(case: DamageCase) -> None:
        folder = scratch()
        shutil.rmtree(folder)
        shutil.copytree(tmp_path, folder, ignore=shutil.ignore_patterns("case", "said.txt"))
        path, other = (files[number % len(files)] for number in (case.file, case.other))
        DAMAGES[case.how](folder / path, folder / other, case.where)
        after = STAGES[run][makers[path] + 1 :]
        ending = ended(partial(_resumed, run, raw, after), folder)
        shown = (case.how, str(path), case.where)
        tally.judge(shown, ending, [path.name], folder / product)
        if ending.code == 0:
            assert (folder / product).read_bytes() == whole, shown

    attack()
    tally.check()
