"""Rasters of the demo world: stand-ins for NLCD, elevation tiles, WorldCover and AlphaEarth.

They have the CRS, resolution, data type, codes, nodata and flaws of the products whose place they
take, and all show the one landscape of `landloom.demo.world`. Written block by block, so that
memory does not grow with the world; the same arguments give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.windows import Window

from landloom.arrays import Float64s, Mask
from landloom.demo.cover import Codes, land_cover, reference_cover, unknown, worldcover_of
from landloom.demo.embedding import BANDS, EmbeddingModel
from landloom.demo.noise import nearest_site, smooth
from landloom.demo.world import World, height, void
from landloom.errors import LandloomError
from landloom.legend.legends import NLCD, WORLDCOVER, Legend
from landloom.raster.degree_tiles import tile_corner

__all__ = [
    "NorthUpGrid",
    "World",
    "embedding_grid",
    "height",
    "land_cover",
    "later_cover",
    "write_embedding",
    "write_landcover",
    "write_tile",
    "write_worldcover",
]

_TILE = 512
_CACHE_BYTES = 64 * 2**20  # rasterio hands this one to GDAL in bytes, not in megabytes


@dataclass(frozen=True)
class _Pixels:
    """What the pixels of a product hold.

    Parameters
    ----------
    dtype, nodata
        Of all bands.
    count
        Bands.
    predictor
        GDAL's, for deflate: 2 where neighbours are alike.
    legend
        The classes, whose colours the raster has.
    """

    dtype: str
    nodata: int
    count: int = 1
    predictor: int = 1
    legend: Legend | None = None


_LANDCOVER = _Pixels("uint8", 250, legend=NLCD)
_ELEVATION = _Pixels("int16", -32768, predictor=2)
_WORLDCOVER = _Pixels("uint8", 0, legend=WORLDCOVER)
_EMBEDDING = _Pixels("int8", -128, count=BANDS, predictor=2)


@dataclass(frozen=True)
class NorthUpGrid:
    """The pixels of a north-up raster.

    Parameters
    ----------
    crs
        As ``EPSG:5070``.
    west, north
        Outer corner of the first pixel, in the CRS.
    resolution
        Edge of a pixel, in the CRS.
    width, height
        Number of columns and rows.
    """

    crs: str
    west: float
    north: float
    resolution: float
    width: int
    height: int

    @property
    def transform(self) -> Affine:
        """Affine transform from (column, row) to the CRS."""
        return Affine(self.resolution, 0.0, self.west, 0.0, -self.resolution, self.north)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) in the CRS."""
        east = self.west + self.width * self.resolution
        return self.west, self.north - self.height * self.resolution, east, self.north

    def lonlat_bounds(self, margin: float = 0.0) -> tuple[float, float, float, float]:
        """Box in degrees, EPSG:4326, around the raster and `margin` more on each side."""
        to_lonlat = Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)
        west, south, east, north = to_lonlat.transform_bounds(*self.bounds, densify_pts=21)
        return west - margin, south - margin, east + margin, north + margin

    def centres(self, window: Window, halo: int = 0) -> tuple[Float64s, Float64s]:
        """Coordinates x (1, w) and y (h, 1) of the window's pixel centres, in the CRS."""
        columns = np.arange(-halo, window.width + halo) + window.col_off
        rows = np.arange(-halo, window.height + halo) + window.row_off
        x = self.west + (columns + 0.5) * self.resolution
        y = self.north - (rows + 0.5) * self.resolution
        return x[np.newaxis, :], y[:, np.newaxis]

    def lonlat(self, window: Window, halo: int = 0) -> tuple[Float64s, Float64s]:
        """Degrees, EPSG:4326, of the window's pixel centres: two arrays (h, w)."""
        x, y = np.broadcast_arrays(*self.centres(window, halo))
        if self.crs == "EPSG:4326":
            return x, y
        to_lonlat = Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)
        lon, lat = to_lonlat.transform(x, y)
        return lon, lat

    def windows(self, block: int) -> Iterator[Window]:
        """Windows of at most `block` pixels squared, row by row."""
        for row in range(0, self.height, block):
            for column in range(0, self.width, block):
                w, h = min(block, self.width - column), min(block, self.height - row)
                yield Window(column, row, w, h)


def write_landcover(
    world: World, path: str | Path, *, margin_km: float = 4.0, block: int = _TILE
) -> None:
    """Write land cover like the NLCD's: uint8, EPSG:5070, 30 m, nodata 250.

    What lies 1 to 3 km outside the world's bounds is unknown (0), and so are a few holes inside.

    Parameters
    ----------
    world
        The world.
    path
        The GeoTIFF to write.
    margin_km
        How far the raster reaches beyond the world's bounds, at least.
    block
        Pixels squared that are held in memory at a time.
    """
    grid = _landcover_grid(world, margin_km)

    def paint(window: Window) -> NDArray[np.uint8]:
        lon, lat = grid.lonlat(window)
        code = land_cover(world, lon, lat)
        code[unknown(world, lon, lat)] = 0
        return code

    _write(path, grid, paint, block, _LANDCOVER)


