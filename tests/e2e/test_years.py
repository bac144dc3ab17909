"""Two years of the tiny world: one model, two maps, and areas that are compared with the truth."""

from __future__ import annotations

import copy
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rasterio
import yaml
from conftest import REPOSITORY, WORLD, Place
from once import made_once
from rasterio.windows import Window
from stac_items import check
from tiny_map import MAP_CONFIG

from landloom.demo.cover import worldcover_of
from landloom.demo.rasters import embedding_grid, land_cover, later_cover, write_embedding

pytestmark = pytest.mark.slow

SIZE = 96
YEARS = (2018, 2024)
TOWN = 50
POINTS = 500
"""Of each year."""


def config() -> dict[str, Any]:
    section = copy.deepcopy(MAP_CONFIG)
    section["map"]["embedding"] = {
        "raster": "in/embedding_{year}.tif", "years": list(YEARS), "encoding": "alphaearth",
    }  # fmt: skip
    section["map"]["reference"] = {
        "table": "in/points.csv", "year": "year", "classes": "worldcover"
    }  # fmt: skip
    section["map"]["samples"] = {"n": 600}
    return section


def truth() -> dict[int, np.ndarray]:
    """The class of each pixel of the embedding in each year."""
    grid, window = embedding_grid(WORLD, SIZE), Window(0, 0, SIZE, SIZE)
    before = land_cover(WORLD, *grid.lonlat(window))
    after = later_cover(before, grid, window)
    return {year: worldcover_of(cover) for year, cover in zip(YEARS, (before, after), strict=True)}


