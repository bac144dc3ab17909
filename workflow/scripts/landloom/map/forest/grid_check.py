"""Does the tuning's grid suit the embedding? Only its number of bands tells."""

from __future__ import annotations

from collections.abc import Iterable

from landloom.errors import LandloomError
from landloom.map.forest.parameters import MAX_FEATURES, divisor_of, resolve_max_features
from landloom.map.forest.tuning_units import Value


def check_max_features(values: Iterable[Value], n_bands: int) -> None:
    """Check the values that a user wrote, all at once, before anything is fitted.

    Stricter than `resolve_max_features`, which takes ``n/16`` of 8 bands for one band so that the
    default grid serves every embedding: whoever writes it means something else.

    Raises
    ------
    LandloomError
        One line for each value that comes to no band or to more bands than there are.
    """
    errors = []
    for value in values:
        divisor = divisor_of(value)
        if divisor and divisor > n_bands:
            errors.append(
                f"{MAX_FEATURES}: {value} of {n_bands} bands is less than one band; "
                f"divide by {n_bands} at most, or use sqrt or log2."
            )
            continue
        try:
            resolve_max_features(value, n_bands)
        except LandloomError as error:
            errors.append(str(error))
    if errors:
        raise LandloomError("\n".join(errors))
