"""`--sdm conda`, against a program that does as conda does, but installs nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import yaml
from conftest import REPOSITORY, Place

pytestmark = pytest.mark.full

CONDA = """#!/bin/sh
echo "$@" >> {root}/asked
case "$1 $2" in
"info --json") echo '{{"conda_prefix": "{root}", "platform": "linux-64"}}' ;;
"--version ") echo "conda 25.1.1" ;;
"config --get") echo '{{"get": {{"channel_priority": "strict"}}}}' ;;
"env create")
    for prefix; do :; done
    mkdir -p "$prefix/bin" && cp {root}/python "$prefix/bin/python" ;;
"clean -y" | "list --explicit") ;;
*) exit 1 ;;
esac
"""

PYTHON = """#!/bin/sh
echo "$@" >> {root}/ran
exec {python} "$@"
"""


@pytest.fixture
def conda(tmp_path: Path) -> Path:
    """An installation of conda: it keeps what it was asked, and its Pythons what they ran."""
    root = tmp_path / "conda"
    (root / "bin").mkdir(parents=True)
    for path, text in (
        (root / "bin/conda", CONDA.format(root=root)),
        (root / "python", PYTHON.format(root=root, python=sys.executable)),
        (root / "bin/activate", 'export PATH="$1/bin:$PATH"\n'),
    ):
        path.write_text(text)
        path.chmod(0o755)
    return root


def test_every_job_runs_in_the_environment(place: Place, conda: Path) -> None:
    place.environment = {"PATH": os.pathsep.join([str(conda / "bin"), os.environ["PATH"]])}
    run = place.run("results/landcover/landcover.json", "elevation_tiles", "--sdm", "conda")
    assert run.code == 0, run.output
    (created,) = [
        line for line in (conda / "asked").read_text().splitlines() if line.startswith("env create")
    ]
    file = Path(created.split("--file ")[1].split()[0])
    assert yaml.safe_load(file.read_text()) == yaml.safe_load(
        (REPOSITORY / "envs/landloom.yaml").read_text()
    )
    ran = [Path(line.split()[0]).name for line in (conda / "ran").read_text().splitlines()]
    scripts = sorted(name.split(".", 1)[1] for name in ran if name.endswith(".py"))
    assert scripts == ["elevation_tiles.py", "inspect_landcover.py", *["own_tile.py"] * 4]
