"""The configuration as a run resolved it."""

from __future__ import annotations

from typing import Any

import yaml

from landloom.addresses import without_secrets
from landloom.config.model import ModelConfig
from landloom.config.model_file import SECTIONS
from landloom.config.whole import Config

_LATER = ("validation", "crossval", "applicability", "calibration")
"""Keys of the map that came later: without them, files stay what they were before. So of the
dataset its publication."""

_LATER_KEYS = {"embedding": ("years", "train"), "reference": ("year",)}
"""Keys of its sections that did, likewise."""


def config_text(config: Config) -> str:
    """Return a configuration as resolved, every default filled in, as YAML that gives it again.

    Of addresses there is what may be shown.
    """
    content = config.model_dump()
    for name in _LATER:
        if content["map"] and content["map"][name] is None:
            del content["map"][name]
    if config.map and config.map.model == ModelConfig():
        del content["map"]["model"]
    for section, keys in _LATER_KEYS.items():
        for key in keys:
            if content["map"] and content["map"][section] and content["map"][section][key] is None:
                del content["map"][section][key]
    if config.map and config.map.model_file:
        content["map"] = _without_learning(content["map"])
    if config.dataset:
        landcover = config.dataset.landcover
        content["dataset"]["landcover"] |= {
            "legend": landcover.legend_name,
            "unknown": landcover.unknown_codes,
            "reject": landcover.rejected,
        }
        if config.dataset.publication is None:
            del content["dataset"]["publication"]
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=None)
    return "# The configuration of this run, with every default.\n" + without_secrets(text)


def _without_learning(section: dict[str, Any]) -> dict[str, Any]:
    """Return the section of a map whose model is finished, without what that does not go with."""
    told = {key: value for key, value in section.items() if key not in SECTIONS}
    return {**told, "applicability": {}} if "applicability" in told else told
