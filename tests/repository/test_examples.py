"""The configurations that come with the workflow are valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from landloom.config.whole import load_config

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
