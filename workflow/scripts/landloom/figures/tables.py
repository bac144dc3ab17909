"""Pages of tables for the report of a run: what it was asked for, made from, and what came of it.

Snakemake's report shows pictures and HTML; other files it only offers for download.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from landloom.dataset.likeness import likeness, likeness_table, nearest_training
from landloom.legend.decimals import decimal, percent
from landloom.legend.text import first_up
from landloom.map.report.imported import model_facts
from landloom.map.report.text import (
    beyond,
    classes_table,
    comparison_notes,
    comparison_table,
    drift,
    estimates_table,
    explanations,
    model_line,
)
from landloom.map.years.areas import by_class
from landloom.map.years.words import CAUTION
from landloom.pages.look import Part, Table, items, paragraphs, verbatim
from landloom.pages.prose import prose

Told = Mapping[str, Any]

_UNKNOWN = "\N{EN DASH}"
"""What stands in a cell of which nothing is known."""

_BY = " \N{MULTIPLICATION SIGN} "

_WAYS = {
    "compared": "compared",
    "by_heights": "by their heights",
    "with_enough_relief": "with enough relief",
    "median_shift_right": "median shift to the right (output pixels)",
    "median_shift_down": "median shift down (output pixels)",
    "together: patches": "small or flat patches, told together",
    "together: shift_right": "their shift to the right (output pixels)",
    "together: shift_down": "their shift down (output pixels)",
    "together: correlation": "their correlation",
}
"""What the certificate tells of the registration, in words."""


def dataset_parts(
    certificate: Told, classes: pd.DataFrame, tiles: pd.DataFrame | None, alike: Told | None = None
) -> list[Part]:
    """Return the tables of a dataset.

    Parameters
    ----------
    certificate
        The content of ``certificate.json``.
    classes
        The class distribution.
    tiles
        The elevation tiles; None where elevation is one raster.
    alike
        The content of ``autocorrelation.json``, if there is one.
    """
    parts: list[Part] = [
        ("Certificate", paragraphs(_proof(certificate))),
        ("Notes", items(certificate["notes"])),
        ("Patches and samples", _counts(certificate["patches"], classes)),
        ("Registration of the elevation, by patches", _registration(certificate["registration"])),
        ("Classes of region, train and test", _class_shares(certificate, classes)),
        *(_alike(alike) if alike else []),
    ]
    return parts if tiles is None else [*parts, ("Elevation tiles", _tiles(tiles))]


def _alike(told: Told) -> list[Part]:
    """Return how far land cover resembles itself, beside how near train and test lie."""
    sentences = [f"{first_up(each)}." for each in (likeness(told), nearest_training(told))]
    return [
        ("How near train and test lie, and how far that is alike", paragraphs(sentences)),
        ("How far land cover resembles itself", Table(*likeness_table(told))),
    ]


def _proof(certificate: Told) -> list[str]:
    shared = certificate["patches_sharing_pixels"]
    nearest = certificate["nearest_train_test_km"]
    told = [
        "Every promise holds.",
        f"Pairs of patches that share pixels: {shared['between_splits']} between train and test, "
        f"{shared['within_a_split']} within a split.",
    ]
    if nearest is not None:
        told.append(
            f"Nearest train and test patches: {nearest:g} km apart."
            if nearest
            else "Nearest train and test patches touch, without a pixel in common: 0 km apart."
        )
    return told


def _registration(facts: Mapping[str, Told]) -> Table:
    facts = {split: _flat(about) for split, about in facts.items()}
    columns = [
        name for name in _WAYS if any(about.get(name) is not None for about in facts.values())
    ]
    rows = [
        [split, *(_told(about.get(name), 2) for name in columns)] for split, about in facts.items()
    ]
    return Table(["split", *(_WAYS[name] for name in columns)], rows)


def _flat(about: Told) -> dict[str, float | None]:
    """Put what patches tell together beside what each tells alone."""
    pooled = about.get("together") or {}
    alone = {name: told for name, told in about.items() if name != "together"}
    return {**alone, **{f"together: {name}": told for name, told in pooled.items()}}


def _told(value: float | None, digits: int = 0) -> str:
    """Write a number of a table; a count without digits."""
    if value is None or value != value:  # NaN
        return _UNKNOWN
    return decimal(value, 0 if isinstance(value, int) else digits, grouped=True)


def _counts(patches: Mapping[str, Told], classes: pd.DataFrame) -> Table:
    """Put what became of the patches of each split in a row."""
    codes = list(dict.fromkeys(code for counts in patches.values() for code in counts["rejected"]))
    names = dict(zip(classes["code"].astype(str), classes["name"], strict=True))
    head = ["split", "patches", *(f"left out: {_reason(code, names)}" for code in codes)]
    head += ["left out: void elevation", "left out: near test patches", "samples"]
    rows = []
    for split, counts in patches.items():
        rejected = [counts["rejected"].get(code, 0) for code in codes]
        numbers = [counts["owned"], *rejected, counts["void"], counts["buffered"]]
        rows.append([split, *(_told(number) for number in [*numbers, counts["samples"]])])
    return Table(head, rows)


def _reason(code: str, names: Mapping[str, str]) -> str:
    return (
        "unknown pixels" if code == "unknown" else f"too much of {_called(code, names.get(code))}"
    )


def _class_shares(certificate: Told, classes: pd.DataFrame) -> Table:
    """Tell of each class its share of region, train and test, and what it is in the arrays."""
    shares = certificate["class_shares_percent"]
    rows = []
    for about in classes.to_dict("records"):
        own = shares.get(f"{about['code']} {about['name']}", {})
        rows.append(
            [
                about["name"],
                str(about["code"]),
                str(about["index"]),
                _told(int(about["count"])),
                *(_of_hundred(own.get(where)) for where in ("region", "train", "test")),
            ]
        )
    head = ["class", "code", "index in the arrays", "pixels of the region"]
    return Table([*head, "region (%)", "train (%)", "test (%)"], rows)


def _of_hundred(share: float | None) -> str:
    if share is None:
        return _UNKNOWN
    return percent(share / 100, 2).removesuffix(" %")


def _tiles(tiles: pd.DataFrame) -> Table:
    rows = []
    for about in tiles.to_dict("records"):
        there = bool(about["exists"])
        size = _told(about["size"] / 1e6, 1) if there else _UNKNOWN
        pixels = f"{about['width']}{_BY}{about['height']}" if there else _UNKNOWN
        heights = [_told(about[name] if there else None) for name in ("min", "mean", "max")]
        void = percent(about["void_share"]).removesuffix(" %")
        source = about["source"] if isinstance(about["source"], str) else "does not exist: void"
        rows.append([about["tile"], *heights, void, pixels, size, source])
    head = ["tile", "lowest (m)", "mean (m)", "highest (m)", "void (%)", "pixels", "file (MB)"]
    return Table([*head, "from"], rows)


def map_parts(report: Told) -> list[Part]:
    """Return the tables of a map's report, the content of ``report.json``."""
    confusion = report["confusion"]
    names = {about["value"]: about["name"] for about in report["classes"]}
    called = [_called(value, names.get(value)) for value in confusion["labels"]]
    told = [*model_line(report), *explanations(report), *beyond(report)]
    return [
        *_left_out(report["left_out"]),
        ("How well the map agrees, by what it is compared with", Table(*estimates_table(report))),
        ("What each of them tells", paragraphs(told)),
        *_kinds(report),
        ("Classes, by the random split of the samples", Table(*classes_table(report))),
        (
            "Confusion, in samples held out: rows are the reference, columns the map",
            _matrix("reference", called, confusion["counts"]),
        ),
        ("Samples", _pairs("used for", "samples", report["samples"])),
        ("The model that was chosen", _pairs("parameter", "value", report["best_params"])),
        ("Labels that were left out", _pairs("why", "labels", report["dropped"])),
        ("Software", _pairs("package", "version", report["versions"])),
        ("Notes", items(report["notes"])),
    ]