def write_points(path: Path) -> None:
    """Label random pixels of each year with what is there: many of them are the same in both."""
    rng = np.random.default_rng(5)
    lon, lat = embedding_grid(WORLD, SIZE).lonlat(Window(0, 0, SIZE, SIZE))
    frames = []
    for year, cover in truth().items():
        pixels = np.sort(rng.choice(SIZE**2 // 3, POINTS, replace=False)) * 3
        columns = {"lon": lon, "lat": lat, "class": cover}
        frame = pd.DataFrame({name: values.ravel()[pixels] for name, values in columns.items()})
        frames.append(frame.assign(year=year))
    pd.concat(frames).to_csv(path, index=False)


@pytest.fixture(scope="session")
def year_inputs(map_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        (folder / "in").mkdir()
        shutil.copy(map_inputs / "in/embedding.tif", folder / "in/embedding_2018.tif")
        write_embedding(WORLD, folder / "in/embedding_2024.tif", SIZE, later=True)
        write_points(folder / "in/points.csv")

    return made_once(tmp_path_factory, "year_inputs", make)


@pytest.fixture(scope="session")
def years(year_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A folder where both maps have been made. Not to be changed: take a copy."""

    def with_config(place: Place) -> Place:
        place.config = config()
        return place

    def make(folder: Path) -> None:
        run = with_config(Place(year_inputs).copy(folder / "place")).run()
        assert run.code == 0, run.output
        (folder / "said.txt").write_text(run.output)

    return with_config(Place(made_once(tmp_path_factory, "years", make) / "place"))


@pytest.fixture
def unmade(year_inputs: Path, tmp_path: Path) -> Place:
    """A folder where nothing has been made."""
    place = Place(year_inputs).copy(tmp_path / "place")
    place.config = config()
    return place


def band(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def maps(place: Place) -> dict[int, Path]:
    folders = {2018: place.results, 2024: place.results / "years/2024"}
    return {year: folder / "map/landcover.tif" for year, folder in folders.items()}


def test_both_maps_show_what_was_there(years: Place) -> None:
    found = {year: band(path) for year, path in maps(years).items()}
    there = truth()
    known = (found[2018] != 255) & (found[2024] != 255)
    for year in YEARS:
        assert (found[year] == there[year])[known].mean() > 0.85
    changed = (there[2018] != there[2024])[known]
    told = ((found[2024] == TOWN) & (found[2018] != TOWN))[known]
    assert (told & changed).sum() / (told | changed).sum() > 0.8


def test_areas_are_those_of_the_maps_and_near_the_truth(years: Place) -> None:
    table = pd.read_csv(years.results / "years/areas.csv")
    assert table.columns.tolist() == [
        "year", "value", "name", "color", "pixels", "hectares", "percent",
    ]  # fmt: skip
    there = truth()
    for year, path in maps(years).items():
        own, found = table[table["year"] == year].set_index("value"), band(path)
        assert own["pixels"].to_dict() == {v: (found == v).sum() for v in own.index}
        scale = own["hectares"] / own["pixels"].replace(0, np.nan)
        assert scale.dropna().between(0.00999, 0.01003).all()  # pixels of 10 m in UTM
        assert own["percent"].sum() == pytest.approx(100, abs=1e-3)
        known = found != 255
        for value, percent in own["percent"].items():
            assert percent == pytest.approx(100 * (there[year][known] == value).mean(), abs=4)
    town = table[table["value"] == TOWN].set_index("year")["percent"]
    assert town[2018] < 1
    assert town[2024] > 11  # 12.6 in truth


def test_the_maps_are_alike_but_for_what_they_show(years: Place) -> None:
    one, other = maps(years).values()
    with rasterio.open(one) as first, rasterio.open(other) as second:
        assert first.profile == second.profile
        assert first.colormap(1) == second.colormap(1)
        assert first.overviews(1) == second.overviews(1)
    assert Path(f"{one}.aux.xml").read_bytes() == Path(f"{other}.aux.xml").read_bytes()


def test_a_further_year_is_mapped_as_a_run_with_the_model_maps_it(
    years: Place, tmp_path: Path
) -> None:
    place = Place(years.folder).copy(tmp_path / "place")
    place.config = {
        "results": "alone",
        "map": {
            "embedding": {"raster": "in/embedding_2024.tif", "encoding": "alphaearth"},
            "model": "results/map/model.zip",
            "predict": MAP_CONFIG["map"]["predict"],
        },
    }
    run = place.run("alone/map/landcover.tif", "alone/map/confidence.tif")
    assert run.code == 0, run.output
    for name in ("landcover.tif", "confidence.tif", "landcover.tif.aux.xml"):
        ours = years.results / "years/2024/map" / name
        assert ours.read_bytes() == (place.folder / "alone/map" / name).read_bytes()


def test_samples_of_a_place_are_never_parted(years: Place) -> None:
    frame = pd.read_parquet(years.results / "map/samples.parquet")
    assert set(frame["year"]) == set(YEARS)
    places = frame.groupby(["row", "col"])
    assert (places["year"].nunique() == 2).sum() > 30
    assert (places["split"].nunique() == 1).all()
    assert not frame.duplicated(["row", "col", "year"]).any()
    stored = {}
    for year in YEARS:
        with rasterio.open(years.folder / f"in/embedding_{year}.tif") as dataset:
            stored[year] = dataset.read(1).astype(float)
    own = [stored[y][r, c] for y, r, c in frame[["year", "row", "col"]].to_numpy()]
    decoded = np.sign(own) * (np.array(own) / 127.5) ** 2
    first_band = frame.columns[list(frame.columns).index("split") + 1]
    np.testing.assert_allclose(frame[first_band], decoded, atol=1e-6)


def test_each_map_is_described_with_its_own_year(years: Place) -> None:
    for folder, year in (("map", 2018), ("years/2024/map", 2024)):
        item = json.loads((years.results / folder / "item.json").read_text())
        check(item)
        assert item["properties"]["start_datetime"] == f"{year}-01-01T00:00:00Z"
        assert item["properties"]["end_datetime"] == f"{year}-12-31T23:59:59Z"


def test_the_end_tells_where_they_are_and_what_areas_do_not_tell(years: Place) -> None:
    said = (years.folder.parent / "said.txt").read_text()
    assert "Further years, by the same model; areas of the classes by year: " in said
    assert "  2024: results/years/2024/map/landcover.tif" in said
    assert "no estimate of change" in said
    page = (years.results / "tables/map.html").read_text()
    assert "no estimate of change" in page
    assert "map/validation_sample.gpkg" in page
    assert (years.results / "figures/map_years.png").exists()
    assert (years.results / "years/2024/figures/map_landcover.png").exists()
    assert "in/embedding_2024.tif" in (years.results / "SOURCES.md").read_text()


@pytest.mark.parametrize("kind", ["forest", "logistic", "knn"])
def test_memory_is_foreseen_for_the_samples_of_all_years(
    year_inputs: Path, tmp_path: Path, kind: str
) -> None:
    fitting, samples = [], []
    for train, n in (([2018, 2024], 100_000), ([2018], 200_000)):
        place = Place(year_inputs).copy(tmp_path / str(n))
        place.config = config()
        place.config["map"] |= {"samples": {"n": n}, "model": {"kind": kind}}
        place.config["map"]["embedding"]["train"] = train
        place.repository, repository = place.folder, place.repository
        line = 'print(f"found: {FIT_MEMORY} {map_size().samples} {map_size().classifier}")'
        (place.folder / "Snakefile").write_text(f'include: "{repository}/Snakefile"\n{line}\n')
        run = place.run("-n", "results/map/model.joblib")
        assert run.code == 0, run.output
        (told,) = re.findall(r"^found: (.+) (\d+) (\w+)$", run.output, re.M)
        fitting.append((told[0], told[2]))
        samples.append(int(told[1]))
    assert fitting[0] == fitting[1]
    assert fitting[0][1] == kind
    assert samples[0] == 2 * samples[1], "no more of each year than the table has points"


def test_a_second_run_has_nothing_to_do(years: Place) -> None:
    assert years.run("-n").jobs == {}


def test_what_is_local_is_so_in_every_year(unmade: Place) -> None:
    """What is too short to be submitted to a cluster is not submitted for a further year either."""
    (unmade.folder / "Snakefile").write_text(
        f'include: "{REPOSITORY}/Snakefile"\nprint("LOCAL", *workflow._localrules)\n'
    )
    place = Place(unmade.folder, unmade.folder, unmade.config)
    done = place.run("-n", "results/map/report.txt")
    assert done.code == 0, done.output
    local = set(re.findall(r"^LOCAL (.*)", done.output, re.MULTILINE)[0].split())
    assert {"map_report", "notes", "index", "year_2024_map_report", "year_2024_notes"} <= local
    assert "not present in the Snakefile" not in done.output


def test_rasters_of_other_bands_are_refused_before_anything_is_learned(unmade: Place) -> None:
    place = unmade
    place.config["map"]["embedding"]["encoding"] = "float"
    with rasterio.open(place.folder / "in/embedding_2024.tif") as dataset:
        profile, bands = dataset.profile | {"count": 3}, dataset.read([1, 2, 3])
    with rasterio.open(place.folder / "in/embedding_2024.tif", "w", **profile) as dataset:
        dataset.write(bands)
    run = place.run("results/map/samples.parquet")
    assert run.code != 0
    assert "one model maps all years, so that these need the bands of 2018" in run.output
    assert "2024 has 3 bands" in run.output
    assert "Traceback" not in run.output


WARNS = {
    path.stem
    for path in (REPOSITORY / "workflow/scripts").glob("*.py")
    if "log.warning(" in path.read_text()
}
"""Scripts that may note something."""

RULE = re.compile(
    r"^ *(?:rule|checkpoint) (\w+):$(.*?)(?=^ *(?:use )?(?:rule|checkpoint) |\Z)", re.M | re.S
)


def rules_that_warn() -> set[str]:
    texts = [path.read_text() for path in (REPOSITORY / "workflow/rules").rglob("*.smk")]
    rules = [found for text in texts for found in RULE.findall(text)]
    scripts = {name: re.search(r"scripts/(\w+)[.]py", text) for name, text in rules}
    return {name for name, found in scripts.items() if found and found[1] in WARNS}


def test_whatever_a_job_may_note_is_gathered(year_inputs: Path, tmp_path: Path) -> None:
    """Notes lie beside a job's first JSON file, else its first; the further year's, too."""
    place = Place(year_inputs).copy(tmp_path / "place")
    place.config = config()
    place.config["map"] |= {
        "crossval": {"schemes": ["random"], "n": 2},
        "applicability": {"folds": "random"},
        "calibration": {"folds": "random", "level": 0.6},
    }
    rows = [line.split("\t") for line in place.run("-D").output.splitlines() if "\t" in line]
    warning, made = rules_that_warn(), dict[str, list[str]]()
    for file, _, rule, *_ in rows:
        if re.sub(r"^year_\d+_", "", rule) in warning:
            made.setdefault(rule, []).append(file)
    assert {"samples", "reference_points", "calibration", "year_2024_import_model"} <= made.keys()
    beside = {
        next((file for file in files if file.endswith(".json")), files[0])
        for files in made.values()
    }
    # All that nothing has made yet is told as a reason.
    said = place.run("-n", "results/notes.json", "--quiet", "host").output
    gathered = re.search(r"Missing output files: results/notes[.]json; .*another job: (.*)", said)
    assert gathered
    assert beside - set(gathered[1].split(", ")) == set()


def test_a_further_year_of_the_demo_is_called_synthetic_too(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.config = {
        "results": "results",
        "demo": {"region": {"west": -116.06, "south": 42.95, "east": -115.94, "north": 43.05}},
        "map": {
            "embedding": {
                "raster": {
                    2018: "resources/demo/embedding.tif",
                    2024: "resources/demo/embedding_later.tif",
                }
            },
            "reference": {"raster": "resources/demo/worldcover.tif"},
        },
    }
    (place.folder / "Snakefile").write_text(
        f'include: "{REPOSITORY}/Snakefile"\nprint("told:", year_2024.SYNTHETIC["map"])\n'
    )
    (place.folder / "mine.yaml").write_text(yaml.safe_dump(place.config))
    run = place.snakemake("-s", "Snakefile", "--configfile", "mine.yaml", "-n")
    assert "told: Synthetic demo world" in run.output
