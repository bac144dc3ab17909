"""What is told of a configuration that nothing is wrong with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from landloom.command import check
from landloom.command.check import told
from landloom.command.first_look import FirstLook
from landloom.command.sources_told import needs_network, sources_told
from landloom.config.whole import Config, load_config
from landloom.run.planned import RunPlan, ToCome

ZION = {"west": -113.2, "south": 37.16, "east": -112.88, "north": 37.48}
JOBS = [
    *[("extract_cells", "Cutting patches of row {wildcards.cells}", 150)] * 6,
    *[("stack", "Stacking", 350)] * 2,
    ("certificate", "Proving", 650),
]


def dataset(**changes: Any) -> Config:
    section = {
        "region": ZION,
        "landcover": {"raster": "nlcd-2021"},
        "elevation": {"source": "COP30"},
    }
    downloads = changes.pop("downloads", {})
    return load_config({"dataset": section | changes, "downloads": downloads})


def lines(plan: RunPlan, *, all_kinds: bool = False) -> str:
    return "\n".join(told(Path("mine.yaml"), dataset(), plan, all_kinds=all_kinds))


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine of known size, and a user in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(check, "_machine", lambda: 16e9)
    monkeypatch.setattr(check, "_free", lambda _: 34e9)


def test_jobs_memory_and_time_are_told() -> None:
    text = lines(RunPlan.of(JOBS, [ToCome("predict_block", 12, 700)], [], 700.0))
    assert text.startswith("mine.yaml: nothing wrong\n")
    assert "Would run: 9 jobs, and about 12 predict_block, counted while it runs" in text
    assert "  6 extract_cells, 2 stack, 1 other (--jobs lists all)" in text
    assert "about 700 MB at most for one job (predict_block); this machine has 16 GB" in text
    assert "; 34 GB free" in " ".join(text.split())
    assert "Time    about 12 min on this machine, besides what the network takes" in text
    assert text.endswith("Build it: landloom run mine.yaml")
    assert "LESS" not in text


def test_each_kind_is_listed_when_asked() -> None:
    text = lines(RunPlan.of(JOBS), all_kinds=True)
    assert "       6  extract_cells  Cutting patches of row *" in text
    assert "       1  certificate    Proving" in text
    assert "Time" not in text


def test_too_small_a_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_machine", lambda: 0.5e9)
    monkeypatch.setattr(check, "_free", lambda _: 1e6)
    text = " ".join(lines(RunPlan.of(JOBS)).split())
    assert "this machine has 500 MB, WHICH IS LESS" in text
    assert "1.0 MB free, WHICH IS LESS" in text


def test_what_is_not_known_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_machine", lambda: None)
    text = " ".join(lines(RunPlan.of(JOBS, [ToCome("predict_block", None, None)])).split())
    assert "and some predict_block, counted while it runs" in text
    assert "(certificate), predict_block not counted, which a file of the run tells" in text
    assert "this machine" not in text


def test_where_all_is_there_nothing_would_run() -> None:
    text = lines(RunPlan(()))
    assert text.endswith("Nothing would run: all is there below results/")
    assert "Memory" not in text


def test_what_would_end_a_run_leaves_no_word_to_start_it() -> None:
    text = lines(RunPlan.of(JOBS, refusals=["a host"]))
    assert text.startswith("mine.yaml: its keys are right\n")
    assert "Build it" not in text


def test_what_was_looked_into_is_told() -> None:
    seen = FirstLook(notes=["16 points outside: left out"], aside=["map.x: http://h/a: not here"])
    plan = RunPlan.of(JOBS)
    text = "\n".join(told(Path("mine.yaml"), dataset(), plan, seen, all_kinds=False))
    assert text.startswith("mine.yaml: nothing wrong\n")
    assert "\nNot looked into before a run\n  map.x: http://h/a: not here\n" in text
    assert "\nA run would note\n  16 points outside: left out\n" in text
    seen.faults.add("map.samples.n: 3")
    text = "\n".join(told(Path("mine.yaml"), dataset(), plan, seen, all_kinds=False))
    assert text.startswith("mine.yaml: its keys are right\n")
    assert "Build it" not in text


def sources(config: Config) -> dict[str, str]:
    return dict(sources_told(config))


def test_public_sources_are_told_with_what_is_fetched(tmp_path: Path) -> None:
    told_of = sources(dataset())
    assert told_of["dataset.landcover.raster"] == (
        "nlcd-2021 (Annual NLCD Land Cover 2021, Collection 1.1, conterminous United States "
        "(30 m)): read over the network, in windows; public domain"
    )
    elevation = told_of["dataset.elevation.source"]
    assert elevation.startswith(
        "COP30 (Copernicus DEM GLO-30 (public bucket)): 2 tiles of 1 degree"
    )
    assert ", fetched; " in elevation
    store = tmp_path / "resources/elevation/COP30"
    store.mkdir(parents=True)
    (store / "N37W113.json").touch()
    assert "2 tiles of 1 degree, 1 fetched" in sources(dataset())["dataset.elevation.source"]
    (store / "N37W114.json").touch()
    assert "2 tiles of 1 degree, all here" in sources(dataset())["dataset.elevation.source"]


def test_files_of_ones_own_are_told_with_their_size(tmp_path: Path) -> None:
    (tmp_path / "cover.tif").write_bytes(bytes(12_345))
    (tmp_path / "N37W113.tif").touch()
    config = dataset(
        landcover={"raster": "cover.tif"}, elevation={"source": "{ns}{lat}{ew}{lon}.tif"}
    )
    told_of = sources(config)
    assert told_of["dataset.landcover.raster"] == "cover.tif: your own, 12 kB"
    assert told_of["dataset.elevation.source"].endswith("your own, 1 of 2 tiles are there")
    assert not needs_network(config)
    assert needs_network(dataset())


def test_a_copy_is_told_until_it_is_here(tmp_path: Path) -> None:
    config = dataset(
        landcover={"raster": "copy.tif"},
        elevation={"source": "https://example.org/dem.tif"},
        downloads={"copy.tif": "nlcd-2021"},
    )
    assert "copy.tif: a copy is fetched, whole (Annual NLCD" in str(sources(config))
    assert "https://example.org/dem.tif: read over the network" in str(sources(config))
    (tmp_path / "copy.tif").touch()
    assert "copy.tif: a copy that is here" in str(sources(config))


def test_an_embedding_by_name_is_told_with_its_bytes() -> None:
    section = {
        "region": {"west": 5.05, "south": 52.05, "east": 5.25, "north": 52.15},
        "embedding": {"raster": "alphaearth-2021"},
        "reference": {"raster": "worldcover-2021"},
    }
    told_of = sources(load_config({"map": section}))
    assert "what the region needs is fetched, about 96 MB in all; CC BY 4.0" in str(told_of)


def test_of_a_long_list_the_first_are_told(tmp_path: Path) -> None:
    names = [f"{i}.tif" for i in range(9)]
    for name in names:
        (tmp_path / name).touch()
    lines_of = sources_told(dataset(landcover={"raster": names}))
    of_cover = [text for key, text in lines_of if key == "dataset.landcover.raster"]
    assert of_cover == [*(f"{name}: your own, 0 B" for name in names[:3]), "and 6 more"]
