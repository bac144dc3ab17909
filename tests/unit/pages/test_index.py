"""The first page of a run."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from map_reports import held_out

from landloom.map.report.estimates import Findings, map_report
from landloom.pages.contents import PICTURES, what_it_holds
from landloom.pages.index import Run, index_page

REPOSITORY = Path(__file__).parents[3]

CERTIFICATE: dict[str, Any] = {
    "patches": {"train": {"samples": 1576}, "test": {"samples": 133}},
    "nearest_train_test_km": 1.255,
}


LIKENESS = {"all": {"range_km": 1.851, "why": None, "test_share_within": 0.87218}}


class Page(HTMLParser):
    """Links, pictures and headings of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.pictures: dict[str, str] = {}
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        self.ids += [about["id"]] if "id" in about else []
        if tag == "a":
            self.links.append(unquote(about["href"]))
        elif tag == "img":
            self.pictures[unquote(about["src"])] = about["alt"]
        elif re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))


NOTES = [{"product": "map", "file": "map/held_out.json", "note": "<b>class</b> 95 left out"}]

FILES = {
    "config.yaml": 1000,
    "SOURCES.md": 752,
    "dataset/certificate.json": 3400,
    "dataset/train.npy": 7_372_900_000,
    "figures/dataset_split.png": 70_000,
    "figures/terrain.gif": 2_149_999,
    "figures/map_landcover.png": 9,
    "map/index.html": 9,
    "map/landcover.tif": 9,
    "map/odd & new #1.tif": 9,
    "tables/dataset.html": 9,
    "elsewhere/new.bin": 9,
}


def test_all_that_a_run_made_can_be_reached() -> None:
    page = Page(index_page(Run(FILES)))
    assert set(page.links) - {f"#{name}" for name in page.ids} == FILES.keys()
    assert [link for link in page.links if link.startswith("#")] == [
        "#dataset", "#map", "#sources", "#more",
    ]  # fmt: skip
    assert len(page.ids) == len(set(page.ids))


def test_links_lead_to_where_the_page_lies() -> None:
    text = index_page(Run(FILES))
    assert "href='map/odd%20%26%20new%20%231.tif'" in text
    assert "http" not in text
    assert "href='/" not in text


def test_pictures_are_told_to_who_cannot_see_them_and_none_moves_unasked() -> None:
    text = index_page(Run(FILES))
    page = Page(text)
    assert page.pictures.keys() == {name for name in FILES if name.startswith("figures/")}
    assert all(page.pictures.values())
    before, moving = text.split("<details>", 1)
    assert "terrain.gif" not in before
    assert "(2.1 MB)" in moving.split("</summary>")[0]


def test_headings_leave_out_no_level() -> None:
    report = map_report(Findings(held_out([[5, 1], [0, 6]], {10: "Tree", 20: "Bog"})))
    levels = Page(index_page(Run(FILES, CERTIFICATE, LIKENESS, report, NOTES))).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_what_was_found_stands_on_it() -> None:
    report = map_report(Findings(held_out([[5, 1], [0, 6]], {10: "Tree", 20: "Bog"})))
    text = index_page(Run(FILES, CERTIFICATE, LIKENESS, report, NOTES))
    assert "1,576 training and 133 test samples" in text
    assert "lie 1.26 km apart" in text
    assert "Land cover resembles itself up to 1.85 km; 87 % of the test samples" in text
    assert "random split of the samples" in text
    assert "<li>&lt;b&gt;class&lt;/b&gt; 95 left out <span" in text
    assert "(map/held_out.json)" in text
    assert "7.4 GB" in text


def test_only_what_a_run_made_is_told_of() -> None:
    text = index_page(Run({"map/landcover.tif": 9, "config.yaml": 1}))
    assert "dataset" not in text
    assert "Noted while it ran" not in text
    assert "Pictures" not in text


def test_a_world_that_is_none_is_named_first() -> None:
    text = index_page(Run(FILES, world="Synthetic <demo> world"))
    assert text.index("Synthetic &lt;demo&gt; world") < text.index("The dataset")


@pytest.mark.parametrize("path", sorted(PICTURES))
def test_no_picture_is_told_of_that_nothing_draws(path: str) -> None:
    rules = "".join(path.read_text() for path in (REPOSITORY / "workflow/rules").rglob("*.smk"))
    assert re.sub("_(train|test)[.]", "_{split}.", path.removeprefix("figures/")) in rules


def test_each_picture_has_a_title_and_words() -> None:
    drawn: set[str] = set()
    for rules in (REPOSITORY / "workflow/rules").rglob("*.smk"):
        drawn |= set(re.findall(r'results\("(figures/[^"]+)"\)', rules.read_text()))
    assert "figures/map_tuning.png" in drawn
    assert {re.sub("{split}", "train", path) for path in drawn} <= PICTURES.keys()


def test_of_a_file_the_page_tells_what_it_holds() -> None:
    assert what_it_holds("dataset/train.npy").startswith("training samples")
    assert what_it_holds("map/crossval/knndm.json").startswith("agreement in folds")
    zone = "map/zones/utm11n/landcover.tif"
    assert what_it_holds(zone) == "the map of one zone on its own pixels"
    assert what_it_holds("elsewhere/new.bin") == ""


def test_a_further_year_has_a_part_of_its_own() -> None:
    files = {
        **FILES,
        "years/areas.csv": 9,
        "figures/map_years.png": 9,
        "years/2024/map/index.html": 9,
        "years/2024/map/landcover.tif": 9,
        "years/2024/figures/map_landcover.png": 9,
    }
    text = index_page(Run(files))
    page = Page(text)
    assert [link for link in page.links if link.startswith("#")] == [
        "#dataset", "#map", "#year-2024", "#sources", "#more",
    ]  # fmt: skip
    assert set(page.links) - {f"#{name}" for name in page.ids} == files.keys()
    year = text[text.index("<section id='year-2024'") :].split("</section>")[0]
    assert {path for path in files if f"href='{path}'" in year} == {
        path for path in files if path.startswith("years/2024/")
    }
    assert "The map to browse, 2024</a>" in year
    assert "the map: class values" in year
    assert page.pictures["years/2024/figures/map_landcover.png"].startswith("Land cover, 2024. ")
    assert "no estimate of change" in page.pictures["figures/map_years.png"]


@pytest.mark.parametrize("report", [{"kind": "knn"}, {"model": {"kind": "knn"}}])
def test_confidence_is_told_of_as_the_kind_of_model_has_it(report: dict[str, Any]) -> None:
    whole = map_report(Findings(held_out([[5, 1], [0, 6]], {10: "Tree", 20: "Bog"}))) | report
    files = {"map/confidence.tif": 9, "figures/map_confidence.png": 9, "map/model.joblib": 9}
    text = index_page(Run(files, report=whole))
    assert "forest" not in text
    assert text.count("share of the neighbours&#x27; votes for the class") == 3
    assert "share of the trees" in index_page(Run(files))


@pytest.mark.parametrize(
    "path",
    [
        "years/areas.csv",
        "years/2024/map/report.json",
        "map/classifier.npz",
        "map/classes.json",
        "map/tuned_knn.txt",
        "dataset/index.parquet",
        "dataset/export/chips.zip",
    ],
)
def test_what_only_some_runs_make_is_known(path: str) -> None:
    assert what_it_holds(path)
