"""The item of a model: what it takes and gives, as its file has it."""

from __future__ import annotations

from pathlib import Path

from small_models import card, model
from stac_items import check, check_core

from landloom.job.files import sha256_of
from landloom.map.model.item import model_item


def test_a_model_is_described_as_its_file_has_it(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    model().write(path)
    item = model_item(path, (10.0, 50.0, 11.0, 51.0), [2019, 2021])
    check(item)
    told, asset = item["properties"], item["assets"]["model"]
    assert (told["start_datetime"][:4], told["end_datetime"][:4]) == ("2019", "2021")
    assert told["mlm:hyperparameters"] == {"n_estimators": 5, "max_depth": None, "seed": 1}
    assert told["mlm:input"][0]["bands"] == ["red", "green", "blue"]
    assert told["mlm:input"][0]["input"]["shape"] == [-1, 3]
    classes = told["mlm:output"][0]["classification:classes"]
    assert [each["value"] for each in classes] == [entry.value for entry in card().classes]
    assert "75.0 % of 20 held out" in told["description"]
    assert asset["href"] == "./model.zip"
    assert asset["file:checksum"] == "1220" + sha256_of(path)
    assert item["bbox"] == [10.0, 50.0, 11.0, 51.0]
    check_core(item)


def test_unknown_years_are_said_to_be(tmp_path: Path) -> None:
    model().write(tmp_path / "model.zip")
    item = model_item(tmp_path / "model.zip", (10.0, 50.0, 11.0, 51.0), [], "Synthetic")
    check(item)
    assert item["properties"]["description"].endswith("the interval is the widest. Synthetic.")
