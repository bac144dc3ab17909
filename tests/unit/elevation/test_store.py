"""Tiles that are kept for other runs, as long as they and what is known of them are unharmed."""

from __future__ import annotations

import pytest

from landloom.elevation import store
from landloom.elevation.tiles import TileStats
from landloom.job.files import sha256_of


@pytest.fixture
def taken(tmp_path, monkeypatch):
    """Return what takes a tile from a store, and the list of the tiles that were fetched."""
    fetched = []

    def fetch(address, tile, target, *_, **__):
        fetched.append(tile)
        target.write_bytes(bytes(range(200)))
        return TileStats(tile, address, True, 200, sha256_of(target), 1, 1, 5.0, 6.0, 5.5, 0.0)

    monkeypatch.setattr(store, "fetch_tile", fetch)
    kept = store.TileStore(str(tmp_path / "kept"), "https://x.org/{lat}.tif", None)
    return lambda: kept.take("N42W117", tmp_path / "N42W117.tif"), fetched


def test_a_tile_is_fetched_once(taken):
    take, fetched = taken
    assert take() == take()
    assert fetched == ["N42W117"]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [("N42W117.tif", b"\x07", b"\x06"), ("N42W117.json", b"5.5", b"4.5")],
)
def test_one_of_which_a_bit_flipped_is_fetched_again(taken, tmp_path, file, old, new):
    take, fetched = taken
    before = take()
    path = tmp_path / "kept" / file
    path.write_bytes(path.read_bytes().replace(old, new))
    assert take() == before
    assert fetched == ["N42W117", "N42W117"]
    assert (tmp_path / "N42W117.tif").read_bytes() == bytes(range(200))
