"""The pages of tables in the report."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import yaml

from landloom.config.resolved import config_text
from landloom.config.whole import load_config
from landloom.figures.tables import (
    classifier_parts,
    dataset_parts,
    map_parts,
    run_parts,
    validation_parts,
)
from landloom.map.forest.accuracy import assess
from landloom.map.report.estimates import Findings, map_report
from landloom.pages.look import Table
from landloom.pages.look import page_of_parts as page

REPOSITORY = Path(__file__).parents[3]
CONFIGURATIONS = [REPOSITORY / "config/config.yaml", *(REPOSITORY / "examples").glob("*.yaml")]


class Cells(HTMLParser):
    """The texts of a page's tables, row by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        self.inside = tag in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1].append(data)

    def handle_endtag(self, _tag: str) -> None:
        self.inside = False


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.name)
def test_the_configuration_as_resolved_gives_itself_again(path: Path) -> None:
    config = load_config(yaml.safe_load(path.read_text()))
    text = config_text(config)
    again = load_config(yaml.safe_load(text))
    assert config_text(again) == text
    if config.dataset and again.dataset:
        assert "max_nodata" in text
        assert again.dataset.landcover.rejected == config.dataset.landcover.rejected
        assert again.dataset.landcover.unknown_codes == config.dataset.landcover.unknown_codes
        # What the legend decides is told as it is in force.
        decided = ("legend", "unknown", "reject")
        as_given = {key: getattr(config.dataset.landcover, key) for key in decided}
        landcover = again.dataset.landcover.model_copy(update=as_given)
        dataset = again.dataset.model_copy(update={"landcover": landcover})
        again = again.model_copy(update={"dataset": dataset})
    assert again == config


def test_an_address_is_told_without_its_query() -> None:
    raw = yaml.safe_load((REPOSITORY / "examples/points.yaml").read_text())
    raw["map"]["embedding"]["raster"] = "https://host.org/a.tif?version=abc"
    text = config_text(load_config(raw))
    assert "https://host.org/a.tif" in text
    assert "abc" not in text


COUNTS = {"owned": 9, "rejected": {"unknown": 1, "11": 2}, "void": 3, "buffered": 0, "samples": 3}
CERTIFICATE = {
    "registration": {"train": {"compared": 3, "median_shift_right": 0.25}},
    "patches_sharing_pixels": {"between_splits": 0, "within_a_split": 0},
    "nearest_train_test_km": None,
    "class_shares_percent": {"11 Water <fresh>": {"region": 60.0, "train": 50.004}},
    "patches": {"train": COUNTS},
    "notes": ["25.0% of the region <lies> off the land-cover raster"],
}


def test_a_dataset_is_told_in_tables() -> None:
    classes = pd.DataFrame(
        {
            "code": [11],
            "name": ["Water <fresh>"],
            "index": [0],
            "count": [5000],
            "percentage": [60.0],
        }
    )
    text = page("Dataset", dataset_parts(CERTIFICATE, classes, None))
    rows = Cells(text).rows
    assert ["train", "9", "1", "2", "3", "0", "3"] in rows
    assert "left out: too much of 11 Water <fresh>" in rows[0]
    assert ["Water <fresh>", "11", "0", "5,000", "60.00", "50.00", "\N{EN DASH}"] in rows
    assert "0 between train and test, 0 within a split" in text
    assert "median shift to the right (output pixels)" in rows[2]
    assert ["train", "3", "0.25"] in rows
    assert "Elevation tiles" not in text
    assert "25.0% of the region &lt;lies&gt; off" in text
    there = {"exists": True, "source": "a.tif", "size": 6_042_072, "void_share": 0.0112}
    there |= {"width": 3600, "height": 1800, "min": -3.0, "mean": 1252.45, "max": 2830.0}
    gone = {
        "exists": False,
        "source": None,
        "size": 954,
        "void_share": 1.0,
        "width": 1,
        "height": 1,
    }
    tiles = pd.DataFrame([{"tile": "N42W117", **there}, {"tile": "N43W116", **gone}])
    rows = Cells(page("Dataset", dataset_parts(CERTIFICATE, classes, tiles))).rows
    pixels = "3600 \N{MULTIPLICATION SIGN} 1800"
    assert ["N42W117", "-3", "1,252", "2,830", "1.1", pixels, "6.0", "a.tif"] in rows
    dash = "\N{EN DASH}"
    unknown = ["N43W116", dash, dash, dash, "100.0", dash, dash, "does not exist: void"]
    assert unknown in rows


