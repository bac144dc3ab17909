"""Reference labels from a raster: the exact population, and the draw from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rasterio
import rasterio.warp
from affine import Affine
from rasters import LONLAT, UTM, classes_table, embed, write
from scipy import stats

from landloom.errors import LandloomError
from landloom.legend.classes import classes_of, read_classes
from landloom.legend.legends import NLCD, Entry
from landloom.map.embedding import EmbeddingInfo
from landloom.map.embedding_header import inspect
from landloom.map.points import Points, allocate
from landloom.map.reference_raster import ReferenceRaster, points_from_raster
from landloom.map.shares import Shares
from landloom.map.zones import ZonedEmbedding
from landloom.raster import coverage


def population(
    paths: Iterable[Path], info: EmbeddingInfo, valid: np.ndarray
) -> tuple[dict[tuple[float, float], int], int]:
    """Find every pixel that may be drawn, from whole arrays and by GDAL's transformations.

    Gives the class by lon/lat, and the number of pixels on the embedding but not on its data.
    """
    found: dict[tuple[float, float], int] = {}
    void = 0
    before: list[tuple[Any, Any, np.ndarray]] = []
    for path in paths:
        with rasterio.open(path) as source:
            codes, known = source.read(1), source.read_masks(1) > 0
            rows, cols = np.nonzero(known)
            xs, ys = source.xy(rows, cols)
        free = np.ones(rows.size, bool)
        for transform, crs, mask in before:
            free &= look_up(mask, transform, rasterio.warp.transform(source.crs, crs, xs, ys)) != 1
        there = look_up(
            valid, info.grid.transform, rasterio.warp.transform(source.crs, info.grid.wkt, xs, ys)
        )
        void += np.count_nonzero(free & (there == 0))
        lons, lats = np.round(rasterio.warp.transform(source.crs, LONLAT, xs, ys), 9)
        for index in np.flatnonzero(free & (there == 1)):
            found[lons[index], lats[index]] = int(codes[rows[index], cols[index]])
        before.append((source.transform, source.crs, known))
    return found, void


def look_up(mask: np.ndarray, transform: Affine, points: Any) -> np.ndarray:
    """Give 1 for points on data of a raster, 0 for others on it, and -1 for points off it."""
    cols, rows = np.floor(~transform @ tuple(np.array(axis) for axis in points)).astype(int)
    on = (rows >= 0) & (rows < mask.shape[0]) & (cols >= 0) & (cols < mask.shape[1])
    answer = np.full(rows.size, -1)
    answer[on] = mask[rows[on], cols[on]]
    return answer


def places(points: Points) -> dict[tuple[float, float], int]:
    frame = points.frame
    keys = zip(frame["lon"].round(9), frame["lat"].round(9), strict=True)
    return dict(zip(keys, frame["label"], strict=True))


def points_from(
    paths: Path | list[Path], info: EmbeddingInfo, n: int, seed: int, band: int = 1, **options: Any
) -> Points:
    files = [paths] if isinstance(paths, Path) else paths
    reference, embedding = ReferenceRaster(files, band), ZonedEmbedding.alone(info)
    return points_from_raster(reference, embedding, n, seed, **options)


def same(one: Points, two: Points) -> bool:
    return one.frame.equals(two.frame) and one.dropped == two.dropped


STEP = 0.0002


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A bottom-up embedding in UTM with holes, and a reference in lon/lat that overhangs it."""
    folder = tmp_path_factory.mktemp("world")
    rng = np.random.default_rng(11)
    valid = np.kron(rng.random((9, 8)) < 0.75, np.ones((8, 8), bool))
    valid &= rng.random(valid.shape) < 0.9
    info = embed(folder / "embedding.tif", valid, Affine(20, 0, 502_000, 0, 20, 5_540_000))
    codes = rng.choice([0, 10, 20, 30, 200], (75, 130), p=[0.1, 0.5, 0.25, 0.14, 0.01])
    transform = Affine(STEP, 0, 3.0241, 0, -STEP, 50.0222)
    path = write(folder / "codes.tif", codes.astype("uint8"), transform, LONLAT, nodata=0)
    found, void = population([path], info, valid)
    assert 2000 < len(found) < codes.size / 2
    return {"info": info, "valid": valid, "path": path, "population": found, "void": void,
            "folder": folder, "codes": codes.astype("uint8"), "transform": transform}  # fmt: skip


