"""The workflow's own scripts, run in this process one after another, as the rules run them."""

from __future__ import annotations

import ast
import importlib
import json
import runpy
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from landloom.config.file_lookup import FileLookup
from landloom.config.whole import Config, load_config
from landloom.errors import ConfigError
from landloom.legend.legends import BUILT_IN
from landloom.map.forest.kernel_cache import load_kernel

SCRIPTS = Path(__file__).parents[2] / "workflow/scripts"
SPLITS = ("train", "test")
BEST = {
    "max_features": "sqrt",
    "max_depth": None,
    "min_samples_leaf": 1,
    "n_estimators": 4,
    "min_samples_split": 2,
    "class_weight": None,
}


class Files(list[Any]):
    """Files by name and in order, as Snakemake hands them to scripts."""

    def __init__(self, **named: Any) -> None:
        super().__init__()
        for name, value in named.items():
            setattr(self, name, value)
            self.extend([value] if isinstance(value, str) else value)

    def get(self, name: str, default: Any = None) -> Any:
        return getattr(self, name, default)


def configured(raw: Mapping[str, Any]) -> Config:
    """Read a configuration as a run does; its faults end the run."""
    try:
        return load_config(raw, FileLookup(lambda _: False))
    except ConfigError as error:
        raise SystemExit(f"\n{error}\n") from None


def script(
    name: str,
    results: Path,
    read: Files,
    made: Files | Iterable[str],
    params: Mapping[str, Any],
    **wildcards: str,
) -> None:
    """Run one script as a job."""
    made = made if isinstance(made, Files) else Files(only=list(made))
    for path in made:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    label = "-".join([name, *wildcards.values()])
    snakemake = SimpleNamespace(
        input=read,
        output=made,
        log=[str(results / f"logs/{label}.log")],
        params=SimpleNamespace(**params),
        wildcards=Files(**wildcards),
        threads=1,
    )
    runpy.run_path(str(SCRIPTS / f"{name}.py"), {"snakemake": snakemake})


def load_modules() -> None:
    """Import what the scripts do, once for all processes of cases."""
    for path in SCRIPTS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                importlib.import_module(node.module)
            elif isinstance(node, ast.Import):
                for name in node.names:
                    importlib.import_module(name.name)
    importlib.import_module("pyarrow.parquet")
    load_kernel()


