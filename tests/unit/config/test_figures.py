"""The section `figures`: how much the pictures show."""

from __future__ import annotations

import pytest
from configurations import VALID, refusal

from landloom.config.whole import load_config


def test_defaults_are_those_of_the_documentation():
    assert load_config(VALID).figures.model_dump() == {
        "samples": 3,
        "animation": {"rows": 2, "columns": 4, "frames": 72, "fps": 12},
    }


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("samples", 9, "9: must be at most 8"),
        ("animation.columns", 17, "17: must be at most 16"),
        ("animation.frames", 1, "1: must be at least 2"),
        ("animation.fps", 60, "60: must be at most 50"),
    ],
)
def test_a_bad_value_is_told_with_key_value_and_remedy(key, value, said):
    assert said in refusal(f"figures.{key}", value)
