"""The section `demo`: the synthetic world."""

from __future__ import annotations

from configurations import VALID, changed, lines


def test_a_tile_that_is_none():
    demo = {"region": VALID["dataset"]["region"], "missing_tiles": ["N42W117", "n42w117"]}
    assert lines(changed("demo", demo)) == [
        "config: demo.missing_tiles.1: n42w117: must be the name of a tile, such as N42W117"
    ]