@pytest.mark.parametrize("n", [1, 37, 1000])
def test_counts_are_the_allocation_of_the_population(world: dict[str, Any], n: int) -> None:
    points = points_from(world["path"], world["info"], n, 42)
    drawn = places(points)
    assert len(drawn) == len(points.frame) == n
    assert drawn.items() <= world["population"].items()
    draws = allocate(Counter(world["population"].values()), n)
    assert Counter(drawn.values()) == {value: draw for value, draw in draws.items() if draw}
    assert points.dropped == {"reference pixels without embedding data": world["void"]}


def test_all_are_taken_when_there_are_too_few(world: dict[str, Any]) -> None:
    points = points_from(world["path"], world["info"], 10**6, 42)
    assert places(points) == world["population"]
    assert "all" in points.notes[0]
    assert str(len(world["population"])) in points.notes[0]


def test_the_columns_of_a_point(world: dict[str, Any]) -> None:
    points = points_from(world["path"], world["info"], 500, 1)
    frame, info = points.frame, world["info"]
    assert list(frame) == ["lon", "lat", "x", "y", "row", "col", "source", "label"]
    xs, ys = rasterio.warp.transform(LONLAT, info.grid.wkt, frame["lon"], frame["lat"])
    np.testing.assert_allclose(frame[["x", "y"]], np.transpose([xs, ys]), atol=1e-4)
    rows, cols = rasterio.transform.rowcol(info.grid.transform, frame["x"], frame["y"])
    assert frame["row"].tolist() == list(rows)
    assert frame["col"].tolist() == list(cols)
    assert world["valid"][frame["row"], frame["col"]].all()
    assert frame["source"].tolist() == [str(label) for label in frame["label"]]
    assert points.classes == {value: Entry(str(value)) for value in (10, 20, 30, 200)}


def layouts(world: dict[str, Any]) -> dict[str, list[Path]]:
    """Store the same codes in other ways."""
    folder, codes, transform = world["folder"], world["codes"], world["transform"]
    kinds: dict[str, Any] = {
        "strips": {"blockysize": 1},
        "small tiles": {"tiled": True, "blockxsize": 16, "blockysize": 16},
        "wide tiles": {"tiled": True, "blockxsize": 128, "blockysize": 32},
    }
    found = {
        name: [write(folder / f"{name}.tif", codes, transform, LONLAT, nodata=0, **options)]
        for name, options in kinds.items()
    }
    wide = codes.astype("int32")
    found["a wider type"] = [write(folder / "wide.tif", wide, transform, LONLAT, nodata=0)]
    floats = np.where(codes == 0, np.nan, codes).astype("float32")
    found["floats"] = [write(folder / "f.tif", floats, transform, LONLAT, nodata=np.nan)]
    parts = []
    for rows in (slice(0, 31), slice(31, None)):
        for cols in (slice(0, 77), slice(77, None)):
            shift = Affine.translation(cols.start, rows.start)
            name = folder / f"part-{rows.start}-{cols.start}.tif"
            parts.append(write(name, codes[rows, cols], transform @ shift, LONLAT, nodata=0))
    found["four files"] = parts
    found["four files, reversed"] = parts[::-1]
    found["files that overlap"] = [parts[2], world["path"], parts[1]]
    return found


def test_the_points_do_not_depend_on_how_the_raster_is_stored(world: dict[str, Any]) -> None:
    expected = points_from(world["path"], world["info"], 700, 42)
    for name, paths in layouts(world).items():
        points = points_from(paths, world["info"], 700, 42)
        # A part's origin is rounded in its own header, so coordinates differ in the last digits.
        pd.testing.assert_frame_equal(points.frame, expected.frame, rtol=1e-12, obj=name)
        assert points.dropped == expected.dropped


@pytest.mark.parametrize("window", [7, 64, 100])
@pytest.mark.parametrize("most", [50, 2**24])
def test_the_points_do_not_depend_on_the_windows(
    world: dict[str, Any], monkeypatch: pytest.MonkeyPatch, window: int, most: int
) -> None:
    expected = points_from(world["path"], world["info"], 700, 42)
    monkeypatch.setattr(coverage.Coverage, "_most", most)
    points = points_from(world["path"], world["info"], 700, 42, window=window)
    assert same(points, expected)


def test_a_smaller_draw_is_the_beginning_of_a_larger_one_in_each_class(
    world: dict[str, Any],
) -> None:
    small = points_from(world["path"], world["info"], 100, 42)
    large = points_from(world["path"], world["info"], 1000, 42)
    for value in (10, 20, 30):
        some, more = (p.frame[p.frame["label"] == value] for p in (small, large))
        assert some.reset_index(drop=True).equals(more.head(len(some)).reset_index(drop=True))


