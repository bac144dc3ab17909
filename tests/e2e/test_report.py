"""The report that Snakemake makes of a run, opened in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import REPOSITORY, Place
from pages import Watched, browser_page

pytestmark = pytest.mark.full

HARMLESS = "cdn.tailwindcss.com should not be used in production"
"""What the style sheet that Snakemake embeds says of itself on every page."""


def make(place: Place, path: Path) -> Path:
    run = place.run("--report", str(path))
    assert run.code == 0, run.output
    return path


@pytest.fixture(scope="module")
def report(finished: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    return make(finished.copy(folder / "place"), folder / "report.html")


BY_MODEL = "{'imported' if MODEL else 'map'}"
"""How a caption is named that differs where the model comes finished."""


def marks() -> list[tuple[str, Path]]:
    """Return each file that a rule marks for the report, with its caption."""
    found = []
    for rules in (REPOSITORY / "workflow/rules").rglob("*.smk"):
        call = r'report\(\s*results\("(.+?)"\),\s*caption=f?"(.+?)"'
        for path, caption in re.findall(call, rules.read_text()):
            for made in ("imported", "map") if BY_MODEL in caption else ("",):
                words = rules.parent / caption.replace(BY_MODEL, made)
                found.append((path.replace("{split}", "*"), words.resolve()))
    return found


def test_every_picture_is_marked_and_every_mark_has_its_words() -> None:
    drawn = set()
    for rules in (REPOSITORY / "workflow/rules").rglob("*.smk"):
        drawn |= set(re.findall(r'results\("(figures/.+?\.(?:png|gif))"', rules.read_text()))
    marked = marks()
    pictures = {path for path, _ in marked if path.startswith("figures/")}
    assert pictures == {path.replace("{split}", "*") for path in drawn}
    captions = {words for _, words in marked}
    kept = set((REPOSITORY / "workflow/report").glob("*.rst"))
    assert captions == kept - {REPOSITORY / "workflow/report/workflow.rst"}


FILES = {
    "Dataset": {
        "results/tables/dataset.html",
        "results/dataset/certificate.json",
        "results/elevation/elevation_tiles.csv",
    },
    "Map": {"results/tables/map.html", "results/map/report.txt"},
}


@pytest.mark.parametrize(("product", "own"), [("finished", "Dataset"), ("mapped", "Map")])
def test_it_holds_each_picture_and_table_with_its_caption(
    product: str, own: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    place = request.getfixturevalue(product).copy(tmp_path / "place")
    report = make(place, tmp_path / "report.html")
    made = {path.name for path in (place.results / "figures").glob("*.*") if path.is_file()}
    with browser_page() as page:
        tab = Watched(page)
        tab.open(report)
        shown = set()
        for category in (own, "Run"):
            page.get_by_text(category, exact=True).first.click()
            rows = page.locator("table tbody tr")
            rows.first.wait_for()
            for row in range(rows.count()):
                links = page.locator("table tbody tr").nth(row).locator("a")
                links.nth(1).click()
                page.get_by_text("Snakemake rule").wait_for()
                told = page.locator("body").inner_text()
                shown |= set(re.findall(r"results/\S+", told))
                assert len(told.split("DESCRIPTION")[1].split("SIZE")[0].strip()) > 50
                page.get_by_text(category, exact=True).first.click()
            page.get_by_text("Results", exact=True).first.click()
        assert {Path(path).name for path in shown if "/figures/" in path} == made
        run = {"results/config.yaml", "results/SOURCES.md", "results/tables/run.html"}
        assert run | FILES[own] <= shown
        assert [text for text in tab.errors if HARMLESS not in text] == []
        assert tab.outside(report) == []


def test_its_pages_and_pictures_are_seen(report: Path) -> None:
    with browser_page() as page:
        tab = Watched(page)
        tab.open(report)
        page.get_by_text("Dataset", exact=True).first.click()

        def look(row: str) -> None:
            found = page.locator("tr").filter(has=page.get_by_text(row, exact=True))
            found.locator("a").first.click()

        look("Tables")
        page.frame_locator("iframe").get_by_text("Patches and samples").wait_for()
        look("Train and test cells")
        picture = page.locator("img").last
        picture.wait_for()
        assert picture.evaluate("img => img.naturalWidth") > 500
        assert [text for text in tab.errors if HARMLESS not in text] == []
        assert tab.outside(report) == []