def imported_parts(report: Told) -> list[Part]:
    """Return the tables of a map that a finished model made, the content of ``report.json``."""
    told = [*explanations(report), *drift(report), *beyond(report)]
    return [
        *_left_out(report["left_out"]),
        ("The finished model that made the map", _pairs("of the model", "is", model_facts(report))),
        ("How well it agrees, by what it is compared with", Table(*estimates_table(report))),
        ("What each of them tells", paragraphs(told)),
        ("Notes", items(report["notes"])),
    ]


def _left_out(gone: Sequence[Told]) -> list[Part]:
    if not gone:
        return []
    rows = [
        [_called(about["value"], about["name"]), _told(about["samples"]), percent(about["share"])]
        for about in gone
    ]
    table = Table(["class", "samples that it would have had", "share of them"], rows)
    return [("Classes of the reference that are not in this map", table)]


def _called(value: int | str, name: str | None) -> str:
    """Return a class's value and name; a value that is all there is alone."""
    return str(value) if name in (None, str(value)) else f"{value} {name}"


def _matrix(rows: str, names: Sequence[str], counts: Sequence[Sequence[int]]) -> Table:
    """Return a matrix of counts with the classes' names on both sides, and sums."""
    told = [
        [name, *map(_told, row), _told(sum(row))] for name, row in zip(names, counts, strict=True)
    ]
    sums = [sum(column) for column in zip(*counts, strict=True)]
    told.append(["all", *map(_told, sums), _told(sum(sums))])
    return Table([rows, *names, "all"], told)


