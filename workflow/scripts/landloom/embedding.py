"""Embedding rasters: what they are, and how their pixels are read.

An embedding is one raster or a list of tiles on one pixel grid. What a file's mask or alpha band
hides is no data, and alpha is no band of the embedding. `inspect` reads the headers once
and puts all that later jobs need into an `EmbeddingInfo`; `Embedding` then reads windows of it.
Rows and columns count along the raster's own pixel axes and every place goes through the affine
transform, so bottom-up rasters (positive y step), sheared ones and geographic CRSs need no special
case.

The tiles are merged here rather than by a GDAL VRT: a VRT that skips nodata merges band by band, so
a pixel could mix the vectors of two tiles, and it reads pixel-interleaved files once per band.
"""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from landloom.encoding import (
    Encoding,
    Mask,
    filler,
    in_every_band,
    marker,
    valid_mask,
    void_values,
)
from landloom.errors import LandloomError
from landloom.grid import Block, blocks_touching

if TYPE_CHECKING:
    from affine import Affine
    from rasterio.io import DatasetReader
    from rasterio.windows import Window

_KEY = "map.embedding.raster"
_CACHE_BYTES = 128 * 2**20  # rasterio hands this one to GDAL in bytes, not in megabytes
_OPEN_TILES = 32
_READ_BYTES = 128 * 2**20
_SAMPLE_BLOCK = 256
_SAMPLE_BLOCKS = 32
_ENOUGH = 100
_ALIGNED = 0.01  # pixels: what rounding in a tile's header may amount to over its whole width


@dataclass(frozen=True)
class Tile:
    """One file of an embedding: its path and its place, in pixels of the whole."""

    path: str
    row: int
    col: int
    height: int
    width: int


