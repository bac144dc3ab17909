"""The report of a map in words and tables; light to import, as the end of a run tells it, too."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from landloom.legend.decimals import decimal, percent
from landloom.legend.text import first_up, shortened, text_table
from landloom.map.classifiers.words import params_in_words, title_of
from landloom.map.left_out import LeftOut, headline, other_notes

Told = Mapping[str, Any]

_LONGEST = 60
"""Columns of a class's name in the report; of more, those in the middle are left out."""

_WIDE = 100
"""Columns of what is told in sentences."""

_BASELINES = {"majority": "majority class", "nearest_centroid": "nearest centroid"}
"""Words for the baselines."""


def shown(figure: Told) -> str:
    """Return a figure and its limits; a dash for what is not known."""
    if figure["value"] is None:
        return "-"
    if figure["interval"] is None:
        return decimal(figure["value"], 3)
    value, low, high = (decimal(number, 3) for number in (figure["value"], *figure["interval"]))
    return f"{value} ({low} to {high})"


def estimates_table(report: Told) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of a table with all estimates side by side.

    Where the map leaves classes out, there are two columns of the overall agreement: without them,
    and with them.
    """
    gone = bool(report["left_out"])
    head = ["what the map is compared with", "samples", "agreement (95 %)"]
    if gone:
        head[2:] = ["its classes only (95 %)", "all classes (95 %)"]
    compared = _has_baselines(report["estimates"])
    head += ["macro F1", *(_BASELINES.values() if compared else ())]
    return head, [_row(estimate, gone, compared) for estimate in report["estimates"]]


def _has_baselines(estimates: Sequence[Told]) -> bool:
    """Return whether some estimate is compared with simple rules: not where labels are lacking."""
    return any(estimate["baselines"] for estimate in estimates)


def _row(estimate: Told, gone: bool, compared: bool) -> list[str]:
    overall = [shown(estimate["overall"])]
    if gone:
        overall = ["-" if estimate["counts_left_out"] else overall[0]]
        overall.append(shown(estimate["with_left_out"]))
    baselines = [_baseline(estimate, name) for name in _BASELINES] if compared else []
    return [
        estimate["basis"],
        str(estimate["samples"]),
        *overall,
        _number(estimate["macro_f1"]),
        *baselines,
    ]


def _baseline(estimate: Told, name: str) -> str:
    return decimal(estimate["baselines"][name]["accuracy"], 3) if estimate["baselines"] else "-"


def _number(value: float | None) -> str:
    return "-" if value is None else decimal(value, 3)


def report_text(report: Told) -> str:
    """Return a report of `landloom.map.report.estimates.map_report`, to read.

    What the map leaves out comes first, then all estimates side by side and what each tells, then
    the classes on the samples held out, and at last what was left out of the samples, and notes.
    """
    gone = LeftOut.of(report["left_out"])
    parts = [
        _headline(gone, report.get("proportional", True)),
        [line for each in model_line(report) for line in wrapped(each)],
        text_table(*estimates_table(report)),
        [line for each in explanations(report) for line in wrapped(each)],
        _compared(report),
        [f"By class, {report['estimates'][0]['basis']}:", *text_table(*classes_table(report))],
        [line for each in beyond(report) for line in wrapped(each)],
        [f"Left out: {number} ({why})" for why, number in report["dropped"].items()],
        [f"Note: {note}" for note in _notes(report, gone)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _headline(gone: Sequence[LeftOut], proportional: bool) -> list[str]:
    if not gone:
        return []
    count = (
        "with all classes, their samples count as wrong"
        if proportional
        else "how much that takes from the agreement is not known, as samples are not in "
        "proportion to the labels"
    )
    cost = (
        f"Whatever is of such a class is wrong on the map; {count}. Lower map.samples.min_share to "
        "keep them."
    )
    return [*wrapped(headline(gone)), *wrapped(cost)]


def model_line(report: Told) -> list[str]:
    """Return which model it is, in a sentence; of a forest, which is the rule, nothing."""
    if report.get("kind", "forest") == "forest":
        return []
    return [f"Model: {title_of(report)}, {params_in_words(report['best_params'])}."]


def comparison_table(report: Told) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of a table of kinds of models, the map's first."""
    rows = [
        [
            each["title"],
            *(
                f"{_number(scores['accuracy'])}, {_number(scores['macro_f1'])}"
                for scores in (each["held_out"], *each["crossval"])
            ),
        ]
        for each in report["comparison"]
    ]
    bases = [each["folds"] for each in report["comparison"][0]["crossval"]]
    return ["agreement, macro F1", "random split", *bases], rows


