"""Whether windows, downloads and tiles are what they were when they were fetched."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from landloom.job.files import write_json
from landloom.sources.verification import changed_downloads, changed_tiles, changed_windows


def test_a_window_that_changed_or_went_is_told(tmp_path: Path) -> None:
    for name in ("31N-a", "31N-b", "31N-c"):
        (tmp_path / f"{name}.tif").write_bytes(name.encode())
        digest = hashlib.sha256(name.encode()).hexdigest()
        write_json(tmp_path / f"{name}.json", {"window": name, "sha256": digest})
    write_json(tmp_path / "windows.json", {"dataset": "alphaearth-2021", "windows": []})
    assert list(changed_windows(tmp_path)) == []
    (tmp_path / "31N-b.tif").write_bytes(b"other")
    (tmp_path / "31N-c.tif").unlink()
    first, second = changed_windows(tmp_path)
    assert first.startswith(f"{tmp_path / '31N-b.tif'}: is not what it was")
    assert second.startswith(f"{tmp_path / '31N-c.tif'}: is gone")
    assert list(changed_windows(tmp_path / "nowhere")) == []


DIGEST = hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"window": "a"}', '{"window": "a", "sha256": 3}', "\xff"]
)
def test_a_damaged_record_of_a_window_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_bytes(text.encode("latin-1"))
    (tmp_path / "a.tif").touch()
    write_json(tmp_path / "b.json", {"window": "b", "sha256": DIGEST})
    damaged, gone = changed_windows(tmp_path)
    assert damaged.startswith(f"{tmp_path / 'a.json'}: is damaged (it ")
    assert gone.startswith(f"{tmp_path / 'b.tif'}: is gone")


@pytest.mark.parametrize("text", ["", "\n", "abc  a.tif\n", "\xff", DIGEST[:-1]])
def test_a_damaged_digest_beside_a_download_is_told(tmp_path: Path, text: str) -> None:
    for name in ("a.tif", "b.tif"):
        (tmp_path / name).touch()
    (tmp_path / "a.tif.sha256").write_bytes(text.encode("latin-1"))
    (tmp_path / "b.tif.sha256").write_text(f"{'0' * 64}  b.tif\n")
    damaged, changed = changed_downloads([tmp_path / "a.tif", tmp_path / "b.tif"])
    assert damaged.startswith(f"{tmp_path / 'a.tif.sha256'}: is damaged (it ")
    assert changed.startswith(f"{tmp_path / 'b.tif'}: is not what it was")


@pytest.mark.parametrize(
    "text",
    ["", "tile\nN01E001\n", "tile,sha256\nN01E001\n", f"tile,sha256\nN01E001,{DIGEST}", "\xff"],
)
def test_a_damaged_table_of_tiles_is_told(tmp_path: Path, text: str) -> None:
    table = tmp_path / "elevation_tiles.csv"
    table.write_bytes(text.encode("latin-1"))
    (line,) = changed_tiles(table, tmp_path)
    assert line.startswith(f"{table}: is damaged (it ")
    table.write_text(f"tile,sha256\nN01E001,{DIGEST}\n")
    (line,) = changed_tiles(table, tmp_path)
    assert line.startswith(f"{tmp_path / 'N01E001.tif'}: is gone")
    (tmp_path / "N01E001.tif").touch()
    assert list(changed_tiles(table, tmp_path)) == []
