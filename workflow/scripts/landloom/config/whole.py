"""The whole configuration, and how it is read; its errors are told all at once.

Parsing a workflow imports this module for every run and every cluster job, so it stays light.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from pydantic import ValidationError, model_validator

from landloom.addresses import shown
from landloom.config.checks import AtKeyError, Section
from landloom.config.dataset import DatasetConfig
from landloom.config.demo import DemoConfig
from landloom.config.figures import FiguresConfig
from landloom.config.file_lookup import FileLookup
from landloom.config.map import MapConfig
from landloom.config.messages import error_lines
from landloom.config.paths import Address, FileName, WritableFolder, listed
from landloom.errors import ConfigError
from landloom.sources.catalogue import alternatives, named


class Config(Section):
    """The whole configuration. A product whose section is left out is not built."""

    results: WritableFolder = "results"
    """Folder of everything that is made, from the working directory."""
    downloads: dict[FileName, Address] = {}
    """Files that are copies: for each path, the address (`https://`, `http://`, `s3://`) or the
    public dataset in one file, such as `nlcd-2021`, that is fetched there whole when it is used."""
    dataset: DatasetConfig | None = None
    """Patches of land cover and relief for machine learning. If left out: no dataset is built, and
    `map` is needed."""
    map: MapConfig | None = None
    """A land-cover map from an embedding. If left out: no map is built, and `dataset` is needed."""
    figures: FiguresConfig = FiguresConfig()
    """How much the pictures of the dataset show."""
    demo: DemoConfig | None = None
    """A synthetic world to try the workflow on. If left out: none is made."""

    @model_validator(mode="after")
    def _check(self) -> Config:
        if self.dataset is None and self.map is None:
            raise AtKeyError(
                "dataset", "this section and 'map' are missing: nothing to build; add one of them"
            )
        table = self.map and self.map.validation and self.map.validation.table
        for key, path in (
            ("map.validation.table", table),
            ("map.model", self.map and self.map.model_file),
        ):
            if path and PurePath(os.path.normpath(path)).is_relative_to(self.results):
                raise AtKeyError(
                    key,
                    f"{path}: lies in the folder of results, whose files are made anew when the "
                    "map changes; copy it elsewhere, and name the copy",
                )
        return self

    def download_addresses(self, path: str) -> list[str]:
        """Return the addresses of which a file is to be a copy, in the order they are tried."""
        source = named(self.downloads[path], "landcover")
        return alternatives(source.url) if source else [self.downloads[path]]

    @property
    def uses(self) -> list[tuple[str, str, str | None]]:
        """Every input: its key, what of it is shown, and the public dataset that this is."""
        inputs: list[tuple[str, list[str]]] = []
        if self.dataset:
            inputs.append(("dataset.landcover.raster", self.dataset.landcover.rasters))
            inputs.append(("dataset.elevation.source", listed(self.dataset.elevation.source)))
        if self.map:
            reference = self.map.reference
            embedding = self.map.embedding
            of_years = [path for paths in embedding.by_year.values() for path in paths]
            inputs.append(("map.embedding.raster", of_years or embedding.rasters))
            if self.map.model_file:
                inputs.append(("map.model", [self.map.model_file]))
            if reference and reference.table:
                inputs.append(("map.reference.table", [reference.table]))
            elif reference:
                inputs.append(("map.reference.raster", reference.rasters))
            if self.map.validation and self.map.validation.table:
                inputs.append(("map.validation.table", [self.map.validation.table]))
        return [(key, shown(path), self._public(path)) for key, paths in inputs for path in paths]

    def _public(self, path: str) -> str | None:
        """Return the name of the public dataset that a path stands for or is a copy of."""
        source = named(
            self.downloads.get(path, path), "landcover", "embedding", "elevation", "product"
        )
        return source.name if source else None


def load_config(raw: Mapping[str, Any], files: FileLookup | None = None) -> Config:
    """Return a configuration, checked and with its types.

    Parameters
    ----------
    raw
        The parsed YAML.
    files
        What is known about files where the workflow runs. Without it, no file is looked for.

    Raises
    ------
    ConfigError
        All errors, one line each: ``config: key: value found: what to do``.
    """
    try:
        return Config.model_validate(dict(raw), context={"files": files})
    except ValidationError as error:
        raise ConfigError("\n".join(error_lines(error, Config, raw))) from None