def test_patches_that_tell_something_only_together_are_told_of() -> None:
    classes = pd.DataFrame([{"code": 11, "name": "Water", "index": 0, "count": 5}])
    pooled = {"patches": 200, "shift_right": 0.0, "shift_down": -0.126, "correlation": 1.0}
    facts = {"compared": 200, "median_shift_right": None, "together": pooled}
    registration = {"train": facts, "test": {"compared": 3, "together": None}}
    text = page("D", dataset_parts(CERTIFICATE | {"registration": registration}, classes, None))
    rows = Cells(text).rows
    dash = "\N{EN DASH}"
    assert ["train", "200", "200", "0.00", "-0.13", "1.00"] in rows
    assert ["test", "3", dash, dash, dash, dash] in rows
    assert "small or flat patches, told together" in text


def test_a_map_is_told_with_its_confusion_and_notes() -> None:
    held_out = {
        **assess([10] * 8 + [20] * 8, [10] * 7 + [20] * 7 + [10] * 2, {10: "Tree", 20: "<i>"}),
        "baselines": {
            "majority": {"accuracy": 0.5, "macro_f1": 0.3},
            "nearest_centroid": {"accuracy": 0.75, "macro_f1": 0.7},
        },
        "samples": {"train": 64, "test": 16},
        "left_out": [{"value": 95, "name": "Bog", "samples": 5, "share": 0.05}],
        "best_params": {"max_depth": None},
        "dropped": {"no embedding data": 4},
        "notes": ["class 95 left out"],
        "versions": {"scikit-learn": "1.9"},
    }
    text = page("Map", map_parts(map_report(Findings(held_out))))
    rows = Cells(text).rows
    assert ["20 <i>", "2", "6", "8"] in rows
    assert ["all", "9", "7", "16"] in rows
    assert ["95 Bog", "5", "5.0 %"] in rows
    (estimate,) = [row for row in rows if row and row[0] == "random split of the samples"]
    assert estimate[1] == "16"
    assert estimate[2].startswith("0.813 (")
    assert estimate[3].startswith("0.772 (")  # 13 / 16 · 0.95
    assert estimate[4:] == ["0.812", "0.500", "0.750"]
    assert text.index("Classes of the reference that are not in this map") < text.index("Confusion")
    assert ["max_depth", "null"] in rows
    for part in ("class 95 left out", "Random split of the samples: how well"):
        assert part in text


def test_a_validation_is_told_with_its_points_and_strata() -> None:
    report = {
        "matrix": {"labels": [10, 20], "points": [[70, 1], [2, 60]]},
        "strata": {"rows": [{"name": "<hills>", "points": 71, "share": 0.25}]},
        "classes": [
            {
                "name": "Bog",
                "hectares": {"value": 120.0, "standard_error": 7.5, "dirichlet": [104.0, 137.0]},
                "mapped_hectares": 90.0,
            }
        ],
    }
    text = page("Map", validation_parts(report, "Overall accuracy: 0.9"))
    assert ["20", "2", "60", "62"] in Cells(text).rows
    assert ["<hills>", "71", "25.0"] in Cells(text).rows
    assert ["Bog", "120.0", "104.0", "137.0", "7.5", "90.0"] in Cells(text).rows
    assert "Overall accuracy: 0.9" in text
    assert "design-based" in text


def test_a_run_is_told_with_its_configuration_as_written_and_its_sources_to_follow() -> None:
    sources = "# Sources\n\n## `map.embedding.raster`: a & b\n\n- page: https://host.org/a?b=c."
    text = page("Run", run_parts({"config.yaml": "a: {b: <c>}\n", "SOURCES.md": sources}))
    assert ">a: {b: &lt;c&gt;}\n</pre>" in text
    assert "<h3><code>map.embedding.raster</code>: a &amp; b</h3>" in text
    assert "<a href='https://host.org/a?b=c'>https://host.org/a?b=c</a>." in text


def test_kinds_of_models_have_the_time_they_take_beside_them() -> None:
    each = {"best_params": {"C": 1.0}, "held_out": {"accuracy": 0.9, "macro_f1": 0.8}}
    rows = [
        {"kind": kind, "title": title, **each, "crossval": [], "notes": []}
        for kind, title in (("forest", "random forest"), ("logistic", "logistic regression"))
    ]
    cpu = {
        "samples": 300,
        "vectors": 65536,
        "kinds": {
            "logistic": {"fit": 0.5, "predict": 0.25},
            "forest": {"fit": 2.0, "predict": 4.125},
        },
    }
    (_, table), (_, parameters), (_, told) = classifier_parts({"comparison": rows}, cpu)
    assert isinstance(table, Table)
    assert [row[-2:] for row in table.rows] == [["2", "4.12"], ["0.5", "0.25"]]
    assert "Random forest: C = 1.0." in parameters
    assert "Logistic regression: C = 1.0." in parameters
    assert "300 samples" in told
