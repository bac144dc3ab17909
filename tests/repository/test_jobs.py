"""Every script tells its job which files it reads and makes, so that damaged ones are noticed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WORKFLOW = Path(__file__).parents[2] / "workflow"
SCRIPTS = WORKFLOW / "scripts"

WITHOUT = {
    "download": {"reads", "writes"},  # its digest is a file of its own, see `verify_sources`
    "repair": {"reads", "writes"},
    "verify_sources": {"writes"},
}
"""What a script need not tell, and why: it has none, unless something else is said."""


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_a_job_knows_its_files(path: Path) -> None:
    (call,) = re.findall(r"^with job\((.*?)\)(?: as log)?:$", path.read_text(), re.M | re.S)
    told = {"reads": "reads=snakemake.input", "writes": "writes=snakemake.output"}
    wanted = told.keys() - WITHOUT.get(path.stem, set())
    assert {name for name, text in told.items() if text in call} == wanted


RULE = re.compile(r"^(?:rule|checkpoint) (\w+):$(.*?)(?=^\S|\Z)", re.M | re.S)
RASTERS = re.compile(
    r"=(?:file_inputs?\(|EMBEDDING_RASTERS|ELEVATION_FILES|relief_source)|^ +tile_source", re.M
)


def test_rules_that_open_rasters_depend_on_what_lies_behind_these() -> None:
    rules = dict(
        found
        for path in (WORKFLOW / "rules").rglob("*.smk")
        for found in RULE.findall(path.read_text())
    )
    opening = {name for name, text in rules.items() if RASTERS.search(text)}
    assert {
        "elevation_tile",
        "extract_cells",
        "certificate",
        "predict_block",
        "map_page",
    } <= opening
    assert {name for name in opening if not re.search(r"\bbehind=", rules[name])} == set()
