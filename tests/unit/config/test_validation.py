"""The section `map.validation`."""

from __future__ import annotations

import pytest
import yaml
from configurations import MAP, changed

from landloom.config.resolved import config_text
from landloom.config.whole import load_config
from landloom.errors import ConfigError


def section(**keys: object) -> dict[str, object]:
    return changed("map.validation", keys, MAP)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "config: map.validation.table: is missing, and so is 'draw'; name a table of points"),
        ({"draw": {"n": 9, "standard_error": 0.01}}, "draw.n: and 'standard_error' both say how"),
        ({"draw": {"allocation": "best"}}, "map.validation.draw.allocation"),
        ({"table": "results/map/a.gpkg"}, "results/map/a.gpkg: lies in the folder of results"),
        ({"table": "./results/a.gpkg"}, "copy it elsewhere, and name the copy"),
    ],
)
def test_what_is_refused(keys: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(section(**keys))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_columns_of_the_usual_names_are_not_needed() -> None:
    validation = load_config(section(table="a.csv")).map.validation  # type: ignore[union-attr]
    assert validation is not None
    assert validation.needed == []
    keys = {"table": "a.csv", "stratum": "region", "weight": None}
    validation = load_config(section(**keys)).map.validation  # type: ignore[union-attr]
    assert validation is not None
    assert validation.needed == ["region"]


@pytest.mark.parametrize("keys", [{"draw": {"n": 60}}, {"table": "a.csv", "draw": {}}])
def test_what_a_run_resolves_gives_it_again(keys: dict[str, object]) -> None:
    config = load_config(section(**keys))
    assert load_config(yaml.safe_load(config_text(config))) == config


def test_a_configuration_without_it_is_written_without_it() -> None:
    assert "validation" not in config_text(load_config(MAP))


def test_the_table_is_one_of_the_sources() -> None:
    assert ("map.validation.table", "a.csv", None) in load_config(section(table="a.csv")).uses
