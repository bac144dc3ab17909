"""All that is known of how well a map agrees, each figure with what it rests on, side by side.

None of them is the accuracy: samples that were held out lie next to those that were learned from,
folds cut elsewhere answer another question, and only points that were drawn for it, of the whole
map, tell of the whole map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from landloom.map.classifiers.words import TITLES
from landloom.map.left_out import LeftOut, kept_share
from landloom.map.validation.intervals import wilson

Told = Mapping[str, Any]

RANDOM_SPLIT = "random split of the samples"
DESIGN_BASED = "design-based, independent points"
OF_THE_MODEL = "random split of the samples where the model was made"

_TELLS = {
    RANDOM_SPLIT: (
        "how well a model agrees with labels that lie among those it learned from; farther from "
        "all samples, expect less"
    ),
    OF_THE_MODEL: (
        "how well a model agreed with labels that lay among those it learned from, there and "
        "then; it tells nothing of this map"
    ),
    DESIGN_BASED: (
        "how much of the map's area is as those who labelled the points saw it, wherever the "
        "samples lie; of the map as a whole, not of a part of it"
    ),
}

_OF_ITS_YEAR = (
    "how well a model agreed with labels that lay among those it learned from, of the year of this "
    "map and of the others that it learned from together; farther from all samples, expect less"
)
"""What a model's own agreement tells of a map of a year that it learned from."""

_FOLDS = {
    "random": (
        "random folds",
        "as the random split, but each sample is judged once, by a model that did not learn from "
        "it; its neighbours were learned from",
    ),
    "knndm": (
        "kNNDM folds",
        "how well models agree with labels as far from those they learned from as the map's "
        "pixels are from the samples; uncertain where samples lie in few clusters",
    ),
    "blocks": (
        "folds of blocks",
        "how well models agree with labels in blocks of land that they have no sample of",
    ),
    "group": (
        "folds of groups",
        "how well models agree with labels of groups (plots, farms, visits) that they have no "
        "sample of",
    ),
}
"""Of each scheme its words, and what scores in such folds tell."""

_WILSON = (
    "95 %, Wilson's, as if samples were independent of one another: where they lie in clusters, or "
    "models share samples, it is too short"
)
_DIRICHLET = (
    "95 %, Dirichlet, from the points and how they were drawn; widened to the "
    "estimate where that would lie outside"
)


_UNKNOWN: dict[str, Any] = {"value": None, "interval": None}


@dataclass(frozen=True)
class Findings:
    """What was found of a map, as the files of the jobs hold it.

    Attributes
    ----------
    held_out
        What the samples held out tell: ``map/held_out.json``.
    crossval
        Scores of each scheme of folds: ``map/crossval/{scheme}.json``.
    validation, applicability, calibration
        The files of these names, if there are any.
    notes
        What else a reader should know.
    compared
        What other kinds of classifiers do: ``map/compare/{kind}.json``.
    """

    held_out: Told
    crossval: Sequence[Told] = ()
    validation: Told | None = None
    applicability: Told | None = None
    calibration: Told | None = None
    notes: Sequence[str] = ()
    compared: Sequence[Told] = ()


def map_report(found: Findings) -> dict[str, Any]:
    """Set side by side what was found.

    Returns
    -------
    dict
        What the samples held out tell, as it is; ``estimates``, a list; and in a few numbers
        ``applicability`` and ``calibration``, if there are any; ``comparison``, a list of kinds of
        classifiers, the map's first, if others were tried. An estimate has ``basis``,
        ``what_it_tells``, ``samples`` (how many it rests on), ``overall``, ``with_left_out`` (the
        same, each sample of a class that the map leaves out counting as wrong; not known where
        samples are not in proportion to the labels), ``counts_left_out``
        (whether ``overall`` does so already), ``macro_f1``, ``interval`` (of what kind they are),
        ``baselines``, ``classes`` and ``notes``. Figures have a ``value`` and an ``interval``; None
        stands for what is not known.
    """
    gone = LeftOut.of(found.held_out["left_out"])
    left_out = gone, found.held_out.get("proportional", True)
    estimates = [_by_samples(found.held_out, RANDOM_SPLIT, _TELLS[RANDOM_SPLIT], left_out)]
    for scores in found.crossval:
        folds, tells = _folds(scores["scheme"], bool(scores.get("about", {}).get("random")))
        estimates.append(_by_samples(scores, f"cross-validation, {folds}", tells, left_out))
    if found.validation:
        estimates.append(by_points(found.validation))
    notes = list(dict.fromkeys([*found.held_out["notes"], *found.notes]))
    report = {**found.held_out, "notes": notes, "estimates": estimates}
    if found.applicability:
        report["applicability"] = applicability_in_short(found.applicability)
    if found.calibration:
        report["calibration"] = _calibration(found.calibration)
    if found.compared:
        report["comparison"] = _comparison(found)
    return report


def _comparison(found: Findings) -> list[dict[str, Any]]:
    """Return what kinds of classifiers do on the same samples and folds, the map's first."""
    own = {
        "kind": found.held_out.get("kind", "forest"),
        "best_params": found.held_out["best_params"],
        "held_out": _in_short(found.held_out),
        "crossval": [
            {"scheme": scores["scheme"], **_in_short(scores)} for scores in found.crossval
        ],
        "notes": [],  # told already
    }
    words = {
        scores["scheme"]: _folds(scores["scheme"], bool(scores.get("about", {}).get("random")))[0]
        for scores in found.crossval
    }
    return [
        {
            "kind": each["kind"],
            "title": TITLES[each["kind"]],
            "best_params": each["best_params"],
            "held_out": dict(each["held_out"]),
            "crossval": [
                {"folds": words[scores["scheme"]], **scores} for scores in each["crossval"]
            ],
            "notes": list(each["notes"]),
        }
        for each in (own, *found.compared)
    ]


