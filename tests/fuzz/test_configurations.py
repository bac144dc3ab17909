"""Configurations: each is refused in one message, or made into what it asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from fuzz.config_cases import DATASET_KEYS, MAP_KEYS, changes, spoilt
from fuzz.effort import tried
from fuzz.jobs import DatasetRun, MapRun, configured
from fuzz.oracle import Tally, ended
from fuzz.worlds import CERTIFICATE, DATASET, MAP, THE_MAP, configuration, inputs
from hypothesis import given

from landloom.config.strict_yaml import check_file

pytestmark = pytest.mark.full

TEXT = yaml.safe_dump({**DATASET, **MAP}, sort_keys=False)
DEMO = (Path(__file__).parents[2] / "config/config.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("half", ["dataset", "map"])
def test_values_at_their_bounds(half: str, scratch: Callable[[], Path], tmp_path: Path) -> None:
    tally = Tally(f"values of {half}")
    keys, base, names = (
        (DATASET_KEYS, DATASET, ("landcover", "dem"))
        if half == "dataset"
        else (MAP_KEYS, MAP, ("embedding", "reference"))
    )
    inputs(tmp_path, *names)

    @tried(25)
    @given(case=changes(keys))
    def attack(case: dict[str, Any]) -> None:
        folder = scratch()
        for name in names:
            (folder / f"{name}.tif").symlink_to(tmp_path / f"{name}.tif")
        raw = configuration(base, **case)
        run: type[DatasetRun | MapRun] = DatasetRun if half == "dataset" else MapRun
        product = folder / (CERTIFICATE if half == "dataset" else THE_MAP)
        files = [f"{name}.tif" for name in names]
        tally.judge(case, ended(lambda: run(raw).run(), folder), files, product)

    attack()
    tally.check()


@pytest.mark.parametrize("text", [TEXT, DEMO], ids=["plain", "demo"])
def test_yaml_with_faults(text: str, scratch: Callable[[], Path]) -> None:
    tally = Tally("faults of YAML")
    folder = scratch()
    inputs(folder, "landcover", "dem", "embedding", "reference")
    (folder / "resources/demo/elevation").mkdir(parents=True)

    @tried(100)
    @given(content=spoilt(text))
    def attack(content: bytes) -> None:
        def work() -> None:
            if faults := check_file(Path("mine.yaml"), content):
                raise SystemExit("\n".join(faults))
            configured(yaml.safe_load(content.decode("utf-8-sig")))

        tally.judge(content, ended(work, folder), ["mine.yaml"])

    attack()
    tally.check()
