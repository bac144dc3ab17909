"""What is known of a map that a finished model made: of the model, and of how well it suits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from landloom.legend.text import text_table
from landloom.map.left_out import LeftOut, headline
from landloom.map.report.estimates import applicability_in_short, by_points, of_the_model
from landloom.map.report.text import beyond, drift, estimates_table, explanations, wrapped

Told = Mapping[str, Any]

_BESIDE = ("map_classes", "left_out", "proportional", "notes")
"""Of the model, what every report has beside it."""


def imported_report(
    model: Told,
    notes: Sequence[str],
    validation: Told | None = None,
    applicability: Told | None = None,
    *,
    of_its_year: bool = False,
) -> dict[str, Any]:
    """Set side by side what is known.

    Parameters
    ----------
    model
        The content of ``map/imported.json``.
    notes
        What else a reader should know.
    validation, applicability
        The files of these names, if there are any.
    of_its_year
        Whether the model learned from samples of the year of this map, among others.

    Returns
    -------
    dict
        ``model``, ``map_classes``, ``left_out``, ``proportional``, ``estimates`` as those of
        `landloom.map.report.estimates.map_report`, the model's own first, which has no classes;
        ``applicability`` in a few numbers, if it was mapped; ``notes``.
    """
    estimates = [of_the_model(model, of_its_year=of_its_year)]
    if validation:
        estimates.append(by_points(validation))
    kept = {key: told for key, told in model.items() if key not in _BESIDE}
    report = {
        "model": kept,
        "map_classes": model["map_classes"],
        "left_out": model["left_out"],
        "proportional": model["proportional"],
        "estimates": estimates,
        "notes": list(dict.fromkeys([*model["notes"], *notes])),
    }
    if applicability:
        report["applicability"] = applicability_in_short(applicability)
    return report


def model_facts(report: Told) -> dict[str, str]:
    """Return what the model is, line by line: name and fact."""
    model = report["model"]
    samples = model["samples"]
    names = model.get("class_names", {})
    counts = ", ".join(
        f"{_called(value, names.get(value))}: {number}"
        for value, number in samples["per_class"].items()
    )
    return {
        "file": model["file"],
        "SHA-256": model["sha256"],
        "kind": model["kind"],
        "samples": f"{samples['number']} ({counts})",
        "parameters": ", ".join(
            f"{key} {'null' if value is None else value}"
            for key, value in model["parameters"].items()
        ),
        "labels": "; ".join(model["labels"]) or "not told",
        "made with": ", ".join(f"{name} {number}" for name, number in model["versions"].items()),
    }


def _called(value: str, name: str | None) -> str:
    """Return a class's value and name; a value that is all there is alone."""
    return value if name in (None, value) else f"{value} {name}"


def imported_text(report: Told) -> str:
    """Return the report, to read."""
    head = ["The map was made with a model that was finished before it.", ""]
    facts = [f"{name}: {fact}" for name, fact in model_facts(report).items()]
    gone = LeftOut.of(report["left_out"])
    further = report.get("applicability", {}).get("notes", [])
    told = [*report["notes"], *(note for each in report["estimates"] for note in each["notes"])]
    parts = [
        wrapped(headline(gone)),
        [*head, *facts],
        text_table(*estimates_table(report)),
        [line for each in explanations(report) for line in wrapped(each)],
        [line for each in [*drift(report), *beyond(report)] for line in wrapped(each)],
        [f"Note: {note}" for note in dict.fromkeys([*told, *further])],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"
