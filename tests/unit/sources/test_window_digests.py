"""Whether the windows of an embedding are what they were when they were fetched."""

from __future__ import annotations

import hashlib
from pathlib import Path

from landloom.job.files import write_json
from landloom.sources.verification import changed_windows


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
