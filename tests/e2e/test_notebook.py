"""The notebook among the examples runs from its first cell to its last, on the demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY, Place

pytestmark = pytest.mark.full

NOTEBOOK = REPOSITORY / "examples/config_to_model.ipynb"


def code_of(notebook: Path) -> str:
    """Return the code of a notebook's cells, as one script."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def test_a_reader_can_run_it_where_the_workflow_lies(demo: Place, tmp_path: Path) -> None:
    place = demo.copy(tmp_path / "demo")
    for name in ("Snakefile", "config", "envs", "profiles", "pyproject.toml", "workflow"):
        (place.folder / name).symlink_to(REPOSITORY / name)
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    run = subprocess.run(
        [sys.executable, "-c", code_of(NOTEBOOK)],
        cwd=place.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    figures = dict(line.split(": ", 1) for line in run.stdout.splitlines() if ": " in line)
    mean, relief = (float(figures[name].split()[-1]) for name in ("always the mean", "relief"))
    assert relief > mean + 0.3  # what the text says: there is something to learn
    report = json.loads((place.results / "map/report.json").read_text(encoding="utf-8"))
    assert figures["agreement with samples held out"] == f"{report['accuracy']:.3f}"


def test_it_is_kept_without_what_it_showed() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    shown = [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]
    assert shown == []
