"""Hyperparameters of a forest: what the grid's values come to, and which grow the same forest.

Candidates whose resolved parameters are equal are one; a ``min_samples_split`` of up to
``2 * min_samples_leaf`` changes nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from landloom.errors import LandloomError
from landloom.map.forest.tuning_units import Params, Unit, Value, name_of

STAGE1_FIXED: Mapping[str, Value] = {
    "n_estimators": 100,
    "min_samples_split": 2,
    "class_weight": None,
}
"""What stage 1 does not search: scikit-learn's defaults."""

MAX_FEATURES = "map.tuning.stage1.max_features"
"""The key of a value that does not suit the embedding."""


def resolve_max_features(value: Value, n_bands: int) -> int:
    """Return the number of bands that a split looks at.

    Parameters
    ----------
    value
        ``"sqrt"``, ``"log2"``, ``"n/k"`` for any whole k, a count, a share in (0, 1], or None for
        all bands. Fractions are cut off, as scikit-learn does, but one band is looked at.
    n_bands
        Bands of the embedding.

    Raises
    ------
    LandloomError
        The value is none of these, or more bands than there are.
    """
    if divisor := divisor_of(value):
        return max(1, n_bands // divisor)
    if value is None:
        return n_bands
    if value == "sqrt":
        return math.isqrt(n_bands)
    if value == "log2":
        return max(1, n_bands.bit_length() - 1)
    if isinstance(value, float) and 0 < value <= 1:
        return max(1, int(value * n_bands))
    if isinstance(value, int) and 1 <= value <= n_bands:
        return value
    raise LandloomError(
        f"{MAX_FEATURES}: {value!r} does not choose among {n_bands} bands; use sqrt, log2, n/k, a "
        f"count from 1 to {n_bands}, a share in (0, 1] such as 0.5, or null for all bands."
    )


def divisor_of(value: Value) -> int | None:
    """Return the k of ``"n/k"``; None for what is not written so."""
    share = re.fullmatch(r"n/([1-9]\d*)", value) if isinstance(value, str) else None
    return int(share[1]) if share else None


def resolve(params: Mapping[str, Value], n_bands: int) -> Params:
    """Return parameters that scikit-learn takes: ``max_features`` as a count of bands."""
    return {**params, "max_features": resolve_max_features(params["max_features"], n_bands)}


def key_of(params: Mapping[str, Value], n_bands: int) -> str:
    """Return the name that candidates share exactly when they grow the same forest.

    Parameters
    ----------
    params
        All six parameters of the two stages.
    n_bands
        Bands of the embedding.
    """
    resolved = resolve(params, n_bands)
    split, leaf = resolved["min_samples_split"], resolved["min_samples_leaf"]
    if isinstance(split, int) and isinstance(leaf, int):
        resolved["min_samples_split"] = max(split, 2 * leaf)
    return name_of(resolved)


def keys_of(unit: Unit, fixed: Mapping[str, Value], n_bands: int) -> list[str]:
    """Return `key_of` of each of a unit's candidates."""
    return [key_of({**fixed, **params}, n_bands) for params in unit.candidates()]


def representatives(
    units: Iterable[Unit], fixed: Mapping[str, Value], n_bands: int
) -> dict[str, str]:
    """Map the name of each unit to that of the first unit which grows the same forests.

    Of 64 bands, ``sqrt`` and ``n/8`` are one; after ``min_samples_leaf: 5``, so are
    ``min_samples_split`` of 2 and 10.

    Parameters
    ----------
    units
        The units of one stage.
    fixed
        The parameters that the stage does not search.
    n_bands
        Bands of the embedding.
    """
    first: dict[tuple[str, ...], str] = {}
    same = {}
    for unit in units:
        keys = tuple(keys_of(unit, fixed, n_bands))
        same[unit.name] = first.setdefault(keys, unit.name)
    return same
