"""How much a run puts on the disk, about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from affine import Affine

from landloom.command.amounts import disk_of, map_pixels, tiles_to_fetch
from landloom.config.whole import load_config
from landloom.legend.decimals import in_bytes

UTRECHT = {"west": 5.05, "south": 52.05, "east": 5.25, "north": 52.15}
ZION = {"west": -113.2, "south": 37.16, "east": -112.88, "north": 37.48}


def dataset(**changes: object) -> dict[str, object]:
    section = {
        "region": ZION,
        "landcover": {"raster": "nlcd-2021"},
        "elevation": {"source": "COP30"},
        "grid": {"n": 6},
    }
    return {"dataset": section | changes}


def test_a_map_by_name_has_the_pixels_of_its_region() -> None:
    config = load_config(
        {
            "map": {
                "region": UTRECHT,
                "embedding": {"raster": "alphaearth-2021"},
                "reference": {"raster": "worldcover-2021"},
            }
        }
    )
    assert config.map
    wide, high = 0.2 * np.cos(np.radians(52.1)) * 110_574 / 10, 0.1 * 110_574 / 10
    assert map_pixels(config.map) == pytest.approx(wide * high)
    # The vectors alone are 64 bytes for each pixel.
    assert disk_of(config).results > 64 * wide * high


def test_a_raster_of_ones_own_tells_its_pixels_itself(tmp_path: Path) -> None:
    import rasterio

    path = tmp_path / "own.tif"
    profile = {"driver": "GTiff", "width": 30, "height": 20, "count": 2, "dtype": "uint8"}
    with rasterio.open(path, "w", crs="EPSG:32631", transform=Affine.scale(10, -10), **profile):
        pass
    section = {"reference": {"table": "labels.csv"}, "embedding": {"raster": str(path)}}
    config = load_config({"map": section})
    assert config.map
    assert map_pixels(config.map) == 600
    other = load_config({"map": section | {"embedding": {"raster": [str(path), "no.tif"]}}})
    assert other.map
    assert map_pixels(other.map) is None


def of_map(**changes: object) -> float:
    section = {
        "region": UTRECHT,
        "embedding": {"raster": "alphaearth-2021"},
        "reference": {"raster": "worldcover-2021"},
    }
    return disk_of(load_config({"map": section | changes})).results


def test_each_further_year_makes_a_map_and_its_vectors() -> None:
    one = of_map(model={"kind": "logistic"})
    several = of_map(
        model={"kind": "logistic"},
        embedding={"raster": "alphaearth-{year}", "years": [2019, 2020, 2021], "train": [2021]},
    )
    pages = 4e6  # once
    assert several - pages == pytest.approx(3 * (one - pages))


def test_what_was_learned_is_as_large_as_its_kind_is() -> None:
    none, forest = of_map(model={"kind": "logistic"}), of_map()
    few, many = (of_map(model={"kind": "knn"}, samples={"n": n}) - none for n in (1000, 4000))
    assert many == 4 * few
    assert few == pytest.approx(1000 * 64 * 12)
    assert forest - none > many
    trained = {"raster": "alphaearth-{year}", "years": [2020, 2021], "train": [2020, 2021]}
    twice = of_map(embedding=trained) - of_map(embedding=trained, model={"kind": "logistic"})
    assert twice == pytest.approx(2 * (forest - none))


@pytest.mark.parametrize("rows", [7, 3000])
def test_a_table_gives_no_more_samples_than_it_has_rows(tmp_path: Path, rows: int) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("lon,lat,class\n" + "5.1,52.1,a\n" * rows)

    def learned(**changes: object) -> float:
        about = {"reference": {"table": str(table)}, "samples": {"n": 1000}} | changes
        return of_map(model={"kind": "knn"}, **about) - of_map(model={"kind": "logistic"}, **about)

    assert learned() == pytest.approx(min(rows, 1000) * 64 * 12)
    gone = learned(reference={"table": str(tmp_path / "no.csv")})
    assert gone == pytest.approx(1000 * 64 * 12)


def test_a_finer_raster_makes_more_of_the_same_region() -> None:
    coarse = disk_of(load_config(dataset()))
    fine = disk_of(load_config(dataset(landcover={"raster": "worldcover-2021"})))
    assert fine.results > 1.3 * coarse.results
    assert fine.kept == coarse.kept


def test_tiles_that_are_kept_are_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config(dataset()).dataset
    assert config
    assert set(config.tiles) == {"N37W113", "N37W114"}
    assert tiles_to_fetch(config) == 2
    Path(config.elevation.store).mkdir(parents=True)
    Path(config.elevation.store, "N37W113.json").touch()
    assert tiles_to_fetch(config) == 1
    assert disk_of(load_config(dataset(elevation={"source": "dem.tif"}))).kept == 0


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (0, "0 B"), (999, "999 B"), (999.6, "1.0 kB"), (1234, "1.2 kB"), (12_345, "12 kB"),
        (9_949, "9.9 kB"), (9_951, "10 kB"), (650e6, "650 MB"), (1.6e9, "1.6 GB"), (3e12, "3.0 TB"),
        (4.2e15, "4200.0 TB"),
    ],
)  # fmt: skip
def test_bytes_have_a_unit_and_two_digits(amount: float, told: str) -> None:
    assert in_bytes(amount) == told
