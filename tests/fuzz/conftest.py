"""What the attacks share: an empty folder for each case, and what became of them all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fuzz.effort import ASKED
from fuzz.jobs import load_modules, warm_up
from fuzz.oracle import TALLIES
from fuzz.worlds import CONTENTS, DATASET, MAP, inputs


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell what became of the cases, where asked for many."""
    for tally in TALLIES if ASKED else []:
        terminalreporter.write_line(f"{tally.attack}: {dict(tally.outcomes)}")
        for kind, number in tally.told.most_common():
            terminalreporter.write_line(f"    {number:5d}  {tally.example[kind][:500]}")


@pytest.fixture(scope="session")
def _modules(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("warm")
    inputs(folder, *CONTENTS)
    load_modules()
    warm_up({**DATASET, **MAP}, folder)


@pytest.fixture
def scratch(tmp_path: Path, _modules: None) -> Callable[[], Path]:
    """A function that gives an empty folder, the same each time."""

    def empty() -> Path:
        folder = tmp_path / "case"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    return empty


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with good rasters for everything."""
    folder = tmp_path_factory.mktemp("good")
    inputs(folder, *CONTENTS)
    return folder