def write_tile(
    world: World, tile: str, path: str | Path, *, pixels_per_degree: int = 3600, block: int = _TILE
) -> None:
    """Write a 1° tile of elevation: int16 metres, EPSG:4326, voids -32768.

    Parameters
    ----------
    world
        The world.
    tile
        South-west corner, like ``N42W117``.
    path
        The GeoTIFF to write.
    pixels_per_degree
        3600 for one arc second.
    block
        Pixels squared that are held in memory at a time.

    Raises
    ------
    LandloomError
        If the tile is one of the world's missing ones.
    """
    lon, lat = tile_corner(tile)
    if tile in world.missing_tiles:
        raise LandloomError(
            f"The demo world has no elevation tile {tile}: it is open sea (missing_tiles)."
        )
    n = pixels_per_degree
    grid = NorthUpGrid("EPSG:4326", lon, lat + 1, 1 / n, n, n)

    def paint(window: Window) -> NDArray[np.int16]:
        lon, lat = grid.lonlat(window)
        metres = np.rint(height(world, lon, lat)).astype(np.int16)
        metres[void(world, lon, lat)] = _ELEVATION.nodata
        return metres

    _write(path, grid, paint, block, _ELEVATION)


def write_worldcover(
    world: World,
    path: str | Path,
    bounds: tuple[float, float, float, float],
    *,
    block: int = _TILE,
) -> None:
    """Write reference labels like ESA WorldCover's: uint8, EPSG:4326, 1/12000°, nodata 0.

    Parameters
    ----------
    world
        The world.
    path
        The GeoTIFF to write.
    bounds
        (west, south, east, north) in degrees, EPSG:4326, that the raster covers; it is extended to
        whole pixels.
    block
        Pixels squared that are held in memory at a time.
    """
    west, south, east, north = (round(b * 12000, 6) for b in bounds)
    left, top = int(np.floor(west)), int(np.ceil(north))
    width, rows = int(np.ceil(east)) - left, top - int(np.floor(south))
    grid = NorthUpGrid("EPSG:4326", left / 12000, top / 12000, 1 / 12000, width, rows)

    def paint(window: Window) -> NDArray[np.uint8]:
        return reference_cover(world, *grid.lonlat(window))

    _write(path, grid, paint, block, _WORLDCOVER)


def write_embedding(
    world: World, path: str | Path, size: int = 1024, *, block: int = _TILE, later: bool = False
) -> None:
    """Write an embedding like AlphaEarth's: 64 bands int8, UTM, 10 m, -128 where there is none.

    A vector has unit length before it is encoded as ``sign(v) |v|^0.5 127.5``, rounded. It points
    where its land cover does, blended with the neighbouring pixels and disturbed by noise that
    varies over some hundred metres. One corner and a few holes have no data, in any band.

    Parameters
    ----------
    world
        The world.
    path
        The GeoTIFF to write.
    size
        Columns and rows.
    block
        Pixels squared that are held in memory at a time.
    later
        Whether it is of a later year, in which a town has grown (`later_cover`) and single pixels
        vary in another way.
    """
    grid = embedding_grid(world, size)
    model = EmbeddingModel.of(world)
    if later:
        model = replace(model, seeds=(*model.seeds[:-1], world.layer("later")))

    def paint(window: Window) -> NDArray[np.int8]:
        cover = land_cover(world, *grid.lonlat(window, halo=1))
        if later:
            cover = later_cover(cover, grid, window, halo=1)
        x, y = grid.centres(window)
        columns, rows = x[0] // 10, y[:, 0] // 10
        encoded = model.encode(cover, x / 1000, y / 1000, columns, rows)
        encoded[:, _never_seen(world, grid, window)] = _EMBEDDING.nodata
        return encoded

    _write(path, grid, paint, block, _EMBEDDING)


def later_cover(cover: Codes, grid: NorthUpGrid, window: Window, halo: int = 0) -> Codes:
    """Return the land cover of a later year: a town has grown in the middle of the embedding.

    Parameters
    ----------
    cover
        uint8 (h, w): NLCD codes of the window's pixels, and of `halo` more on each side.
    grid
        The embedding's pixels.
    window
        A part of them.
    halo
        Pixels beyond it.

    Returns
    -------
    numpy.ndarray
        uint8 (h, w): 24 (built up) on all land within a fifth of the grid's width from its centre,
        elsewhere as before.
    """
    x, y = grid.centres(window, halo)
    west, south, east, north = grid.bounds
    from_middle = np.hypot(x - (west + east) / 2, y - (south + north) / 2)
    grown = (from_middle < (east - west) / 5) & (cover != 11)
    return np.where(grown, np.uint8(24), cover)