def test_the_seed_chooses(world: dict[str, Any]) -> None:
    draws = [places(points_from(world["path"], world["info"], 300, s)) for s in (1, 2)]
    both = draws[0].keys() & draws[1].keys()
    share = 300 / len(world["population"])
    assert len(both) < 300 * share + 5 * np.sqrt(300 * share)


def test_every_pixel_of_a_class_is_as_likely_and_neighbours_do_not_matter(tmp_path: Path) -> None:
    """Inclusion counts over many seeds, against sampling without replacement."""
    side, seeds = 12, 150
    codes = np.ones((side, side), "uint8")
    codes[::3, ::2] = 2
    transform = Affine(10, 0, 500_000, 0, -10, 5_600_000)
    path = write(tmp_path / "codes.tif", codes, transform, UTM)
    info = embed(tmp_path / "embedding.tif", np.ones((side, side), bool), transform)
    chosen = np.zeros((seeds, side, side), bool)
    for seed in range(seeds):
        frame = points_from(path, info, 48, seed).frame
        chosen[seed, frame["row"], frame["col"]] = True
    for value, draws in ((1, 40), (2, 8)):
        members = codes == value
        taken = chosen[:, members]
        size = taken.shape[1]
        assert (taken.sum(axis=1) == draws).all()
        share = draws / size
        times = taken.sum(axis=0)
        spread = ((times - seeds * share) ** 2).sum() / (seeds * share * (1 - share))
        assert 0.001 < stats.chi2.sf(spread * (size - 1) / size, size - 1) < 0.999
    ones = codes == 1
    for axis in (1, 2):
        pair = np.logical_and(np.roll(chosen & ones, 1, axis), chosen & ones)
        possible = np.logical_and(np.roll(ones, 1, axis - 1), ones).sum()
        expected = seeds * possible * (40 * 39) / (120 * 119)
        assert abs(pair.sum() - expected) < 4 * np.sqrt(expected)


def test_a_class_is_drawn_evenly_over_its_ground(tmp_path: Path) -> None:
    side = 256
    codes = np.random.default_rng(0).choice([1, 2], (side, side), p=[0.9, 0.1]).astype("uint8")
    transform = Affine(10, 0, 500_000, 0, -10, 5_600_000)
    path = write(tmp_path / "codes.tif", codes, transform, UTM)
    info = embed(tmp_path / "embedding.tif", np.ones((side, side), bool), transform)
    frame = points_from(path, info, 6000, 7).frame
    for value in (1, 2):
        own = frame[frame["label"] == value]
        cell = own["row"] // 32 * 8 + own["col"] // 32
        drawn = np.bincount(cell, minlength=64)
        there = (codes == value).reshape(8, 32, 8, 32).sum(axis=(1, 3)).ravel()
        assert stats.chisquare(drawn, there / there.sum() * len(own)).pvalue > 0.001
        for bits in (own["row"] % 8, own["col"] % 8, (own["row"] + own["col"]) % 8):
            assert stats.chisquare(np.bincount(bits, minlength=8)).pvalue > 0.001
    order = frame["label"].to_numpy() == 2  # the order is random too, not class by class
    assert abs(order[:3000].sum() - order[3000:].sum()) < 4 * np.sqrt(order.sum())


@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        (UTM, Affine(20, 0, 502_000, 0, -20, 5_542_000)),
        (UTM, Affine(20, 6, 502_000, 4, -18, 5_541_500)),  # sheared
        (LONLAT, Affine(0.0003, 0, 3.03007, 0, 0.0002, 50.00603)),  # geographic, bottom-up
        ("EPSG:3035", Affine(25, 0, 3_821_000, 0, -25, 3_013_500)),
        (UTM, Affine(400, 0, 502_000, 0, -400, 5_542_000)),  # far coarser than the reference
        (UTM, Affine(3, 0, 502_300, 0, -3, 5_541_000)),  # far finer
    ],
)
def test_the_population_on_any_grid(
    world: dict[str, Any], tmp_path: Path, crs: str, transform: Affine
) -> None:
    valid = np.random.default_rng(5).random((90, 110)) < 0.6
    info = embed(tmp_path / "embedding.tif", valid, transform, crs)
    found, void = population([world["path"]], info, valid)
    assert found
    points = points_from(world["path"], info, 10**6, 1)
    assert places(points) == found
    assert points.dropped.get("reference pixels without embedding data", 0) == void
    some = points_from(world["path"], info, 100, 1, window=50)
    assert some.frame.equals(points_from(world["path"], info, 100, 1).frame)


