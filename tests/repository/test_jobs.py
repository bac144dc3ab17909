"""Every script tells its job which files it reads and makes, so that damaged ones are noticed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "workflow/scripts"

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
