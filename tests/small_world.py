"""A whole tiny dataset, built in a folder by calling the package just as the rules do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import rasterio
from affine import Affine
from pyproj import Transformer

from landloom.dataset.cells import CellGrid
from landloom.dataset.lattice import Lattice
from landloom.dataset.patches import CellPatches, Screen, extract_cell
from landloom.dataset.proof.certificate import certify
from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.promises import Promises
from landloom.dataset.proof.registration import HeightSource
from landloom.dataset.proof.split_files import SplitFiles
from landloom.dataset.relief import ReliefOptions, extract_relief
from landloom.dataset.split import choose_test_cells, split_map
from landloom.dataset.stack import CellFiles, Stack, StackCounts, class_distribution
from landloom.elevation.mosaic import join_tiles
from landloom.elevation.tiles import make_tile
from landloom.job.geopackage import write_gpkg
from landloom.legend.legends import NLCD
from landloom.raster.coordinates import apply_affine
from landloom.raster.degree_tiles import nearby_tiles, tile_bounds
from landloom.raster.opening import open_raster

SPLITS = ("train", "test")

Terrain = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Heights (m) of places in degrees."""

FRAMES = {
    "projected": ("EPSG:5070", Affine.scale(100.0, -100.0)),
    "geographic": ("EPSG:4326", Affine.scale(0.0012, -0.0009)),
    "rotated": ("EPSG:32611", Affine.rotation(25.0) @ Affine.scale(100.0, -100.0)),
    "bottom-up": ("EPSG:5070", Affine.scale(100.0, 100.0)),
}
"""Name to CRS and the linear part of the land cover's affine: pixels of some 100 m."""

CODES = np.array([11, 42, 52, 71, 82, 24], np.uint8)
REGION = (-116.2, 42.85, -115.85, 43.15)
"""Round the corner of four tiles; Albers and north differ by 13 degrees there."""

MARGIN = 0.07
"""Degrees round the region with elevation."""

SIZE, DOWNSAMPLE = 16, 2
VOID = -32768


