"""Labels from GIS files: the same as from a CSV, and each fault of a file told at once."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from affine import Affine
from rasters import LONLAT, UTM, embed
from shapely import LineString, MultiPoint, Point, Polygon

from landloom.errors import LandloomError
from landloom.map.label_check import check_labels, points_at_most
from landloom.map.label_table import ReferenceTable, read_labels
from landloom.map.reference_table import points_from_table
from landloom.map.samples import extract, select
from landloom.map.zones import ZonedEmbedding

TRANSFORM = Affine(20, 0, 502_000, 0, -20, 5_540_000)
SHAPE = (72, 64)
KINDS = {"gpkg": "GPKG", "geojson": "GeoJSON", "shp": "ESRI Shapefile", "fgb": "FlatGeobuf"}


@pytest.fixture(scope="module")
def embedding(tmp_path_factory: pytest.TempPathFactory) -> ZonedEmbedding:
    path = tmp_path_factory.mktemp("world") / "embedding.tif"
    return ZonedEmbedding.alone(embed(path, np.ones(SHAPE, bool), TRANSFORM))


def lonlat(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Return places in degrees of seven decimals, as GeoJSON has them."""
    moved = frame.to_crs(LONLAT)
    return moved.set_geometry(shapely.transform(moved.geometry.to_numpy(), lambda xy: xy.round(7)))


@pytest.fixture(scope="module")
def places() -> geopandas.GeoDataFrame:
    """Points on the embedding, and off it, some without a label."""
    rng = np.random.default_rng(3)
    cols, rows = rng.uniform(-2, 64, 150), rng.uniform(0, 72, 150)
    frame = geopandas.GeoDataFrame(
        {
            "landcover_class": rng.choice(["forest", "Grünland", "water", "10", None], 150),
            "plot": rng.integers(0, 9, 150),
        },
        geometry=geopandas.points_from_xy(*(TRANSFORM @ (cols, rows))),
        crs=UTM,
    )
    return lonlat(frame).set_crs(LONLAT)


def written(frame: geopandas.GeoDataFrame, path: Path, **options: Any) -> Path:
    path.unlink(missing_ok=True)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
        return path
    more = {"SPATIAL_INDEX": "NO"} if path.suffix == ".fgb" else {}
    pyogrio.write_dataframe(
        frame, path, driver=KINDS[path.suffix[1:]], layer_options=more or None, **options
    )
    return path


def reference(path: Path, **options: Any) -> ReferenceTable:
    table = ReferenceTable(path, "lon", "lat", "class", None)
    return replace(table, **options)


@pytest.mark.parametrize("kind", [*KINDS, "parquet"])
def test_the_same_bytes_of_samples_from_every_kind(
    embedding: ZonedEmbedding, places: geopandas.GeoDataFrame, tmp_path: Path, kind: str
) -> None:
    csv = pd.DataFrame(places.drop(columns="geometry"))
    csv["lon"], csv["lat"] = places.geometry.x, places.geometry.y
    csv.to_csv(tmp_path / "points.csv", index=False)
    path = written(places, tmp_path / f"points.{kind}")
    label = "landcover_class"[: 10 if kind == "shp" else None]
    tables = [
        reference(tmp_path / "points.csv", label="landcover_class", group="plot"),
        reference(path, label=label, group="plot"),
    ]
    for number, table in enumerate(tables):
        samples = extract(embedding, points_from_table(table, embedding))
        select(samples, 100, 0.0, 0.2, 1).write(tmp_path / f"{number}.parquet")
    assert (tmp_path / "0.parquet").read_bytes() == (tmp_path / "1.parquet").read_bytes()


def test_a_parquet_file_without_shapes_is_as_a_csv(
    embedding: ZonedEmbedding, places: geopandas.GeoDataFrame, tmp_path: Path
) -> None:
    flat = pd.DataFrame({"class": places["landcover_class"].astype("category"), "code": 7})
    flat["lon"], flat["lat"] = places.geometry.x, places.geometry.y
    flat.to_csv(tmp_path / "points.csv", index=False)
    flat.to_parquet(tmp_path / "points.parquet")
    one, other = (
        points_from_table(reference(tmp_path / f"points.{kind}"), embedding).frame
        for kind in ("csv", "parquet")
    )
    assert one.equals(other)