def _in_short(scores: Told) -> dict[str, float]:
    return {"accuracy": scores["accuracy"], "macro_f1": scores["macro"]["f1"]}


def _folds(scheme: str, by_chance: bool) -> tuple[str, str]:
    """Return the words for folds, and what scores in them tell."""
    if by_chance and scheme != "random":
        return f"{_FOLDS[scheme][0]} (random, as the notes tell)", _FOLDS["random"][1]
    return _FOLDS[scheme]


def _by_samples(
    scores: Told, basis: str, tells: str, left_out: tuple[Sequence[LeftOut], bool]
) -> dict[str, Any]:
    """Return what scores of `landloom.map.forest.accuracy.assess` tell."""
    gone, proportional = left_out
    counts = np.array(scores["confusion"]["counts"], np.int64)
    right, reference, on_map = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    overall = _share(int(right.sum()), int(counts.sum()))
    all_classes = _with_left_out(overall, gone, proportional)
    classes = [
        {
            "value": about["value"],
            "name": about["name"],
            "in_reference": int(reference[place]),
            "on_map": int(on_map[place]),
            "precision": _share(int(right[place]), int(on_map[place])),
            "recall": _share(int(right[place]), int(reference[place])),
        }
        for place, about in enumerate(scores["classes"])
    ]
    return {
        "basis": basis,
        "what_it_tells": tells,
        "samples": int(counts.sum()),
        "overall": overall,
        "with_left_out": all_classes,
        "counts_left_out": False,
        "macro_f1": scores["macro"]["f1"],
        "interval": _WILSON,
        "baselines": scores["baselines"],
        "classes": classes,
        "notes": scores.get("notes", []) if basis != RANDOM_SPLIT else [],
    }


def _with_left_out(
    overall: dict[str, Any], gone: Sequence[LeftOut], proportional: bool
) -> dict[str, Any]:
    """Return an agreement if samples of the classes that are left out counted as wrong."""
    if not gone:
        return overall
    return _scaled(overall, kept_share(gone)) if proportional else _UNKNOWN


def by_points(validation: Told) -> dict[str, Any]:
    """Return what a report of `landloom.map.validation.report.validate` tells."""
    overall = _drawn(validation["overall"])
    classes = [
        {
            "value": about["value"],
            "name": about["name"],
            "in_reference": about["points"]["reference"],
            "on_map": about["points"]["map"],
            "precision": _drawn(about["users"]),
            "recall": _drawn(about["producers"]),
        }
        for about in validation["classes"]
    ]
    return {
        "basis": DESIGN_BASED,
        "what_it_tells": _TELLS[DESIGN_BASED],
        "samples": validation["points"],
        "overall": overall,
        "with_left_out": overall,
        "counts_left_out": True,
        "macro_f1": None,
        "interval": _DIRICHLET,
        "baselines": None,
        "classes": classes,
        "notes": validation["notes"],
    }


def of_the_model(model: Told, *, of_its_year: bool = False) -> dict[str, Any]:
    """Return the estimate that a finished model brings along: ``map/imported.json`` has it.

    Parameters
    ----------
    model
        The content of that file.
    of_its_year
        Whether the model learned from samples of the year of the map, among others.
    """
    agreement, samples = model["agreement"], model["agreement"]["samples"]
    overall = _share(round(agreement["accuracy"] * samples), samples)
    gone = LeftOut.of(model["left_out"])
    return {
        "basis": OF_THE_MODEL,
        "what_it_tells": _OF_ITS_YEAR if of_its_year else _TELLS[OF_THE_MODEL],
        "samples": samples,
        "overall": overall,
        "with_left_out": _with_left_out(overall, gone, model["proportional"]),
        "counts_left_out": False,
        "macro_f1": agreement["macro_f1"],
        "interval": _WILSON,
        "baselines": None,
        "classes": [],
        "notes": [],
    }


def applicability_in_short(told: Told) -> dict[str, Any]:
    """Return a few numbers of ``map/applicability.json``."""
    return {
        "folds": told["folds"]["scheme"],
        "folds_random": told["folds"]["random"],
        "threshold": told["threshold"],
        "share_of_area": told["map"]["share_of_area"],
        "notes": list(told["notes"]),
    }


def _calibration(told: Told) -> dict[str, Any]:
    kept = ("on", "folds", "folds_random", "method", "level", "ece", "brier", "coverage")
    return {key: told[key] for key in (*kept, "mean_set_size", "notes")}


def _share(right: int, of: int) -> dict[str, Any]:
    limits = wilson(right, of)
    value = right / of if of else None
    return {"value": value, "interval": None if limits is None else list(limits)}


def _drawn(figure: Told) -> dict[str, Any]:
    return {"value": figure["value"], "interval": figure["dirichlet"]}


def _scaled(figure: Told, factor: float) -> dict[str, Any]:
    return {
        "value": figure["value"] * factor,
        "interval": [limit * factor for limit in figure["interval"]],
    }