def _kinds(report: Told) -> list[Part]:
    """Return the table of kinds of models, where there are several."""
    if "comparison" not in report:
        return []
    return [
        ("Kinds of models, on the same samples and folds", Table(*comparison_table(report))),
        ("Their parameters", paragraphs(comparison_notes(report))),
    ]


def classifier_parts(report: Told, cpu: Told) -> list[Part]:
    """Return the table of kinds of models with what they take of the processor.

    Parameters
    ----------
    report
        The content of ``report.json``, with a comparison.
    cpu
        The content of ``compare/cpu.json``.
    """
    head, rows = comparison_table(report)
    taken = [cpu["kinds"][each["kind"]] for each in report["comparison"]]
    table = Table(
        [*head, "fit (CPU s)", "prediction (CPU s per million pixels)"],
        [
            [*row, f"{each['fit']:.3g}", f"{each['predict']:.3g}"]
            for row, each in zip(rows, taken, strict=True)
        ],
    )
    told = (
        f"Measured on {cpu['samples']} samples and {cpu['vectors']} vectors, in turns, medians; "
        "they differ from run to run. All other figures are those of report.json."
    )
    return [
        ("Kinds of models, on the same samples and folds", table),
        ("Their parameters", paragraphs(comparison_notes(report))),
        ("Processor's time", paragraphs([told])),
    ]


def validation_parts(report: Told, text: str) -> list[Part]:
    """Return the tables of a validation: the content of ``validation.json`` and its ``.txt``."""
    matrix = report["matrix"]
    names = {about.get("value"): about["name"] for about in report["classes"]}
    called = [_called(value, names.get(value)) for value in matrix["labels"]]
    areas = [
        [
            about["name"],
            _told(about["hectares"]["value"], 1),
            *(_told(limit, 1) for limit in about["hectares"]["dirichlet"] or (None, None)),
            _told(about["hectares"]["standard_error"], 1),
            _told(about["mapped_hectares"], 1),
        ]
        for about in report["classes"]
    ]
    head = ["class", "area (ha)", "at least (ha)", "at most (ha)", "standard error (ha)"]
    return [
        (
            "Areas of the classes, by independent points (95 % interval)",
            Table([*head, "on the map (ha)"], areas),
        ),
        ("Accuracy and areas, design-based", verbatim(text, "Accuracy and areas")),
        (
            "Independent reference points: rows are the map, columns the reference",
            _matrix("map", called, matrix["points"]),
        ),
        ("Strata", _strata(report["strata"]["rows"])),
    ]


def _strata(rows: Sequence[Told]) -> Table:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    columns.sort(key=lambda name: name != "name")
    told = [[_cell(name, row.get(name)) for name in columns] for row in rows]
    return Table([_STRATA.get(name, name.replace("_", " ")) for name in columns], told)


_STRATA = {"name": "stratum", "share": "share of the map (%)", "hectares": "area (ha)"}


def _cell(column: str, value: Any) -> str:  # noqa: ANN401
    if value is None or isinstance(value, str):
        return _UNKNOWN if value is None else value
    return percent(value).removesuffix(" %") if column == "share" else _told(value, 1)


def _pairs(key: str, value: str, pairs: Told) -> Table | str:
    if not pairs:
        return paragraphs(["None."])
    rows = [[name, _plain(told)] for name, told in pairs.items()]
    return Table([key, value], rows)


def _plain(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return "null"
    return _told(value) if type(value) is int else str(value)


def run_parts(texts: Mapping[str, str]) -> list[Part]:
    """Return what a run was asked for and made from.

    Parameters
    ----------
    texts
        Path to content: the configuration as YAML, the sources as Markdown (``.md``).
    """
    return [
        ("Sources, licences and citations", prose(text, below=2))
        if path.endswith(".md")
        else ("Configuration as resolved", verbatim(text, "Configuration as resolved"))
        for path, text in texts.items()
    ]


def year_parts(areas: pd.DataFrame) -> list[Part]:
    """Return the areas of the classes by year, as `areas_by_year` gives them, and a caution."""
    table = by_class(areas)
    years = list(table.columns[2:])
    rows = [
        [about["class"], str(about["value"]), *(_told(about[year], 1) for year in years)]
        for about in table.to_dict("records")
    ]
    head = ["class", "value", *(f"{year} (ha)" for year in years)]
    return [
        ("Areas of the classes on the map of each year", Table(head, rows)),
        ("What these areas do not tell", paragraphs([first_up(CAUTION)])),
    ]
