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

from landloom.errors import LandloomError
from landloom.legend.classes import ClassTable, classes_of
from landloom.legend.legends import NLCD, Entry
from landloom.map.embedding import EmbeddingInfo
from landloom.map.points import Points
from landloom.map.reference_table import ReferenceTable, points_from_table
from landloom.map.zones import ZonedEmbedding


@pytest.fixture(scope="module")
def info(tmp_path_factory: pytest.TempPathFactory) -> EmbeddingInfo:
    """A bottom-up embedding in UTM."""
    path = tmp_path_factory.mktemp("world") / "embedding.tif"
    return embed(path, np.ones((72, 64), bool), Affine(20, 0, 502_000, 0, 20, 5_540_000))


def points_of(
    info: EmbeddingInfo, reference: ReferenceTable, table: ClassTable | None = None
) -> Points:
    return points_from_table(reference, ZonedEmbedding.alone(info), table)


def read(
    folder: Path, text: str, info: EmbeddingInfo, table: ClassTable | None = None, **options: Any
) -> Points:
    path = folder / "points.csv"
    path.write_text(text, encoding="utf-8")
    given = {"x": "lon", "y": "lat", "label": "class", "crs": LONLAT} | options
    return points_of(info, ReferenceTable(path, **given), table)


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
    rows, cols = rasterio.transform.rowcol(info.grid.transform, xs, ys)
    assert points.frame[["row", "col"]].to_numpy().tolist() == np.transpose([rows, cols]).tolist()
    assert points.dropped == {}


GROUPED = "lon,lat,class,plot\n" + "".join(
    f"{lon},{lat},1,{group}\n"
    for (lon, lat), group in zip(IN, ["7", " 7 ", "a b", "{}"], strict=True)
)


def test_groups_come_along_as_text(info: EmbeddingInfo, tmp_path: Path) -> None:
    points = read(tmp_path, GROUPED.format("08"), info, group="plot")
    assert points.frame["group"].tolist() == ["7", "7", "a b", "08"]
    assert "group" not in read(tmp_path, GROUPED.format("08"), info).frame


def test_a_point_without_a_group_is_told(info: EmbeddingInfo, tmp_path: Path) -> None:
    with pytest.raises(LandloomError) as caught:
        read(tmp_path, GROUPED.format(" "), info, group="plot")
    assert str(caught.value).startswith("map.reference.group: 1 rows have no plot (line 5); fill")


def test_a_column_of_groups_that_is_missing_is_told(info: EmbeddingInfo, tmp_path: Path) -> None:
    with pytest.raises(LandloomError, match="farm") as caught:
        read(tmp_path, GROUPED.format("8"), info, group="farm")
    assert "\n" not in str(caught.value)
    assert "plot" in str(caught.value)


def test_whole_numbers_are_the_values(info: EmbeddingInfo, tmp_path: Path) -> None:
    points = read(tmp_path, csv(["10", "0", "10.0", "254"]), info)
    assert points.frame["label"].tolist() == [10, 0, 10, 254]
    with pytest.raises(LandloomError, match=r"255 does not .*map\.reference\.classes"):
        read(tmp_path, csv(["10", "0", "10.0", "255"]), info)


def test_a_table_of_text_codes(info: EmbeddingInfo, tmp_path: Path) -> None:
    classes = classes_table(tmp_path, "code,value,name,color\nwater,5,Water,0064C8\nforest,9,,\n")
    text = csv(["water", "forest", "swamp", ""])
    points = read(tmp_path, text, info, table=classes)
    assert points.frame["label"].tolist() == [5, 9]
    assert points.classes == {5: Entry("Water", "0064C8"), 9: Entry("9")}
    assert points.dropped == {
        "reference points of code swamp, not in the classes table": 1,
        "reference points without a label": 1,
    }
    assert "1 reference points without a label: left out" in points.notes


