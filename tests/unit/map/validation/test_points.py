"""Reference points as people hand them in: CSV files, and GeoPackages that QGIS has written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely import MultiPoint, Point

from landloom.errors import LandloomError
from landloom.map.validation.points import PointFile, read_points


def csv(folder: Path, text: str) -> Path:
    path = folder / "points.csv"
    path.write_text(text)
    return path


def gpkg(folder: Path, columns: dict[str, list[Any]], shapes: list[Any], **options: Any) -> Path:
    path = folder / "points.gpkg"
    frame = geopandas.GeoDataFrame(columns, geometry=shapes, crs=options.pop("crs", "EPSG:4326"))
    frame.to_file(path, driver="GPKG", layer=options.pop("layer", "points"))
    return path


def test_a_csv(tmp_path: Path) -> None:
    text = "lon,lat,label,stratum,weight\n5.5,52,10.0,1,20\n\n5.6,52.1,Tree cover,2,30.5\n"
    points = read_points(PointFile(csv(tmp_path, text)))
    assert points.x.tolist() == [5.5, 5.6]
    assert points.labels == ["10", "Tree cover"]
    assert points.strata == ["1", "2"]
    assert points.weights == ["20", "30.5"]
    assert points.names == ["line 2", "line 4"]
    assert points.crs.to_epsg() == 4326


def test_a_csv_of_a_spreadsheet_with_decimal_commas(tmp_path: Path) -> None:
    text = "e;n;class;stratum;weight\n600000,5;5700000,5;1;a;20,5\n"
    file = PointFile(csv(tmp_path, text), "e", "n", "class", "EPSG:32631")
    points = read_points(file)
    assert (points.x[0], points.y[0], points.weights) == (600000.5, 5700000.5, ["20.5"])


def test_columns_of_the_usual_names_need_not_be_there(tmp_path: Path) -> None:
    points = read_points(PointFile(csv(tmp_path, "lon,lat,label\n5,52,1\n")))
    assert points.strata is None
    assert points.weights is None
    with_all = csv(tmp_path, "lon,lat,label,stratum,weight\n5,52,1,a,3\n")
    points = read_points(PointFile(with_all, stratum=None, weight=None))
    assert points.strata is None
    assert points.weights is None


@pytest.mark.parametrize("kind", ["csv", "gpkg"])
def test_columns_of_other_names_do(tmp_path: Path, kind: str) -> None:
    if kind == "csv":
        path = csv(tmp_path, "lon,lat,label\n5,52,1\n")
    else:
        path = gpkg(tmp_path, {"label": ["1"]}, [Point(5, 52)])
    file = PointFile(path, stratum="region", needed=frozenset({"region"}))
    with pytest.raises(LandloomError, match=r"validation\.table: .* has no column region; its col"):
        read_points(file)


def test_a_geopackage_with_numbers_or_text_and_gaps(tmp_path: Path) -> None:
    columns = {"label": [10.0, np.nan], "stratum": [3, 4], "weight": [2.5, 7.0]}
    path = gpkg(tmp_path, columns, [Point(600000, 5700000), Point(6e5, 5.8e6)], crs="EPSG:32631")
    points = read_points(PointFile(path))
    assert points.labels == ["10", ""]
    assert points.strata == ["3", "4"]
    assert points.weights == ["2.5", "7.0"]
    assert points.names == ["row 1", "row 2"]
    assert points.crs.to_epsg() == 32631
    path.unlink()
    columns = {"label": ["Tree cover", None]}
    points = read_points(PointFile(gpkg(tmp_path, columns, [Point(5, 52), Point(6, 52)])))
    assert points.labels == ["Tree cover", ""]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lon,lat\n5,52\n", "points.csv has no column label; its columns are lon, lat"),
        ("lon,lat,label\n", "points.csv has no rows; give one for each point"),
        ("lon,lat,label\n5,x,1\n6,52,1\n", r"1 points have no readable coordinates \(line 2\)"),
    ],
)
def test_a_csv_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(LandloomError, match=message) as caught:
        read_points(PointFile(csv(tmp_path, text)))
    assert str(caught.value).startswith("map.validation.table: ")


def test_an_unknown_crs(tmp_path: Path) -> None:
    path = csv(tmp_path, "lon,lat,label\n5,52,1\n")
    with pytest.raises(
        LandloomError, match=r"map\.validation\.crs: 'EPSG:1' is no known CRS; give"
    ):
        read_points(PointFile(path, crs="EPSG:1"))


def test_a_geopackage_that_cannot_be_used(tmp_path: Path) -> None:
    path = gpkg(tmp_path, {"label": ["1", "1"]}, [Point(5, 52), MultiPoint([(5, 52), (6, 52)])])
    with pytest.raises(
        LandloomError, match=r"1 rows are multipoints \(row 2\); make single points of them"
    ):
        read_points(PointFile(path))
    path = gpkg(tmp_path, {"label": ["1"]}, [Point(5, 52)], layer="other")
    with pytest.raises(LandloomError, match=r"has 2 layers of places \(points, other\); name one"):
        read_points(PointFile(path))
    assert read_points(PointFile(path, layer="other")).labels == ["1"]
    path.write_bytes(b"no database")
    with pytest.raises(LandloomError, match="cannot be read as a GeoPackage"):
        read_points(PointFile(path))
    path.unlink()
    path = gpkg(tmp_path, {"label": ["1"]}, [Point(5, 52).buffer(1)])
    with pytest.raises(LandloomError, match="has polygons; make single points of them"):
        read_points(PointFile(path))


def test_several_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(LandloomError) as caught:
        read_points(PointFile(csv(tmp_path, "lon,lat,label\n5,x,1\n"), crs="EPSG:1"))
    assert len(str(caught.value).splitlines()) == 2
    path = gpkg(tmp_path, {"kind": ["1", "2"]}, [Point(5, 52), None])
    with pytest.raises(LandloomError) as caught:
        read_points(PointFile(path))
    first, second = str(caught.value).splitlines()
    assert "has no column label; its columns are kind" in first
    assert "1 rows have no shape (row 2)" in second


@pytest.mark.parametrize("kind", ["geojson", "shp", "fgb", "parquet"])
def test_other_kinds_of_files_are_as_a_geopackage(tmp_path: Path, kind: str) -> None:
    columns = {"label": [10.0, np.nan], "stratum": ["a", "b"], "weight": [2.5, 7.0]}
    path = gpkg(tmp_path, columns, [Point(5, 52), Point(6, 53)])
    expected = read_points(PointFile(path))
    frame = geopandas.read_file(path)
    other = tmp_path / f"points.{kind}"
    options = {"SPATIAL_INDEX": "NO"} if kind == "fgb" else {}
    frame.to_parquet(other) if kind == "parquet" else frame.to_file(other, **options)
    points = read_points(PointFile(other))
    assert points.names == ["row 0", "row 1"]
    assert (points.labels, points.strata) == (expected.labels, expected.strata)
    assert points.weights == expected.weights
    assert points.x.tolist() == expected.x.tolist()


def test_a_parquet_file_without_shapes_has_columns_of_coordinates(tmp_path: Path) -> None:
    table = pd.DataFrame({"lon": [5.5], "lat": [52.0], "label": ["a"]})
    table.to_parquet(tmp_path / "points.parquet")
    points = read_points(PointFile(tmp_path / "points.parquet"))
    assert (points.x[0], points.y[0], points.labels) == (5.5, 52.0, ["a"])
    with pytest.raises(LandloomError, match="no column e; its columns are lon, lat, label"):
        read_points(PointFile(tmp_path / "points.parquet", x="e"))
