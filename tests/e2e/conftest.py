"""A tiny world for the map: inputs, a configuration, and a finished run."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from conftest import WORLD, Place
from once import made_once
from tiny_map import MAP_CONFIG

from landloom.demo.rasters import embedding_grid, write_embedding, write_worldcover

SIZE = 96


@pytest.fixture(scope="session")
def map_inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        (folder / "in").mkdir()
        write_embedding(WORLD, folder / "in/embedding.tif", SIZE)
        bounds = embedding_grid(WORLD, SIZE).lonlat_bounds(0.002)
        write_worldcover(WORLD, folder / "in/worldcover.tif", bounds)

    return made_once(tmp_path_factory, "map_inputs", make)


@pytest.fixture
def map_place(map_inputs: Path, tmp_path: Path) -> Place:
    place = Place(map_inputs).copy(tmp_path / "place")
    place.config = copy.deepcopy(MAP_CONFIG)
    return place


@pytest.fixture(scope="session")
def mapped(map_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A folder where the map has been built. Not to be changed: take a copy."""

    def with_config(place: Place) -> Place:
        place.config = copy.deepcopy(MAP_CONFIG)
        return place

    def make(folder: Path) -> None:
        run = with_config(Place(map_inputs).copy(folder / "place")).run()
        assert run.code == 0, run.output

    return with_config(Place(made_once(tmp_path_factory, "mapped", make) / "place"))


PUBLICATION = {"title": "A tiny world", "licence": "CC-BY-4.0", "creators": ["A. Author"]}


@pytest.fixture(scope="session")
def published(finished: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A folder where the dataset has been given all forms. Not to be changed: take a copy."""

    def told(place: Place) -> Place:
        place.config["dataset"]["publication"] = PUBLICATION
        return place

    def make(folder: Path) -> None:
        place = told(finished.copy(folder / "place"))
        run = place.run("publish", "dataset_chips", "dataset_shards", "dataset_zarr")
        assert run.code == 0, run.output
        assert run.jobs == dict.fromkeys(PUBLISHING, 1)

    return told(Place(made_once(tmp_path_factory, "published", make) / "place"))


PUBLISHING = [
    "dataset_index",
    "dataset_croissant",
    "datasheet",
    "publish",
    "dataset_chips",
    "dataset_shards",
    "dataset_zarr",
]
"""The jobs of what is asked for by name."""
