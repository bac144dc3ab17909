"""Libraries are given a place for their caches where the home is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from landloom.run.caches import caches


def test_a_home_is_left_to_them(tmp_path: Path) -> None:
    assert caches({"HOME": str(tmp_path)}) == {}


def test_without_a_home_they_lie_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").touch()
    added = caches({"HOME": str(tmp_path / "home")})
    assert added.keys() == {"XDG_CACHE_HOME", "MPLCONFIGDIR"}
    assert all(Path(folder).is_relative_to(tmp_path / ".snakemake") for folder in added.values())


def test_what_is_named_stays(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    named = {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert caches(named).keys() == {"MPLCONFIGDIR"}
    assert caches(named | {"MPLCONFIGDIR": "anywhere"}) == {}
