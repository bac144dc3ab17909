"""Elevation: tiles made uniform, joined without copying, merged for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.io import DatasetReader
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from landloom.errors import LandloomError
from landloom.files import sha256_of
from landloom.grid import Bounds, tile_bounds
from landloom.raster import apply_affine, open_raster

LOWEST, HIGHEST = -12_000.0, 9_000.0
"""No sea floor lies lower and no summit higher (m)."""

_TELLTALE = -9999.0
"""A depth that some trenches do have, but that nearly always stands for 'no data' (m)."""

VOID = -32768
"""Nodata of uniform tiles and of the mosaic."""

_TILE_LAYOUT = {"driver": "GTiff", "tiled": True, "blockxsize": 512, "blockysize": 512}


@dataclass(frozen=True)
class TileStats:
    """Where a tile comes from and what it holds. Heights in metres; None where there is none.

    `source` is the path, URL or product that it was made from, empty where there was none; `size`
    (bytes) and `sha256` (hexadecimal) are those of the uniform tile.
    """

    tile: str
    source: str
    exists: bool
    size: int
    sha256: str
    width: int
    height: int
    min: float | None
    max: float | None
    mean: float | None
    void_share: float

    def row(self) -> dict[str, Any]:
        """Return the statistics as plain data."""
        return asdict(self)


def make_tile(tile: str, source: str | None, nodata: float | None, target: Path) -> TileStats:
    """Check a 1 degree tile and write it in the one form that all others rely on.

    That form: its own pixels and CRS, int16 or float32 metres, nodata -32768. A tile that does
    not exist becomes a single void pixel.

    Parameters
    ----------
    tile
        Name by the south-west corner.
    source
        Path of the tile as found; None where there is none (open sea).
    nodata
        The void value, where the file does not name it itself.
    target
        GeoTIFF to write.

    Raises
    ------
    LandloomError
        Where the file is not an elevation tile of that place.
    """
    if source is None:
        west, _, _, north = tile_bounds(tile)
        transform = Affine(1.0, 0.0, west, 0.0, -1.0, north)
        pixels = np.full((1, 1), VOID, np.int16)
        _write_tile(target, pixels, transform, "EPSG:4326")
        return TileStats(
            tile, "", False, target.stat().st_size, sha256_of(target), 1, 1, None, None, None, 1.0
        )
    with open_raster(source) as dataset:
        refuse_scaled(dataset)
        _check_place(dataset, tile)
        heights, void = _read_heights(dataset, nodata)
        whole = np.issubdtype(heights.dtype, np.integer)
        pixels = heights.astype(np.int16 if whole else np.float32)
        pixels[void] = VOID
        _write_tile(target, pixels, dataset.transform, dataset.crs)
    valid = heights[~void].astype(np.float64)
    low, high, mean = (
        (float(valid.min()), float(valid.max()), float(valid.mean()))
        if valid.size
        else (None, None, None)
    )
    rows, cols = pixels.shape
    return TileStats(
        tile=tile,
        source=source,
        exists=True,
        size=target.stat().st_size,
        sha256=sha256_of(target),
        width=cols,
        height=rows,
        min=low,
        max=high,
        mean=mean,
        void_share=float(void.mean()),
    )


def refuse_scaled(dataset: DatasetReader) -> None:
    """Refuse heights that a scale or an offset turns into metres only on reading."""
    if dataset.scales[0] != 1.0 or dataset.offsets[0] != 0.0:
        raise LandloomError(
            f"{dataset.name}: its heights have the scale {dataset.scales[0]:g} and the offset "
            f"{dataset.offsets[0]:g}; write plain metres ('gdal_translate -unscale -ot Float32')"
        )


def _check_place(dataset: DatasetReader, tile: str) -> None:
    """Refuse what is not north-up lon/lat, or does not cover its degree, give or take a pixel."""
    name, crs, transform = dataset.name, dataset.crs, dataset.transform
    if not crs.is_geographic:
        raise LandloomError(
            f"{name}: is in {crs.to_string()}; elevation tiles are in degrees (EPSG:4326). Warp "
            "it, or give all of the elevation as one raster, which may have any CRS"
        )
    if transform.b or transform.d or transform.a <= 0 or transform.e >= 0:
        raise LandloomError(f"{name}: is not north-up; warp it with 'gdalwarp -t_srs EPSG:4326'")
    west, south, east, north = tile_bounds(tile)
    left, bottom, right, top = dataset.bounds
    outward = np.array([west - left, south - bottom, right - east, top - north])
    pixel = 1.5 * np.array([transform.a, -transform.e, transform.a, -transform.e])
    if (outward < -pixel).any() or (outward > np.maximum(pixel, 0.01)).any():
        raise LandloomError(
            f"{name}: covers {_degrees((left, bottom, right, top))}, but tile {tile} is "
            f"{_degrees((west, south, east, north))} (w, s, e, n); correct the template"
        )


def _degrees(bounds: Bounds) -> str:
    return ", ".join(f"{edge:.4f}" for edge in bounds)


def _read_heights(
    dataset: DatasetReader, nodata: float | None
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """Read a whole tile, and where it is void; heights that the Earth does not have are refused."""
    if np.dtype(dataset.dtypes[0]).kind not in "iuf":
        raise LandloomError(f"{dataset.name}: holds {dataset.dtypes[0]}, not heights")
    heights = dataset.read(1)
    void = dataset.read_masks(1) == 0
    if nodata is not None:
        void |= heights == nodata
    if heights.dtype.kind == "f":
        void |= ~np.isfinite(heights)
    strange = strange_height(heights[~void])
    if strange is not None:
        raise LandloomError(
            f"{dataset.name}: holds the height {strange:.17g} m, which is not on Earth; if it "
            f"stands for 'no data', set dataset.elevation.nodata: {strange:.17g}"
        )
    return heights, void


def strange_height(heights: npt.NDArray[Any]) -> float | None:
    """Return a height (m) that the Earth does not have: most likely an undeclared void value."""
    if not heights.size:
        return None
    low, high = float(heights.min()), float(heights.max())
    if low < LOWEST:
        return low
    if high > HIGHEST:
        return high
    deep = low < _TELLTALE + 0.01
    return _TELLTALE if deep and (np.abs(heights - _TELLTALE) < 0.01).any() else None


def _write_tile(target: Path, pixels: npt.NDArray[Any], transform: Affine, crs: object) -> None:
    rows, cols = pixels.shape
    with rasterio.open(
        target,
        "w",
        **_TILE_LAYOUT,
        width=cols,
        height=rows,
        count=1,
        dtype=pixels.dtype,
        crs=crs,
        transform=transform,
        nodata=VOID,
        compress="deflate",
        predictor=3 if pixels.dtype.kind == "f" else 2,
    ) as dataset:
        dataset.write(pixels, 1)


@dataclass(frozen=True)
class _Piece:
    """A tile's place: its pixels' size and the degrees where they begin."""

    path: str
    crs: str
    dtype: str
    width: int
    height: int
    transform: Affine


def join_tiles(paths: Sequence[str | Path]) -> str | None:
    """Describe some uniform tiles as one raster.

    Neighbours meet without a seam, since the raster is read as a whole. Where tiles of coarser
    pixels lie beside finer ones (those of Copernicus grow wider towards the poles), they are read
    bilinearly at the finest ones', each for itself: where two of them meet there, heights are off
    by up to half of their pixels.

    Parameters
    ----------
    paths
        Tiles as `make_tile` writes them.

    Returns
    -------
    str or None
        The XML of a GDAL VRT, to be opened like a path; None where every tile is void.

    Raises
    ------
    LandloomError
        Where tiles differ in CRS.
    """
    pieces = [piece for path in paths if (piece := _piece(str(path)))]
    if not pieces:
        return None
    first = pieces[0]
    for piece in pieces:
        if piece.crs != first.crs:
            raise LandloomError(
                f"{piece.path} and {first.path} differ in CRS; make all elevation tiles alike"
            )
    grid, width, height = _common_grid(pieces)
    root = ET.Element("VRTDataset", rasterXSize=str(width), rasterYSize=str(height))
    ET.SubElement(root, "SRS").text = first.crs
    ET.SubElement(root, "GeoTransform").text = ", ".join(map(repr, grid.to_gdal()))
    whole = all(piece.dtype == "int16" for piece in pieces)
    band = ET.SubElement(root, "VRTRasterBand", dataType="Int16" if whole else "Float32", band="1")
    ET.SubElement(band, "NoDataValue").text = str(VOID)
    for piece in pieces:
        _add_source(band, piece, grid)
    return ET.tostring(root, encoding="unicode")


def _piece(path: str) -> _Piece | None:
    with open_raster(path) as tile:
        if tile.shape == (1, 1):
            return None
        full = str(Path(path).resolve())
        wkt = tile.crs.to_wkt()
        return _Piece(full, wkt, tile.dtypes[0], tile.width, tile.height, tile.transform)


def _common_grid(pieces: Sequence[_Piece]) -> tuple[Affine, int, int]:
    """Return affine, width and height of the finest pixels, where they are, round all pieces."""
    across = min(pieces, key=lambda piece: piece.transform.a).transform
    down = max(pieces, key=lambda piece: piece.transform.e).transform
    finest = Affine(across.a, 0.0, across.c, 0.0, down.e, down.f)
    starts = [~finest @ (piece.transform.c, piece.transform.f) for piece in pieces]
    ends = [~finest @ (piece.transform @ (piece.width, piece.height)) for piece in pieces]
    west, north = (math.floor(min(places) + 1e-6) for places in zip(*starts, strict=True))
    east, south = (math.ceil(max(places) - 1e-6) for places in zip(*ends, strict=True))
    return finest @ Affine.translation(west, north), east - west, south - north


def _add_source(band: ET.Element, piece: _Piece, grid: Affine) -> None:
    column, row = ~grid @ (piece.transform.c, piece.transform.f)
    wide, high = piece.transform.a / grid.a, piece.transform.e / grid.e
    off = max(abs(wide - 1.0), abs(high - 1.0), abs(column - round(column)), abs(row - round(row)))
    same = off < 1e-6
    source = ET.SubElement(band, "ComplexSource", {} if same else {"resampling": "bilinear"})
    ET.SubElement(source, "SourceFilename", relativeToVRT="0").text = piece.path
    ET.SubElement(source, "SourceBand").text = "1"
    _add_rectangle(source, "SrcRect", 0, 0, piece.width, piece.height)
    _add_rectangle(source, "DstRect", column, row, piece.width * wide, piece.height * high)
    ET.SubElement(source, "NODATA").text = str(VOID)


def _add_rectangle(parent: ET.Element, name: str, x: float, y: float, w: float, h: float) -> None:
    # Offsets of whole pixels must be whole: rounding errors would make GDAL resample.
    x, y, w, h = (round(value, 6) for value in (x, y, w, h))
    ET.SubElement(parent, name, xOff=repr(x), yOff=repr(y), xSize=repr(w), ySize=repr(h))


def write_mosaic(source: str, target: Path, region: Bounds | None = None) -> None:
    """Write elevation as one Cloud Optimized GeoTIFF with overviews, in bounded memory.

    Parameters
    ----------
    source
        A raster, or joined tiles.
    target
        File to write.
    region
        Lon/lat bounds to cut out, to whole pixels; all of the source when left out.

    Raises
    ------
    LandloomError
        Where the source does not touch the region.
    """
    with open_raster(source, "elevation") as dataset, _cut(dataset, region) as cut:
        floating = np.dtype(dataset.dtypes[0]).kind == "f"
        rasterio.shutil.copy(
            cut,
            target,
            driver="COG",
            compress="deflate",
            predictor="FLOATING_POINT" if floating else "STANDARD",
            overview_resampling="average",
            bigtiff="if_safer",
        )


@contextmanager
def _cut(dataset: DatasetReader, region: Bounds | None) -> Iterator[DatasetReader | WarpedVRT]:
    """Give the part of a raster that lies in a region; the raster itself where none is named."""
    if region is None:
        yield dataset  # straight: going through a warper costs a quarter more CPU time
        return
    window = _window_of(dataset, region)
    with WarpedVRT(
        dataset,
        crs=dataset.crs,
        transform=dataset.window_transform(window),
        width=int(window.width),
        height=int(window.height),
    ) as cut:
        yield cut


def _window_of(dataset: DatasetReader, region: Bounds) -> Window:
    bounds = transform_bounds("EPSG:4326", dataset.crs, *region)
    corners_x, corners_y = np.array(bounds)[[0, 2, 0, 2]], np.array(bounds)[[1, 1, 3, 3]]
    cols, rows = apply_affine(~dataset.transform, corners_x, corners_y)
    col, row = max(int(np.floor(cols.min())), 0), max(int(np.floor(rows.min())), 0)
    right = min(int(np.ceil(cols.max())), dataset.width)
    bottom = min(int(np.ceil(rows.max())), dataset.height)
    if right <= col or bottom <= row:
        raise LandloomError(
            f"{dataset.name}: does not touch the region {_degrees(region)} (w, s, e, n); correct "
            "dataset.elevation.source or dataset.region"
        )
    return Window(col, row, right - col, bottom - row)
