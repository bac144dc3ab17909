"""Finished files that something befalls before the jobs after them run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from fuzz.damage_cases import DAMAGES, DamageCase, damages
from fuzz.effort import tried
from fuzz.jobs import rerun_after
from fuzz.oracle import Tally, ended
from fuzz.worlds import HALVES, linked
from hypothesis import given

pytestmark = pytest.mark.full


def made_files(folder: Path) -> list[Path]:
    """Return what jobs have made below a folder, without logs and records."""
    results = folder / "results"
    files = [path for path in sorted(results.rglob("*")) if path.is_file()]
    aside = {".digests", ".notes", "logs", "benchmarks", ".snakemake_timestamp"}
    return [path for path in files if not set(path.relative_to(results).parts) & aside]


def digests(folder: Path, but: Path) -> dict[Path, str]:
    """Return the digests of what jobs have made, but for one file."""
    named = {path.relative_to(folder): path for path in made_files(folder)}
    named.pop(but, None)
    return {name: sha256(path.read_bytes()).hexdigest() for name, path in named.items()}


@pytest.mark.parametrize("name", HALVES)
def test_damaged_files(name: str, scratch: Callable[[], Path], good: Path, tmp_path: Path) -> None:
    tally = Tally(f"damage within the {name}")
    half, whole = HALVES[name], tmp_path / "whole"
    whole.mkdir()
    linked(whole, good, *half.rasters)
    ending = ended(half.made(), whole)
    assert ending.code == 0, ending.said
    files = [path.relative_to(whole) for path in made_files(whole)]

    @tried(25)
    @given(case=damages)
    def attack(case: DamageCase) -> None:
        folder = scratch()
        shutil.rmtree(folder)
        shutil.copytree(whole, folder, symlinks=True)
        path, other = (files[number % len(files)] for number in (case.file, case.other))
        DAMAGES[case.how](folder / path, folder / other, case.where)
        ending = ended(partial(rerun_after, path, half.name), folder)
        shown = (case.how, str(path), case.where)
        tally.judge(shown, ending, [path.name], folder / half.product)
        if ending.code == 0:
            assert digests(folder, path) == digests(whole, path), shown

    attack()
    tally.check()
