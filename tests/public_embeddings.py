"""AlphaEarth in the layout of its public copies: tiles from the south up, and the index of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import rasterio
import shapely
from affine import Affine
from rasterio.io import MemoryFile
from rasterio.warp import transform_bounds
from rasters import alphaearth_bytes
from server import Server

from landloom.raster.bounds import Bounds

GOOGLE = "storage.googleapis.com/alphaearth_foundations/satellite_embedding/v1/annual"
SOURCE = "data.source.coop/tge-labs/aef/v1/annual"
BUCKET = "s3.us-west-2.amazonaws.com/us-west-2.opendata.source.coop/tge-labs/aef/v1/annual"
FOLDERS = (GOOGLE, SOURCE, BUCKET)
INDEX = "aef_index.parquet"

GS = "gs://alphaearth_foundations/satellite_embedding/v1/annual"
S3 = "s3://us-west-2.opendata.source.coop/tge-labs/aef/v1/annual"
ROOTS = {GOOGLE: GS, SOURCE: S3, BUCKET: S3}
"""How the index of each copy begins its paths."""

NAMES = tuple(f"A{band:02d}" for band in range(64))


@dataclass(frozen=True)
class Tile:
    """A tile: its name, the CRS, its bounds there, and its pixels from the south up."""

    stem: str
    bounds: Bounds
    pixels: np.ndarray
    crs: str = "EPSG:32611"
    zone: str = "11N"
    year: int = 2021

    @property
    def place(self) -> str:
        return f"{self.year}/{self.zone}/{self.stem}.tiff"

    @property
    def window(self) -> str:
        """What its window is called."""
        return f"{self.zone}-{self.stem}"

    def tiff(self, north_up: bool = False, **changed: Any) -> bytes:
        """Return the file, with something else about it."""
        pixels = changed.pop("pixels", self.pixels)
        west, south, _, north = self.bounds
        transform = Affine(10, 0, west, 0, 10, south)
        if north_up:
            pixels, transform = pixels[:, ::-1], Affine(10, 0, west, 0, -10, north)
        bands, height, width = pixels.shape
        options = {"crs": self.crs, "transform": transform, "nodata": -128}
        options |= {"blockxsize": 32, "blockysize": 32} | changed
        with MemoryFile() as file:
            with file.open(
                driver="GTiff", width=width, height=height, count=bands, dtype=pixels.dtype,
                tiled=True, compress="deflate", **options,
            ) as target:  # fmt: skip
                target.write(pixels)
                target.descriptions = NAMES[:bands]
            return file.read()

    def row(self, root: str = GS, text: bool = False, **changed: Any) -> dict[str, Any]:
        """Return the tile's row in the index, with something else about it."""
        degrees = transform_bounds(self.crs, "EPSG:4326", *self.bounds)
        footprint = shapely.box(*degrees)
        names = ("west", "south", "east", "north")
        return {
            "fid": 1,
            "path": f"{root}/{self.place}",
            "year": self.year,
            "utm_zone": self.zone,
            "crs": self.crs,
            **dict(zip((f"wgs84_{name}" for name in names), degrees, strict=True)),
            **dict(zip((f"utm_{name}" for name in names), self.bounds, strict=True)),
            "geom": footprint.wkt if text else footprint.wkb,
        } | changed


def random_tile(stem: str, west: float, south: float, size: int = 80, **about: Any) -> Tile:
    """Return a tile of unit vectors, of which the south-western pixel is void."""
    pixels = alphaearth_bytes(size * size, seed=len(stem)).T.reshape(64, size, size).copy()
    pixels[:, 0, 0] = -128
    return Tile(stem, (west, south, west + 10 * size, south + 10 * size), pixels, **about)


def cut(embedding: Path, side: int) -> Iterator[Tile]:
    """Cut an embedding, from the north down, into tiles."""
    with rasterio.open(embedding) as source:
        pixels, (west, south, _, _) = source.read()[:, ::-1], source.bounds
        crs = source.crs.to_string()
    _, height, width = pixels.shape
    for row in range(0, height, side):
        for col in range(0, width, side):
            part = pixels[:, row : row + side, col : col + side]
            left, bottom = west + 10 * col, south + 10 * row
            bounds = (left, bottom, left + 10 * part.shape[2], bottom + 10 * part.shape[1])
            yield Tile(f"x{row // side}y-{row:010d}-{col:010d}", bounds, part, crs)


def write_index(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write an index, in groups of a few rows."""
    pq.write_table(pa.Table.from_pylist(list(rows)), path, row_group_size=3)
    return path


def lay_out(
    server: Server, tiles: Sequence[Tile], folder: Path, hosts: Sequence[str] = FOLDERS
) -> None:
    """Serve tiles and their index as the public copies do."""
    for host in hosts:
        rows = [tile.row(ROOTS[host]) for tile in tiles]
        server.put(f"{host}/{INDEX}", write_index(folder / "index.parquet", rows).read_bytes())
        for tile in tiles:
            server.put(f"{host}/{tile.place}", tile.tiff())
