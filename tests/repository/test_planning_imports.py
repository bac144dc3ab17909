"""Planning a run takes no more than Snakemake brings along: jobs have an environment of their own.

So `--sdm conda` works where Snakemake alone is installed, and a dry run starts in a moment.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest

WORKFLOW = Path(__file__).parents[2] / "workflow"


def brought_along(name: str, found: set[str] | None = None) -> set[str]:
    """Return a distribution and all that it needs, extras aside."""
    found = set() if found is None else found
    normal = re.sub(r"[-_.]+", "-", name).lower()
    if normal not in found:
        found.add(normal)
        try:
            needed = requires(normal) or []
        except PackageNotFoundError:  # for another system
            needed = []
        for line in needed:
            if "extra ==" not in line:
                brought_along(re.split(r"[^\w.-]", line)[0], found)
    return found


def imported_by(code: str) -> set[str]:
    """Return the modules that a process of its own has imported after some code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(WORKFLOW / "scripts")},
    )
    return set(done.stdout.split())


def test_planning_imports_what_snakemake_brings_along():
    rules = "\n".join(path.read_text() for path in sorted((WORKFLOW / "rules").rglob("*.smk")))
    modules = set(re.findall(r"^\s*from (landloom[\w.]+) import", rules, re.MULTILINE))
    # Just before the first job of a run: of one that fetches tiles; that maps into another CRS;
    # that reads a table of labels, or a finished model.
    late = {
        "landloom.elevation.fetch",
        "landloom.map.map_crs",
        "landloom.map.label_check",
        "landloom.map.label_table",
        "landloom.map.model.imported",
        "landloom.map.validation.points",
    }
    assert late < modules
    origin = packages_distributions()
    planned = imported_by(f"import {', '.join(sorted(modules - late))}")
    imported = {module.split(".")[0] for module in planned}
    distributions = {
        re.sub(r"[-_.]+", "-", name).lower()
        for module in imported
        for name in origin.get(module, [])
    }
    assert {"pydantic", "pyyaml"} <= distributions
    assert distributions <= brought_along("snakemake") | {"setuptools"}


@pytest.mark.parametrize(
    ("script", "spared"),
    [
        ("predict_block", {"pyproj", "sklearn", "pandas", "scipy"}),
        ("calibrate_block", {"pyproj", "sklearn", "pandas", "scipy"}),
        ("extract_cells", {"sklearn", "pandas", "geopandas"}),
        ("relief_cells", {"sklearn", "pandas", "geopandas"}),
        ("own_tile", {"pyproj", "sklearn", "pandas", "requests"}),
        ("rank", {"rasterio", "sklearn"}),
    ],
)
def test_what_runs_thousands_of_times_imports_only_what_it_uses(
    script: str, spared: set[str]
) -> None:
    text = (WORKFLOW / "scripts" / f"{script}.py").read_text()
    imports = [
        ast.unparse(node)
        for node in ast.parse(text).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert spared & imported_by("\n".join(imports)) == set()
