"""The section `map.applicability`: where the map may be believed at all."""

from __future__ import annotations

from landloom.config.checks import Section
from landloom.config.crossval import Scheme


class ApplicabilityConfig(Section):
    """Dissimilarity of each pixel to the samples, and the area of applicability."""

    folds: Scheme = "knndm"
    """Folds of `map.crossval` between which samples are compared for the threshold, of one of its
    schemes."""