@pytest.mark.parametrize("window", [8, 1024])
def test_large_voids_are_counted(world: dict[str, Any], tmp_path: Path, window: int) -> None:
    valid = np.ones((72, 64), bool)
    valid[:, 30:] = False
    info = embed(tmp_path / "e.tif", valid, world["info"].grid.transform)
    found, void = population([world["path"]], info, valid)
    points = points_from(world["path"], info, 10**6, 1, window=window)
    assert places(points) == found
    assert points.dropped == {"reference pixels without embedding data": void}


def test_an_embedding_of_tiles(world: dict[str, Any], tmp_path: Path) -> None:
    info, valid = world["info"], world["valid"]
    paths = []
    for rows in (slice(0, 30), slice(30, None)):
        transform = info.grid.transform @ Affine.translation(0, rows.start)
        part = embed(tmp_path / f"{rows.start}.tif", valid[rows], transform)
        paths.append(part.tiles[0].path)
    points = points_from(world["path"], inspect(paths[::-1]), 500, 3)
    assert same(points, points_from(world["path"], info, 500, 3))


def test_files_of_different_crs_are_one_mosaic_and_the_first_goes_before(
    world: dict[str, Any], tmp_path: Path
) -> None:
    rng = np.random.default_rng(8)
    codes = rng.choice([0, 1, 2], (60, 50)).astype("uint8")
    transform = Affine(17, 0, 502_400, 0, -17, 5_541_100)
    over = write(tmp_path / "over.tif", codes, transform, UTM, nodata=0)
    for paths in ([over, world["path"]], [world["path"], over]):
        found, void = population(paths, world["info"], world["valid"])
        points = points_from(paths, world["info"], 10**6, 42)
        assert len(points.frame) == len(found)
        assert places(points) == found
        assert points.dropped == {"reference pixels without embedding data": void}
        assert {1, 2, 10, 20} <= set(points.frame["label"])


def test_across_the_antimeridian(tmp_path: Path) -> None:
    valid = np.random.default_rng(0).random((60, 80)) < 0.7
    place = Affine(50_000, 0, 1_100_000, 0, -50_000, 3_000_000)  # 160° E to 164° W
    info = embed(tmp_path / "e.tif", valid, place, "EPSG:3832")
    codes = np.random.default_rng(1).choice([1, 2, 3], (60, 60)).astype("uint8")
    paths = [
        write(tmp_path / "w.tif", codes, Affine(0.5, 0, 150, 0, -0.5, 27.3), LONLAT),
        write(tmp_path / "e2.tif", codes, Affine(0.5, 0, -180, 0, -0.5, 27.3), LONLAT),
    ]
    found, _ = population(paths, info, valid)
    assert {lon > 0 for lon, _ in found} == {True, False}
    assert places(points_from(paths, info, 10**6, 1)) == found


def test_an_embedding_of_the_globe(tmp_path: Path) -> None:
    """Seen from the reference's projection, the globe's edge encloses nothing of sense."""
    valid = np.random.default_rng(0).random((180, 360)) < 0.7
    info = embed(tmp_path / "e.tif", valid, Affine(1, 0, -180, 0, -1, 90), LONLAT)
    codes = np.random.default_rng(1).choice([1, 2], (70, 80)).astype("uint8")
    place = Affine(20_000, 0, -300_000, 0, -20_000, 5_800_000)
    path = write(tmp_path / "c.tif", codes, place, UTM)
    found, void = population([path], info, valid)
    points = points_from(path, info, 10**6, 1)
    assert places(points) == found
    assert points.dropped == {"reference pixels without embedding data": void}


