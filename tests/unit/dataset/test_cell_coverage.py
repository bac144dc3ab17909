"""Which cells can have patches: by their land cover, not by the classes that are rejected."""

from __future__ import annotations

import numpy as np

from landloom.dataset.cell_coverage import CellCoverage
from landloom.dataset.patches import CellPatches


def cell(folder, name, accepted, rejected):
    """Write the patches of a cell."""
    rows = np.arange(accepted, dtype=np.int32)
    path = folder / f"{name}.npz"
    CellPatches(rows, rows, np.zeros((accepted, 1, 1), np.uint8), {}, rejected).save(path)
    return path


def test_a_cell_counts_that_has_a_patch_of_known_land_cover(tmp_path):
    files = {
        "off": cell(tmp_path, "off", 0, {"unknown": 0, "11": 0}),
        "void": cell(tmp_path, "void", 0, {"unknown": 9, "11": 0}),
        "sea": cell(tmp_path, "sea", 0, {"unknown": 8, "11": 1}),
        "land": cell(tmp_path, "land", 1, {"unknown": 8, "11": 0}),
    }
    coverage = CellCoverage.of(files)
    assert coverage == CellCoverage(4, ["off"], ["void"])
    assert coverage.bare == {"off", "void"}
    coverage.save(tmp_path / "cells.json")
    assert CellCoverage.load(tmp_path / "cells.json") == coverage