def square(col: float, row: float, side: float = 3) -> Polygon:
    corners = [(0, 0), (0, side), (side, side), (side, 0)]
    return Polygon([TRANSFORM @ (col + x, row + y) for x, y in corners])


def shapes(rows: dict[str, list[Any]], at: list[Any], crs: str | None = UTM) -> Any:
    return geopandas.GeoDataFrame(rows, geometry=at, crs=crs)


@pytest.mark.parametrize("kind", [*KINDS, "parquet"])
def test_polygons_give_their_pixels_and_are_groups(
    embedding: ZonedEmbedding, tmp_path: Path, kind: str
) -> None:
    at = [square(2, 3), square(9.4, 9.4, 0.8), square(20, 20, 0.3), square(-90, 0), square(30, 30)]
    frame = shapes({"class": ["b", "a", "a", "b", None], "field": list("pqrst")}, at)
    frame = frame if kind != "geojson" else frame.to_crs(LONLAT)
    path = written(frame, tmp_path / f"fields.{kind}")
    points = points_from_table(reference(path), embedding)
    cells = points.frame[["row", "col", "label", "group"]].to_numpy().tolist()
    first = 1 if kind == "gpkg" else 0
    expected = [[row, col, 2, str(first)] for row in (3, 4, 5) for col in (2, 3, 4)]
    assert cells == [*expected, [9, 9, 1, str(first + 1)]]
    assert points.dropped == {
        "reference polygons outside the embedding": 1,
        "reference polygons that hold no pixel's centre": 1,
        "reference points without a label": 9,
    }
    assert "1 reference polygons that hold no pixel's centre: left out" in points.notes
    assert points.notes[-1].startswith("labels are 10 pixels of 2 polygons: pixels of one polygon")
    named = points_from_table(reference(path, group="field", per_polygon=4), embedding)
    assert named.frame["group"].tolist() == ["p"] * 4 + ["q"]
    x, y = TRANSFORM @ (named.frame["col"] + 0.5, named.frame["row"] + 0.5)
    np.testing.assert_allclose(named.frame[["x", "y"]], np.transpose([x, y]))


def test_polygons_of_which_nothing_is_left(embedding: ZonedEmbedding, tmp_path: Path) -> None:
    small = shapes({"class": ["a", "b"]}, [square(1, 1, 0.3), square(-90, 0)])
    path = written(small, tmp_path / "small.gpkg")
    with pytest.raises(
        LandloomError, match=r"none of the 2 polygons of .* holds the centre of a pi"
    ):
        points_from_table(reference(path), embedding)
    path = written(shapes({"class": ["a"]}, [square(-90, 0)]), tmp_path / "off.gpkg")
    with pytest.raises(
        LandloomError, match=r"all 1 polygons of .* lie outside .* span x 500200 to 5"
    ):
        points_from_table(reference(path), embedding)
    path = written(shapes({"class": [None]}, [square(9, 9)]), tmp_path / "void.gpkg")
    with pytest.raises(LandloomError, match="has a class: 9 reference points without a label"):
        points_from_table(reference(path), embedding)


def test_heights_measures_and_multipoints_of_one_point_change_nothing(
    embedding: ZonedEmbedding, tmp_path: Path
) -> None:
    flat = shapes(
        {"class": ["a", "b"]}, [Point(*(TRANSFORM @ (4.5, 4))), Point(*(TRANSFORM @ (9, 9)))]
    )
    high = flat.set_geometry(shapely.force_3d(flat.geometry.to_numpy(), 80.0)).set_crs(UTM)
    alone = flat.set_geometry([MultiPoint([point]) for point in flat.geometry]).set_crs(UTM)
    frames = [
        points_from_table(reference(written(frame, tmp_path / "p.gpkg")), embedding).frame
        for frame in (flat, high, alone)
    ]
    assert frames[0].equals(frames[1])
    assert frames[0].equals(frames[2])
    solid = shapes({"class": ["a"]}, [shapely.force_3d(square(2, 3), 5.0)], "EPSG:32631+5773")
    assert (
        len(points_from_table(reference(written(solid, tmp_path / "s.gpkg")), embedding).frame) == 9
    )