def test_a_reference_that_leaves_the_embeddings_projection(tmp_path: Path) -> None:
    """The far side of the globe has no place in an orthographic view, written out by hand."""
    radius, size = 6_371_000, 130
    valid = np.random.default_rng(0).random((size, size)) < 0.7
    view = Affine(100_000, 0, -size * 50_000, 0, -100_000, size * 50_000)
    info = embed(tmp_path / "e.tif", valid, view, f"+proj=ortho +lat_0=40 +lon_0=10 +R={radius}")
    step = 1.5
    codes = np.ones((120, 240), "uint8")
    path = write(
        tmp_path / "c.tif", codes, Affine(step, 0, -180, 0, -step, 90),
        f"+proj=longlat +R={radius}",
    )  # fmt: skip
    lon = np.radians(-180 + step * (np.arange(240) + 0.5) - 10)[None, :]
    lat = np.radians(90 - step * (np.arange(120) + 0.5))[:, None]
    sin, cos = np.sin(np.radians(40)), np.cos(np.radians(40))
    near = sin * np.sin(lat) + cos * np.cos(lat) * np.cos(lon) > 0
    x = radius * np.cos(lat) * np.sin(lon)
    y = radius * (cos * np.sin(lat) - sin * np.cos(lat) * np.cos(lon))
    there = look_up(valid, view, (x[near], y[near])) == 1
    for window in (1024, 100):
        frame = points_from(path, info, 10**6, 1, window=window).frame
        assert len(frame) == there.sum()
        xs, ys = np.sort(x[near][there]), np.sort(y[near][there])
        np.testing.assert_allclose(np.sort(frame["x"]), xs, atol=0.01)
        np.testing.assert_allclose(np.sort(frame["y"]), ys, atol=0.01)


def test_other_bands_wide_codes_and_bytes_below_zero(tmp_path: Path) -> None:
    transform = Affine(10, 0, 500_000, 0, -10, 5_600_000)
    info = embed(tmp_path / "e.tif", np.ones((20, 20), bool), transform)
    codes = np.random.default_rng(0).choice([-2_000_000_000, -7, 2_000_000_000], (20, 20))
    path = write(
        tmp_path / "c.tif", np.stack([codes * 0, codes]).astype("int32"), transform, UTM, nodata=-7
    )
    (tmp_path / "c.csv").write_text("code,value\n-2000000000,1\n2000000000,2\n")
    points = points_from(path, info, 10**6, 1, band=2, table=read_classes(tmp_path / "c.csv"))
    assert Counter(points.frame["source"]) == {
        "-2000000000": (codes == -2_000_000_000).sum(),
        "2000000000": (codes == 2_000_000_000).sum(),
    }
    assert ((points.frame["source"] == "2000000000") == (points.frame["label"] == 2)).all()


def test_pixel_centres_on_pixel_corners_go_to_one_side(tmp_path: Path) -> None:
    """Pixels over ones of half their size, with steps that binary fractions cannot hold."""
    step = 1 / 3
    info = embed(tmp_path / "e.tif", np.ones((40, 40), bool), Affine(step, 0, 0.3, 0, -step, 0.7))
    codes = np.ones((20, 20), "uint8")
    path = write(tmp_path / "c.tif", codes, Affine(2 * step, 0, 0.3, 0, -2 * step, 0.7), UTM)
    frame = points_from(path, info, 400, 1).frame
    assert sorted(set(frame["row"])) == sorted(set(frame["col"])) == list(range(1, 40, 2))


def test_codes_become_values_and_missing_ones_are_counted(
    world: dict[str, Any], tmp_path: Path
) -> None:
    classes = classes_table(tmp_path, "code,value,name\n10,7,Trees\n30,7,\n20,1,Scrub\n99,3,Ice\n")
    points = points_from(world["path"], world["info"], 400, 42, table=classes)
    counts = Counter(world["population"].values())
    draws = allocate({7: counts[10] + counts[30], 1: counts[20]}, 400)
    assert Counter(points.frame["label"]) == draws
    mapped = points.frame["source"].map({"10": 7, "30": 7, "20": 1})
    assert (mapped == points.frame["label"]).all()
    assert points.classes == {1: Entry("Scrub"), 7: Entry("Trees")}
    reason = "reference pixels of code 200, not in the classes table"
    assert points.dropped[reason] == counts[200]
    assert f"{counts[200]} {reason}: left out" in points.notes
    tens = (points.frame["source"] == "10").sum()
    share = counts[10] / (counts[10] + counts[30])
    assert abs(tens - draws[7] * share) < 4 * np.sqrt(draws[7] * share * (1 - share))


def test_a_rare_class_is_found_in_the_same_pass(world: dict[str, Any]) -> None:
    """Each class keeps pixels by keys of their own, so the others' do not hang on how many."""
    zoned, counts = ZonedEmbedding.alone(world["info"]), Counter(world["population"].values())
    proportional = points_from(world["path"], world["info"], 40, 42)
    assert proportional.proportional
    plain = proportional.frame
    for shares in (Shares(5), Shares(None, "equal"), Shares(None, {"200": 3})):
        reference = ReferenceRaster([world["path"]], shares=shares)
        points = points_from_raster(reference, zoned, 40, 42)
        assert not points.proportional
        frame = points.frame
        drawn = Counter(frame["label"].tolist())
        names = {str(code): code for code in counts}
        assert drawn == shares.draws(counts, 40, names, "map.reference")
        assert drawn[200] > 0
        for code in counts:
            few, many = sorted(
                (part.loc[part["label"] == code, ["row", "col"]] for part in (plain, frame)),
                key=len,
            )
            assert many[: len(few)].to_numpy().tolist() == few.to_numpy().tolist()
    with pytest.raises(
        LandloomError, match=r"map\.reference: 40 cannot give each of \d classes 30"
    ):
        points_from_raster(ReferenceRaster([world["path"]], shares=Shares(30)), zoned, 40, 42)


