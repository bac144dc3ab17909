"""The section `map.crossval`, and the folds of the tuning."""

from __future__ import annotations

from typing import Any

import pytest
from configurations import MAP, changed, lines

from landloom.config.map import MapConfig
from landloom.config.whole import load_config

TABLE = changed("map.reference", {"table": "points.csv"}, MAP)
GROUPED = changed("map.reference.group", "plot", TABLE)


def section(**keys: Any) -> MapConfig:
    raw = GROUPED
    for key, value in keys.items():
        raw = changed(f"map.{key}", value, raw)
    found = load_config(raw).map
    assert found is not None
    return found


def test_defaults_are_those_of_the_documentation() -> None:
    found = section(crossval={})
    assert found.schemes == ["random", "knndm"]
    assert (found.folds.n, found.folds.block_km, found.folds.seed) == (5, 10.0, 42)
    assert section().schemes == []


@pytest.mark.parametrize(
    ("folds", "scheme", "n"),
    [(7, None, 7), ("random", None, 4), ("spatial", "knndm", 4), ("knndm", "knndm", 4),
     ("blocks", "blocks", 4), ("group", "group", 4)],
)  # fmt: skip
def test_folds_of_the_tuning(folds: Any, scheme: str | None, n: int) -> None:
    found = section(crossval={"n": 4}, tuning={"folds": folds})
    assert (found.tuning_scheme, found.tuning_folds) == (scheme, n)


def test_folds_of_the_tuning_need_no_section() -> None:
    found = section(tuning={"folds": "spatial"})
    assert (found.tuning_scheme, found.tuning_folds, found.schemes) == ("knndm", 5, [])


NO_GROUP = "is missing, but folds by 'group' are asked for; name the table's column of groups"
WORDS = "must be one of 'random', 'spatial', 'knndm', 'blocks' or 'group'"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (changed("map.tuning.folds", "group", TABLE), [f"map.reference.group: {NO_GROUP}"]),
        (changed("map.crossval.schemes", ["group"], TABLE), [f"map.reference.group: {NO_GROUP}"]),
        (
            changed("map.tuning.folds", "group", MAP),
            ["map.reference.group: is missing, but folds by 'group' are asked for; give a table "
             "with a column of groups, or take other folds"],
        ),
        (
            changed("map.reference.group", "plot", MAP),
            ["map.reference.group: plot: is a column of a table, but a raster is given; leave it "
             "out"],
        ),
        (changed("map.tuning.folds", "near", TABLE), [f"map.tuning.folds: near: {WORDS}"]),
        (
            changed(
                "map.crossval",
                {"schemes": ["blocks", "blocks"], "n": 1, "block_km": 0.0},
                changed("map.tuning.folds", 101, changed("map.reference.group", "plot", MAP)),
            ),
            ["map.reference.group: plot: is a column of a table, but a raster is given; leave it "
             "out",
             "map.tuning.folds: 101: must be at most 100",
             'map.crossval.schemes: ["blocks", "blocks"]: blocks is given twice; name it once',
             "map.crossval.n: 1: must be at least 2",
             "map.crossval.block_km: 0.0: must be greater than 0"],
        ),
    ],
)  # fmt: skip
def test_what_is_refused_all_at_once(raw: dict[str, Any], said: list[str]) -> None:
    assert sorted(lines(raw)) == sorted(f"config: {line}" for line in said)