def test_points_outside_are_dropped_and_counted(info: EmbeddingInfo, tmp_path: Path) -> None:
    west, south, east, north = info.grid.own_bounds
    edge = [(west, south), (east, south), (west, north), (east - 0.01, north - 0.01), (0, 0)]
    points = read(tmp_path, csv("abcde", edge), info, crs=UTM)
    assert points.frame["source"].tolist() == ["a", "d"]
    assert points.frame[["row", "col"]].to_numpy().tolist() == [[0, 0], [71, 63]]
    assert points.frame["label"].tolist() == [1, 4]  # numbered over the whole file
    assert points.dropped == {"reference points outside the embedding": 3}


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
        (csv("abcd"), {"crs": "IAU_2015:30100"}, "is it one of the Earth. Give a name such as"),
        (csv("a", [(8.0, 50.0)]), {}, "x 8 to 8, y 50 to 50; the embedding spans x 3.02.* to 3.04"),
        (csv(["10", "80"], IN[:2]), {"table": classes_of(NLCD)}, "classes: did you mean worldcove"),
        (csv("ab", [(50.016, 3.03), (50.017, 3.031)]), {}, "x and y seem to be swapped"),
        ("lon,lat,class\n3.03,50.016,a\n,50.0,b\n3,x,c\n", {}, "2 rows of "),
        ("lon,lat,class\n3,50,a\n,50.0,b\n3,x,c\n", {}, "line 3: lon='', lat='50.0'; line 4"),
        (csv(["", "", "", ""]), {}, "no point of .*points.csv on the embedding has a class"),
        ("lon,lat,class\n", {}, "has no rows"),
        ("\n \n", {}, "points.csv is empty; give it a header line with lon, lat, class"),
        ("lon,lat,class\n3,50,a,7\n\n3,50\n", {}, "has 3 fields, but line 2 has 4, line 4 has 2;"),
        ("lon,lat,class\n3,50,a, b\n", {}, "double quotes"),
        ("lon,lat ,class,lat\n3,50,a,7\n", {}, "has the column lat twice; rename one"),
        ("lon;lat;class\n3.000,5;50;a\n", {}, r"lon='3\.000,5'"),
    ],
)  # fmt: skip
def test_a_faulty_table(
    info: EmbeddingInfo, tmp_path: Path, text: str, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(LandloomError, match=said):
        read(tmp_path, text, info, **options)


def test_no_table(info: EmbeddingInfo, tmp_path: Path) -> None:
    with pytest.raises(LandloomError, match=r"map\.reference\.table: .*none\.csv cannot be read"):
        points_of(info, ReferenceTable(tmp_path / "none.csv", "x", "y", "c", LONLAT))


def test_columns_may_be_called_anything(info: EmbeddingInfo, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(csv("abcd").replace("class", "colour"))
    table = ReferenceTable(path, "lon", "lat", "colour", LONLAT)
    assert points_of(info, table).frame["source"].tolist() == list("abcd")


@pytest.mark.parametrize("west", [170, -190])
def test_points_across_the_antimeridian(tmp_path: Path, west: float) -> None:
    valid = np.ones((100, 200), bool)
    info = embed(tmp_path / "e.tif", valid, Affine(0.1, 0, west, 0, -0.1, 5), LONLAT)
    text = csv("abcd", [(171.05, 0.05), (-175.05, 0.05), (184.95, 0.05), (-169.95, 0)])
    points = read(tmp_path, text, info)
    assert points.frame["col"].tolist() == [10, 149, 149]


def test_the_separator_is_that_of_the_header(info: EmbeddingInfo, tmp_path: Path) -> None:
    plain = csv(["a", "b;c", "a", "d"]).replace("b;c", "b")
    expected = read(tmp_path, plain, info).frame
    tabs = plain.replace(",", "\t")
    semicolons = plain.replace(",", ";")
    decimal = semicolons.replace(".", ",")
    quoted = plain.replace("lon,lat,class", '"lon","lat","class"')
    turned = plain.replace("\n", "\r\n")
    for text in (tabs, semicolons, decimal, quoted, turned, "\n" + plain, plain[:-1]):
        assert read(tmp_path, text, info).frame.equals(expected), text


def test_trailing_separators_and_blank_lines_move_nothing(
    info: EmbeddingInfo, tmp_path: Path
) -> None:
    lines = csv("abcd").splitlines()
    expected = read(tmp_path, csv("abcd"), info).frame
    commas = "\n".join([lines[0], *(f"{line}," for line in lines[1:]), ",,,"])
    header = "\n".join([f"{lines[0]},", *lines[1:]])
    gaps = "\n\n" + "\n\n".join(lines) + "\n\n"
    for text in (commas, header, gaps):
        assert read(tmp_path, text, info).frame.equals(expected), text


def test_line_numbers_are_those_of_the_file(info: EmbeddingInfo, tmp_path: Path) -> None:
    text = 'lon,lat,class,note\n\n3.03,50.015,a,"a\nb"\n\n,50.0,b,\n3,x,,\n3,50,,\n'
    with pytest.raises(LandloomError) as caught:
        read(tmp_path, text, info)
    assert "2 rows of " in str(caught.value)
    assert "(line 6: lon='', lat='50.0'; line 7: lon='3', lat='x')" in str(caught.value)
    assert "2 rows have no class (lines 7, 8)" in str(caught.value)


def test_a_table_that_is_no_utf8(info: EmbeddingInfo, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes("lon,lat,class\n3,50,Wald\n3,50,Bäume\n".encode("latin1"))
    with pytest.raises(LandloomError, match=r"no text in UTF-8 \(line 3\); save it as UTF-8"):
        points_of(info, ReferenceTable(path, "lon", "lat", "class", LONLAT))


def test_labels_that_differ_in_case_or_blanks_alone_are_named(
    info: EmbeddingInfo, tmp_path: Path
) -> None:
    text = csv(["Forest", "forest", "wet land", "Wetland"])
    points = read(tmp_path, text, info)
    assert len(points.classes) == 4
    assert points.notes == (
        "labels that differ in case or blanks alone are classes of their own: 'Forest' and "
        "'forest'; 'Wetland' and 'wet land'; spell them alike, or give them one value in "
        "map.reference.classes",
    )
    classes = "code,value\nForest,1\nforest,1\nwet land,2\nWetland,2\n"
    assert read(tmp_path, text, info, table=classes_table(tmp_path, classes)).notes == ()
    assert read(tmp_path, csv(["a", "b", "A b", "c"]), info).notes == ()


def with_years(years: Iterable[str]) -> str:
    head, *lines = csv(["1", "2", "1", "2"]).splitlines()
    rows = [f"{line},{year}" for line, year in zip(lines, years, strict=True)]
    return "\n".join([f"{head},when", *rows]) + "\n"


def test_points_of_other_years_are_left_out_and_counted(
    info: EmbeddingInfo, tmp_path: Path
) -> None:
    text = with_years(["2018", "2020", "2024-06-01", "2018.0"])
    points = read(tmp_path, text, info, year="when", years=(2018, 2024))
    assert points.frame["year"].tolist() == [2018, 2024, 2018]
    assert points.frame["label"].tolist() == [1, 1, 2]
    assert points.dropped == {
        "reference points of 2020, none of the years that are learned from": 1
    }
    assert list(points.frame.columns)[-2:] == ["year", "label"]


def test_rows_without_a_year_are_named(info: EmbeddingInfo, tmp_path: Path) -> None:
    text = with_years(["2018", "", "soon", "20180601"])
    with pytest.raises(LandloomError) as caught:
        read(tmp_path, text, info, year="when", years=(2018,))
    assert str(caught.value) == (
        "map.reference.year: 3 rows have no year in when (lines 3, 4, 5); fill it in as 2018, or "
        "as a date that begins with it"
    )
