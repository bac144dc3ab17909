"""The classes of a map as a file."""

from __future__ import annotations

from pathlib import Path

from landloom.legend.class_file import read_classes, write_classes
from landloom.legend.legends import Entry, colored


def test_names_and_the_colours_of_the_map_come_back(tmp_path: Path) -> None:
    classes = {3: Entry("Wäld"), 7: Entry("7"), 20: Entry("Sand, dry", "FF0000")}
    write_classes(tmp_path / "c.json", classes)
    assert read_classes(tmp_path / "c.json") == colored(classes)
    assert list(read_classes(tmp_path / "c.json")) == [3, 7, 20]
    write_classes(tmp_path / "d.json", read_classes(tmp_path / "c.json"))
    assert (tmp_path / "d.json").read_bytes() == (tmp_path / "c.json").read_bytes()
