"""Calibration as a whole: on what it is fitted, the tables and quantiles, and how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from landloom.arrays import Float64s, Mask
from landloom.errors import LandloomError
from landloom.legend.legends import Legend
from landloom.map.calibration.evidence import Evidence
from landloom.map.calibration.fitting import (
    Method,
    fit_tables,
    isotonic,
    temperature,
    tempered,
)
from landloom.map.calibration.reliability import (
    DEFINITIONS,
    brier,
    expected_error,
    reliability_bins,
)
from landloom.map.calibration.sets import effective_numbers, fewest, members, quantiles, scores
from landloom.map.calibration.tables import probabilities
from landloom.map.percents import WHOLE
from landloom.map.points import Points, called

_CAVEATS = {
    "folds": (
        "fitted on samples that were left out of their folds: sets hold the true class about as "
        "often as was asked for where the map's pixels are like these samples, which lie in "
        "clusters and were not drawn from the map at random; nor is it sure for these, as each "
        "fold has a model of its own (cross-conformal); points of map.validation.table are better "
        "founded"
    ),
    "validation": (
        "fitted on independent reference points, weighted by the way they were drawn from the map"
    ),
}


_ROUNDING, _ALIKE = 1e-9, 1e-6
"""What sums of weights may be off by."""

_COMPARED = 2
"""Classes that there have to be besides those set aside."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for: as the section `map.calibration` has it."""

    fit_on: Literal["auto", "folds", "validation"]
    method: Method
    level: float


def choose(wanted: Wanted, offered: Sequence[Evidence], legend: Legend) -> Evidence:
    """Return the first evidence that has enough of every class.

    What is left out of fitting is judged by the rest: a class needs its places outside each part.
    Where parts are folds, their forests learned of it from these places, too. So a class that lies
    in one fold got no votes where it is true, and what is fitted on them would be wrong for all
    classes. More samples of it do not help, and a run would end for one plot: such a class, of
    which there are enough but not outside its fold, is set aside, with a note. It is in every set
    then, which keeps what sets promise, and the others are judged by places of their own.

    Parameters
    ----------
    wanted : Wanted
        What is asked for.
    offered : sequence of Evidence
        The better founded first.
    legend : Legend
        Names of the classes.

    Returns
    -------
    Evidence
        With a note of each that was passed over, and of classes set aside.

    Raises
    ------
    LandloomError
        Where none has: which classes have too few, of each.
    """
    least = fewest(wanted.level)
    faults: list[str] = []
    for evidence in offered:
        evidence = _set_aside(evidence, least, legend)
        short = _short(evidence, least, legend)
        if not short:
            passed = [f"not fitted on {fault}, fewer than {least}" for fault in faults]
            return replace(evidence, notes=(*evidence.notes, *passed))
        faults.append(f"{_origin(evidence)}, of which {short}")
    most = np.delete(_outside(evidence), evidence.absent).min()
    reachable = np.floor(100 * most / (most + 1)) / 100
    lower = f", lower the level ({reachable:g} would do)" if reachable > 0 else ""
    spread = ""
    if offered[-1].about["on"] == "folds" and not offered[-1].about["folds_random"]:
        spread = ", take folds that classes are spread over (map.calibration.folds: random)"
    raise LandloomError(
        f"map.calibration.level: {wanted.level:g} needs at least {least} places of each class to "
        "be fitted on, outside each fold, or fifth of the points, that is left out to judge it; "
        f"there are {'; and '.join(faults)}. Take more samples or points "
        f"(map.samples.n, map.validation){lower}{spread}, merge classes (map.reference.classes), "
        "or leave rare ones out (map.samples.min_share)"
    )


def refuse_few(samples: Points, level: float) -> None:
    """Refuse samples that no folds can make enough of, before forests vote on them.

    Parameters
    ----------
    samples : Points
        All samples.
    level
        Share of the pixels of each class whose sets are to hold it.

    Raises
    ------
    LandloomError
        Where there are fewer of a class than the level needs in all.
    """
    least = fewest(level)
    counts = samples.frame["label"].value_counts().sort_index()
    few = [
        f"{called(int(value), samples.classes)} has {number}"
        for value, number in counts.items()
        if number < least
    ]
    if few:
        raise LandloomError(
            f"map.calibration.level: {level:g} needs at least {least} places of each class to be "
            f"fitted on; of the samples, {', '.join(few)}. Take more (map.samples.n, "
            "map.samples.per_class_min), fit on points (map.validation.table), lower the level, "
            "merge classes (map.reference.classes), or leave rare ones out (map.samples.min_share)"
        )


def _set_aside(evidence: Evidence, least: int, legend: Legend) -> Evidence:
    """Leave out the classes of which there are enough, but too few outside a fold."""
    if evidence.about["on"] != "folds":
        return evidence
    few = (_effective(evidence) >= least - _ROUNDING) & (_outside(evidence) < least - _ROUNDING)
    if not few.any() or few.size - np.count_nonzero(few) < _COMPARED:
        return evidence
    absent = tuple(np.flatnonzero(few).tolist())
    named = ", ".join(_name(legend, evidence, place) for place in absent)
    note = (
        f"{named}: fewer than {least} samples outside one of the folds, so that votes out of folds "
        "tell nothing of it: set aside. It is in every set, its probability is what the others' "
        "votes say on average, and all that is told here holds where another class is the true one"
    )
    return replace(evidence.without(absent), notes=(*evidence.notes, note))


def _origin(evidence: Evidence) -> str:
    if evidence.about["on"] == "validation":
        return f"{evidence.label.size} points of map.validation.table"
    chance = ", random" if evidence.about["folds_random"] else ""
    return f"{evidence.label.size} samples in folds ({evidence.about['folds']}{chance})"


