"""Pages of tables for the report of a run: what it was asked for, made from, and what came of it.

Snakemake's report shows pictures and HTML; other files it only offers for download.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from landloom.map.report.text import (
    beyond,
    classes_table,
    comparison_notes,
    comparison_table,
    estimates_table,
    explanations,
    model_line,
)

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 70rem;
       padding: 0 1rem; color: #1a1a1a; background: #fff }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .7rem; border-bottom: 1px solid #ddd; text-align: right }
th { background: #f4f4f4 } td:first-child, th:first-child { text-align: left }
pre { background: #f6f6f6; padding: 1rem; overflow-x: auto; white-space: pre-wrap }
"""

Part = tuple[str, pd.DataFrame | str]
"""A heading, and the table or the text below it."""


def page(title: str, parts: Sequence[Part]) -> str:
    """Return an HTML page that needs nothing else."""
    body = "\n".join(f"<h2>{html.escape(name)}</h2>\n{_shown(part)}" for name, part in parts)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{html.escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def _shown(part: pd.DataFrame | str) -> str:
    if isinstance(part, str):
        return f"<pre>{html.escape(part)}</pre>"
    with pd.option_context("display.max_colwidth", None):  # else long names are cut
        return str(part.to_html(index=False, border=0, na_rep="", float_format=_number))


def _number(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def dataset_parts(
    certificate: Mapping[str, Any], classes: pd.DataFrame, tiles: pd.DataFrame | None
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
    """
    shared = certificate["patches_sharing_pixels"]
    nearest = certificate["nearest_train_test_km"]
    proof = (
        f"Every promise holds. Pairs of patches that share pixels: {shared['between_splits']} "
        f"between train and test, {shared['within_a_split']} within a split. "
        + ("" if nearest is None else f"Nearest train and test patches: {nearest:g} km apart.")
    )
    shares = pd.DataFrame(certificate["class_shares_percent"]).T.rename_axis("class")
    names = ["code", "name", "index", "count", "percentage"]
    parts: list[Part] = [
        ("Certificate", proof),
        ("Notes", "\n".join(certificate["notes"]) or "none"),
        ("Patches and samples", _counts(certificate["patches"])),
        ("Registration of the elevation", _by_split(certificate["registration"])),
        ("Class shares (percent)", shares.reset_index()),
        ("Class distribution of the region", classes[names]),
    ]
    return parts if tiles is None else [*parts, ("Elevation tiles", tiles.drop(columns="sha256"))]


def _by_split(facts: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame.from_dict(facts, orient="index").rename_axis("split").reset_index()
    return table.rename(columns=lambda name: str(name).replace("_", " "))


def _counts(patches: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Put what became of the patches of each split in a row."""
    rows = {}
    for split, counts in patches.items():
        rejected = {
            "unknown pixels" if code == "unknown" else f"too much of class {code}": count
            for code, count in counts["rejected"].items()
        }
        rest = {"void elevation": counts["void"], "near test patches": counts["buffered"]}
        rows[split] = {"patches": counts["owned"], **rejected, **rest, "samples": counts["samples"]}
    return _by_split(rows)


def map_parts(report: Mapping[str, Any]) -> list[Part]:
    """Return the tables of a map's report, the content of ``report.json``."""
    confusion = report["confusion"]
    matrix = pd.DataFrame(confusion["counts"], columns=confusion["labels"])
    matrix.insert(0, "reference \\ map", confusion["labels"])
    facts = {
        "samples": report["samples"],
        "best parameters": report["best_params"],
        "dropped points": report["dropped"],
        "versions": report["versions"],
    }
    gone = pd.DataFrame(report["left_out"])
    return [
        *([("Classes of the reference that are not in this map", gone)] if len(gone) else []),
        ("How well the map agrees, by what it is compared with", _table(estimates_table(report))),
        (
            "What each of them tells",
            "\n".join([*model_line(report), *explanations(report), *beyond(report)]),
        ),
        *_kinds(report),
        ("Classes, by the random split of the samples", _table(classes_table(report))),
        ("Confusion (rows: reference, columns: map)", matrix),
        *((name.capitalize(), _pairs(pairs)) for name, pairs in facts.items()),
        ("Notes", "\n".join(report["notes"]) or "none"),
    ]


def _table(told: tuple[list[str], list[list[str]]]) -> pd.DataFrame:
    head, rows = told
    return pd.DataFrame(rows, columns=head)


def _kinds(report: Mapping[str, Any]) -> list[Part]:
    """Return the table of kinds of models, where there are several."""
    if "comparison" not in report:
        return []
    return [
        ("Kinds of models, on the same samples and folds", _table(comparison_table(report))),
        ("Their parameters", "\n".join(comparison_notes(report))),
    ]


def classifier_parts(report: Mapping[str, Any], cpu: Mapping[str, Any]) -> list[Part]:
    """Return the table of kinds of models with what they take of the processor.

    Parameters
    ----------
    report
        The content of ``report.json``, with a comparison.
    cpu
        The content of ``compare/cpu.json``.
    """
    table = _table(comparison_table(report))
    columns = {"fit (CPU s)": "fit", "prediction (CPU s per million pixels)": "predict"}
    for name, what in columns.items():
        table[name] = [f"{cpu['kinds'][each['kind']][what]:.3g}" for each in report["comparison"]]
    told = (
        f"Measured on {cpu['samples']} samples and {cpu['vectors']} vectors, in turns, medians; "
        "they differ from run to run. All other figures are those of report.json."
    )
    return [
        ("Kinds of models, on the same samples and folds", table),
        ("Their parameters", "\n".join(comparison_notes(report))),
        ("Processor's time", told),
    ]


def validation_parts(report: Mapping[str, Any], text: str) -> list[Part]:
    """Return the tables of a validation: the content of ``validation.json`` and its ``.txt``."""
    matrix = report["matrix"]
    points = pd.DataFrame(matrix["points"], columns=matrix["labels"])
    points.insert(0, "map \\ reference", matrix["labels"])
    areas = pd.DataFrame(
        [
            {
                "class": about["name"],
                "hectares": about["hectares"]["value"],
                "standard error": about["hectares"]["standard_error"],
                **dict(zip(("from", "to"), about["hectares"]["dirichlet"] or (), strict=False)),
                "hectares on the map": about["mapped_hectares"],
            }
            for about in report["classes"]
        ]
    )
    return [
        ("Areas of the classes, by independent points (95 % interval)", areas),
        ("Accuracy and areas, design-based", text),
        ("Independent reference points (rows: map, columns: reference)", points),
        ("Strata", pd.DataFrame(report["strata"]["rows"])),
    ]


def _pairs(pairs: Mapping[str, Any]) -> str:
    return "\n".join(f"{key}: {'null' if value is None else value}" for key, value in pairs.items())