def test_rows_and_layers_are_chosen(tmp_path: Path) -> None:
    path = tmp_path / "labels.gpkg"
    points = [Point(*(TRANSFORM @ (col, 5.5))) for col in (1, 2, 3)]
    pyogrio.write_dataframe(
        shapes({"class": list("abc"), "year": [1, 2, 2]}, points), path, layer="p"
    )
    pyogrio.write_dataframe(shapes({"class": ["x"]}, [square(2, 2)]), path, layer="q", append=True)
    with pytest.raises(
        LandloomError, match=r"2 layers of places \(p, q\); name one, as map\.ref.*r"
    ):
        read_labels(reference(path))
    assert read_labels(reference(path, layer="q")).sources.tolist() == ["x"]
    some = read_labels(reference(path, layer="p", where="year = 2 AND class <> 'b'"))
    assert some.sources.tolist() == ["c"]
    with pytest.raises(LandloomError, match=r"no layer of places 'r'; its layers are p, q"):
        read_labels(reference(path, layer="r"))


IN = [Point(502_100, 5_539_900), Point(502_500, 5_539_500)]
BOW = Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])


def points(**rows: list[Any]) -> Any:
    return shapes(rows or {"class": ["a", "b"]}, IN)


@pytest.mark.parametrize("kind", [*KINDS, "parquet", "csv"])
def test_points_are_counted_and_polygons_are_not(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"labels.{kind}"
    if kind == "csv":
        for end in ("\n", "\r\n", "\r"):
            lines = ["lon,lat,class", "5,52,a", "5,52,b", "5,52,c"]
            for text in (end.join(lines), end.join([*lines, ""])):
                path.write_bytes(text.encode())
                assert points_at_most(reference(path)) == 3
        path.write_text("lon,lat,class\n5,52,a\n\n5,52,b\n5,52,c")
        assert points_at_most(reference(path)) == 4  # one line has nothing: at most
        path.write_text("lon,lat,class\n")
        assert points_at_most(reference(path)) == 0
        return
    at = [Point(3 + col / 1000, 50) for col in range(3)]
    written(shapes({"class": list("abc")}, at, LONLAT), path)
    assert points_at_most(reference(path)) == 3
    written(shapes({"class": list("abc")}, [point.buffer(0.01) for point in at], LONLAT), path)
    assert points_at_most(reference(path)) is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_filter_sees_columns_that_are_not_read(tmp_path: Path, kind: str) -> None:
    at = [Point(3 + col / 1000, 50) for col in (1, 2, 3)]
    frame = shapes({"class": list("abc"), "plot": list("pqr"), "year": [1, 2, 2]}, at, LONLAT)
    path = written(frame, tmp_path / f"labels.{kind}")
    some = read_labels(reference(path, group="plot", where="year = 2"))
    assert some.sources.tolist() == ["b", "c"]
    assert some.groups is not None
    assert some.groups.tolist() == ["q", "r"]
    assert read_labels(reference(path, where="year IS NOT NULL")).sources.tolist() == list("abc")


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_called_as_gdal_calls_row_numbers(tmp_path: Path, kind: str) -> None:
    at = [Point(3 + col / 1000, 50) for col in (1, 2)]
    frame = shapes({"OGC_FID": ["a", "b"], "wkb_geomet": ["p", "q"]}, at, LONLAT)
    table = read_labels(
        reference(written(frame, tmp_path / f"labels.{kind}"), label="OGC_FID", group="wkb_geomet")
    )
    assert table.sources.tolist() == ["a", "b"]
    assert table.groups is not None
    assert table.groups.tolist() == ["p", "q"]


def test_names_in_double_quotes_are_columns(tmp_path: Path) -> None:
    """To SQLite a name in double quotes that is no column is a text, so all rows pass."""
    path = written(points(**{"class": ["a", "b"], "my year": [1, 2]}), tmp_path / "p.gpkg")
    for where, found in (
        ('"my year" = 2', ["b"]),
        ('"MY YEAR" = 2 AND class <> \'"yaer"\'', ["b"]),
        ('"fid" = 1 AND "geom" IS NOT NULL', ["a"]),
    ):
        assert read_labels(reference(path, where=where)).sources.tolist() == found
    for where, name in (("\"yaer\" <> 2 AND class <> 'it''s'", "yaer"), ('class = "a"', "a")):
        with pytest.raises(
            LandloomError, match=rf"reference\.where: .* has no column {name}; .* in single quotes"
        ):
            read_labels(reference(path, where=where))


def test_edits_that_are_not_in_the_geopackage_yet(tmp_path: Path) -> None:
    """What QGIS does to a layer that it has open: changes come into a file beside it."""
    path = written(points(), tmp_path / "p.gpkg")
    beside = tmp_path / "p.gpkg-wal"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA wal_autocheckpoint = 0")
        database.execute("CREATE TABLE edits (number INTEGER)")
        database.commit()
        assert beside.stat().st_size
        with pytest.raises(
            LandloomError, match=r"p\.gpkg is being edited: p\.gpkg-wal .* close it in QGIS"
        ):
            check_labels(reference(path), lambda: None)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert beside.stat().st_size == 0
        assert read_labels(reference(path)).sources.tolist() == ["a", "b"]


def test_a_shapefile_that_does_not_tell_its_encoding(tmp_path: Path) -> None:
    path = written(points(**{"class": ["Wäld", "b"]}), tmp_path / "p.shp", encoding="CP1252")
    path.with_suffix(".cpg").unlink()
    with pytest.raises(LandloomError, match=r"encoding, such as CP1252, in p\.cpg"):
        read_labels(reference(path))
    path.with_suffix(".cpg").write_text("CP1252")
    assert read_labels(reference(path)).sources.tolist() == ["Wäld", "b"]


def many() -> Any:
    rows = {"class": ["a", "b"] * 1500, "more": ["x" * 50] * 3000}
    return shapes(rows, [Point(3 + row / 10_000, 50) for row in range(3000)], LONLAT)


@pytest.mark.parametrize("where", [None, "class = 'a'"])
@pytest.mark.filterwarnings("error")
def test_a_geopackage_with_a_page_gone(tmp_path: Path, where: str | None) -> None:
    path = written(many(), tmp_path / "p.gpkg")
    content = bytearray(path.read_bytes())
    content[30 * 4096 : 31 * 4096] = bytes(4096)
    path.write_bytes(content)
    told = r"is damaged: \d+ of its 3000 rows can be r|cannot be read as a Geo.* malformed"
    with pytest.raises(LandloomError, match=rf"^map\.reference\.table: .*p\.gpkg ({told})"):
        read_labels(reference(path, where=where))
    if where is None:
        with pytest.raises(LandloomError, match=r"p\.gpkg is damaged"):
            read_labels(reference(path), most=100_000)


@pytest.mark.parametrize("where", [None, "class = 'a'"])
@pytest.mark.filterwarnings("error")
def test_a_shapefile_whose_table_is_cut(tmp_path: Path, where: str | None) -> None:
    path = written(many(), tmp_path / "p.shp")
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes()[:-1])  # the byte that ends it, which some leave out
    assert read_labels(reference(path)).sources.size == 3000
    table.write_bytes(table.read_bytes()[:-60_000])
    with pytest.raises(LandloomError, match=r"p\.shp is damaged: \d+ of its 3000 rows can be r"):
        read_labels(reference(path, where=where))