def test_a_class_too_small_for_a_point_is_named(world: dict[str, Any]) -> None:
    points = points_from(world["path"], world["info"], 20, 42)
    assert 200 not in points.classes
    assert any(note.startswith("class 200 gets no point") for note in points.notes)


def test_rasters_that_cannot_be_drawn_from(world: dict[str, Any], tmp_path: Path) -> None:
    info = world["info"]
    place = world["transform"], LONLAT

    def draw(path: Any, **options: Any) -> None:
        points_from(path, info, 100, 1, **options)

    codes = world["codes"]
    with pytest.raises(LandloomError, match=r"reference\.band: .*codes.tif has 1 bands, but no ba"):
        draw(world["path"], band=2)
    with pytest.raises(LandloomError, match=r"missing\.tif: cannot be opened"):
        draw(tmp_path / "missing.tif")
    with pytest.raises(LandloomError, match="list of files is empty"):
        draw([])
    with pytest.raises(LandloomError, match=r"f.tif holds fractions such as 0\.37"):
        draw(write(tmp_path / "f.tif", np.full(codes.shape, 0.37, "float32"), *place))
    many = np.arange(codes.size).reshape(codes.shape).astype("uint16")
    with pytest.raises(LandloomError, match="more than 1024 different codes"):
        draw(
            write(tmp_path / "m.tif", many, *place),
            table=classes_table(tmp_path, "code,value\n1,1\n"),
        )
    with pytest.raises(LandloomError, match="code 1100 does not fit into the map"):
        draw(write(tmp_path / "w.tif", np.full(codes.shape, 1100, "int16"), *place))
    with pytest.raises(LandloomError, match=r"none of the codes in .*: 10, 20, 30, 200; add"):
        draw(world["path"], table=classes_table(tmp_path, "code,value\n11,1\n"))
    high = (700 + np.arange(codes.size).reshape(codes.shape) % 300).astype("int16")
    told = r"none of the codes in .*: 700, 701, .*, 709, \.\.\. \(300 in all\); so many .* measured"
    own = classes_table(tmp_path, "code,value\n11,1\n")
    with pytest.raises(LandloomError, match=told):
        draw(write(tmp_path / "h.tif", high, *place), table=own)
    away = Affine(STEP, 0, 8, 0, -STEP, 50)
    with pytest.raises(LandloomError, match=r"no pixel with a class .*\(8.0000, 49.9850, 8.02"):
        draw(write(tmp_path / "a.tif", codes, away, LONLAT))
    with pytest.raises(LandloomError, match="no pixel with a class"):
        draw(write(tmp_path / "n.tif", codes * 0, *place, nodata=0))


def test_an_embedding_that_is_empty_below_the_reference(
    world: dict[str, Any], tmp_path: Path
) -> None:
    info = embed(tmp_path / "e.tif", np.zeros((72, 64), bool), world["info"].grid.transform)
    with pytest.raises(LandloomError, match="all fall on pixels without data"):
        points_from(world["path"], info, 100, 1)


def wrapped(lons: Iterable[float]) -> list[float]:
    return sorted(np.round((np.asarray(list(lons)) + 180) % 360 - 180, 6).tolist())


