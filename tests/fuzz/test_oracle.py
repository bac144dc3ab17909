"""The judge of the attacks sees what it is there to see."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from fuzz import oracle
from fuzz.oracle import Ending, ended, fault


def judged(said: str, code: int = 1) -> str | None:
    return fault(Ending(code, said, 0.1), ["dem.tif"])


def test_one_message_with_a_file_or_key_and_a_remedy_is_well() -> None:
    assert judged("\ndem.tif: has no CRS; give it one\n") is None
    assert judged("config: dataset.grid.n: 0: must be at least 1") is None
    assert judged("Note: it is slow\ndem.tif: is empty; delete it") is None


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("", "without a message"),
        ("Note: dem.tif is odd; leave it out", "without a message"),
        ("is no raster; name another file", "neither file nor key"),
        ("dem.tif: is no raster", "no remedy"),
        ("dem.tif: has the name \x1b[31m; give it another", "cannot be shown"),
        ("dem.tif: " + "x" * 9000 + "; give it another", "cannot be shown"),
        ("Traceback (most recent call last):\n  ...\nKeyError: 'dem.tif'; give it", "Traceback"),
        ("dem.tif: That is a defect of Landloom; report it, give it", "defect"),
    ],
)
def test_other_messages_are_at_fault(said: str, found: str) -> None:
    assert found in (judged(said) or "")


def test_a_good_end_without_its_product_is_at_fault(tmp_path: Path) -> None:
    assert fault(Ending(0, "", 0.1), [], tmp_path) is None
    assert "made no map.tif" in (fault(Ending(0, "", 0.1), [], tmp_path / "map.tif") or "")


def test_what_a_process_says_and_how_it_ends_are_told(tmp_path: Path) -> None:
    ending = ended(lambda: sys.exit("dem.tif: is empty; delete it"), tmp_path)
    assert (ending.code, ending.said.strip()) == (1, "dem.tif: is empty; delete it")
    assert "ZeroDivisionError" in (fault(ended(lambda: 1 // 0, tmp_path), []) or "")
    assert "dies of signal" in (
        fault(ended(lambda: os.kill(os.getpid(), signal.SIGKILL), tmp_path), []) or ""
    )


def test_what_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "PATIENCE", 0.3)
    assert "hangs" in (fault(ended(lambda: time.sleep(60), tmp_path), []) or "")


def test_memory_is_that_of_the_work(tmp_path: Path) -> None:
    held = np.ones(30_000_000, np.uint8)  # by this process, before
    ending = ended(lambda: np.ones(200_000_000, np.uint8).sum() + held[0], tmp_path)
    assert 150e6 < ending.memory < 260e6
    assert fault(Ending(0, "", 0.1, 1_000_000_001), []) == "takes 1000 MB"
