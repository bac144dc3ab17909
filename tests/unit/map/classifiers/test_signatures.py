"""What is compiled before the first prediction is all that predictions ask for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from landloom.map.classifiers.kinds import KINDS, Recipe

PARAMETERS: dict[str, dict[str, Any]] = {
    "forest": {"n_estimators": 20},
    "logistic": {"C": 1.0},
    "knn": {"n_neighbors": 3, "weights": "distance"},
}


def compiled(kind: str) -> dict[str, int]:
    """Return how many forms of each function of a kind's kernels have been compiled."""
    modules = [importlib.import_module(kernel.module) for kernel in KINDS[kind].kernels]
    return {
        f"{module.__name__}.{name}": len(function.signatures)
        for module in modules
        for name, function in vars(module).items()
        if hasattr(function, "signatures")
    }


def predictions(kind: str, classes: int) -> Iterator[Any]:
    """Yield what predicts in each way that jobs do."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 5)).astype(np.float32)
    y = np.arange(60) % classes
    fitted = Recipe(PARAMETERS[kind], 0, kind=kind).fit(X, y)
    flat, rows = fitted.classifier, np.arange(0, 60, 2)
    decoded = np.linspace(-1, 1, 256, dtype=np.float32)
    coded = flat.with_codes(decoded, -128)
    yield flat.predict(X, probabilities=True, confidence=True)
    yield flat.predict(X, rows)
    yield fitted.shares(X)
    yield coded.predict(rng.integers(-127, 127, (60, 5)).astype(np.int8), rows, confidence=True)


@pytest.mark.parametrize("classes", [1, 2, 3])
@pytest.mark.parametrize("kind", PARAMETERS)
def test_nothing_is_compiled_later(kind: str, classes: int) -> None:
    for kernel in KINDS[kind].kernels:
        kernel.compiled()
    before = compiled(kind)
    assert before
    assert list(predictions(kind, classes))
    assert compiled(kind) == before
