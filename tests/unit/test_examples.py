"""The configurations that come with the workflow are valid, and so are the environments' pins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from landloom.config import load_config

REPOSITORY = Path(__file__).parents[2]
CONFIGURATIONS = [REPOSITORY / "config/config.yaml", *(REPOSITORY / "examples").glob("*.yaml")]


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.name)
def test_a_shipped_configuration_is_valid(path: Path) -> None:
    load_config(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.name)
def test_editors_are_told_the_schema(path: Path) -> None:
    first = path.read_text().splitlines()[0]
    hint = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", first)
    assert hint is not None
    assert (path.parent / hint[1]).resolve() == REPOSITORY / "config/schema.json"


def test_conda_pins_are_the_locks() -> None:
    lock = dict(
        re.findall(
            r"^([\w.-]+)==([^ ;\\]+)", (REPOSITORY / "requirements.lock").read_text(), re.MULTILINE
        )
    )
    listed = yaml.safe_load((REPOSITORY / "envs/landloom.yaml").read_text())["dependencies"]
    pins = [re.split("=+", item) for item in listed if isinstance(item, str) and "=" in item]
    pins += [
        re.split("=+", item) for entry in listed if isinstance(entry, dict) for item in entry["pip"]
    ]
    assert len(pins) > 10
    for name, version in pins:
        if name != "python":
            assert lock[name] == version


def test_every_direct_dependency_is_in_the_environment() -> None:
    project = (REPOSITORY / "pyproject.toml").read_text()
    block = re.search(r"\ndependencies = \[(.*?)\n\]", project, re.DOTALL)
    assert block is not None
    named = set(re.findall(r'"([\w.-]+)[><=]', block[1]))
    environment = (REPOSITORY / "envs/landloom.yaml").read_text()
    for name in named - {"snakemake"}:
        assert re.search(rf"- {re.escape(name)}==?", environment), name
