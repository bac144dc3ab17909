"""The section `map.model`, and what the tuning tries of its kinds."""

from __future__ import annotations

from typing import Any

import pytest
from configurations import MAP, changed, lines

from landloom.config.whole import load_config
from landloom.map.classifiers.kinds import KINDS


def test_a_forest_is_the_rule_and_alone() -> None:
    model = load_config(MAP).map.model  # type: ignore[union-attr]
    assert (model.kind, model.compare, model.kinds) == ("forest", [], ["forest"])


def test_defaults_are_those_of_the_documentation() -> None:
    tuning = load_config(MAP).map.tuning  # type: ignore[union-attr]
    assert tuning.logistic.model_dump() == {"C": [0.01, 0.1, 1.0, 10.0, 100.0]}
    assert tuning.knn.model_dump() == {
        "n_neighbors": [1, 3, 5, 10, 20],
        "weights": ["uniform", "distance"],
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_make_the_map_and_be_compared(kind: str) -> None:
    others = [other for other in KINDS if other != kind]
    raw = changed("map.model", {"kind": kind, "compare": others}, MAP)
    assert load_config(raw).map.model.kinds == [kind, *others]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "model",
            {"kind": "svm"},
            "map.model.kind: svm: must be one of 'forest', 'logistic' or 'knn'",
        ),
        ("model", {"knd": "knn"}, "map.model.knd: unknown key (did you mean 'kind'?)"),
        ("model", {"": None}, "map.model.'': unknown key; known here: kind, compare"),
        ("model", {"compare": ["knn", "knn"]}, "knn is given twice; name it once"),
        ("model", {"compare": ["forest"]}, "map.model.compare: names forest, which makes the map"),
        ("tuning", {"knn": {"n_neighbors": [0]}}, "map.tuning.knn.n_neighbors.0: 0: must be at"),
        ("tuning", {"knn": {"n_neighbors": [101]}}, "101: must be at most 100"),
        ("tuning", {"knn": {"weights": ["rank"]}}, "map.tuning.knn.weights.0: rank: must be"),
        ("tuning", {"logistic": {"C": [0]}}, "map.tuning.logistic.C.0: 0: must be"),
        ("tuning", {"logistic": {"C": []}}, "map.tuning.logistic.C: []: must not be empty"),
        ("tuning", {"logistic": {"C": [1, 1.0]}}, "is given twice; name it once"),
    ],
)
def test_what_is_refused(key: str, value: dict[str, Any], said: str) -> None:
    (line,) = lines(changed(f"map.{key}", value, MAP))
    assert said in line