class DatasetRun:
    """The jobs of a dataset, in the order of what they need."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        whole = configured(raw)
        assert whole.dataset
        self.cfg = whole.dataset
        self.results = Path(whole.results)
        self.cells = self.cfg.cells.names()
        elevation, landcover = self.cfg.elevation, self.cfg.landcover
        self.tiles = self.cfg.tiles if elevation.tiled else []
        self.landcover = self.at("landcover/landcover.vrt")
        if not landcover.joined:
            (self.landcover,) = landcover.rasters
        self.height = None if elevation.tiled else elevation.rasters[0]
        if len(elevation.rasters) > 1:
            self.height = self.at("elevation/elevation.vrt")

    def at(self, path: str) -> str:
        return str(self.results / path)

    def run(self) -> None:
        for step in (self.join, self.inspect, self.cut, self.relief, self.finish):
            step()

    @property
    def shape(self) -> dict[str, int]:
        return {"size": self.cfg.patches.size, "downsample": self.cfg.patches.downsample}

    @property
    def grid(self) -> dict[str, Any]:
        return {"region": list(self.cfg.region.bounds), "n": self.cfg.grid.n}

    @property
    def elevations(self) -> list[str]:
        if self.height:
            return [self.height]
        return [self.at(f"elevation/tiles/{tile}.tif") for tile in self.tiles]

    def join(self) -> None:
        landcover, elevation = self.cfg.landcover, self.cfg.elevation
        if landcover.joined:
            params = {
                "rasters": landcover.joined,
                "region": list(self.cfg.region.bounds),
                "margin": self.cfg.patches.size * self.cfg.patches.downsample,
            }
            made = Files(
                vrt=self.landcover,
                served=self.at("landcover/served.json"),
                windows=self.at("landcover/windows"),
            )
            script("join_landcover", self.results, Files(rasters=landcover.joined), made, params)
        if len(elevation.rasters) > 1:
            assert self.height
            params = {"rasters": elevation.rasters, "nodata": elevation.nodata}
            read = Files(rasters=elevation.rasters)
            script("join_elevation", self.results, read, [self.height], params)

    def inspect(self) -> None:
        landcover = self.cfg.landcover
        listed = [*landcover.classes, *landcover.unknown_codes]
        script(
            "inspect_landcover",
            self.results,
            Files(raster=[self.landcover]),
            [self.at("landcover/landcover.json")],
            {"raster": self.landcover, "listed": listed, **self.grid, **self.shape},
        )

    def cut(self) -> None:
        landcover, cells = self.cfg.landcover, map(self.cfg.cells.cell, self.cells)
        script(
            "extract_cells",
            self.results,
            Files(raster=[self.landcover], checked=self.at("landcover/landcover.json")),
            [self.at(f"landcover/cells/{cell}.npz") for cell in self.cells],
            {
                "raster": self.landcover,
                "cells": [[*cell.bounds, cell.closed_east, cell.closed_north] for cell in cells],
                "legend": list(landcover.classes),
                "unknown": landcover.unknown_codes,
                "reject": list(landcover.rejected.items()),
                **self.shape,
            },
        )

    def relief(self) -> None:
        elevation, checked = self.cfg.elevation, self.at("landcover/landcover.json")
        template = elevation.template
        for tile in self.tiles:
            assert template
            source = template.path(tile)
            made = Files(
                tile=self.at(f"elevation/tiles/{tile}.tif"),
                stats=self.at(f"elevation/tiles/{tile}.json"),
            )
            read = Files(only=[source] if Path(source).exists() else [])
            script("own_tile", self.results, read, made, {"nodata": elevation.nodata}, tile=tile)
        if self.tiles:
            params = {"reach": self.cfg.reach, **self.shape}
            reach = [self.at("elevation/reach.json")]
            script("check_reach", self.results, Files(landcover=checked), reach, params)
        patches = [self.at(f"landcover/cells/{cell}.npz") for cell in self.cells]
        script(
            "relief_cells",
            self.results,
            Files(elevation=self.elevations, patches=patches, landcover=checked),
            [self.at(f"elevation/cells/{cell}.npz") for cell in self.cells],
            {
                "raster": self.height,
                "tiles": [self.cfg.tiles_of(cell) if self.tiles else [] for cell in self.cells],
                "resampling": elevation.resampling,
                "max_nodata": elevation.max_nodata,
                "nodata": elevation.nodata,
                **self.shape,
            },
        )

    def finish(self) -> None:
        self.count()
        self.stack()
        self.certify()
        params = {"raster": self.height, "region": list(self.cfg.region.bounds)}
        mosaic = [self.at("elevation/mosaic.tif")]
        script("elevation_mosaic", self.results, Files(elevation=self.elevations), mosaic, params)

    def count(self) -> None:
        entries = self.cfg.landcover.classes.items()
        legend = [(code, entry.name, entry.color) for code, entry in entries]
        patches = [self.at(f"landcover/cells/{cell}.npz") for cell in self.cells]
        made = [self.at("dataset/class_distribution.parquet")]
        read = Files(only=patches)
        script("class_distribution", self.results, read, made, {"legend": legend})

    def stack(self) -> None:
        grid = self.cfg.grid
        params = {**self.grid, "test_fraction": grid.test_fraction, "seed": grid.seed}
        script("split", self.results, Files(), [self.at("dataset/split.gpkg")], params)
        read = Files(
            patches=[self.at(f"landcover/cells/{cell}.npz") for cell in self.cells],
            relief=[self.at(f"elevation/cells/{cell}.npz") for cell in self.cells],
            split=self.at("dataset/split.gpkg"),
            classes=self.at("dataset/class_distribution.parquet"),
            landcover=self.at("landcover/landcover.json"),
        )
        params = {"cells": self.cells, "buffer_km": grid.buffer_km, **self.shape}
        for split in SPLITS:
            made = Files(
                array=self.at(f"dataset/{split}.npy"),
                footprints=self.at(f"dataset/{split}.gpkg"),
                counts=self.at(f"dataset/{split}.json"),
            )
            script("stack", self.results, read, made, params, split=split)

    def certify(self) -> None:
        landcover, elevation = self.cfg.landcover, self.cfg.elevation
        read = Files(
            arrays=[self.at(f"dataset/{split}.npy") for split in SPLITS],
            footprints=[self.at(f"dataset/{split}.gpkg") for split in SPLITS],
            counts=[self.at(f"dataset/{split}.json") for split in SPLITS],
            split=self.at("dataset/split.gpkg"),
            classes=self.at("dataset/class_distribution.parquet"),
            raster=[self.landcover],
            elevation=self.elevations,
        )
        params = {
            "splits": SPLITS,
            "landcover": self.landcover,
            "elevation": self.height,
            "tiles": self.tiles,
            "buffer_km": self.cfg.grid.buffer_km,
            "unknown": landcover.unknown_codes,
            "reject": list(landcover.rejected.items()),
            "resampling": elevation.resampling,
            "nodata": elevation.nodata,
            **self.shape,
        }
        made = self.at("dataset/certificate.json")
        script("certificate", self.results, read, [made], params)
        assert json.loads(Path(made).read_text())["green"] is True


class MapRun:
    """The jobs of a map, but for the tuning, whose result is given."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        whole = configured(raw)
        assert whole.map
        self.cfg = whole.map
        self.results = Path(whole.results)
        self.embedding = self.at("map/embedding.json")
        self.region = list(self.cfg.region.bounds) if self.cfg.region else None

    def at(self, path: str) -> str:
        return str(self.results / path)

    def run(self) -> None:
        for step in (self.inspect, self.points, self.samples, self.learn, self.predict):
            step()

    def inspect(self) -> None:
        cfg = self.cfg.embedding
        params = {
            "rasters": cfg.rasters,
            "encoding": cfg.encoding,
            "nodata": cfg.nodata,
            "region": self.region,
        }
        read = Files(rasters=cfg.rasters, windows=[])
        script("inspect_embedding", self.results, read, [self.embedding], params)

    def points(self) -> None:
        cfg = self.cfg.reference
        legend = BUILT_IN.get(cfg.classes_table or "")
        rows = legend and [(code, entry.name, entry.color) for code, entry in legend.items()]
        read = Files(
            embedding=self.embedding,
            rasters=cfg.rasters,
            table=[cfg.table] if cfg.table else [],
            classes=[cfg.classes_table] if cfg.classes_table and not legend else [],
        )
        made = Files(
            points=self.at("map/points.parquet"),
            rasters=self.at("map/reference.json"),
            served=self.at("map/served.json"),
            windows=self.at("map/windows"),
        )
        params = cfg.model_dump(exclude={"raster", "table", "classes"})
        params |= {"rasters": cfg.rasters, "legend": rows}
        script("reference_points", self.results, read, made, params)

    def samples(self) -> None:
        read = Files(
            embedding=self.embedding,
            rasters=self.cfg.embedding.rasters,
            points=self.at("map/points.parquet"),
        )
        params = {**self.cfg.samples.model_dump(), "folds": self.cfg.tuning.folds}
        script("samples", self.results, read, [self.at("map/samples.parquet")], params)

    def learn(self) -> None:
        best = Path(self.at("map/best.json"))
        best.write_text(json.dumps({"best_params": BEST}))
        params = {"seed": self.cfg.tuning.seed}
        read = Files(
            samples=self.at("map/samples.parquet"), best=str(best), embedding=self.embedding
        )
        made = Files(text=self.at("map/report.txt"), data=self.at("map/report.json"))
        script("accuracy", self.results, read, made, params)
        made = Files(model=self.at("map/model.joblib"), flat=self.at("map/forest.npz"))
        script("model", self.results, read, made, params)

    def predict(self) -> None:
        block = self.cfg.predict.block
        params = {"crs": self.cfg.predict.crs, "block": block, "region": self.region}
        plan = self.at("map/plan.json")
        script("plan_map", self.results, Files(embedding=self.embedding), [plan], params)
        planned = json.loads(Path(plan).read_text())
        read = Files(
            embedding=self.embedding,
            rasters=self.cfg.embedding.rasters,
            forest=self.at("map/forest.npz"),
        )
        params = {"block": block, "shares": "none"}
        for name in (name for names in planned["zones"].values() for name in names):
            made = [self.at(f"map/blocks/{name}.tif")]
            script("predict_block", self.results, read, made, params, block=name)
        self._join(plan, planned)

    def _join(self, plan: str, planned: dict[str, Any]) -> None:
        mosaic, (first, *_) = planned["mosaic"], planned["zones"].values()
        for name, below in (mosaic or {}).items():
            blocks = [self.at(f"map/blocks/{one}.tif") for one in below]
            read = Files(embedding=self.embedding, plan=plan, blocks=blocks)
            made = [self.at(f"map/mosaic/{name}.tif")]
            script("mosaic_block", self.results, read, made, {}, block=name)
        folder, names = ("blocks", first) if mosaic is None else ("mosaic", mosaic)
        read = Files(
            embedding=self.embedding,
            plan=plan,
            samples=self.at("map/samples.parquet"),
            blocks=[self.at(f"map/{folder}/{name}.tif") for name in names],
        )
        made = [self.at("map/landcover.tif"), self.at("map/landcover.tif.aux.xml")]
        params = {"layer": "classes", "block": self.cfg.predict.block}
        script("join_blocks", self.results, read, made, params)