def comparison_notes(report: Told) -> list[str]:
    """Return the parameters of kinds of models, and notes on them, in sentences."""
    return [
        f"{first_up(each['title'])}: {told}."
        for each in report["comparison"]
        for told in (params_in_words(each["best_params"]), *each["notes"])
    ]


def _compared(report: Told) -> list[str]:
    """Return kinds of models side by side, where there are several."""
    if "comparison" not in report:
        return []
    return [
        "Kinds of models, tuned and judged on the same samples and folds:",
        *text_table(*comparison_table(report)),
        *(line for each in comparison_notes(report) for line in wrapped(each)),
    ]


def explanations(report: Told) -> list[str]:
    """Return what each estimate tells, and of what kind the intervals are, in sentences."""
    estimates = report["estimates"]
    lines = [f"{first_up(each['basis'])}: {each['what_it_tells']}." for each in estimates]
    for kind in dict.fromkeys(each["interval"] for each in estimates):
        bases = [each["basis"] for each in estimates if each["interval"] == kind]
        of = "" if len(bases) == len(estimates) else f" ({'; '.join(bases)})"
        lines.append(f"Intervals{of}: {kind}.")
    if _has_baselines(estimates):
        lines.append(
            "Majority class, nearest centroid: how well the same samples agree where everything is "
            "called by the largest class, or each by the class whose mean is nearest."
        )
    return lines


