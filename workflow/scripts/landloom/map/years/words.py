"""What is said of maps of several years; the last words of a run say it, so it stays light."""

from __future__ import annotations

from collections.abc import Sequence

CAUTION = (
    "differences between these areas are no estimate of change: they count pixels of maps that "
    "err, each in its own way, and the errors of both add up; for an estimate label the same "
    "random pixels in every year: map/validation_sample.gpkg is such a draw, made when it is asked "
    "for by name"
)
"""What whoever compares the areas has to know."""


def in_words(years: Sequence[int | str]) -> str:
    """Write years as a list in words: 2018, 2021 and 2024."""
    *most, last = map(str, years)
    return f"{', '.join(most)} and {last}" if most else last


def other_year(labels: Sequence[int], train: Sequence[int]) -> tuple[str, ...]:
    """Return what to say of public labels that are of no year that is learned from.

    Parameters
    ----------
    labels
        Years of the public datasets that the labels come from; none for a user's own.
    train
        Years whose vectors the samples have; none where there are no years.
    """
    if not labels or not train or set(labels) & set(train):
        return ()
    return (
        f"the labels are of {in_words(sorted(labels))}, the vectors that they go with of "
        f"{in_words(train)}: what changed in between is learned wrong; map.embedding.train names "
        "the years to learn from",
    )


def not_calibrated(further: Sequence[int]) -> tuple[str, ...]:
    """Return what to say of a calibration where there are maps of further years."""
    if not further:
        return ()
    return (
        f"{in_words(further)}: only the first map is calibrated; of further years confidence stays "
        "what the model says, and there are no sets of classes",
    )