def test_rows_that_a_shapefile_has_deleted_are_no_damage(tmp_path: Path) -> None:
    path = written(points(), tmp_path / "p.shp")
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    content[int.from_bytes(content[8:10], "little")] = ord("*")
    table.write_bytes(content)
    assert read_labels(reference(path)).sources.tolist() == ["b"]


def test_numbers_beside_texts(tmp_path: Path) -> None:
    path = written(shapes({"class": list("abcd")}, IN * 2).to_crs(LONLAT), tmp_path / "p.geojson")
    content = json.loads(path.read_text())
    for feature, value in zip(content["features"], [1, "a", None, 2.5], strict=True):
        feature["properties"]["class"] = value
    path.write_text(json.dumps(content))
    assert read_labels(reference(path)).sources.tolist() == ["1", "a", "", "2.5"]


def of_parquet(path: Path, column: pa.Array) -> ReferenceTable:
    """Write a table without shapes."""
    table = pa.table({"lon": [3.0] * len(column), "lat": [50.0] * len(column), "class": column})
    pq.write_table(table, path)
    return reference(path)


def test_columns_of_extended_types(tmp_path: Path) -> None:
    texts = pa.array(['"a b"', "7", None, "null", '"é"'], pa.json_())
    table = of_parquet(tmp_path / "p.parquet", texts)
    assert read_labels(table).sources.tolist() == ["a b", "7", "", "", "é"]
    number = UUID("12345678-1234-5678-1234-567812345678")
    table = of_parquet(tmp_path / "p.parquet", pa.array([number.bytes, None], pa.uuid()))
    assert read_labels(table).sources.tolist() == [str(number), ""]


