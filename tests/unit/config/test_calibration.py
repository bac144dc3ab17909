"""The section `map.calibration`."""

from __future__ import annotations

import pytest
import yaml
from configurations import MAP, changed, lines

from landloom.config.resolved import config_text
from landloom.config.whole import load_config

POINTS = changed("map.validation", {"table": "a.csv"}, MAP)


def test_defaults_are_those_of_the_documentation() -> None:
    section = load_config(changed("map.calibration", {}, MAP)).map.calibration  # type: ignore[union-attr]
    assert section is not None
    told = (section.fit_on, section.folds, section.method, section.level)
    assert told == ("auto", "knndm", "isotonic", 0.9)


def test_points_are_needed_where_they_are_asked_for() -> None:
    for raw in (MAP, changed("map.validation", {"draw": {"n": 50}}, MAP)):
        told = lines(changed("map.calibration", {"fit_on": "validation"}, raw))
        assert told == [
            "config: map.calibration.fit_on: validation needs 'map.validation.table', which is "
            "missing; name a table of reference points there, or calibrate on 'folds'"
        ]
    assert load_config(changed("map.calibration", {"fit_on": "validation"}, POINTS))


def test_faults_of_several_sections_are_told_at_once() -> None:
    raw = changed("map.samples.n", 0, changed("map.calibration", {"level": 1.0}, MAP))
    assert [line.split(": ")[1] for line in lines(raw)] == [
        "map.samples.n",
        "map.calibration.level",
    ]


@pytest.mark.parametrize(
    ("fit_on", "raw", "schemes"),
    [
        ("auto", MAP, ["blocks"]),
        ("folds", POINTS, ["blocks"]),
        ("auto", POINTS, ["blocks"]),
        ("validation", POINTS, []),
    ],
)
def test_folds_are_needed_unless_points_alone_are_asked_for(
    fit_on: str, raw: dict[str, object], schemes: list[str]
) -> None:
    config = load_config(changed("map.calibration", {"fit_on": fit_on, "folds": "blocks"}, raw))
    assert config.map is not None
    assert config.map.schemes == schemes


def test_what_a_run_resolves_gives_it_again() -> None:
    config = load_config(changed("map.calibration", {"level": 0.8}, MAP))
    assert load_config(yaml.safe_load(config_text(config))) == config
    assert "calibration" not in config_text(load_config(MAP))
