"""What files are called that lie in an object store."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasters import numbers, write

from landloom import copies
from landloom.errors import LandloomError
from landloom.job.files import write_json
from landloom.job.integrity import RECORDS, intact
from landloom.job.notes import noted, notes_file, notes_kept
from landloom.job.runner import log
from landloom.raster.opening import open_raster


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, with copies below another one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANDLOOM_COPIES", ".snakemake/storage/s3/bucket")
    place = Path(".snakemake/storage/s3/bucket")
    (place / "results/map").mkdir(parents=True)
    return place


def test_a_copy_has_the_name_of_the_file(folder: Path) -> None:
    assert copies.called(folder / "results/map/a.tif") == "results/map/a.tif"
    assert copies.is_copy(folder / "results/map/a.tif")


@pytest.mark.parametrize(
    "path", ["results/map/a.tif", "/data/a.tif", "s3://bucket/a.tif", ".snakemake/storage/s3/b/a"]
)
@pytest.mark.usefixtures("folder")
def test_any_other_path_is_its_own_name(path: str) -> None:
    assert copies.called(path) == path
    assert copies.lies_at(path) == path
    assert not copies.is_copy(path)


def test_a_name_leads_to_the_copy_where_there_is_one(folder: Path) -> None:
    copy = folder / "results/map/a.tif"
    assert copies.lies_at("results/map/a.tif") == "results/map/a.tif"
    copy.touch()
    assert copies.lies_at("results/map/a.tif") == str(copy)
    assert copies.lies_at(str(copy)) == str(copy)


def test_without_a_store_nothing_is_renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDLOOM_COPIES", "copies")
    environment = {"LANDLOOM_COPIES": "copies"}
    copies.set_folder(None, environment)
    assert environment == {}
    monkeypatch.delenv("LANDLOOM_COPIES")
    assert copies.called("copies/a.tif") == "copies/a.tif"
    assert copies.in_words("copies/a.tif is damaged") == "copies/a.tif is damaged"


def test_messages_call_files_by_their_names(folder: Path) -> None:
    message = str(LandloomError(f"{folder}/results/map/a.tif: is damaged"))
    assert message == "results/map/a.tif: is damaged"


def test_a_raster_is_opened_by_its_name(folder: Path) -> None:
    write(folder / "results/map/a.tif", numbers((1, 4, 4)))
    with open_raster("results/map/a.tif") as raster:
        assert raster.count == 1


def test_copies_have_no_records_that_would_outlast_them(folder: Path) -> None:
    copy = folder / "results/map/a.json"
    with intact([], [copy]):
        copy.write_text("1")
    assert not (copy.parent / RECORDS).exists()
    copy.write_text("2")  # another machine made it anew
    with intact([copy], []):
        pass


def test_a_folder_that_may_be_empty_is_kept(folder: Path) -> None:
    for empty in (folder / "results/map", Path("results/map")):
        empty.mkdir(parents=True, exist_ok=True)
        copies.keep_folder(empty)
    assert len(list((folder / "results/map").iterdir())) == 1
    assert list(Path("results/map").iterdir()) == []


def test_notes_that_are_to_be_made_are_made_even_if_there_are_none(folder: Path) -> None:
    made = folder / "results/map/plan.json"
    notes = notes_file(made)
    with notes_kept([made, notes]):
        write_json(made, {})
    assert notes.read_text() == "[]\n"
    assert noted([made, notes]) == {}
    with notes_kept([made, notes]):
        log.warning("it is small")
    assert noted([made, notes]) == {str(made): ["it is small"]}


def test_the_text_of_a_raster_is_no_name_however_long_it_is(folder: Path) -> None:
    text = "<VRTDataset>" + "<SourceFilename>a/b.tif</SourceFilename>" * 500 + "</VRTDataset>"
    assert copies.lies_at(text) == text
    assert copies.lies_at("results/map") == str(folder / "results/map")
