"""What jobs note is told at the end of each run that uses what they made, and in its products."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Place

pytestmark = pytest.mark.slow


def noted(place: Place) -> list[dict[str, Any]]:
    return json.loads((place.results / "notes.json").read_text())


def last_words(output: str, beginning: str) -> str:
    return output.rsplit(f"\n{beginning}", 1)[1]


def test_a_note_on_the_embedding_reaches_the_report_and_every_end(map_place: Place) -> None:
    del map_place.config["map"]["embedding"]["encoding"]
    run = map_place.run()
    assert run.code == 0, run.output
    note = "are AlphaEarth's bytes, used undecoded; encoding: alphaearth would decode them"
    assert last_words(run.output, "Map: ").count(note) == 1
    results = map_place.results
    assert (
        sum(note in each for each in json.loads((results / "map/report.json").read_text())["notes"])
        == 1
    )
    words = " ".join((results / "map/report.txt").read_text().split())
    assert words.count(note) == 1
    assert (results / "tables/map.html").read_text().count("used undecoded") == 1
    (row,) = (row for row in noted(map_place) if note in row["note"])
    assert (row["product"], row["file"]) == ("map", "map/embedding.json")
    # A later run that uses the file, and does not make it, tells it, too.
    again = map_place.run("map", "--forcerun", "map_page")
    assert again.code == 0, again.output
    assert again.jobs == {"map": 1, "map_page": 1}
    assert again.output.count(note) == 1
    # So does one that makes no product.
    alone = map_place.run("results/map/samples.parquet", "--forcerun", "samples")
    assert alone.output.count(f"{note}\n") == 1
    assert "Note on results/map/embedding.json: " in alone.output
    # What is made again without the cause is free of it.
    map_place.config["map"]["embedding"]["encoding"] = "alphaearth"
    mended = map_place.run()
    assert mended.code == 0, mended.output
    assert note not in mended.output
    assert note not in (results / "notes.json").read_text()
    assert note not in (results / "map/report.json").read_text()


def test_the_note_on_the_buffer_is_said_once_and_kept(place: Place) -> None:
    place.config["dataset"]["grid"] |= {"buffer_km": 2.0}
    run = place.run("dataset", "results/notes.json")
    assert run.code == 0, run.output
    note = "the buffer of 2 km leaves"
    on_the_way, end = run.output.rsplit("\nDataset: ", 1)
    assert on_the_way.count(note) == 1
    assert end.count(note) == 1
    certificate = json.loads((place.results / "dataset/certificate.json").read_text())
    assert sum(note in each for each in certificate["notes"]) == 1
    (row,) = (row for row in noted(place) if note in row["note"])
    assert (row["product"], row["file"]) == ("dataset", "dataset/train.json")


def test_where_there_is_nothing_to_note_nothing_is(finished: Place) -> None:
    certificate = json.loads((finished.results / "dataset/certificate.json").read_text())
    rows = [row["note"] for row in noted(finished) if row["product"] == "dataset"]
    assert rows == certificate["notes"]
    kept = Path(finished.results, "dataset/.notes")
    assert kept.exists() == bool(rows)
