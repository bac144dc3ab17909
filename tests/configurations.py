"""Configurations as users write them, and what is said about those that are wrong."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from landloom.config.file_lookup import FileLookup
from landloom.config.whole import load_config
from landloom.errors import ConfigError

VALID: dict[str, Any] = yaml.safe_load("""
results: out
dataset:
  region: {west: -116.6, south: 42.6, east: -115.4, north: 43.4}
  landcover: {raster: landcover.tif}
  elevation: {source: dem.tif}
""")

MAP: dict[str, Any] = yaml.safe_load("""
map:
  embedding: {raster: embedding.tif}
  reference: {raster: classes.tif}
""")

NO_RULE = FileLookup(lambda _: False)
"""No file is made by a rule."""

JARGON = (
    "Input should",
    "valid ",
    "invalid",
    "validation error",
    "type=",
    "Value error",
    "pydantic",
    "unable to",
    "[key]",
    "Error(",
)


def changed(key: str, value: object, whole: dict[str, Any] = VALID) -> dict[str, Any]:
    """Return a valid configuration with one key set."""
    raw = copy.deepcopy(whole)
    *sections, last = key.split(".")
    section = raw
    for name in sections:
        section = section.setdefault(name, {})
    section[last] = value
    return raw


def lines(raw: Any, files: FileLookup | None = None) -> list[str]:
    """Return what is said about a configuration that is wrong."""
    with pytest.raises(ConfigError) as caught:
        load_config(raw, files)
    return str(caught.value).split("\n")


def refusal(key: str, value: object, whole: dict[str, Any] = VALID) -> str:
    """Return the one line about a bad value: it names the key, in words of ours."""
    (line,) = lines(changed(key, value, whole))
    assert line.startswith(f"config: {key}: ")
    assert not any(word in line for word in JARGON)
    return line