@pytest.mark.parametrize("west", [170, -190, -180, 0])
def test_longitudes_are_met_however_they_are_written(tmp_path: Path, west: float) -> None:
    """All lie across the antimeridian, or all round the Earth; only the numbers differ."""
    width = 360 if west in (-180, 0) else 20
    codes = np.random.default_rng(0).choice([1, 2, 3], (10, width)).astype("uint8")
    path = write(tmp_path / "c.tif", codes, Affine(1, 0, west, 0, -1, 5), LONLAT)
    halves = [
        write(tmp_path / "1.tif", np.ones((10, 10), "uint8"), Affine(1, 0, 170, 0, -1, 5), LONLAT),
        write(tmp_path / "2.tif", np.ones((10, 10), "uint8"), Affine(1, 0, -180, 0, -1, 5), LONLAT),
    ]
    for other in (170, -190):
        valid = np.ones((100, 200), bool)
        place = Affine(0.1, 0, other, 0, -0.1, 5)
        info = embed(tmp_path / f"{other}.tif", valid, place, LONLAT)
        for paths in ([path], halves, [*halves, path], [path, *halves]):
            for window in (7, 1024):
                frame = points_from(paths, info, 10**6, 1, window=window).frame
                assert len(frame) == 200
                assert not frame.duplicated(["row", "col"]).any()
                assert wrapped(frame["lon"]) == wrapped(np.repeat(np.arange(170.5, 190), 10))
                assert sorted(set(frame["col"])) == list(range(5, 200, 10))
    info = embed(
        tmp_path / "u.tif", np.ones((40, 60), bool), Affine(9_000, 0, 450_000, 0, -9_000, 400_000),
        "EPSG:32660",
    )  # fmt: skip
    frame = points_from(path, info, 10**6, 1).frame
    assert {lon < 0 for lon in wrapped(frame["lon"])} == {True, False}
    assert len(frame) == len(points_from(halves, info, 10**6, 1).frame)


def test_a_reference_in_0_to_360_meets_a_plane_in_the_west(tmp_path: Path) -> None:
    valid = np.random.default_rng(0).random((40, 50)) < 0.7
    place = Affine(20_000, 0, 200_000, 0, -20_000, 5_000_000)
    info = embed(tmp_path / "e.tif", valid, place, "EPSG:32610")
    codes = np.random.default_rng(1).choice([1, 2], (180, 360)).astype("uint8")
    turned = np.roll(codes, 180, axis=1)
    one = write(tmp_path / "1.tif", codes, Affine(1, 0, -180, 0, -1, 90), LONLAT)
    two = write(tmp_path / "2.tif", turned, Affine(1, 0, 0, 0, -1, 90), LONLAT)
    expected = points_from(one, info, 10**6, 1).frame
    frame = points_from(two, info, 10**6, 1).frame
    assert len(expected) > 20
    assert wrapped(frame["lon"]) == wrapped(expected["lon"])
    pixels = [sorted(zip(f["row"], f["col"], f["label"], strict=True)) for f in (expected, frame)]
    assert pixels[0] == pixels[1]


@pytest.mark.parametrize("void", [False, True])
def test_pixels_far_apart_are_looked_up_without_what_lies_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, void: bool
) -> None:
    """A reference much coarser than the embedding: what is held does not grow with the latter."""
    held = []
    whole = coverage.Coverage._mask

    def watched(self: coverage.Coverage, box: coverage.Box) -> np.ndarray:
        held.append(box.area)
        return whole(self, box)

    monkeypatch.setattr(coverage.Coverage, "_mask", watched)
    monkeypatch.setattr(coverage.Coverage, "_most", 5000)
    monkeypatch.setattr(EmbeddingInfo, "chunk", 64)
    valid = np.random.default_rng(0).random((700, 800)) < (0.6 if void else 1)
    info = embed(tmp_path / "e.tif", valid)
    codes = np.random.default_rng(1).choice([1, 2], (30, 30)).astype("uint8")
    place = Affine(230, 3, 500_010, -2, -240, 5_599_900)
    path = write(tmp_path / "c.tif", codes, place, UTM)
    found, missing = population([path], info, valid)
    points = points_from(path, info, 10**6, 1)
    assert places(points) == found
    assert points.dropped.get("reference pixels without embedding data", 0) == missing
    assert max(held, default=0) <= 5000


@pytest.mark.parametrize("lonlat", [True, False])
@pytest.mark.parametrize("window", [1024, 64])
def test_round_a_pole(tmp_path: Path, window: int, lonlat: bool) -> None:
    """What is near a pole lies in the middle of a polar view, at the edge of all others."""
    if lonlat:
        crs, place, shape = LONLAT, Affine(0.5, 0, -180, 0, -0.1, -87), (30, 720)
    else:  # equal-area cylinder: the pole is a line
        crs, place, shape = "EPSG:6933", Affine(1e5, 0, -173e5, 0, -1e3, -72.9e5), (30, 346)
    valid = np.ones(shape, bool)
    info = embed(tmp_path / "e.tif", valid, place, crs)
    codes = np.random.default_rng(1).choice([1, 2], (160, 150)).astype("uint8")
    view = Affine(10_000, 0, -703_000, 0, -10_000, 801_000)
    path = write(tmp_path / "c.tif", codes, view, "EPSG:3031")
    found, _ = population([path], info, valid)
    assert len(found) > 1000
    assert places(points_from(path, info, 10**6, 1, window=window)) == found


