"""The section `map.calibration`: probabilities in place of votes, and sets of classes."""

from __future__ import annotations

from typing import Literal

from landloom.config.checks import OpenFraction, Section
from landloom.config.crossval import Scheme


class CalibrationConfig(Section):
    """Shares of votes made into probabilities, and sets that hold the true class."""

    fit_on: Literal["auto", "folds", "validation"] = "auto"
    """What it is fitted on: `folds`, the votes for samples that were left out; `validation`, the
    points of `map.validation.table`; `auto`, these if there are enough of each class, else the
    folds."""
    folds: Scheme = "knndm"
    """Folds of `map.crossval`, of one of its schemes."""
    method: Literal["isotonic", "temperature"] = "isotonic"
    """How votes become probabilities: `isotonic`, a rising curve for each class, of any shape;
    `temperature`, one number for all, which a few hundred samples are enough for."""
    level: OpenFraction = 0.9
    """Share of pixels, of each class, whose set of classes is to hold the true one; above 0 and
    below 1. Each class needs at least level / (1 - level) samples, 9 for 0.9, outside each fold, or
    fifth of the points, on which sets are judged."""
