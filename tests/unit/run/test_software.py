"""An upgrade of a package is told, and what it concerns is made anew where that is asked for."""

from __future__ import annotations

import ast
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

from landloom.errors import LandloomError
from landloom.job.files import write_json
from landloom.run.code_digest import code_of_modules, code_of_script
from landloom.run.software import (
    BROUGHT,
    concerning,
    differences,
    first_versions,
    installed,
    recorded_versions,
    with_versions,
)

SCRIPTS = Path(__file__).parents[3] / "workflow/scripts"
OURS = {"landloom", "snakemake"}


def test_installed_versions_are_those_of_the_packages() -> None:
    found = installed()
    assert found["numpy"] == version("numpy")
    assert found["scikit-learn"] == version("scikit-learn")
    assert found.keys() <= {name for names in BROUGHT.values() for name in names}


def test_versions_are_read_as_they_were_kept(tmp_path: Path) -> None:
    path = tmp_path / "software.json"
    assert recorded_versions(path) is None
    for kept in ({}, {"numpy": ["2.0", "2.1"]}):
        write_json(path, kept)
        assert recorded_versions(path) == kept


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"numpy": 2}', '{"numpy": "2"}', '{"numpy": []}', "\udcff"]
)
def test_a_spoilt_record_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "software.json"
    path.write_text(text, errors="surrogateescape")
    with pytest.raises(LandloomError, match=r"software\.json: is no record of versions; delete it"):
        recorded_versions(path)


def test_what_differs_is_told_with_the_remedy() -> None:
    made, now = {"numpy": ["2.0"], "scipy": ["1.1"], "old": ["1"]}, {"numpy": "2.1", "scipy": "1.1"}
    told = differences(made, now, "results/software.json") or ""
    assert "numpy 2.0 (now 2.1);" in told
    assert "delete results/software.json" in told
    assert "scipy" not in told
    assert "old" not in told
    assert differences(with_versions(None, now), now, "results/software.json") is None


def test_what_was_made_after_an_upgrade_is_kept_in_mind() -> None:
    """Though digests count the first version: else all would be made anew."""
    first = with_versions(None, {"numpy": "2.0", "scipy": "1.1"})
    assert first == {"numpy": ["2.0"], "scipy": ["1.1"]}
    both = with_versions(first, {"numpy": "2.1", "scipy": "1.1", "zarr": "3"})
    assert both == {"numpy": ["2.0", "2.1"], "scipy": ["1.1"]}
    assert with_versions(both, {"numpy": "2.0"}) == both
    assert first_versions(both) == {"numpy": "2.0", "scipy": "1.1"}
    told = differences(both, {"numpy": "2.0", "scipy": "1.1"}, "software.json") or ""
    assert "numpy 2.0 and 2.1 (now 2.0);" in told


def test_what_jobs_have_of_their_own_is_not_counted_later() -> None:
    assert with_versions(with_versions(None, {}), {"numpy": "2.0"}) == {}


def test_only_what_is_imported_counts() -> None:
    versions = {"numpy": "2.0", "scikit-learn": "1.9", "GDAL": "3.9", "rasterio": "1.4"}
    assert concerning(["rasterio", "json"], versions) == ["GDAL 3.9", "rasterio 1.4"]
    assert concerning([], versions) == []
    assert concerning(["sklearn"], versions) == ["numpy 2.0", "scikit-learn 1.9"]


@pytest.mark.parametrize(
    ("package", "concerned", "spared"),
    [
        ("scikit-learn", {"model", "tune", "samples"}, {"extract_cells", "stack", "tables"}),
        ("rasterio", {"extract_cells", "predict_block"}, {"configuration", "notes"}),
        ("matplotlib", {"figure_split", "figure_landcover"}, {"stack", "predict_block", "tune"}),
    ],
)
def test_an_upgrade_concerns_what_imports_the_package(
    package: str, concerned: set[str], spared: set[str]
) -> None:
    def digests(**more: str) -> dict[str, str]:
        made = installed() | more
        return {n: code_of_script(SCRIPTS / f"{n}.py", made) for n in concerned | spared}

    before, after = digests(), digests(**{package: "99"})
    assert {name for name in before if before[name] != after[name]} == concerned


def test_modules_count_versions_too() -> None:
    scoring = "landloom.map.forest.scoring"
    before = code_of_modules(scoring, versions={"scikit-learn": "1.9"})
    assert code_of_modules(scoring, versions={"scikit-learn": "1.9", "bokeh": "3"}) == before
    assert code_of_modules(scoring, versions={"scikit-learn": "2.0"}) != before


def test_every_package_that_jobs_import_is_known() -> None:
    """But for those of which no byte of a result hangs."""
    nothing_hangs_on = {
        "affine", "joblib", "llvmlite", "mpl_toolkits", "onnxruntime", "psutil", "pydantic",
        "requests", "skl2onnx", "skops", "threadpoolctl", "urllib3", "yaml",
    }  # fmt: skip
    imported = set()
    for path in SCRIPTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(str(node.module).split(".")[0])
    others = imported & packages_distributions().keys() - OURS
    assert others - BROUGHT.keys() <= nothing_hangs_on
