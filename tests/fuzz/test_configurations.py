"""Configurations: each is refused in one message, or made into what it asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from fuzz.config_cases import DATASET_KEYS, MAP_KEYS, SECTIONS, changes, sections, spoilt
from fuzz.effort import tried
from fuzz.jobs import read
from fuzz.oracle import Tally, ended
from fuzz.worlds import CONTENTS, DATASET, HALVES, MAP, configuration, linked
from hypothesis import given

from landloom.config.strict_yaml import check_file

pytestmark = pytest.mark.full

TEXT = yaml.safe_dump({**DATASET, **MAP}, sort_keys=False)
DEMO = (Path(__file__).parents[2] / "config/config.yaml").read_text(encoding="utf-8")
KEYS = {"dataset": DATASET_KEYS, "map": MAP_KEYS}


@pytest.mark.parametrize("name", HALVES)
def test_values_at_their_bounds(name: str, scratch: Callable[[], Path], good: Path) -> None:
    tally = Tally(f"values of the {name}")
    half = HALVES[name]

    @tried(25)
    @given(case=changes(KEYS[name]))
    def attack(case: dict[str, Any]) -> None:
        folder = scratch()
        linked(folder, good, *half.rasters)
        files = [f"{raster}.tif" for raster in half.rasters]
        tally.judge(case, ended(half.made(**case), folder), files, folder / half.product)

    attack()
    tally.check()


def test_optional_sections(scratch: Callable[[], Path], good: Path) -> None:
    tally = Tally("optional sections of the map")
    folder = scratch()
    linked(folder, good, "embedding", "reference")
    (folder / "points.csv").write_text("lon,lat,class,plot\n9.1,48.05,11,a\n")

    @tried(25)
    @given(case=sections(SECTIONS))
    def attack(case: dict[str, Any]) -> None:
        content = yaml.safe_dump(configuration(MAP, **case)).encode()
        tally.judge(case, ended(partial(read, content), folder), ["points.csv"])

    attack()
    tally.check()


@pytest.mark.parametrize("text", [TEXT, DEMO], ids=["plain", "demo"])
def test_yaml_with_faults(text: str, scratch: Callable[[], Path], good: Path) -> None:
    tally = Tally("faults of YAML")
    folder = scratch()
    linked(folder, good, *CONTENTS)
    (folder / "resources/demo/elevation").mkdir(parents=True)

    @tried(50)
    @given(content=spoilt(text))
    def attack(content: bytes) -> None:
        def work() -> None:
            # Snakemake reads the file before it reads the workflow, and has words of its own.
            if faults := check_file(Path("mine.yaml"), content):
                raise SystemExit("\n".join(faults))
            read(content)

        tally.judge(content, ended(work, folder), ["mine.yaml"])

    attack()
    tally.check()