def test_columns_of_lists(tmp_path: Path) -> None:
    table = of_parquet(tmp_path / "p.parquet", pa.array([["a"], ["b"]]))
    with pytest.raises(
        LandloomError, match=r"map\.reference\.table: .*p\.parquet: its column class holds list<"
    ):
        read_labels(table)


@pytest.mark.parametrize(
    "about",
    [
        [1],
        "text",
        {"primary_column": ["geometry"], "columns": {}},
        {"primary_column": "geometry", "columns": [1]},
        {"primary_column": "geometry", "columns": {"geometry": "WKB"}},
        {"primary_column": "other", "columns": {"other": {"encoding": "WKB"}}},
        {"primary_column": "geometry"},
    ],
)
def test_odd_metadata_of_geoparquet(tmp_path: Path, about: Any) -> None:
    path = written(points(), tmp_path / "p.parquet")
    table = pq.read_table(path).replace_schema_metadata({"geo": json.dumps(about)})
    pq.write_table(table, path)
    with pytest.raises(LandloomError, match=r"map\.reference\.table: .*p\.parquet cannot be read"):
        read_labels(reference(path))


FAULTS: dict[str, tuple[Callable[[], Any], dict[str, Any], list[str]]] = {
    "empty": (lambda: points().iloc[:0], {}, ["has no rows; give one for each place"]),
    "column": (
        lambda: points(kind=["a", "b"]),
        {},
        ["no column class; its columns are kind; add it"],
    ),
    "mixed": (
        lambda: shapes({"class": ["a", "b"]}, [IN[0], square(1, 1)]),
        {},
        ["holds points (row 1) and polygons (row 2); give a file with one kind"],
    ),
    "lines": (
        lambda: shapes({"class": ["a", "b"]}, [IN[0], LineString(IN)]),
        {},
        ["1 rows are lines (row 2); labels are points or polygons"],
    ),
    "multi": (
        lambda: shapes({"class": ["a", "b"]}, [IN[0], MultiPoint(IN)]),
        {},
        ["1 rows are multipoints (row 2); make single points of them (ogr2ogr -explodecoll"],
    ),
    "void": (
        lambda: shapes({"class": list("abc")}, [IN[0], None, Point()]),
        {},
        ["2 rows have no shape (rows 2, 3); give them one, or delete them"],
    ),
    "invalid": (
        lambda: shapes({"class": ["a", "b"]}, [square(1, 1), BOW]),
        {},
        ["1 polygons are not valid (row 2: Self-intersection", "`ogr2ogr -makevalid`"],
    ),
    "no crs": (
        lambda: points().set_crs(None, allow_override=True),
        {},
        ["has no CRS; assign one in QGIS and export it anew, or name it as map.reference.crs"],
    ),
    "another crs": (
        points,
        {"crs": LONLAT},
        ["map.reference.crs: 'EPSG:4326' is given, but", "is in EPSG:32631; leave the key out"],
    ),
    "unknown crs": (points, {"crs": "EPSG:1"}, ["map.reference.crs: 'EPSG:1' is no known CRS"]),
    "no sql": (
        points,
        {"where": "class ="},
        ["map.reference.where: 'class =' is no filter of", "write SQL, texts in single quotes"],
    ),
    "sql of another column": (
        points,
        {"where": "nix = 3"},
        ["map.reference.where: 'nix = 3' is no f"],
    ),
    "nothing left": (
        points,
        {"where": "class = 'c'"},
        ["map.reference.where: \"class = 'c'\" leaves none of the 2 rows"],
    ),
    "no labels": (
        lambda: points(**{"class": [None, None]}),
        {},
        ["no row of", "has a label in class"],
    ),
    "no group": (
        lambda: points(**{"class": ["a", "b"], "plot": ["", "x"]}),
        {"group": "plot"},
        ["map.reference.group: 1 rows have no plot (row 1); fill it in"],
    ),
    "a line end": (
        lambda: points(**{"class": ["a", "b\nc"]}),
        {},
        ["row 2: class holds a line end (U+000A); take it out"],
    ),
    "too large": (lambda: points(**{"class": [1, 300]}), {}, ["300 does not fit into the map"]),
    "all at once": (
        lambda: shapes({"kind": ["a", "b"], "plot": ["", "x"]}, [None, IN[0]]),
        {"crs": "EPSG:1", "group": "plot"},
        ["no column class", "'EPSG:1' is no known CRS", "1 rows have no shape"],
    ),
}


