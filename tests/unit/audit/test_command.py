"""The audit as it is called: what it proves of whole files, what it ends with, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from affine import Affine
from rasterio.transform import from_origin
from splits import GRID, UTM, Split, clean_split, footprints, planted

from landloom.audit.arguments import SEPARATE, SHARED, UNUSABLE
from landloom.command.audit import main

CRSS = ["EPSG:4326", "EPSG:32613", "EPSG:5070", "EPSG:3857", UTM]


@pytest.fixture(scope="module")
def raster(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_raster(tmp_path_factory.mktemp("raster") / "source.tif", GRID, 600, 600)


def write_raster(path: Path, transform: Affine, width: int, height: int, crs: str = UTM) -> str:
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "sparse_ok": True}
    with rasterio.open(
        path, "w", crs=crs, transform=transform, width=width, height=height, **profile
    ):
        return str(path)


def audited(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict]:
    capsys.readouterr()
    code = main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == UNUSABLE
    told = capsys.readouterr()
    assert not told.out
    return told.err.removeprefix("landloom audit: ").strip()


def listed(path: Path) -> dict[tuple[int, int], float]:
    """Return the listed pairs by the places of their footprints, with the pixels they share."""
    table = pd.read_csv(path)
    assert set(table["set"]) <= {"train"}
    assert set(table["other_set"]) <= {"test"}
    return dict(
        zip(
            zip(table["row"] - 1, table["other_row"] - 1, strict=True), table["pixels"], strict=True
        )
    )


@pytest.mark.parametrize("seed", range(20))
def test_each_planted_overlap_is_found_and_no_neighbour_in_any_crs(
    seed: int, tmp_path: Path, raster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On 20 random splits, by pixels and by the ground, from one pixel on."""
    train, test = CRSS[seed % 5], CRSS[(seed + seed // 5) % 5]
    split = planted(seed)
    truth = split.shared()
    assert 1 in truth.values()
    paths = split.write(tmp_path, train, test)
    out = tmp_path / "pairs.csv"
    code, found = audited(capsys, *paths, "--raster", raster, "--output", str(out))
    assert (code, found["verdict"]) == (SHARED, "shared")
    assert listed(out) == truth
    assert found["pairs"][0]["shared_pixels"] == sum(truth.values())
    code, found = audited(capsys, *paths, "--output", str(out))
    assert (code, found["verdict"]) == (SHARED, "shared")
    assert listed(out).keys() == truth.keys()
    area = found["pairs"][0]["shared_m2"]
    assert area == pytest.approx(900 * sum(truth.values()), rel=0.005)


@pytest.mark.parametrize("seed", range(5))
def test_neighbours_that_touch_are_separate(
    seed: int, tmp_path: Path, raster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = clean_split(seed).write(tmp_path, CRSS[seed], CRSS[(2 * seed) % 5])
    for more in ([], ["--raster", raster]):
        code, found = audited(capsys, *paths, *more)
        assert (code, found["verdict"]) == (SEPARATE, "touching")
        assert found["pairs"][0]["overlapping_pairs"] == 0
        assert found["pairs"][0]["touching_footprints"] > 0


def test_sets_apart_are_separate_with_their_distance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One patch of 40 pixels of 30 m, another 140 pixels to the east: a gap of 3 km."""
    split = Split(np.array([[0, 0]]), np.array([[0, 140]]), 40)
    code, found = audited(capsys, *split.write(tmp_path, UTM, UTM), "--within", "2.9", "3.1")
    assert (code, found["verdict"]) == (SEPARATE, "separate")
    pair = found["pairs"][0]
    assert pair["nearest_m"] == pytest.approx(3000, rel=4e-4)  # the scale of UTM
    assert pair["share_within_km"] == {"2.9": 0.0, "3.1": 1.0}


def test_the_list_tells_the_first_shared_pixel_and_its_place(
    tmp_path: Path, raster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    split = Split(np.array([[80, 120]]), np.array([[119, 159]]), 40)
    paths = split.write(tmp_path, UTM, "EPSG:4326")
    for name in ("pairs.csv", "pairs.gpkg"):
        audited(capsys, *paths, "--raster", raster, "--output", str(tmp_path / name))
    row = pd.read_csv(tmp_path / "pairs.csv").iloc[0]
    assert (row["pixels"], row["first_pixel_row"], row["first_pixel_col"]) == (1, 119, 159)
    centre = footprints(np.array([[119, 159]]), 1, "EPSG:4326")[0].centroid
    assert (row["lon"], row["lat"]) == pytest.approx((centre.x, centre.y), abs=1e-6)
    assert row["area_m2"] == pytest.approx(900, rel=2e-3)
    shape = geopandas.read_file(tmp_path / "pairs.gpkg").to_crs(UTM).geometry[0]
    assert shape.area == pytest.approx(900, rel=1e-4)
    again = (tmp_path / "pairs.gpkg").read_bytes()
    audited(capsys, *paths, "--raster", raster, "--output", str(tmp_path / "pairs.gpkg"))
    assert (tmp_path / "pairs.gpkg").read_bytes() == again


def test_chips_on_one_grid_are_compared_by_their_pixels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder and a list of GeoTIFFs, laid out as published ones are; then one chip too many."""
    split = clean_split(3, side=16, across=5)
    for name, patches in (("train", split.train), ("test", split.test)):
        (tmp_path / name / "images").mkdir(parents=True)
        for row, col in patches.tolist():
            place = GRID @ Affine.translation(col, row)
            write_raster(tmp_path / name / "images" / f"{row}_{col}.tif", place, 16, 16)
    names = sorted(path.name for path in (tmp_path / "test/images").iterdir())
    (tmp_path / "test.txt").write_text("".join(f"test/images/{name}\n" for name in names))
    words = [str(tmp_path / "train"), str(tmp_path / "test.txt")]
    code, found = audited(capsys, *words)
    assert (code, found["verdict"], found["proof"]["by"]) == (SEPARATE, "touching", "pixels")
    assert [one["footprints"] for one in found["sets"]] == [len(split.train), len(split.test)]
    assert found["notes"] == []
    row, col = split.train[0]
    place = GRID @ Affine.translation(col - 15, row - 15)
    write_raster(tmp_path / "test/images/odd.tif", place, 16, 16)
    out = tmp_path / "pairs.csv"
    words[1] = str(tmp_path / "test")
    code, found = audited(capsys, *words, "--output", str(out))
    assert (code, found["pairs"][0]["shared_pixels"]) == (SHARED, 1)
    table = pd.read_csv(out)
    assert table["id"].tolist() == [f"images/{row}_{col}.tif"]
    assert table["other_id"].tolist() == ["images/odd.tif"]


def test_chips_that_are_rotated_or_of_several_zones_are_compared_by_the_ground(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    turned = Affine.translation(500_000, 4_500_000) @ Affine.rotation(30) @ Affine.scale(10, -10)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    write_raster(tmp_path / "a/1.tif", turned, 50, 50)
    write_raster(tmp_path / "b/1.tif", turned @ Affine.translation(50, 0), 50, 50)
    write_raster(
        tmp_path / "b/2.tif", from_origin(300_000, 4_600_000, 10, 10), 50, 50, "EPSG:32613"
    )
    words = [str(tmp_path / "a"), str(tmp_path / "b")]
    code, found = audited(capsys, *words)
    assert (code, found["verdict"], found["proof"]["by"]) == (SEPARATE, "touching", "ground")
    write_raster(tmp_path / "b/1.tif", turned @ Affine.translation(49, 49), 50, 50)
    code, found = audited(capsys, *words)
    assert (code, found["pairs"][0]["overlapping_pairs"]) == (SHARED, 1)
    assert found["pairs"][0]["shared_m2"] == pytest.approx(100, rel=2e-3)


@pytest.mark.parametrize("suffix", ["geojson", "shp", "fgb", "parquet"])
def test_other_formats_tell_the_same(
    suffix: str, tmp_path: Path, raster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    split, paths = planted(0, side=20), []
    for name, patches in (("train", split.train), ("test", split.test)):
        shapes = footprints(patches, 20, "EPSG:4326")
        frame = geopandas.GeoDataFrame({"n": range(len(shapes))}, geometry=shapes, crs="EPSG:4326")
        paths.append(str(tmp_path / f"{name}.{suffix}"))
        frame.to_parquet(paths[-1]) if suffix == "parquet" else frame.to_file(paths[-1])
    for more in ([], ["--raster", raster]):
        code, found = audited(capsys, *paths, *more)
        assert (code, found["pairs"][0]["overlapping_pairs"]) == (SHARED, len(split.shared()))


def test_one_file_is_split_by_a_column_with_train_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = planted(1)
    shapes = footprints(np.vstack([split.test, split.train]), split.side, UTM)
    fold = ["test"] * len(split.test) + ["train"] * len(split.train)
    ids = [f"patch {n}" for n in range(len(fold))]
    path, out = str(tmp_path / "all.gpkg"), tmp_path / "pairs.csv"
    frame = geopandas.GeoDataFrame({"fold": fold, "called": ids}, geometry=shapes, crs=UTM)
    frame.to_file(path)
    code, found = audited(capsys, path, "--split", "fold", "--id", "called", "--output", str(out))
    assert code == SHARED
    assert found["pairs"][0]["sets"] == ["train", "test"]
    assert found["pairs"][0]["overlapping_pairs"] == len(split.shared())
    table = pd.read_csv(out)
    assert set(table["id"]) == {ids[len(split.test) + one] for one, _ in split.shared()}
    assert "'none'" in refused(capsys, path, "--split", "fold", "--name", "train", "none")
    assert "column fold2" in refused(capsys, path, "--split", "fold2")
    assert "one set" in refused(capsys, path)


def test_three_sets_are_compared_two_by_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, test = clean_split(2).write(tmp_path, UTM, UTM)
    val = str(tmp_path / "val.gpkg")
    geopandas.read_file(test)[:2].to_file(val)
    code, found = audited(capsys, train, val, test, "--name", "a", "b", "c")
    assert code == SHARED
    verdicts = {tuple(pair["sets"]): pair["verdict"] for pair in found["pairs"]}
    assert verdicts[("b", "c")] == "shared"
    assert verdicts[("a", "c")] == "touching"
    assert found["pairs"][2]["overlapping_pairs"] == 2


def test_points_stand_for_squares_of_metres_or_pixels(
    tmp_path: Path, raster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    split = planted(4)
    truth, paths = split.shared(), []
    for name, patches in (("train", split.train), ("test", split.test)):
        rows, cols = (patches + split.side / 2).T
        shapes = shapely.points(np.stack(GRID @ (cols, rows), axis=-1))
        frame = geopandas.GeoDataFrame(geometry=shapes, crs=UTM)
        paths.append(str(tmp_path / f"{name}.gpkg"))
        (frame if name == "train" else frame.to_crs("EPSG:4326")).to_file(paths[-1])
    for crs in (UTM, "EPSG:4326"):
        frame = geopandas.read_file(paths[1])
        frame.to_crs(crs).to_file(paths[1])
        out = str(tmp_path / "pairs.csv")
        audited(capsys, *paths, "--size", "40px", "--raster", raster, "--output", out)
        assert listed(Path(out)) == truth
    code, _ = audited(capsys, *paths, "--size", "1200", "--tolerance", "15")
    # Squares that face north do not lie as those of the zone do: they overlap at corners.
    assert code == SHARED
    assert "--size" in refused(capsys, *paths)
    assert "--raster" in refused(capsys, *paths, "--size", "40px")
    assert "40.5px" in refused(capsys, *paths, "--size", "40.5px", "--raster", raster)


def test_what_is_wrong_with_rows_is_told_and_what_repeats(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = clean_split(5)
    train, test = split.write(tmp_path, UTM, UTM)
    frame = geopandas.read_file(train)
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    bow = shapely.transform(bow, lambda p: p + np.array([7e5, 4.6e6]))
    odd = [None, shapely.Polygon(), bow, shapely.LineString([(7e5, 4e6), (7.1e5, 4e6)])]
    shapes = [*frame.geometry, *odd, frame.geometry[0], frame.geometry[0]]
    geopandas.GeoDataFrame(geometry=shapes, crs=UTM).to_parquet(tmp_path / "train.parquet")
    code, found = audited(capsys, str(tmp_path / "train.parquet"), test)
    assert code == SEPARATE
    n = len(frame)
    (told, _) = found["sets"]
    assert told["footprints"] == n + 3
    assert told["faults"] == {
        "without a shape, left out": [n, n + 1],
        "not valid, repaired": [n + 2],
        "without an area, left out": [n + 3],
    }
    assert told["duplicates"] == 2
    assert told["overlapping_pairs"] == 3  # of three that are the same
    assert any(f"rows {n + 4}, {n + 5}" in note for note in found["notes"])


def test_edges_that_bend_are_undecided_without_a_raster(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Footprints of 200 km: corners alone do not tell where their edges run."""
    side, paths = 200_000, []
    grid = from_origin(-1_000_000, 3_000_000, 1000, 1000)
    for name, (x, y) in (("a", (0, 0)), ("b", (side, side / 2))):
        square = shapely.box(x, y, x + side, y + side)
        moved = shapely.transform(square, lambda p: p + np.array([-1e6, 2.5e6]))
        frame = geopandas.GeoDataFrame(geometry=[moved], crs="EPSG:5070").to_crs("EPSG:4326")
        paths.append(str(tmp_path / f"{name}.gpkg"))
        frame.to_file(paths[-1])
    code, found = audited(capsys, *paths, "--tolerance", "10")
    assert (code, found["verdict"]) == (SHARED, "undecided")
    raster = write_raster(tmp_path / "raster.tif", grid, 2000, 2000, "EPSG:5070")
    code, found = audited(capsys, *paths, "--raster", raster)
    assert (code, found["verdict"]) == (SEPARATE, "touching")


def test_the_antimeridian_and_the_poles_are_places_like_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    across = shapely.Polygon([(179.9, 10), (-179.9, 10), (-179.9, 10.2), (179.9, 10.2)])
    cut = shapely.MultiPolygon(
        [shapely.box(179.9, -10, 180, -9.8), shapely.box(-180, -10, -179.9, -9.8)]
    )
    others = [shapely.box(-180, 10.1, -179.8, 10.3), shapely.box(180.05, -9.9, 180.1, -9.7)]
    cap = shapely.box(-180, 89, 180, 90)
    plane = geopandas.GeoDataFrame(geometry=[shapely.box(-1e5, -1e5, 1e4, 1e4)], crs="EPSG:3413")
    paths = [str(tmp_path / name) for name in ("a.gpkg", "b.gpkg", "pole.gpkg")]
    geopandas.GeoDataFrame(geometry=[across, cut, cap], crs="EPSG:4326").to_file(paths[0])
    geopandas.GeoDataFrame(geometry=others, crs="EPSG:4326").to_file(paths[1])
    plane.to_file(paths[2])
    code, found = audited(capsys, *paths)
    assert code == SHARED
    by_sets = {tuple(pair["sets"]): pair["overlapping_pairs"] for pair in found["pairs"]}
    assert by_sets == {("a", "b"): 2, ("a", "pole"): 1, ("b", "pole"): 0}
    assert found["sets"][0]["faults"] == {"across the antimeridian, joined there": [1, 2]}


def test_each_bad_input_is_told_in_a_message_with_its_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, test = clean_split(0).write(tmp_path, UTM, UTM)
    frame = geopandas.read_file(train)
    bare, empty, layers = (str(tmp_path / f"{name}.gpkg") for name in ("bare", "empty", "layers"))
    frame.set_crs(None, allow_override=True).to_file(bare)
    frame[:0].to_file(empty)
    frame.to_file(layers, layer="one")
    frame.to_file(layers, layer="two")
    degrees = str(tmp_path / "degrees.gpkg")
    frame.set_crs("EPSG:4326", allow_override=True).to_file(degrees)
    (tmp_path / "folder").mkdir()
    (tmp_path / "table.csv").write_text("a\n1\n")
    (tmp_path / "list.txt").write_text("nowhere.tif\n")
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "width": 2, "height": 2}
    with rasterio.open(tmp_path / "plain.tif", "w", **profile):
        pass
    far = write_raster(tmp_path / "far.tif", from_origin(0, 0, 10, 10), 9, 9, "EPSG:3857")
    for words, expected in {
        (train, str(tmp_path / "tets.gpkg")): "did you mean",
        (bare, test): "has no CRS",
        (empty, test): "has no rows",
        (layers, test): "(one, two); name one, as --layer",
        (layers, test, "--layer", "three"): "its layers are one, two",
        (degrees, test): "is no place of WGS 84",
        (train, str(tmp_path / "folder")): "holds no rasters",
        (train, str(tmp_path / "table.csv")): "is of no kind that is read",
        (train, str(tmp_path / "list.txt")): "lists nowhere.tif",
        (train, str(tmp_path / "plain.tif")): "has no CRS",
        (train, train): "is given twice",
        (train, test, "--raster", str(tmp_path / "plain.tif")): "--raster: ",
        (train, test, "--raster", far): "none of the footprints lies on it",
        (train, str(tmp_path / "list.shp")): "no such file",
        (train, test, "--id", "name"): "has no column name",
        (train, test, "--name", "a"): "1 names for 2 sets",
        (train, test, "--within", "-1"): "--within: -1",
        (train, test, "--tolerance", "0"): "--tolerance: 0",
        (train, test, "--output", "pairs.txt"): "neither .csv nor .gpkg",
    }.items():
        message = refused(capsys, *words)
        assert expected in message, message
        assert "Traceback" not in message
    both = refused(capsys, bare, str(tmp_path / "empty.gpkg"))
    assert "has no CRS" in both
    assert "has no rows" in both
    code, _ = audited(capsys, bare, test, "--crs", UTM)
    assert code == SEPARATE


def test_a_crs_is_for_files_without_one_and_refused_where_all_tell_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, test = clean_split(0).write(tmp_path, UTM, "EPSG:4326")
    bare = str(tmp_path / "bare.gpkg")
    geopandas.read_file(train).set_crs(None, allow_override=True).to_file(bare)
    code, _ = audited(capsys, bare, test, "--crs", UTM)
    assert code == SEPARATE
    message = refused(capsys, train, test, "--crs", UTM)
    assert message == (
        f"--crs: {UTM!r} is given, but {test} is in EPSG:4326; leave it out: it is for files that "
        "do not tell theirs"
    )


def test_a_list_that_is_cut_says_so_and_all_pairs_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    corners = np.array([[80, 120], [200, 200]])
    paths = Split(corners, corners, 40).write(tmp_path, UTM, UTM)
    out = str(tmp_path / "pairs.csv")
    _, whole = audited(capsys, *paths, "--output", out)
    assert (len(pd.read_csv(out)), whole["notes"]) == (2, [])
    monkeypatch.setattr("landloom.audit.audit.MOST_LISTED", 1)
    _, cut = audited(capsys, *paths, "--output", out)
    assert len(pd.read_csv(out)) == 1
    assert cut["notes"] == ["--output lists 1 of the 2 pairs; all are counted here"]
    assert cut["pairs"] == whole["pairs"]


def test_the_text_says_what_was_found(
    tmp_path: Path, raster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    split = Split(np.array([[80, 120], [200, 200]]), np.array([[119, 159]]), 40)
    paths = split.write(tmp_path, UTM, "EPSG:4326")
    assert main([*paths, "--raster", raster, "--within", "5"]) == SHARED
    told = capsys.readouterr().out
    assert told.startswith("SHARED: pixels are in more than one set\n")
    assert "1 pairs overlap, 1 pixels, 90" in told
    assert "100.0% of test lies within 5 km of train" in told
    assert "exact, pixel by pixel" in told


def test_layers_of_the_list_can_be_read_by_gdal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where there is nothing to list."""
    paths = clean_split(1).write(tmp_path, UTM, UTM)
    out = tmp_path / "pairs.gpkg"
    audited(capsys, *paths, "--output", str(out))
    assert pyogrio.read_info(out)["features"] == 0
