"""What is told of a dataset's gaps."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.known import tell_cells, tell_filled, tell_region
from landloom.dataset.proof.split_files import SplitFiles

CELLS = pd.DataFrame({"cell": ["a", "b", "c", "d"], "split": ["train", "test", "train", "train"]})


@pytest.mark.parametrize(
    ("share", "notes"),
    [
        (1.0, []),
        (0.7512, ["24.9 % of the region lies off the land-cover raster"]),
        (0.99999, ["less than 0.1 % of the region lies off the land-cover raster"]),
    ],
)
def test_the_share_off_the_raster(share, notes):
    findings = Findings()
    tell_region(share, findings)
    assert findings.notes == notes
    assert findings.measured == {"region_share_on_raster": share}


def test_cells_without_land_cover():
    findings = Findings()
    coverage = {"cells": 4, "without_patch": ["a"], "without_land_cover": ["d"]}
    tell_cells(coverage, CELLS, findings)
    counts = {"all": 4, "without_patch": 1, "without_land_cover": 1, "eligible": 2, "test": 1}
    assert findings.measured == {"cells": counts}
    (note,) = findings.notes
    assert note.startswith("of 4 cells 1 have no patch")
    assert note.endswith("the 1 test cells were drawn among the other 2")
    assert findings.broken == []


def test_where_all_cells_have_land_cover_there_is_no_note():
    findings = Findings()
    tell_cells({"cells": 4, "without_patch": [], "without_land_cover": []}, CELLS, findings)
    assert findings.measured["cells"]["eligible"] == 4
    assert findings.notes == findings.broken == []


def test_a_test_cell_without_land_cover_breaks_the_promise():
    findings = Findings()
    tell_cells({"cells": 4, "without_patch": [], "without_land_cover": ["b"]}, CELLS, findings)
    assert findings.broken == ["test cells without land cover: b"]


def test_samples_that_were_filled_in():
    findings = Findings()
    none = Path()
    splits = [
        SplitFiles("train", none, none, {"samples": 9, "filled": 2, "filled_pixels": 31}),
        SplitFiles("test", none, none, {"samples": 3, "filled": 0, "filled_pixels": 0}),
    ]
    tell_filled(splits, findings)
    assert findings.notes == [
        "train: 2 of 9 samples have void elevation that was filled in, 31 pixels in all"
    ]