_NOT_IN_A_SHAPEFILE = {"mixed", "lines", "multi", "void", "all at once", "empty"}
_POSSIBLE = [
    (fault, kind)
    for fault, (_, options, _) in FAULTS.items()
    for kind in ("gpkg", "parquet", "shp")
    if not (kind == "parquet" and "where" in options)  # the configuration refuses it
    if not (kind == "shp" and fault in _NOT_IN_A_SHAPEFILE)
]


@pytest.mark.parametrize(("fault", "kind"), _POSSIBLE)
def test_faults(tmp_path: Path, fault: str, kind: str) -> None:
    make, options, said = FAULTS[fault]
    path = written(make(), tmp_path / f"labels.{kind}")
    with pytest.raises(LandloomError) as caught:
        check_labels(reference(path, **options), lambda: None)
    message = str(caught.value)
    first = 1 if kind == "gpkg" else 0
    for words in said:
        words = words if first else _from_zero(words)
        assert words in message, message
    lines = message.splitlines()
    assert len(lines) == len(set(lines)) == (len(said) if fault == "all at once" else 1)


def _from_zero(words: str) -> str:
    """Return a message about rows that are counted from 0, not from 1."""
    for row in (1, 2, 3):
        for before in ("row ", "rows ", ", "):
            words = words.replace(f"{before}{row}", f"{before}{row - 1}")
    return words