def classes_table(report: Told) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of a table of the classes on the samples held out."""
    scores = {about["value"]: about for about in report["classes"]}
    split = report["estimates"][0]
    rows = [
        [
            _called(about),
            str(about["in_reference"]),
            str(about["on_map"]),
            shown(about["precision"]),
            shown(about["recall"]),
            decimal(scores[about["value"]]["f1"], 3),
        ]
        for about in split["classes"]
    ]
    for name, average in (("macro average", "macro"), ("weighted average", "weighted")):
        figures = report[average]
        number = str(split["samples"])
        told = [decimal(figures[measure], 3) for measure in ("precision", "recall", "f1")]
        rows.append([name, number, number, *told])
    head = ["class", "samples", "predicted", "precision (95 %)", "recall (95 %)", "F1"]
    return head, rows


def _called(about: Told) -> str:
    value, name = str(about["value"]), about["name"]
    return shortened(name if name == value else f"{value} {name}", _LONGEST)


def beyond(report: Told) -> list[str]:
    """Return what is known of where the map applies, and of its probabilities, in sentences.

    Whether folds of these are random is told, as their scheme's name says otherwise.
    """
    lines = []
    if applies := report.get("applicability"):
        lines.append(
            f"Area of applicability: {percent(applies['share_of_area'])} of the map is as like the "
            f"samples as they are to one another{_by(applies, ' in ')}; no estimate of samples "
            "holds for the rest."
        )
    if fitted := report.get("calibration"):
        lines.append(
            f"Probabilities, calibrated on {fitted['on']}{_by(fitted)} ({fitted['method']}): "
            f"expected calibration error {_before_after(fitted['ece'])}, Brier score "
            f"{_before_after(fitted['brier'])}. Sets of classes that are to hold the true one in "
            f"{100 * fitted['level']:g} % of all cases do so in {percent(fitted['coverage'])}, "
            f"with {decimal(fitted['mean_set_size'], 2)} classes on average."
        )
    return lines


def drift(report: Told) -> list[str]:
    """Return how an embedding compares with what a finished model learned from, in sentences."""
    fit = report["model"]["fit"]
    lines = [
        f"Of the values of {fit['pixels']} pixels that were looked at, "
        f"{percent(fit['values_within'])} lie in the range of the model's samples."
    ]
    if "applicability" in report:
        return lines
    if fit["outside"] is None:
        lines.append(
            "How much of the map is unlike all samples is not known: the model does not bring them."
        )
    else:
        lines.append(
            f"{percent(fit['outside'])} of {fit['pixels_compared']} pixels that were compared with "
            "the model's samples lie outside its area of applicability, where nothing that is "
            "known of the model holds; map.applicability maps it."
        )
    return lines


def _by(told: Told, before: str = ", ") -> str:
    """Return in words by which folds something was found, if by any."""
    if told["folds"] is None:
        return ""
    chance = told["folds_random"] and told["folds"] != "random"
    return f"{before}{told['folds']} folds{' that are random' if chance else ''}"


def _before_after(figure: Told) -> str:
    return f"{decimal(figure['before'], 3)} before, {decimal(figure['after'], 3)} after"


def _notes(report: Told, gone: Sequence[LeftOut]) -> list[str]:
    """Return the notes that are told nowhere else: what samples leave out is counted above."""
    counted = {note for note in report["notes"] if note.endswith(": left out")}
    return [note for note in _all_notes(report, gone) if note not in counted]


def _all_notes(report: Told, gone: Sequence[LeftOut]) -> list[str]:
    """Return the notes but for those that tell which classes are left out, as the headline does."""
    return other_notes(notes_of(report), gone)


def notes_of(report: Told) -> list[str]:
    """Return the notes on the samples, each estimate and what is beyond, none of them twice."""
    further = [report[section] for section in ("applicability", "calibration") if section in report]
    told = [note for each in (*report["estimates"], *further) for note in each["notes"]]
    return list(dict.fromkeys([*report["notes"], *told]))


def last_words(report: Told) -> list[str]:
    """Return what the end of a run tells of a map, line by line."""
    gone = LeftOut.of(report["left_out"])
    model = report.get("model")
    return [
        *([headline(gone)] if gone else []),
        *(f"  {line}" for line in model_line(report)),
        *([f"  by the finished model {model['file']}"] if model else []),
        *(f"  {_sentence(estimate, bool(gone))}" for estimate in report["estimates"]),
        *(f"  beside it: {_other(each)}" for each in report.get("comparison", [])[1:]),
        *(f"  {line}" for line in [*(drift(report) if model else []), *beyond(report)]),
        *(f"  note: {note}" for note in _all_notes(report, gone)),
    ]


def words_of_year(report: Told) -> list[str]:
    """Return what the end of a run tells of the map of a further year, line by line."""
    told = [*drift(report), *beyond(report)]
    return [*told, *(f"note: {note}" for note in _all_notes(report, ()))]


def _other(each: Told) -> str:
    """Return what another kind of model does, in a line."""
    parts = [("random split", each["held_out"]), *((at["folds"], at) for at in each["crossval"])]
    told = [
        f"{basis}: {_number(scores['accuracy'])}, macro F1 {_number(scores['macro_f1'])}"
        for basis, scores in parts
    ]
    return f"{each['title']}, {'; '.join(told)}"


def _sentence(estimate: Told, gone: bool) -> str:
    """Return an estimate in a line."""
    parts = [f"{estimate['basis']}: {shown(estimate['overall'])}, n = {estimate['samples']}"]
    known = estimate["with_left_out"]["value"] is not None
    if gone and known and not estimate["counts_left_out"]:
        parts.append(f"with the classes left out {shown(estimate['with_left_out'])}")
    if estimate["macro_f1"] is not None:
        parts.append(f"macro F1 {_number(estimate['macro_f1'])}")
    if estimate["baselines"]:
        parts += [f"{word} {_baseline(estimate, name)}" for name, word in _BASELINES.items()]
    return ", ".join(parts)


def wrapped(text: str) -> list[str]:
    """Return a sentence in lines."""
    return textwrap.wrap(text, _WIDE, break_long_words=False, break_on_hyphens=False)
