"""What a user of the map gets wrong is told once, with what to do, before any map is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from conftest import Place

pytestmark = pytest.mark.slow


def _set(config: dict[str, Any], key: str, value: Any) -> None:
    *sections, last = key.split(".")
    for section in sections:
        config = config[section]
    config[last] = value


def rewrite(
    place: Place,
    name: str = "in/embedding.tif",
    bands: int = 64,
    shift: int = 0,
    **changes: Any,
) -> None:
    """Write the embedding with some of it changed, so many columns to the east."""
    with rasterio.open(place.folder / "in/embedding.tif") as source:
        pixels, profile = source.read()[:bands], source.profile
    profile |= {"count": bands, "transform": profile["transform"] @ Affine.translation(shift, 0)}
    with rasterio.open(place.folder / name, "w", **profile | changes) as target:
        target.write(pixels)


def _points(place: Place, points: list[tuple[int, int, str]]) -> None:
    """Use a table of points, given by the embedding's columns and rows, in tens."""
    with rasterio.open(place.folder / "in/embedding.tif") as source:
        rows = [
            ",".join(map(str, (*(source.transform @ (10 * col + 0.5, 10 * row + 0.5)), label)))
            for col, row, label in points
        ]
        crs = source.crs.to_string()
    (place.folder / "in/points.csv").write_text("\n".join(["x,y,class", *rows]) + "\n")
    reference = {"table": "in/points.csv", "x": "x", "y": "y", "crs": crs}
    _set(place.config, "map.reference", reference)


def no_crs(place: Place) -> None:
    rewrite(place, crs=None)


def bytes_as_numbers(place: Place) -> None:
    """AlphaEarth's bytes, undecoded, and with -128 for an ordinary number."""
    rewrite(place, nodata=None)
    _set(place.config, "map.embedding.encoding", "float")


def too_few_bands(place: Place) -> None:
    _set(place.config, "map.tuning.stage1.max_features", ["n/100"])


def points_elsewhere(place: Place) -> None:
    (place.folder / "in/points.csv").write_text("lon,lat,class\n10,50,a\n11,51,b\n")
    _set(place.config, "map.reference", {"table": "in/points.csv"})


def no_such_column(place: Place) -> None:
    (place.folder / "in/points.csv").write_text("lon,lat,kind\n10,50,a\n11,51,b\n")
    _set(place.config, "map.reference", {"table": "in/points.csv"})


def no_such_crs(place: Place) -> None:
    (place.folder / "in/points.csv").write_text("lon,lat,class\n-116,43,a\n-116,43,b\n")
    _set(place.config, "map.reference", {"table": "in/points.csv", "crs": "EPSG:999999"})


def one_class(place: Place) -> None:
    _points(place, [(col, row, "forest") for col in range(4) for row in range(4)])


def too_few_for_the_folds(place: Place) -> None:
    _points(place, [(col, 2 * row, "ab"[col]) for col in range(2) for row in range(3)])
    _set(place.config, "map.samples.min_share", 0.0)
    _set(place.config, "map.tuning.folds", 9)


def tiles_of_different_bands(place: Place) -> None:
    rewrite(place, "in/other.tif", bands=7, shift=96)
    _set(place.config, "map.embedding.raster", ["in/embedding.tif", "in/other.tif"])


def points_far_away_in_another_crs(place: Place) -> None:
    _points(place, [(0, 0, "a"), (3, 3, "b")])
    _set(place.config, "map.reference.crs", "EPSG:32633")


def text_for_a_raster(place: Place) -> None:
    (place.folder / "in/embedding.tif").write_text("not a raster")


BAD: dict[Callable[[Place], None], list[str]] = {
    no_crs: ["in/embedding.tif", "has no CRS"],
    bytes_as_numbers: ["map.embedding.", "encoding: alphaearth"],
    too_few_bands: ["map.tuning.stage1.max_features", "n/100 of 64 bands"],
    points_elsewhere: ["in/points.csv", "map.reference"],
    no_such_column: ["in/points.csv", "class", "kind"],
    no_such_crs: ["map.reference.crs", "EPSG:999999"],
    one_class: ["map.reference", "1 class", "two at least"],
    too_few_for_the_folds: ["map.tuning.folds", "9 folds"],
    tiles_of_different_bands: ["in/other.tif", "64", "7", "different band counts"],
    points_far_away_in_another_crs: ["map.reference.table", "in/points.csv", "EPSG:32633", ".crs"],
    text_for_a_raster: ["map.embedding.raster", "in/embedding.tif", "cannot be opened"],
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_bad_input_is_told_in_one_message(map_place: Place, spoil: Callable[[Place], None]) -> None:
    spoil(map_place)
    run = map_place.run("results/map/stage1.json")
    assert run.code != 0
    assert "Traceback" not in run.output
    # Where it fails, and once more as the last words of the run.
    messages = list({line for line in run.output.splitlines() if BAD[spoil][-1] in line})
    assert len(messages) == 1, run.output
    for words in BAD[spoil]:
        assert words in messages[0]
    assert not list(map_place.results.glob("map/tuning/stage1/*"))


def test_a_class_smaller_than_the_folds_stays_and_is_told(map_place: Place) -> None:
    rng = np.random.default_rng(1)
    points = [
        (int(col), int(row), "ab"[(col + row) % 2]) for col, row in rng.integers(0, 9, (40, 2))
    ]
    _points(map_place, [*points, (4, 9, "rare"), (5, 9, "rare")])
    run = map_place.run("results/map/report.json")
    assert run.code == 0, run.output
    told = "(rare) has 2 training samples, fewer than the 3 folds"
    assert told in (map_place.results / "logs/check_folds.log").read_text()
    assert told in run.output