@pytest.mark.parametrize("window", [1024, 64])
def test_the_seam_of_a_projection(tmp_path: Path, window: int) -> None:
    """An embedding of the last pixels before the seam, below coarse ones on both sides of it."""
    end = 20_037_508.342789244
    info = embed(
        tmp_path / "e.tif", np.ones((400, 40), bool),
        Affine(500, 0, end - 20_000, 0, -500, 100_000), "EPSG:3857",
    )  # fmt: skip
    codes = np.ones((100, 100), "uint8")
    place = Affine(10_000, 0, 337_000, 0, -10_000, 500_000)
    path = write(tmp_path / "c.tif", codes, place, "EPSG:32660")
    found, _ = population([path], info, np.ones((400, 40), bool))
    assert found
    assert places(points_from(path, info, 10**6, 1, window=window)) == found


def test_a_file_that_is_cut_short_is_named(world: dict[str, Any], tmp_path: Path) -> None:
    codes = np.random.default_rng(0).integers(1, 9, (75, 130)).astype("uint8")
    whole = write(tmp_path / "w.tif", codes, world["transform"], LONLAT)
    path = tmp_path / "cut.tif"
    path.write_bytes(whole.read_bytes()[:6000])
    for paths in ([path], [world["path"], path], [path, world["path"]]):
        with pytest.raises(LandloomError) as caught:
            points_from(paths, world["info"], 100, 1)
        assert f"map.reference.raster: {path}: is damaged or cut short" in str(caught.value)
        assert "See previous exception" not in str(caught.value)
        assert "fetch it again" in str(caught.value)


@pytest.mark.parametrize("nodata", [None, -1])
def test_a_pixel_that_is_not_a_number_hides_nothing(
    world: dict[str, Any], tmp_path: Path, nodata: float | None
) -> None:
    codes = world["codes"].astype("float32")
    codes[codes == 0] = -1
    holes = codes.copy()
    holes[:40] = np.nan
    place = world["transform"], LONLAT
    above = write(tmp_path / "a.tif", holes, *place, nodata=-1)
    below = write(tmp_path / "b.tif", codes, *place, nodata=-1)
    if nodata is None:  # GDAL's own masks know nothing of what is not a number then
        holes[holes == -1] = np.nan
        above = write(tmp_path / "a.tif", holes, *place)
    points = points_from([above, below], world["info"], 10**6, 42)
    assert places(points) == world["population"]


def test_files_elsewhere_are_not_compared_with_one_another(
    world: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that work grows with the number of files, and not with its square."""
    expected = points_from(world["path"], world["info"], 300, 42)
    place = Affine(STEP, 0, 8, 0, -STEP, 50)
    paths = [write(tmp_path / f"{n}.tif", world["codes"], place, LONLAT) for n in range(4)]
    asked = []
    meets = coverage.PixelGrid.meets
    monkeypatch.setattr(
        coverage.PixelGrid, "meets", lambda *grids: asked.append(grids) or meets(*grids)
    )
    points = points_from([*paths, world["path"]], world["info"], 300, 42)
    assert not asked
    assert set(points.frame["label"]) == set(expected.frame["label"])


def test_another_built_in_legend_is_proposed(world: dict[str, Any], tmp_path: Path) -> None:
    """One cannot add a code to a legend that is built in."""
    nlcd = classes_of(NLCD)
    codes = np.where(world["codes"] > 20, 40, world["codes"])
    path = write(tmp_path / "c.tif", codes, world["transform"], LONLAT, nodata=0)
    with pytest.raises(LandloomError, match=r"is in the table: 10, 20, 40; did you mean worldcov"):
        points_from(path, world["info"], 100, 1, table=nlcd)
    codes[codes == 40] = 90  # a code of both, of other meanings
    path = write(tmp_path / "d.tif", codes, world["transform"], LONLAT, nodata=0)
    points = points_from(path, world["info"], 100, 1, table=nlcd)
    assert points.notes[-1].endswith("(map.reference.classes); did you mean worldcover?")
    codes[codes == 90] = 200
    path = write(tmp_path / "e.tif", codes, world["transform"], LONLAT, nodata=0)
    with pytest.raises(LandloomError, match="200; name a table of your own that maps them"):
        points_from(path, world["info"], 100, 1, table=nlcd)
