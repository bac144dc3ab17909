"""The configuration as a run resolved it."""

from __future__ import annotations

import yaml

from landloom.addresses import without_secrets
from landloom.config.whole import Config

_LATER = ("validation", "crossval", "applicability", "calibration")
"""Sections of the map that came later: without them, files stay what they were before."""

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
    for section, keys in _LATER_KEYS.items():
        for key in keys:
            if content["map"] and content["map"][section] and content["map"][section][key] is None:
                del content["map"][section][key]
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=None)
    return "# The configuration of this run, with every default.\n" + without_secrets(text)
