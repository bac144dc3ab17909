"""The first page of a run, which leads to all that it made."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from conftest import Place

pytestmark = pytest.mark.slow

HIDDEN = re.compile(r"(.*/)?[.].*|(logs|benchmarks)/.*|(.*/)?(cells|tiles|blocks|tuning|kernel)/.*")
"""What stays behind: logs, and pieces of what is joined."""

ON_THE_WAY = {
    "index.html", "elevation/elevation.vrt", "landcover/landcover.json", "map/conflicts.csv",
    "map/embedding.json", "map/plan.json", "map/points.parquet", "map/reference.json",
    "map/served.json", "map/held_out.json", "map/class_areas.json", "map/vectors.parquet",
    "software.json",
}  # fmt: skip
"""Files that others are made from, which nobody needs to look at first."""


@pytest.mark.parametrize("product", ["finished", "mapped"])
def test_all_that_a_run_made_can_be_reached_from_it(
    product: str, request: pytest.FixtureRequest
) -> None:
    results = request.getfixturevalue(product).results
    page = (results / "index.html").read_text()
    links = {unquote(link) for link in re.findall(r"(?:href|src)='([^'#]+)'", page)}
    assert {link for link in links if not (results / link).is_file()} == set()
    made = {path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file()}
    shown = {path for path in made if not HIDDEN.fullmatch(path)} - ON_THE_WAY
    assert shown - links == set()


def test_it_is_made_from_what_is_whole_alone(finished: Place, tmp_path: Path) -> None:
    place = finished.copy(tmp_path / "place")
    (place.results / "index.html").unlink()
    told = place.results / "dataset/certificate.json"
    times = told.stat()
    told.write_text(told.read_text().replace('"samples": ', '"samples": 1', 1))
    os.utime(told, ns=(times.st_atime_ns, times.st_mtime_ns))  # as a disk would
    run = place.run("results/index.html", "--rerun-triggers", "mtime")
    assert run.code != 0
    assert "results/dataset/certificate.json" in run.output
    assert not (place.results / "index.html").exists()
