"""Reading windows of an embedding, and pixels from all over it.

Rows and columns count along the raster's own pixel axes and every place goes through the affine
transform, so bottom-up rasters (positive y step), sheared ones and geographic CRSs need no special
case.

The tiles are merged here rather than by a GDAL VRT: a VRT that skips nodata merges band by band, so
a pixel could mix the vectors of two tiles, and it reads pixel-interleaved files once per band.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.arrays import Indices, Int64s, Mask
from landloom.map.embedding import KEY, SAMPLE_BLOCK, EmbeddingInfo, Tile
from landloom.map.encoding import filler, in_every_band, valid_mask, void_values
from landloom.raster.opening import open_dataset, reading

_CACHE_BYTES = 128 * 2**20  # rasterio hands this one to GDAL in bytes, not in megabytes


_OPEN_TILES = 32


_SAMPLE_BLOCKS = 32


_ENOUGH = 100


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
        """Return which pixels of a window have data, exactly as `valid_mask` of `read` would.

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

    def shown(self, tile: Tile, window: Window) -> Iterator[npt.NDArray[Any]]:
        """Read a window of one tile band by band, only as far as bands are asked for.

        Parameters
        ----------
        tile : Tile
            One of the embedding's.
        window : rasterio.windows.Window
            Whole pixels of the tile, counted from its own first one.

        Yields
        ------
        ndarray of `info.dtype`, shape (pixels,)
            A band's numbers as stored, nodata too, of the pixels that no mask or alpha hides.
        """
        source = self._source(tile)
        with reading(f"{KEY}: {tile.path}", tile.path):
            hidden = source.hidden(window)
            for number in source.bands:
                band = source.dataset.read(number, window=window)
                yield band.ravel() if hidden is None else band[~hidden]

    def _read(self, tile: Tile, window: Window) -> npt.NDArray[Any]:
        """Read a window of a tile; what its masks hide is filled with a number that is no data."""
        info, source = self.info, self._source(tile)
        with reading(f"{KEY}: {tile.path}", tile.path):
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
        with reading(f"{KEY}: {tile.path}", tile.path):
            for value in values:
                bands = (source.dataset.read(band, window=window) for band in source.bands)
                valid &= ~in_every_band(bands, value)
            hidden = source.hidden(window)
        return valid if hidden is None else valid & ~hidden

    def _under(self, window: Window) -> Iterator[tuple[Tile, tuple[slice, slice], Window]]:
        """Find the tiles that a window touches, where in the window, and where in the tile."""
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
            source = _Source.of(open_dataset(tile.path, f"{KEY}: {tile.path}"))
        self._open[tile.path] = source
        return source


def bands_of(source: DatasetReader) -> list[int]:
    """Return the numbers of the bands that hold the embedding: all but alpha."""
    alpha = alpha_of(source)
    return [band for band in source.indexes if band not in alpha]


def alpha_of(source: DatasetReader) -> list[int]:
    """Return the numbers of the bands that are declared to be alpha."""
    kinds = source.colorinterp
    return [band for band in source.indexes if kinds[band - 1] == ColorInterp.alpha]


@dataclass(frozen=True)
class _Source:
    """An open file: the bands that hold the embedding, and what else says where data are."""

    dataset: DatasetReader
    bands: list[int]
    alpha: list[int]
    masked: list[int]

    @classmethod
    def of(cls, dataset: DatasetReader) -> Self:
        bands, flags = bands_of(dataset), dataset.mask_flag_enums
        # Nodata is known already, and alpha is read as the band that it is. A mask of the dataset
        # is the same for all bands; no flag at all means a mask of the band's own.
        own = [band for band in bands if not flags[band - 1]]
        common = bands[:1] if MaskFlags.per_dataset in flags[bands[0] - 1] else []
        alpha = alpha_of(dataset)
        return cls(dataset, bands, alpha, own if alpha else own + common)

    def hidden(self, window: Window) -> Mask | None:
        """Return which pixels a mask or an alpha band declares void; None without any of them."""
        voids = [self.dataset.read(band, window=window) == 0 for band in self.alpha]
        voids += [self.dataset.read_masks(band, window=window) == 0 for band in self.masked]
        return np.logical_or.reduce(voids) if voids else None


def read_pixels(info: EmbeddingInfo, rows: Int64s, cols: Int64s) -> npt.NDArray[Any]:
    """Read single pixels, block by block, so that memory depends on their number alone.

    Parameters
    ----------
    info : EmbeddingInfo
        The embedding.
    rows, cols : ndarrays of int64, shape (pixels,)
        On the embedding.

    Returns
    -------
    ndarray of `info.dtype`, shape (pixels, bands)
        Numbers as stored, in the order of the pixels.
    """
    values = np.empty((rows.size, info.bands), dtype=info.dtype)
    with Embedding(info) as embedding:
        for group, window in _groups(info, rows, cols):
            stored = embedding.read(window)
            values[group] = stored[:, rows[group] - window.row_off, cols[group] - window.col_off].T
    return values


def pixels_with_data(info: EmbeddingInfo, rows: Int64s, cols: Int64s) -> Mask:
    """Return which of some pixels on an embedding have data; as `read_pixels`, without vectors."""
    found = np.zeros(rows.shape, np.bool_)
    with Embedding(info) as embedding:
        for group, window in _groups(info, rows, cols):
            valid = embedding.valid(window)
            found[group] = valid[rows[group] - window.row_off, cols[group] - window.col_off]
    return found


def _groups(info: EmbeddingInfo, rows: Int64s, cols: Int64s) -> Iterator[tuple[Indices, Window]]:
    """Yield pixels that are read at a time, by their places in the arrays, and their window."""
    side = info.chunk
    block = (rows // side) * (info.grid.width // side + 1) + cols // side
    order = np.argsort(block, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(block[order])) + 1):
        if group.size:
            top, left = int(rows[group].min()), int(cols[group].min())
            height, width = int(rows[group].max()) - top + 1, int(cols[group].max()) - left + 1
            yield group, Window(left, top, width, height)


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
    rng = np.random.default_rng(seed)
    cut = info.blocks(SAMPLE_BLOCK)
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
