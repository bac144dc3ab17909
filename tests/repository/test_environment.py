"""The conda environment: at the versions of the lock file, and all that a job imports."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).parents[2]
LOCK = dict(
    re.findall(
        r"^([\w.-]+)==([^ ;\\]+)", (REPOSITORY / "requirements.lock").read_text(), re.MULTILINE
    )
)
UNPINNED = {"python", "pip", "gdal"}
"""What is no Python package of the lock file."""

COMES_WITH = {"llvmlite": "numba", "threadpoolctl": "scikit-learn", "urllib3": "requests"}
"""Packages that are imported as a part of another."""


def listed() -> dict[str, str]:
    """Return what the environment holds, those by pip included, with the versions."""
    entries = yaml.safe_load((REPOSITORY / "envs/landloom.yaml").read_text())["dependencies"]
    items = [item for item in entries if isinstance(item, str)]
    items += [item for entry in entries if isinstance(entry, dict) for item in entry["pip"]]
    parts = [re.split("=+", item) for item in items]
    return {name: version[0] if version else "" for name, *version in parts}


def imports(path: Path) -> Iterator[str]:
    """Return the top-level packages that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def test_it_holds_the_locks_versions() -> None:
    pins = {name: version for name, version in listed().items() if name not in UNPINNED}
    assert pins
    assert pins == {name: LOCK.get(name) for name in pins}


def test_it_holds_gdals_tools_and_the_python_that_is_tested() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert listed().keys() >= UNPINNED
    assert project["requires-python"] == f">={listed()['python']}"


def test_it_holds_every_package_that_a_job_imports() -> None:
    scripts = REPOSITORY / "workflow/scripts"
    by_jobs = set(scripts.rglob("*.py")) - set((scripts / "landloom/run").iterdir())
    imported = {name for path in by_jobs for name in imports(path)}
    ours = {path.stem for path in scripts.iterdir()}
    origins = packages_distributions()
    needed = {
        origin.lower()
        for name in imported - sys.stdlib_module_names - ours
        for origin in origins.get(name, [name])
    }
    assert {"numpy", "rasterio", "opencv-python-headless"} <= needed
    assert {COMES_WITH.get(name, name) for name in needed} - listed().keys() == extras()


def extras() -> set[str]:
    """Return the packages without which all but what asks for them works."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    named = project["optional-dependencies"].values()
    return {re.split("[><=]", line)[0] for lines in named for line in lines}


def test_it_holds_every_dependency_of_the_package() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    named = {re.split("[><=]", line)[0] for line in project["dependencies"]}
    assert named - {"snakemake"} - listed().keys() == set()


def test_every_job_has_it() -> None:
    """Snakemake plans a run whose environment file is missing, and fails at the first job."""
    for rules in (REPOSITORY / "workflow/rules").rglob("*.smk"):
        text = rules.read_text()
        named = re.findall(r'^\s+conda:\n\s+"(.+)"', text, re.MULTILINE)
        assert len(named) == len(re.findall(r"^\s+script:", text, re.MULTILINE))
        for name in named:
            assert (rules.parent / name).resolve() == REPOSITORY / "envs/landloom.yaml"
