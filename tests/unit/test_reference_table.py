"""Reference labels from a table: places, labels, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.warp
from affine import Affine
from rasters import LONLAT, UTM, classes_table, embed

from landloom.embedding import EmbeddingInfo
from landloom.errors import LandloomError
from landloom.legends import Entry
from landloom.points import Points
from landloom.reference_table import points_from_table


@pytest.fixture(scope="module")
def info(tmp_path_factory: pytest.TempPathFactory) -> EmbeddingInfo:
    """A bottom-up embedding in UTM."""
    path = tmp_path_factory.mktemp("world") / "embedding.tif"
    return embed(path, np.ones((72, 64), bool), Affine(20, 0, 502_000, 0, 20, 5_540_000))


def read(folder: Path, text: str, info: EmbeddingInfo, **options: Any) -> Points:
    path = folder / "points.csv"
    path.write_text(text, encoding="utf-8")
    given = {"x": "lon", "y": "lat", "label": "class", "crs": LONLAT} | options
    return points_from_table(path, info, **given)


IN = [(3.0300, 50.0150), (3.0310, 50.0160), (3.0320, 50.0170), (3.0330, 50.0180)]


def csv(labels: Iterable[str], at: Iterable[tuple[float, float]] = IN) -> str:
    lines = [f"{lon},{lat},{label}" for (lon, lat), label in zip(at, labels, strict=True)]
    return "\n".join(["lon,lat,class", *lines]) + "\n"


def test_text_labels_are_numbered_in_sorted_order(info: EmbeddingInfo, tmp_path: Path) -> None:
    points = read(tmp_path, csv(["water", "NA", " forest", "water"]), info)
    assert points.frame["source"].tolist() == ["water", "NA", "forest", "water"]
    assert points.frame["label"].tolist() == [3, 1, 2, 3]
    assert points.classes == {1: Entry("NA"), 2: Entry("forest"), 3: Entry("water")}
    xs, ys = rasterio.warp.transform(LONLAT, UTM, *zip(*IN, strict=True))
    np.testing.assert_allclose(points.frame[["x", "y"]], np.transpose([xs, ys]), atol=1e-4)
    np.testing.assert_allclose(points.frame[["lon", "lat"]], IN)
    rows, cols = rasterio.transform.rowcol(info.affine, xs, ys)
    assert points.frame[["row", "col"]].to_numpy().tolist() == np.transpose([rows, cols]).tolist()
    assert points.dropped == {}


def test_whole_numbers_are_the_values(info: EmbeddingInfo, tmp_path: Path) -> None:
    points = read(tmp_path, csv(["10", "0", "10.0", "254"]), info)
    assert points.frame["label"].tolist() == [10, 0, 10, 254]
    with pytest.raises(LandloomError, match="label 255: the value"):
        read(tmp_path, csv(["10", "0", "10.0", "255"]), info)


def test_a_table_of_text_codes(info: EmbeddingInfo, tmp_path: Path) -> None:
    classes = classes_table(tmp_path, "code,value,name,color\nwater,5,Water,0064C8\nforest,9,,\n")
    text = csv(["water", "forest", "swamp", ""])
    points = read(tmp_path, text, info, table=classes)
    assert points.frame["label"].tolist() == [5, 9]
    assert points.classes == {5: Entry("Water", "0064C8"), 9: Entry("9")}
    assert points.dropped == {"class swamp not in the classes table": 1, "no label": 1}
    assert "1 points left out: no label" in points.notes


def test_points_outside_are_dropped_and_counted(info: EmbeddingInfo, tmp_path: Path) -> None:
    west, south, east, north = info.bounds
    edge = [(west, south), (east, south), (west, north), (east - 0.01, north - 0.01), (0, 0)]
    points = read(tmp_path, csv("abcde", edge), info, crs=UTM)
    assert points.frame["source"].tolist() == ["a", "d"]
    assert points.frame[["row", "col"]].to_numpy().tolist() == [[0, 0], [71, 63]]
    assert points.frame["label"].tolist() == [1, 4]  # numbered over the whole file
    assert points.dropped == {"outside the embedding": 3}


def test_axis_order_is_x_before_y_whatever_the_crs(info: EmbeddingInfo, tmp_path: Path) -> None:
    """EPSG:4258 puts latitude first; columns x and y stay longitude and latitude."""
    one = read(tmp_path, csv("abcd"), info, crs="EPSG:4258")
    two = read(tmp_path, csv("abcd"), info, crs="OGC:CRS84")
    assert one.frame[["row", "col"]].equals(two.frame[["row", "col"]])


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (csv("abcd"), {"x": "long"}, "no column long; its columns are lon, lat, class"),
        (csv("abcd"), {"crs": "EPSG:999999"}, "'EPSG:999999' is no known CRS"),
        (csv("abcd"), {"crs": "nonsense"}, "map.reference.crs: 'nonsense'"),
        (csv("a", [(8.0, 50.0)]), {}, "all 1 points"),
        (csv("ab", [(50.016, 3.03), (50.017, 3.031)]), {}, "x and y seem to be swapped"),
        ("lon,lat,class\n3.03,50.016,a\n,50.0,b\n3,x,c\n", {}, "2 rows of "),
        ("lon,lat,class\n3,50,a\n,50.0,b\n3,x,c\n", {}, "line 3: lon='', lat='50.0'; line 4"),
        (csv(["", "", "", ""]), {}, "no point of .*points.csv on the embedding has a class"),
        ("lon,lat,class\n", {}, "has no rows"),
    ],
)  # fmt: skip
def test_a_faulty_table(
    info: EmbeddingInfo, tmp_path: Path, text: str, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(LandloomError, match=said):
        read(tmp_path, text, info, **options)


def test_no_table(info: EmbeddingInfo, tmp_path: Path) -> None:
    with pytest.raises(LandloomError, match=r"map\.reference\.table: cannot read .*none\.csv"):
        points_from_table(tmp_path / "none.csv", info, x="x", y="y", label="c", crs=LONLAT)