def smooth(seed: int = 1) -> Terrain:
    """Hills of 2 to 15 km, some hundred metres high."""
    rng = np.random.default_rng(seed)
    waves = rng.uniform(2.0, 15.0, 12)
    angles, phases = rng.uniform(0, 2 * np.pi, (2, 12))

    def heights(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        x, y = lon * 81.4, lat * 111.1  # km at 43 N; anything that is even will do
        return 1500.0 + sum(
            12.0 * wave * np.sin(2 * np.pi * (x * np.cos(a) + y * np.sin(a)) / wave + phase)
            for wave, a, phase in zip(waves, angles, phases, strict=True)
        )

    return heights


def flat(noise: float = 0.3) -> Terrain:
    """A plain, but for some noise."""
    rng = np.random.default_rng(1)
    return lambda lon, lat: 5.0 + rng.normal(0.0, noise, np.broadcast(lon, lat).shape)


def write_raster(
    path: Path, pixels: np.ndarray, crs: str | None, transform: Affine, nodata: float | None = None
) -> Path:
    """Write a band as a GeoTIFF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = pixels.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=width,
        height=height,
        count=1,
        dtype=pixels.dtype,
        crs=crs,
        transform=transform,
        nodata=nodata,
    ) as dataset:
        dataset.write(pixels, 1)
    return path


def pixel_centres(transform: Affine, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of all pixel centres, (height, width) each."""
    row, col = np.indices(shape) + 0.5
    return apply_affine(transform, col, row)


def tile_pixels(
    tile: str, terrain: Terrain, columns: int, rows: int, offset: float = 0.0, collar: int = 0
) -> tuple[np.ndarray, Affine]:
    """Sample a terrain on the pixels of a tile.

    Parameters
    ----------
    tile
        Its name.
    terrain
        The heights.
    columns, rows
        Pixels to the degree.
    offset
        Pixels by which the tile lies to the north-west: 0.5 where centres lie on whole degrees.
    collar
        Pixels beyond the degree on each side.
    """
    west, _, _, north = tile_bounds(tile)
    step = Affine.scale(1.0 / columns, -1.0 / rows)
    origin = Affine.translation(-offset - collar, -offset - collar)
    transform = Affine.translation(west, north) @ step @ origin
    lon, lat = pixel_centres(transform, (rows + 2 * collar, columns + 2 * collar))
    return terrain(lon, lat), transform


@dataclass(frozen=True)
class Plan:
    """What a world is made of."""

    frame: str = "projected"
    terrain: Terrain = field(default_factory=smooth)
    tiled: bool = True
    per_degree: int = 1200
    dtype: str = "float32"
    nodata: float | None = VOID
    void_at: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    resampling: str = "bilinear"
    max_nodata: float = 0.25
    buffer_km: float = 0.0
    n: int = 4
    seed: int = 827
    reject: Mapping[int, float] = field(default_factory=lambda: {11: 0.5, 24: 0.3})


@dataclass(frozen=True)
class World:
    """The finished files of a dataset and what they were made from."""

    folder: Path
    plan: Plan
    lattice: Lattice
    grid: CellGrid
    cells: dict[str, list[CellFiles]]
    counts: dict[str, StackCounts]
    heights: HeightSource

    @property
    def landcover(self) -> Path:
        return self.folder / "landcover.tif"

    @property
    def promises(self) -> Promises:
        plan = self.plan
        return Promises(SIZE, DOWNSAMPLE, plan.buffer_km, [0], dict(plan.reject))

    def array(self, split: str) -> Path:
        return self.folder / f"{split}.npy"

    def footprints(self, split: str) -> Path:
        return self.folder / f"{split}.gpkg"

    def copy(self, folder: Path) -> World:
        """Copy the finished files, so that faults may be worked into them."""
        folder.mkdir(parents=True, exist_ok=True)
        for split in SPLITS:
            shutil.copy(self.array(split), folder)
            shutil.copy(self.footprints(split), folder)
        for name in ("landcover.tif", "classes.parquet", "split.gpkg"):
            shutil.copy(self.folder / name, folder)
        return replace(self, folder=folder)

    def certify(self, **changed: Any) -> Findings:
        """Certify the finished files; promises may be changed."""
        splits = [
            SplitFiles(name, self.array(name), self.footprints(name), asdict(self.counts[name]))
            for name in SPLITS
        ]
        return certify(
            splits,
            geopandas.read_file(self.folder / "split.gpkg"),
            pd.read_parquet(self.folder / "classes.parquet"),
            str(self.landcover),
            self.heights,
            replace(self.promises, **changed),
        )


def build(folder: Path, plan: Plan | None = None) -> World:
    """Build a world: land cover, elevation, cells, reliefs, split, classes, stacks."""
    plan = plan or Plan()
    folder.mkdir(parents=True, exist_ok=True)
    _write_landcover(folder / "landcover.tif", plan)
    raster, tiles = _write_elevation(folder, plan)
    nodata = None if raster is None else plan.nodata
    grid = CellGrid(REGION, plan.n)
    screen = Screen(NLCD, {0}, plan.reject)
    options = ReliefOptions(plan.resampling, plan.max_nodata, nodata)
    files = []
    with open_raster(str(folder / "landcover.tif")) as dataset:
        lattice = Lattice.over(dataset, SIZE, DOWNSAMPLE)
        for name in grid.names():
            patches = extract_cell(dataset, lattice, grid.cell(name), screen)
            patches.save(folder / f"{name}.npz")
            source = raster or join_tiles(list(tiles.values()))
            relief = extract_relief(source, lattice, patches.rows, patches.cols, options)
            relief.save(folder / f"{name}-relief.npz")
            files.append(CellFiles(name, folder / f"{name}.npz", folder / f"{name}-relief.npz"))
    test = choose_test_cells(grid, 0.2, plan.seed)
    write_gpkg(split_map(grid, test), folder / "split.gpkg", "split")
    cells = {
        "train": [cell for cell in files if cell.cell not in test],
        "test": [cell for cell in files if cell.cell in test],
    }
    histograms = (CellPatches.load_histogram(cell.patches) for cell in files)
    classes = class_distribution(histograms, NLCD)
    classes.to_parquet(folder / "classes.parquet", index=False)
    index_of = dict(zip(classes["code"].tolist(), classes["index"].tolist(), strict=True))
    counts = {}
    for split in SPLITS:
        buffer = 1000 * plan.buffer_km if split == "train" else 0.0
        stack = Stack(cells[split], cells["test"], lattice, buffer)
        stack.write_array(folder / f"{split}.npy", index_of)
        stack.write_footprints(folder / f"{split}.gpkg", split)
        counts[split] = stack.counts
    heights = HeightSource(raster, tiles, plan.resampling, nodata)
    return World(folder, plan, lattice, grid, cells, counts, heights)


def _write_landcover(path: Path, plan: Plan) -> None:
    """Write classes that follow the hills, speckled, with void and unknown margins."""
    crs, linear = FRAMES[plan.frame]
    west, south, east, north = REGION
    along = np.linspace(0.0, 1.0, 50)
    lons, lats = west + (east - west) * along, south + (north - south) * along
    lon = np.concatenate([lons, lons, np.full(50, west), np.full(50, east)])
    lat = np.concatenate([np.full(50, south), np.full(50, north), lats, lats])
    to_crs = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    col, row = apply_affine(~linear, *to_crs.transform(lon, lat))
    transform = linear @ Affine.translation(np.floor(col.min()) - 5, np.floor(row.min()) - 5)
    shape = (int(np.ptp(row)) + 10, int(np.ptp(col)) + 10)
    x, y = pixel_centres(transform, shape)
    lon, lat = to_crs.transform(x, y, direction="INVERSE")
    hills = smooth(7)(lon, lat)
    bands = np.digitize(hills, np.quantile(hills, [0.15, 0.4, 0.6, 0.85]))
    rng = np.random.default_rng(3)
    speckled = np.where(rng.random(shape) < 0.2, rng.integers(1, len(CODES), shape), bands)
    codes = CODES[speckled]
    codes[:, -20:] = 0
    codes[:20] = 250
    write_raster(path, codes, crs, transform, nodata=250)


def _write_elevation(folder: Path, plan: Plan) -> tuple[str | None, dict[str, str]]:
    """Write tiles, or one raster, of a terrain: only near the region, to be fast."""
    west, south, east, north = REGION
    west, south, east, north = west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN
    step = 1.0 / plan.per_degree
    if not plan.tiled:
        shape = (round((north - south) / step), round((east - west) / step))
        transform = Affine(step, 0.0, west, 0.0, -step, north)
        pixels = _as_stored(plan.terrain(*pixel_centres(transform, shape)), transform, plan)
        path = folder / "elevation.tif"
        return str(write_raster(path, pixels, "EPSG:4326", transform, plan.nodata)), {}
    tiles = {}
    for name in nearby_tiles(REGION, 4000.0):
        left, bottom, right, top = tile_bounds(name)
        transform = Affine(step, 0.0, left, 0.0, -step, top)
        cols = [round((min(max(x, left), right) - left) / step) for x in (west, east)]
        rows = [round((top - min(max(y, bottom), top)) / step) for y in (north, south)]
        near = transform @ Affine.translation(cols[0], rows[0])
        heights = plan.terrain(*pixel_centres(near, (rows[1] - rows[0], cols[1] - cols[0])))
        pixels = np.full((plan.per_degree, plan.per_degree), plan.nodata, plan.dtype)
        pixels[slice(*rows), slice(*cols)] = _as_stored(heights, near, plan)
        raw = write_raster(folder / "raw" / f"{name}.tif", pixels, "EPSG:4326", transform, VOID)
        make_tile(name, str(raw), None, folder / f"{name}.tif")
        raw.unlink()
        tiles[name] = str(folder / f"{name}.tif")
    return None, tiles


def _as_stored(heights: np.ndarray, transform: Affine, plan: Plan) -> np.ndarray:
    whole = np.dtype(plan.dtype).kind != "f"
    stored = (np.round(heights) if whole else heights).astype(plan.dtype)
    if plan.void_at is not None:
        stored[plan.void_at(*pixel_centres(transform, heights.shape))] = plan.nodata
    return stored