@dataclass(frozen=True)
class EmbeddingInfo:
    """All that is known of an embedding without reading its pixels.

    Attributes
    ----------
    tiles : tuple of Tile
        The files. Where they overlap, the first one that has data at a pixel gives its vector.
    crs : str
        The coordinate reference system as WKT.
    transform : tuple of float
        The affine coefficients a, b, c, d, e, f of the whole (x = a·col + b·row + c), CRS units.
    bounds : tuple of float
        West, south, east, north of the whole, in CRS units.
    width, height, bands : int
        The size of the whole; a band of alpha does not count.
    dtype : str
        The stored type of every band.
    encoding : {'float', 'alphaearth'}
        What the stored numbers mean, as declared by the user.
    nodata : float or None
        The stored number that marks nodata: the user's, else the file's.
    block_shape : tuple of int
        Rows and columns of the blocks in which the first file is stored.
    interleave : str
        ``pixel``, ``band`` or ``line``: how the first file stores its bands; ``pixel`` if untold.
    descriptions : tuple of str
        What the first file calls its bands; empty texts where it says nothing.
    """

    tiles: tuple[Tile, ...]
    crs: str
    transform: tuple[float, float, float, float, float, float]
    bounds: tuple[float, float, float, float]
    width: int
    height: int
    bands: int
    dtype: str
    encoding: Encoding
    nodata: float | None
    block_shape: tuple[int, int]
    interleave: str
    descriptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # One and the same NaN object, so that two infos with a NaN nodata compare equal.
        if self.nodata is not None and math.isnan(self.nodata):
            object.__setattr__(self, "nodata", math.nan)

    @property
    def affine(self) -> Affine:
        """The transform as rasterio has it."""
        from affine import Affine

        return Affine(*self.transform)

    @property
    def chunk(self) -> int:
        """The side, in pixels, of a square window that may be read whole: at most 128 MB."""
        pixels = _READ_BYTES // (self.bands * np.dtype(self.dtype).itemsize)
        return min(1024, 1 << max(4, pixels.bit_length() - 1 >> 1))

    def blocks(self, size: int) -> tuple[Block, ...]:
        """Cut the embedding into square blocks of so many pixels, where some tile lies."""
        places = [(tile.row, tile.col, tile.height, tile.width) for tile in self.tiles]
        return blocks_touching(self.width, self.height, size, places)

    @property
    def band_names(self) -> tuple[str, ...]:
        """What the file calls its bands, if it names each, all differently; else b01, b02, …

        The numbers are wide enough to sort.
        """
        named = set(self.descriptions) - {""}
        return self.descriptions if len(named) == self.bands else numbered(self.bands)

    @property
    def name(self) -> str:
        """What to call the embedding in messages: its first file, and how many more."""
        more = len(self.tiles) - 1
        return self.tiles[0].path + (f" (and {more} more)" if more else "")

    def to_json(self) -> str:
        """Write the info as JSON text; `from_json` gives an equal one back."""
        fields = asdict(self)
        if self.nodata is not None and not math.isfinite(self.nodata):
            fields["nodata"] = str(self.nodata)  # JSON knows neither NaN nor infinity
        return json.dumps(fields, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> EmbeddingInfo:
        """Read what `to_json` wrote."""
        fields: dict[str, Any] = json.loads(text)
        fields["tiles"] = tuple(Tile(**tile) for tile in fields["tiles"])
        for key in ("transform", "bounds", "block_shape", "descriptions"):
            fields[key] = tuple(fields[key])
        if fields["nodata"] is not None:
            fields["nodata"] = float(fields["nodata"])
        return cls(**fields)


def numbered(bands: int) -> tuple[str, ...]:
    """Name bands by their places: b01, b02, …, wide enough to sort."""
    digits = max(2, len(str(bands)))
    return tuple(f"b{band:0{digits}d}" for band in range(1, bands + 1))


def inspect(
    paths: str | Path | Sequence[str | Path],
    encoding: Encoding = "float",
    nodata: float | None = None,
) -> EmbeddingInfo:
    """Read the headers of an embedding and check that its files belong together.

    Parameters
    ----------
    paths : path or sequence of paths
        One raster, or tiles on one pixel grid: anything that rasterio opens.
    encoding : {'float', 'alphaearth'}
        What the stored numbers mean (see `landloom.encoding`).
    nodata : float, optional
        The stored number that marks nodata, in place of the files' own.

    Returns
    -------
    EmbeddingInfo

    Raises
    ------
    LandloomError
        If a file cannot be opened, has no CRS, no geotransform or bands of complex or mixed
        types, or an alpha band that seems to hold data, or if two tiles differ in bands, type,
        nodata, scale or offset, CRS or pixel size, or do not lie a whole number of pixels
        apart; if the CRS has no place on the Earth; if `nodata` is no number of the type.
    """
    names = [str(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    if not names:
        raise LandloomError(f"{_KEY}: the list of tiles is empty; name at least one raster")
    headers = [_header(name, nodata) for name in names]
    offsets = [_offset(headers[0], header) for header in headers]
    top, left = (min(values) for values in zip(*offsets, strict=True))
    tiles = tuple(
        Tile(header.path, row - top, col - left, header.height, header.width)
        for header, (row, col) in zip(headers, offsets, strict=True)
    )
    first = headers[0]
    transform = first.transform @ type(first.transform).translation(left, top)
    height = max(tile.row + tile.height for tile in tiles)
    width = max(tile.col + tile.width for tile in tiles)
    corners = [transform @ corner for corner in ((0, 0), (width, 0), (0, height), (width, height))]
    xs, ys = zip(*corners, strict=True)
    return EmbeddingInfo(
        tiles=tiles,
        crs=first.crs.to_wkt(),
        transform=tuple(transform)[:6],
        bounds=(min(xs), min(ys), max(xs), max(ys)),
        width=width,
        height=height,
        bands=first.bands,
        dtype=first.dtype,
        encoding=encoding,
        nodata=first.nodata,
        block_shape=first.block_shape,
        interleave=first.interleave,
        descriptions=first.descriptions,
    )


@dataclass(frozen=True)
class _Header:
    path: str
    crs: Any
    transform: Affine
    width: int
    height: int
    bands: int
    dtype: str
    nodata: float | None
    block_shape: tuple[int, int]
    interleave: str
    scales: tuple[tuple[float, float], ...]
    descriptions: tuple[str, ...]


def _header(path: str, nodata: float | None) -> _Header:
    """Read one file's header and refuse what cannot be placed or computed with."""
    with _opened(path) as source:
        bands = _bands_of(source)
        if not bands:
            raise LandloomError(f"{_KEY}: {path} has no band but alpha, so nothing to learn from")
        types = {source.dtypes[band - 1] for band in bands}
        if len(types) > 1:
            raise LandloomError(
                f"{_KEY}: the bands of {path} are of different types "
                f"({', '.join(sorted(types))}); write them in one type"
            )
        (dtype,) = types
        if np.dtype(dtype).kind not in "iuf":
            raise LandloomError(f"{_KEY}: {path} holds {dtype}, not plain numbers")
        _check_nodata(nodata, dtype, path)
        _check_place(source, path)
        _check_alpha(source, path)
        return _Header(
            path=path,
            crs=source.crs,
            transform=source.transform,
            width=source.width,
            height=source.height,
            bands=len(bands),
            dtype=dtype,
            nodata=source.nodata if nodata is None else float(nodata),
            block_shape=tuple(source.block_shapes[0]),
            interleave=source.interleaving.value.lower() if source.interleaving else "pixel",
            scales=tuple((source.scales[band - 1], source.offsets[band - 1]) for band in bands),
            descriptions=tuple((source.descriptions[band - 1] or "").strip() for band in bands),
        )


def _check_nodata(nodata: float | None, dtype: str, path: str) -> None:
    """Refuse a nodata of the user's that no stored number can equal."""
    if nodata is None or np.dtype(dtype).kind == "f" or marker(nodata, dtype) is not None:
        return
    limits = np.iinfo(dtype)
    raise LandloomError(
        f"map.embedding.nodata: {nodata:g} cannot stand in {path}, which holds {dtype}: whole "
        f"numbers from {limits.min} to {limits.max}; set the number that marks nodata there, or "
        "leave the key out"
    )


def _check_place(source: DatasetReader, path: str) -> None:
    """Refuse a CRS from which no longitude and latitude can be had, such as a local one."""
    from pyproj.exceptions import ProjError

    from landloom.raster import to_lonlat

    try:
        to_lonlat(source.crs.to_wkt())
    except ProjError:
        raise LandloomError(
            f"{_KEY}: the CRS of {path} ({source.crs.to_string()}) has no known place on the "
            "Earth; give it the one in which its coordinates are, for example with 'rio edit-info "
            f"--crs EPSG:32631 {path}'"
        ) from None


def _bands_of(source: DatasetReader) -> list[int]:
    """Give the numbers of the bands that hold the embedding: all but alpha."""
    alpha = _alpha_of(source)
    return [band for band in source.indexes if band not in alpha]


def _alpha_of(source: DatasetReader) -> list[int]:
    from rasterio.enums import ColorInterp

    kinds = source.colorinterp
    return [band for band in source.indexes if kinds[band - 1] == ColorInterp.alpha]


def _check_alpha(source: DatasetReader, path: str) -> None:
    """Refuse an alpha band that looks like data: GDAL calls the fourth of four bytes alpha."""
    from rasterio.windows import Window

    width, height = (min(_SAMPLE_BLOCK, side) for side in (source.width, source.height))
    for band in _alpha_of(source):
        found: set[float] = set()
        for row, col in product(range(3), repeat=2):
            top, left = row * (source.height - height) // 2, col * (source.width - width) // 2
            with _reading(path):
                part = source.read(band, window=Window(left, top, width, height))
            found |= set(np.unique(part).tolist()) - {0}
        if len(found) > 1:
            kinds = [kind.name for kind in source.colorinterp]
            kinds[band - 1] = "undefined"
            raise LandloomError(
                f"{_KEY}: band {band} of {path} is declared to be alpha, which says where there "
                f"are data, but holds {len(found)} numbers besides 0, from {min(found)} to "
                f"{max(found)}; if it is a band like the others, declare it so: 'rio edit-info "
                f"--colorinterp {','.join(kinds)} {path}', else make it 0 and 255"
            )


def _opened(path: str) -> DatasetReader:
    from landloom.raster import open_dataset

    return open_dataset(path, f"{_KEY}: {path}")


def _reading(path: str) -> AbstractContextManager[None]:
    from landloom.raster import reading

    return reading(f"{_KEY}: {path}", path)


def _offset(first: _Header, other: _Header) -> tuple[int, int]:
    """Row and column of a tile's first pixel, counted from those of the first tile."""

    def differ(what: str, values: tuple[object, object], remedy: str) -> LandloomError:
        return LandloomError(
            f"{_KEY}: tiles of different {what}: {first.path} has {values[0]}, "
            f"{other.path} has {values[1]}; {remedy}"
        )

    same = "list tiles of one embedding only"

    if other.bands != first.bands:
        raise differ("band counts", (first.bands, other.bands), same)
    if other.dtype != first.dtype:
        raise differ("types", (first.dtype, other.dtype), same)
    if marker(first.nodata, first.dtype) != marker(other.nodata, other.dtype):
        raise differ("nodata", (first.nodata, other.nodata), "set map.embedding.nodata")
    if other.descriptions != first.descriptions and set(other.descriptions) == set(
        first.descriptions
    ):
        names = ", ".join(first.descriptions), ", ".join(other.descriptions)
        raise differ("order of the bands", names, "write the bands in one order")
    if other.scales != first.scales:
        pairs = next(
            pair for pair in zip(first.scales, other.scales, strict=True) if pair[0] != pair[1]
        )
        raise differ("scale and offset", pairs, "write them with one scale and offset")
    if other.crs != first.crs:
        names = first.crs.to_string(), other.crs.to_string()
        raise differ("CRS", names, "reproject them to one CRS, or make a map of each")
    # The other tile's pixel axes and origin, in the first one's pixels: 1, 0, 0, 1 if they agree.
    axes = ~first.transform @ other.transform
    drift = max(abs(axes.a - 1), abs(axes.b), abs(axes.d), abs(axes.e - 1))
    if drift * max(other.width, other.height) > _ALIGNED:
        steps = _steps(first.transform), _steps(other.transform)
        raise differ("pixel steps (a, b, d, e)", steps, "resample them to one pixel grid")
    row, col = round(axes.f), round(axes.c)
    if max(abs(axes.f - row), abs(axes.c - col)) > _ALIGNED:
        raise LandloomError(
            f"{_KEY}: {other.path} lies {axes.c:.3f} columns and {axes.f:.3f} rows from "
            f"{first.path}, not a whole number of pixels; resample them to one pixel grid"
        )
    return row, col


def _steps(transform: Affine) -> tuple[float, ...]:
    """Give a transform's linear part: y steps of unlike sign are a bottom-up tile among others."""
    return transform.a, transform.b, transform.d, transform.e


class Embedding:
    """An embedding opened for reading; a context manager.

    Memory is bounded by the windows asked for: GDAL's block cache is held at 128 MB and at most 32
    tiles are open at once.

    Parameters
    ----------
    info : EmbeddingInfo
        What `inspect` found.

    Examples
    --------
    >>> with Embedding(info) as embedding:  # doctest: +SKIP
    ...     stored = embedding.read(Window(0, 0, 512, 512))
    ...     valid = valid_mask(stored, info.encoding, info.nodata)
    """

    def __init__(self, info: EmbeddingInfo) -> None:
        self.info = info
        self._stack = ExitStack()
        self._open: OrderedDict[str, _Source] = OrderedDict()

    def __enter__(self) -> Self:
        import rasterio

        # By default the block cache grows with the machine's memory.
        self._stack.enter_context(rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES))
        return self

    def __exit__(self, *_: object) -> None:
        while self._open:
            self._open.popitem()[1].dataset.close()
        self._stack.close()

    def read(self, window: Window) -> npt.NDArray[Any]:
        """Read a window as stored.

        Parameters
        ----------
        window : rasterio.windows.Window
            Whole pixels, inside the raster.

        Returns
        -------
        ndarray of `info.dtype`, shape (bands, height, width)
            Where no tile lies, and where several lie but none has data, the pixel is one that
            `valid_mask` refuses.

        Raises
        ------
        LandloomError
            Where a part of a file cannot be read.
        """
        info = self.info
        shape = (info.bands, int(window.height), int(window.width))
        tiles = list(self._under(window))
        if len(tiles) == 1 and tiles[0][1] == (slice(0, shape[1]), slice(0, shape[2])):
            tile, _, part = tiles[0]
            return self._read(tile, part)
        fill = filler(info.encoding, info.nodata, info.dtype)
        merged = np.full(shape, fill, dtype=info.dtype)
        for tile, (rows, cols), part in reversed(tiles):  # so that the first tile comes out on top
            stored = self._read(tile, part)
            valid = valid_mask(stored, info.encoding, info.nodata)
            np.copyto(merged[:, rows, cols], stored, where=valid)
        return merged

    def valid(self, window: Window) -> Mask:
        """Say which pixels of a window have data, exactly as `valid_mask` of `read` would.

        Files that store band by band are read only as far as needed, often one band of all, if a
        pixel is invalid only by what stands in every band.

        Parameters
        ----------
        window : rasterio.windows.Window
            Whole pixels, inside the raster; not larger than `info.chunk` squared to bound memory.

        Returns
        -------
        bool ndarray, shape (height, width)
        """
        valid = np.zeros((int(window.height), int(window.width)), dtype=np.bool_)
        for tile, place, part in self._under(window):
            valid[place] |= self._valid_in(tile, part)
        return valid

    def _read(self, tile: Tile, window: Window) -> npt.NDArray[Any]:
        """Read a window of a tile; what its masks hide is filled with a number that is no data."""
        info, source = self.info, self._source(tile)
        with _reading(tile.path):
            stored: npt.NDArray[Any] = source.dataset.read(source.bands, window=window)
            hidden = source.hidden(window)
        if hidden is not None:
            stored[:, hidden] = filler(info.encoding, info.nodata, info.dtype)
        return stored

    def _valid_in(self, tile: Tile, window: Window) -> Mask:
        info = self.info
        values = void_values(info.encoding, info.nodata, info.dtype, info.bands)
        if values is None or info.interleave != "band":
            return valid_mask(self._read(tile, window), info.encoding, info.nodata)
        valid = np.ones((int(window.height), int(window.width)), dtype=np.bool_)
        source = self._source(tile)
        with _reading(tile.path):
            for value in values:
                bands = (source.dataset.read(band, window=window) for band in source.bands)
                valid &= ~in_every_band(bands, value)
            hidden = source.hidden(window)
        return valid if hidden is None else valid & ~hidden

    def _under(self, window: Window) -> Iterator[tuple[Tile, tuple[slice, slice], Window]]:
        """Find the tiles that a window touches, where in the window, and where in the tile."""
        from rasterio.windows import Window

        (top, bottom), (left, right) = window.toranges()
        for tile in self.info.tiles:
            row, col = max(top, tile.row), max(left, tile.col)
            height = min(bottom, tile.row + tile.height) - row
            width = min(right, tile.col + tile.width) - col
            if height > 0 and width > 0:
                rows = slice(row - top, row - top + height)
                cols = slice(col - left, col - left + width)
                yield tile, (rows, cols), Window(col - tile.col, row - tile.row, width, height)

    def _source(self, tile: Tile) -> _Source:
        source = self._open.pop(tile.path, None)
        if source is None:
            if len(self._open) == _OPEN_TILES:
                self._open.popitem(last=False)[1].dataset.close()
            source = _Source.of(_opened(tile.path))
        self._open[tile.path] = source
        return source


@dataclass(frozen=True)
class _Source:
    """An open file: the bands that hold the embedding, and what else says where data are."""

    dataset: DatasetReader
    bands: list[int]
    alpha: list[int]
    masked: list[int]

    @classmethod
    def of(cls, dataset: DatasetReader) -> Self:
        from rasterio.enums import MaskFlags

        bands, flags = _bands_of(dataset), dataset.mask_flag_enums
        # Nodata is known already, and alpha is read as the band that it is. A mask of the dataset
        # is the same for all bands; no flag at all means a mask of the band's own.
        own = [band for band in bands if not flags[band - 1]]
        common = bands[:1] if MaskFlags.per_dataset in flags[bands[0] - 1] else []
        alpha = _alpha_of(dataset)
        return cls(dataset, bands, alpha, own if alpha else own + common)

    def hidden(self, window: Window) -> Mask | None:
        """Say which pixels a mask or an alpha band declares void; None without any of them."""
        voids = [self.dataset.read(band, window=window) == 0 for band in self.alpha]
        voids += [self.dataset.read_masks(band, window=window) == 0 for band in self.masked]
        return np.logical_or.reduce(voids) if voids else None


def sample_pixels(info: EmbeddingInfo, n: int = 2048, seed: int = 0) -> npt.NDArray[Any]:
    """Read pixels from all over an embedding.

    Blocks of 256 by 256 pixels are read in random order, 32 of them, and on until 100 pixels with
    data were found or the raster has ended: that there is no data is known only at the end.

    Parameters
    ----------
    info : EmbeddingInfo
        The embedding.
    n : int
        How many pixels with data to take, and about as many without, if there are so many.
    seed : int
        Chooses blocks and pixels.

    Returns
    -------
    ndarray of `info.dtype`, shape (pixels, bands)
        Numbers as stored. The same for the same arguments.
    """
    from rasterio.windows import Window

    rng = np.random.default_rng(seed)
    cut = info.blocks(_SAMPLE_BLOCK)
    share = -(-n // min(_SAMPLE_BLOCKS, len(cut)))
    rows: list[npt.NDArray[Any]] = []
    found = 0
    with Embedding(info) as embedding:
        for seen, index in enumerate(rng.permutation(len(cut))):
            if seen >= _SAMPLE_BLOCKS and found >= _ENOUGH:
                break
            block = cut[index]
            stored = embedding.read(Window(block.col, block.row, block.width, block.height))
            valid = valid_mask(stored, info.encoding, info.nodata).ravel()
            for pixels in (np.flatnonzero(valid), np.flatnonzero(~valid)):
                chosen = rng.choice(pixels, min(share, pixels.size), replace=False)
                # An empty block need not be kept a thousand times to be known as empty.
                if seen < _SAMPLE_BLOCKS or valid.any():
                    rows.append(stored.reshape(info.bands, -1)[:, chosen].T)
            found += int(np.count_nonzero(valid))
    return np.concatenate(rows)
