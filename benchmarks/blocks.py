"""Embeddings and forests in files, and the two ways to predict a block of the one by the other."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import rasterio
from affine import Affine
from job import ONE_THREAD, run_job
from measure import Usage, run_measured
from numpy.typing import NDArray
from rasterio.windows import Window
from scene import Floats, Labels

from landloom.map.blocks import Block
from landloom.map.blocks import blocks as cut
from landloom.map.embedding_header import inspect
from landloom.map.encoding import Encoding
from landloom.map.forest.forest import FlatForest, fit_final, save_model
from landloom.map.prediction import for_stored_values
from landloom.map.zones import ZonedEmbedding

TRANSFORM = Affine(10, 0, 500_000, 0, -10, 5_600_000)


@dataclass(frozen=True)
class Embedded:
    """An embedding that repeats one block, `scale` times along each side."""

    folder: Path
    encoding: Encoding
    scale: int
    side: int

    @property
    def raster(self) -> Path:
        return self.folder / f"{self.encoding}-{self.scale}.tif"

    @property
    def info(self) -> Path:
        return self.raster.with_suffix(".json")

    @property
    def last(self) -> Block:
        """The block at the end of the file."""
        return cut(self.scale * self.side, self.scale * self.side, self.side)[-1]

    def make(self, stored: NDArray[Any]) -> None:
        size = {"width": self.scale * self.side, "height": self.scale * self.side}
        layout = {"tiled": True, "blockxsize": 512, "blockysize": 512, "interleave": "band"}
        with rasterio.open(
            self.raster,
            "w",
            driver="GTiff",
            count=len(stored),
            dtype=stored.dtype,
            crs="EPSG:32631",
            transform=TRANSFORM,
            bigtiff="if_safer",
            **size,
            **layout,
        ) as dataset:
            for row, col in product(range(self.scale), repeat=2):
                place = Window(col * self.side, row * self.side, self.side, self.side)
                dataset.write(stored, window=place)
        ZonedEmbedding.alone(inspect(self.raster, self.encoding)).save(self.info)


@dataclass(frozen=True)
class Forest:
    """A forest for one encoding in the two files that a workflow makes of it."""

    folder: Path
    trees: int

    @property
    def model(self) -> Path:
        return self.folder / f"model-{self.trees}.joblib"

    @property
    def flat(self) -> Path:
        return self.folder / f"forest-{self.trees}.npz"

    def fit(self, X: Floats, y: Labels, leaf: int, embedded: Embedded) -> None:
        params = {"n_estimators": self.trees, "min_samples_leaf": leaf}
        model = fit_final(X, y, params, seed=42, n_jobs=2)
        save_model(model, self.model)
        info = inspect(embedded.raster, embedded.encoding)
        for_stored_values(FlatForest.from_model(model), info).save(self.flat)


def compile_kernel(folder: Path) -> Path:
    """Run the job that compiles the kernel, once for all blocks, and return what it leaves."""
    kernel = folder / "kernel" / "compiled.json"
    run_job(
        "compile_kernel",
        folder,
        input={"model": []},
        output={"kernel": kernel},
        params={"kind": "forest"},
    )
    return kernel


def our_block(embedded: Embedded, forest: Forest, kernel: Path, layers: str, target: Path) -> Usage:
    return run_job(
        "predict_block",
        embedded.folder,
        input={"embedding": embedded.info, "classifier": forest.flat, "kernel": kernel},
        output={"block": target},
        params={"block": embedded.side, "layers": layers},
        wildcards={"block": embedded.last.name},
    )


def plain_block(embedded: Embedded, forest: Forest, layers: str, target: Path) -> Usage:
    block = embedded.last
    place = map(str, (block.col, block.row, block.width))
    script = str(Path(__file__).with_name("plain_block.py"))
    files = str(forest.model), str(embedded.raster)
    command = [sys.executable, script, *files, *place, layers, str(target)]
    return run_measured(command, os.environ | ONE_THREAD)
