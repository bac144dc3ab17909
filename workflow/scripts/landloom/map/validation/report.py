"""What a sample tells of a map: as plain data, and as tables to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from landloom.legend.decimals import decimal
from landloom.legend.legends import Legend
from landloom.legend.text import shortened, text_table
from landloom.map.validation.areas import HECTARE, ClassAreas
from landloom.map.validation.estimators import Estimate, Figures, estimate
from landloom.map.validation.intervals import LEVEL, Interval, dirichlet, reaching, wald
from landloom.map.validation.strata import Sample

FEW = 5
"""Points below which a figure is warned of."""

_LONGEST = 30
"""Columns of a class's name in tables."""

BASIS = (
    "design-based: estimated from independent reference points and how they were drawn; "
    "report.json sets it beside what the samples tell"
)


def validate(sample: Sample, areas: ClassAreas, legend: Legend, seed: int) -> dict[str, Any]:
    """Estimate all figures of a map from a sample.

    Parameters
    ----------
    sample : Sample
        The sample.
    areas : ClassAreas
        What the map itself has of each class.
    legend : Legend
        Names of the classes.
    seed : int
        Of the drawn intervals.

    Returns
    -------
    dict
        Plain data, without NaN: None stands for what the points do not tell. ``basis``,
        ``strata``, ``points``, ``hectares``, ``level``, ``overall``, ``classes``, ``matrix``,
        ``notes``. A figure has ``value``, ``standard_error``, ``wald``, ``dirichlet``.
    """
    counts, figures = sample.counts, estimate(sample.counts)
    drawn = dirichlet(counts, seed)
    matrix = counts.cells.sum(axis=0)
    names = [legend[value].name if value in legend else str(value) for value in sample.values]
    classes = []
    for place, value in enumerate(sample.values):
        share = _figure(figures.shares[place], drawn.shares[place])
        classes.append(
            {
                "value": value,
                "name": names[place],
                "points": {
                    "map": int(matrix[place].sum()),
                    "reference": int(matrix[:, place].sum()),
                },
                "users": _figure(figures.users[place], drawn.users[place]),
                "producers": _figure(figures.producers[place], drawn.producers[place]),
                "share": share,
                "hectares": _scaled(share, sample.hectares),
                "mapped_hectares": float(areas.square_metres[value]) / HECTARE,
            }
        )
    return {
        "basis": BASIS,
        "strata": {
            "are": "map classes" if sample.by_map else "the table's",
            "rows": [
                {"name": name, "points": int(number), "share": float(size / counts.sizes.sum())}
                for name, number, size in zip(
                    sample.strata, counts.points, counts.sizes, strict=True
                )
            ],
        },
        "points": int(matrix.sum()),
        "hectares": sample.hectares,
        "level": LEVEL,
        "overall": _figure(figures.overall, drawn.overall),
        "classes": classes,
        "matrix": _matrix(sample.values, figures, matrix.tolist()),
        "notes": [*sample.notes, *_warnings(sample, classes)],
    }


def _figure(figure: Estimate, drawn: Interval | None) -> dict[str, Any]:
    limits = wald(figure)
    return {
        "value": figure.value,
        "standard_error": figure.error,
        "wald": None if limits is None else list(limits),
        "dirichlet": (
            None if drawn is None or figure.value is None else list(reaching(drawn, figure.value))
        ),
    }


def _scaled(figure: Mapping[str, Any], factor: float) -> dict[str, Any]:
    return {
        key: None if held is None else (np.array(held) * factor).tolist()
        for key, held in figure.items()
    }


def _matrix(values: Sequence[int], figures: Figures, points: list[list[int]]) -> dict[str, Any]:
    return {
        "labels": list(values),
        "points": points,
        "shares": [[cell.value for cell in row] for row in figures.matrix],
        "standard_errors": [[cell.error for cell in row] for row in figures.matrix],
    }


def _warnings(sample: Sample, classes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the figures that rest on few points, or on none."""
    told = [
        f"the stratum {name} has one point, of which no variance can be told: figures that hang on "
        "it have no standard error"
        for name, alone in zip(sample.strata, sample.counts.alone.tolist(), strict=True)
        if alone
    ]
    for about in classes:
        on_map, reference = about["points"]["map"], about["points"]["reference"]
        if on_map < FEW:
            told.append(f"the user's accuracy of {about['name']} rests on {_points(on_map)}")
        if reference < FEW:
            told.append(
                f"the producer's accuracy and the area of {about['name']} rest on "
                f"{_points(reference)} in reference"
            )
    total = int(sample.counts.points.sum())
    return [*told, *([f"the overall accuracy rests on {_points(total)}"] if total < FEW else [])]


def _points(number: int) -> str:
    return "no point" if not number else f"{number} point{'s' if number > 1 else ''}"


def validation_text(report: Mapping[str, Any]) -> str:
    """Return a report of `validate` as tables to read."""
    strata, classes = report["strata"], report["classes"]
    names = [_called(about) for about in classes]
    head = [
        f"Design-based estimates from {report['points']} independent reference points; strata: "
        f"{strata['are']}.",
        "In brackets: standard error, and the 95 % interval (Dirichlet, which holds for rare "
        "classes, too,",
        "and need not have the estimate in its middle; Wald's are in validation.json). report.txt "
        "sets them",
        "beside what the samples tell.",
        "",
        f"Overall accuracy: {_shown(report['overall'])}",
        f"Area: {decimal(report['hectares'], 1, grouped=True)} ha",
        "",
    ]
    accuracy = text_table(
        ["class", "points: map", "reference", "user's accuracy", "producer's accuracy"],
        [
            [
                name,
                str(about["points"]["map"]),
                str(about["points"]["reference"]),
                _shown(about["users"]),
                _shown(about["producers"]),
            ]
            for name, about in zip(names, classes, strict=True)
        ],
    )
    area = text_table(
        ["class", "share of area", "hectares", "hectares on the map"],
        [
            [
                name,
                _shown(about["share"], 4),
                _shown(about["hectares"], 1),
                decimal(about["mapped_hectares"], 1, grouped=True),
            ]
            for name, about in zip(names, classes, strict=True)
        ],
    )
    shares = report["matrix"]["shares"]
    matrix = text_table(
        ["map \\ reference", *map(str, report["matrix"]["labels"])],
        [
            [name, *(decimal(cell, 4) for cell in row)]
            for name, row in zip(names, shares, strict=True)
        ],
    )
    notes = [f"Note: {note}" for note in report["notes"]]
    parts = [*accuracy, "", *area, "", "Shares of area", *matrix]
    return "\n".join([*head, *parts, *(["", *notes] if notes else [])]) + "\n"


def _called(about: Mapping[str, Any]) -> str:
    value, name = str(about["value"]), about["name"]
    return shortened(name if name == value else f"{value} {name}", _LONGEST)


def _shown(figure: Mapping[str, Any], digits: int = 3) -> str:
    """Return a figure, its standard error and its limits; a dash for what is not known."""

    def written(number: float | None) -> str:
        return "-" if number is None else decimal(number, digits, grouped=True)

    if figure["value"] is None:
        return "-"
    limits = figure["dirichlet"] or (None, None)
    return (
        f"{written(figure['value'])} (SE {written(figure['standard_error'])}; "
        f"{written(limits[0])} to {written(limits[1])})"
    )