def embedding_grid(world: World, size: int = 1024) -> NorthUpGrid:
    """Choose where the embedding lies: 10 m pixels in the UTM zone of the place.

    Of 10 x 10 candidates that lie evenly within the world's bounds, the one in which most
    WorldCover classes have a share above 2 %; of several, the one with the most even shares
    (Gini-Simpson index); judged by 40 x 40 points each.

    Parameters
    ----------
    world
        The world. If it is smaller than the embedding, the two share their centre.
    size
        Columns and rows.

    Returns
    -------
    NorthUpGrid
        Its corner on a multiple of 10 m.
    """
    west, south, east, north = world.bounds
    middle = (south + north) / 2
    km_per_lon, km_per_lat = world.km_per_degree
    dx, dy = 0.010 * size / km_per_lon, 0.010 * size / km_per_lat
    steps = (np.arange(10) + 0.5) / 10 - 0.5
    lons = (west + east) / 2 + steps * max(east - west - dx, 0.0)
    lats = middle + steps * max(north - south - dy, 0.0)
    offset = (np.arange(40) + 0.5) / 40 - 0.5

    def diversity(place: tuple[float, float]) -> tuple[int, float]:
        lon, lat = place[0] + offset[np.newaxis, :] * dx, place[1] + offset[:, np.newaxis] * dy
        share = np.bincount(worldcover_of(land_cover(world, lon, lat)).ravel()) / offset.size**2
        return int((share > 0.02).sum()), 1.0 - float((share**2).sum())

    lon, lat = max(((lon, lat) for lat in lats for lon in lons), key=diversity)
    zone = int(np.floor((lon + 180) / 6)) % 60 + 1
    crs = f"EPSG:{32600 + zone if lat >= 0 else 32700 + zone}"
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    half = 5.0 * size
    return NorthUpGrid(
        crs, round((x - half) / 10) * 10.0, round((y + half) / 10) * 10.0, 10.0, size, size
    )


def _landcover_grid(world: World, margin_km: float) -> NorthUpGrid:
    """Cover the world's bounds; pixel corners lie on odd multiples of 15 m, as the NLCD's do."""
    to_albers = Transformer.from_crs("EPSG:4326", "EPSG:5070", always_xy=True)
    box = np.array(to_albers.transform_bounds(*world.bounds, densify_pts=101))
    margin = 1000.0 * margin_km
    left, bottom = np.floor((box[:2] - margin - 15) / 30)
    right, top = np.ceil((box[2:] + margin - 15) / 30)
    west, north = 30.0 * left + 15, 30.0 * top + 15
    return NorthUpGrid("EPSG:5070", west, north, 30.0, int(right - left), int(top - bottom))


def _write(
    path: str | Path,
    grid: NorthUpGrid,
    paint: Callable[[Window], NDArray[Any]],
    block: int,
    pixels: _Pixels,
) -> None:
    """Paint a tiled, deflated GeoTIFF window by window."""
    # by default GDAL would keep as much as 5 % of the machine's memory of what it has written
    with (
        rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES),
        rasterio.open(
            path,
            "w",
            driver="GTiff",
            crs=grid.crs,
            transform=grid.transform,
            width=grid.width,
            height=grid.height,
            count=pixels.count,
            dtype=pixels.dtype,
            nodata=pixels.nodata,
            tiled=True,
            blockxsize=_TILE,
            blockysize=_TILE,
            compress="deflate",
            predictor=pixels.predictor,
            interleave="band",
            bigtiff="if_safer",
        ) as raster,
    ):
        if pixels.legend is not None:
            raster.write_colormap(1, {code: entry.rgb for code, entry in pixels.legend.items()})
        for window in grid.windows(block):
            painted = paint(window)
            raster.write(painted if painted.ndim == 3 else painted[np.newaxis], window=window)


def _never_seen(world: World, grid: NorthUpGrid, window: Window) -> Mask:
    """Where the embedding has no data: its north-west corner, cut off aslant, and a few holes."""
    x, y = np.broadcast_arrays(*grid.centres(window))
    ragged = smooth(x, y, world.layer("swath edge"), 900.0, 4, 0.6)
    extent = grid.width * grid.resolution
    aslant = (x - grid.west) + 0.35 * (grid.north - y)
    holes, _ = nearest_site(x, y, world.layer("clouds"), 3000.0, 0.5, (60.0, 250.0))
    return (aslant + 60.0 * ragged < 0.14 * extent) | (holes + 0.3 * ragged < 1.0)