def _effective(evidence: Evidence) -> Float64s:
    return effective_numbers(evidence.label, evidence.weight, evidence.classes.size)


def _outside(evidence: Evidence) -> Float64s:
    """Return what each class has at least where a part is left out, (classes,)."""
    parts = np.unique(evidence.part)
    rests = [_effective(evidence.those(evidence.part != part)) for part in parts]
    found: Float64s = np.min(rests, axis=0) if rests else np.zeros(evidence.classes.size)
    return found


def _short(evidence: Evidence, least: int, legend: Legend) -> str:
    """Name the classes that have too few, and how many they have."""
    counts = np.bincount(evidence.label, minlength=evidence.classes.size)
    worths, outside = _effective(evidence).tolist(), _outside(evidence).tolist()
    told = []
    for place, (worth, rest) in enumerate(zip(worths, outside, strict=True)):
        if rest < least - _ROUNDING and place not in evidence.absent:
            name, number = _name(legend, evidence, place), int(counts[place])
            alike = abs(worth - number) < _ALIKE
            weighed = "" if alike else f" (by weight as if {worth:.1f})"
            fewer = "" if worth < least - _ROUNDING else f", {rest:.3g} of them outside a part"
            told.append(f"{name} has {number}{weighed}{fewer}")
    return ", ".join(told)


def _name(legend: Legend, evidence: Evidence, place: int) -> str:
    value = int(evidence.classes[place])
    name = legend[value].name
    return name if name == str(value) else f"{name} ({value})"


def calibrate(evidence: Evidence, wanted: Wanted, legend: Legend) -> dict[str, Any]:
    """Fit tables and quantiles, and judge them by parts that were left out.

    Parameters
    ----------
    evidence : Evidence
        What `choose` returned.
    wanted : Wanted
        What is asked for.
    legend : Legend
        Names of the classes.

    Returns
    -------
    dict
        Plain data. What is told of ``before`` judges shares of votes, of ``after`` probabilities,
        these by tables that were fitted without the part they are judged on; so are sets.
    """
    classes = evidence.classes.size
    degree = temperature(evidence) if wanted.method == "temperature" else None
    tables = isotonic(evidence) if degree is None else tempered(degree, classes)
    strange = scores(evidence.percents)
    limits = quantiles(
        _of(strange, evidence.label), evidence.label, evidence.weight, wanted.level, classes
    )
    calibrated, inside = _left_out(evidence, wanted, strange)
    held, size = _of(inside, evidence.label), inside.sum(axis=0)
    judged = {"before": evidence.percents / WHOLE, "after": calibrated}
    bins = {which: _bins(evidence, probability) for which, probability in judged.items()}
    return {
        **evidence.about,
        "asked": wanted.fit_on,
        "method": wanted.method,
        "level": wanted.level,
        "temperature": degree,
        "n": int(evidence.label.size),
        "parts": int(np.unique(evidence.part).size),
        "definitions": DEFINITIONS,
        "ece": {which: expected_error(found) for which, found in bins.items()},
        "brier": {
            which: brier(probability, evidence.label, evidence.weight)
            for which, probability in judged.items()
        },
        "coverage": _mean(held, evidence),
        "mean_set_size": _mean(size, evidence),
        "set_sizes": {
            str(number): _mean(size == number, evidence) for number in range(classes + 1)
        },
        "bins": bins,
        "classes": [
            {
                "value": int(value),
                "name": legend[int(value)].name,
                "bit": place,
                "n": int(np.count_nonzero(evidence.label == place)),
                "effective_n": float(_effective(evidence)[place]),
                "coverage": (
                    None
                    if place in evidence.absent
                    else _mean(held, evidence, evidence.label == place)
                ),
                # No score reaches 1: the class is in every set.
                "quantile": 1.0 if place in evidence.absent else float(limits[place]),
                "table": tables[place].tolist(),
            }
            for place, value in enumerate(evidence.classes.tolist())
        ],
        "notes": [_CAVEATS[evidence.about["on"]], *evidence.notes],
    }


def _of(values: Any, label: Any) -> Any:  # noqa: ANN401
    """Return the values of one class at each place, of (classes, n)."""
    return np.take_along_axis(values, label[None], axis=0)[0]


def _left_out(evidence: Evidence, wanted: Wanted, strange: Float64s) -> tuple[Float64s, Mask]:
    """Return probabilities and members of sets, (classes, n), by what was fitted without the part.

    `choose` saw to it that the other parts have enough of each class that is not absent.
    """
    calibrated = np.empty(evidence.percents.shape)
    inside = np.empty(evidence.percents.shape, bool)
    for part in np.unique(evidence.part):
        out = evidence.part == part
        rest = evidence.those(~out)
        tables = fit_tables(wanted.method, rest)
        calibrated[:, out] = probabilities(tables, evidence.percents[:, out])
        limits = quantiles(
            _of(strange[:, ~out], rest.label),
            rest.label,
            rest.weight,
            wanted.level,
            evidence.classes.size,
        )
        inside[:, out] = members(strange[:, out], limits)
    return calibrated, inside


def _bins(evidence: Evidence, probability: Float64s) -> list[dict[str, Any]]:
    return reliability_bins(
        _of(probability, evidence.predicted),
        evidence.predicted == evidence.label,
        evidence.weight,
    )


def _mean(values: Any, evidence: Evidence, where: Mask | None = None) -> float:  # noqa: ANN401
    chosen = np.full(evidence.label.size, True) if where is None else where
    return float(np.average(values[chosen], weights=evidence.weight[chosen]))