@pytest.mark.parametrize("kind", [*KINDS, "parquet"])
def test_damaged_files(tmp_path: Path, kind: str) -> None:
    frame = shapes({"class": ["a", "b"] * 500}, IN * 500)
    path = written(frame if kind != "geojson" else frame.to_crs(LONLAT), tmp_path / f"p.{kind}")
    content = path.read_bytes()
    for damaged in (content[: len(content) // 2], b"nothing of the kind" * 9, b""):
        path.write_bytes(damaged)
        is_cut = kind == "shp" and damaged.startswith(content[:9])  # its index tells of more rows
        told = "502 rows have no shape" if is_cut else "cannot be read as"
        with pytest.raises(LandloomError, match=rf"map\.reference\.table: .*p\.{kind}:? {told}"):
            read_labels(reference(path))
    path.unlink()
    with pytest.raises(LandloomError, match="cannot be read"):
        read_labels(reference(path))


def test_a_shapefile_without_its_projection(tmp_path: Path) -> None:
    path = written(points(), tmp_path / "labels.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(LandloomError, match="has no CRS; assign one in QGIS"):
        read_labels(reference(path))
    assert read_labels(reference(path, crs=UTM)).crs.to_epsg() == 32631
    path.with_suffix(".dbf").unlink()
    with pytest.raises(LandloomError, match="has no column class; its columns are"):
        read_labels(reference(path, crs=UTM))


def test_a_crs_that_the_file_has_as_well_is_no_fault(tmp_path: Path) -> None:
    for kind in KINDS:
        frame = points().to_crs(LONLAT) if kind == "geojson" else points()
        path = written(frame, tmp_path / f"labels.{kind}")
        given = LONLAT if kind == "geojson" else UTM
        assert read_labels(reference(path, crs=given)).sources.tolist() == ["a", "b"]


def test_a_crs_of_the_moon(tmp_path: Path) -> None:
    path = written(points().set_crs("IAU_2015:30100", allow_override=True), tmp_path / "p.gpkg")
    with pytest.raises(LandloomError, match="is it one of the Earth"):
        check_labels(reference(path), lambda: None)


def test_shapes_of_parquet_that_are_no_wkb(tmp_path: Path) -> None:
    points().to_parquet(tmp_path / "p.parquet", geometry_encoding="geoarrow")
    with pytest.raises(LandloomError, match="has its shapes as point; write them as WKB"):
        read_labels(reference(tmp_path / "p.parquet"))


def test_groups_are_asked_for_where_points_have_none(tmp_path: Path) -> None:
    path = written(points(), tmp_path / "p.gpkg")
    with pytest.raises(
        LandloomError, match=r"map\.reference\.group: is missing, and .* has points"
    ):
        check_labels(reference(path), lambda: None, by_group=True)
    fields = written(
        shapes({"class": ["a", "b"]}, [square(1, 1), square(9, 9)]), tmp_path / "f.gpkg"
    )
    check_labels(reference(fields), lambda: None, by_group=True)


def test_of_a_long_table_the_first_rows_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("landloom.map.label_check.MOST_ROWS", 10)
    lines = ["lon,lat,class", *["3,50,a"] * 30]
    for number, is_told in ((8, True), (20, False)):
        text = [*lines[:number], "3,fifty,a", *lines[number:]]
        (tmp_path / "points.csv").write_text("\n".join(text) + "\n")
        if is_told:
            with pytest.raises(LandloomError, match=r"line 9: lon='3', lat='fifty'"):
                check_labels(reference(tmp_path / "points.csv"), lambda: None)
        else:
            check_labels(reference(tmp_path / "points.csv"), lambda: None)
            with pytest.raises(LandloomError, match="line 21"):
                read_labels(reference(tmp_path / "points.csv"))
    at = [IN[0]] * 12 + [None]
    path = written(shapes({"class": ["a"] * 13}, at), tmp_path / "p.gpkg")
    check_labels(reference(path), lambda: None)
    with pytest.raises(LandloomError, match=r"1 rows have no shape \(row 13\)"):
        read_labels(reference(path))


def test_a_geojson_that_is_large_is_left_to_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(points(kind=["a", "b"]).to_crs(LONLAT), tmp_path / "labels.geojson")
    with pytest.raises(LandloomError, match="no column class"):
        check_labels(reference(path), lambda: None)
    monkeypatch.setattr("landloom.map.label_check._LARGEST_JSON", 100)
    check_labels(reference(path), lambda: None)


def test_a_shapefile_cuts_names(tmp_path: Path) -> None:
    frame = points(landcover_class=["a", "b"]).rename(columns={"landcover_class": "landcover_"})
    path = written(frame, tmp_path / "labels.shp")
    with pytest.raises(LandloomError, match=r"cuts names to 10 letters: landcover_\)"):
        read_labels(reference(path, label="landcover_class"))


@pytest.mark.parametrize("number", [0, -1])
def test_a_geopackage_of_no_known_crs(tmp_path: Path, number: int) -> None:
    path = written(points(), tmp_path / "labels.gpkg")
    with closing(sqlite3.connect(path)) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        for table in ("gpkg_contents", "gpkg_geometry_columns"):
            database.execute(f"UPDATE {table} SET srs_id = {number}")
        database.commit()
    with pytest.raises(LandloomError, match="has no CRS; assign one in QGIS"):
        read_labels(reference(path))


def test_all_faults_of_a_csv_and_of_the_classes_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("lon,lat,class,plot\n3,50,a,\n3,x,b,1\n")

    def bad_classes() -> None:
        raise LandloomError("map.reference.classes: classes.csv has no rows")

    with pytest.raises(LandloomError) as caught:
        check_labels(reference(path, crs="EPSG:1", group="plot"), bad_classes)
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    for words in ("classes.csv has no rows", "'EPSG:1'", "1 rows have no plot (line 2)", "lat='x'"):
        assert any(words in line for line in lines)


def test_a_shapefile_of_another_case_and_no_projection_but_as_json(tmp_path: Path) -> None:
    """What a camera or an old program writes: capitals; and a GeoJSON is called .json."""
    path = written(points().to_crs(LONLAT), tmp_path / "labels.geojson")
    named = shutil.copy(path, tmp_path / "LABELS.JSON")
    assert json.loads(Path(named).read_text())["features"]
    assert read_labels(reference(Path(named))).sources.tolist() == ["a", "b"]


@pytest.mark.parametrize("ending", [*KINDS, "parquet"])
def test_years_come_from_numbers_and_dates(ending: str, tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(
        {"landcover_class": ["a", "b"], "jahr": [2018, 2024], "day": ["2018-05-01", "2024-05-01"]},
        geometry=[Point(5, 50), Point(5.1, 50)],
        crs=LONLAT,
    )
    path = written(frame, tmp_path / f"points.{ending}")
    label = "landcover_" if ending == "shp" else "landcover_class"
    for column in ("jahr", "day"):
        table = ReferenceTable(path, "lon", "lat", label, None, year=column)
        assert read_labels(table).years.tolist() == [2018, 2024]


def test_rows_of_a_layer_without_a_year_are_named(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(
        {"class": ["a", "b", "c"], "jahr": ["2018", None, "x"]},
        geometry=[Point(5, 50), Point(5.1, 50), Point(5.2, 50)],
        crs=LONLAT,
    )
    path = written(frame, tmp_path / "points.gpkg")
    with pytest.raises(
        LandloomError, match=r"map\.reference\.year: 2 rows have no year in jahr \(row"
    ):
        read_labels(ReferenceTable(path, "lon", "lat", "class", None, year="jahr"))


def test_years_without_a_row_are_told_before_a_run(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("lon,lat,class,jahr\n5,50,a,2018\n5,50,b,2020\n")
    table = ReferenceTable(path, "lon", "lat", "class", None, year="jahr", years=(2018, 2024))
    with pytest.raises(LandloomError) as caught:
        check_labels(table, lambda: None)
    assert str(caught.value) == (
        f"map.reference.year: no row of {path} is of 2024 in jahr, whose years are 2018, 2020; "
        "name those to learn from as map.embedding.train"
    )
    check_labels(replace(table, years=(2018,)), lambda: None)


def test_a_column_in_which_no_label_recurs_is_no_column_of_classes(tmp_path: Path) -> None:
    frame = pd.DataFrame({"lon": np.linspace(9.0, 9.1, 12), "lat": 50.0, "class": ["a", "b"] * 6})
    frame["id"] = [f"p{number}" for number in range(12)]
    frame.to_csv(tmp_path / "points.csv", index=False)
    check_labels(reference(tmp_path / "points.csv"), lambda: None)
    said = (
        r"map\.reference\.label: each of the 12 points of .*points\.csv .* in id \(p0, p1, p10, …\)"
    )
    with pytest.raises(LandloomError, match=said):
        check_labels(reference(tmp_path / "points.csv", label="id"), lambda: None)
    frame[:9].to_csv(tmp_path / "points.csv", index=False)
    check_labels(reference(tmp_path / "points.csv", label="id"), lambda: None)
