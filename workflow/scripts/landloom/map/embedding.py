"""An embedding as later jobs know it: its files, its grid, and what its numbers mean.

An embedding is one raster or a list of tiles. `landloom.map.embedding_header` reads the headers
once and puts all that later jobs need into an `EmbeddingInfo` for each pixel grid;
`landloom.map.embedding_reader` then reads windows of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from landloom.job.files import read_json, write_json
from landloom.legend.text import unfit
from landloom.map.blocks import Block, blocks_touching
from landloom.map.encoding import Encoding
from landloom.raster.pixel_grid import Box, PixelGrid, part_of

KEY = "map.embedding.raster"
"""The config key that names the files, for messages."""

SAMPLE_BLOCK = 256
"""Side of the blocks that are looked at before all is read."""

_READ_BYTES = 128 * 2**20


@dataclass(frozen=True)
class Tile:
    """One file of an embedding: its path and its place, in pixels of the whole."""

    path: str
    row: int
    col: int
    height: int
    width: int

    @property
    def box(self) -> Box:
        """Its pixels, among those of the whole; some are off the whole where that was cropped."""
        return Box(self.row, self.row + self.height, self.col, self.col + self.width)


@dataclass(frozen=True)
class EmbeddingInfo:
    """All that is known of an embedding on one pixel grid without reading its pixels.

    Attributes
    ----------
    tiles : tuple of Tile
        The files. Where they overlap, the first one that has data at a pixel gives its vector.
    grid : PixelGrid
        The pixels of the whole.
    bands : int
        A band of alpha does not count.
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
    grid: PixelGrid
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
    def chunk(self) -> int:
        """The side, in pixels, of a square window that may be read whole: at most 128 MB."""
        pixels = _READ_BYTES // (self.bands * np.dtype(self.dtype).itemsize)
        return min(1024, 1 << max(4, pixels.bit_length() - 1 >> 1))

    def blocks(self, size: int) -> tuple[Block, ...]:
        """Cut the embedding into square blocks of so many pixels, where some tile lies."""
        parts = [tile.box.clip(self.grid.box) for tile in self.tiles]
        places = [(part.top, part.left, *part.shape) for part in parts if part.area]
        return blocks_touching(self.grid.width, self.grid.height, size, places)

    def number_of_squares(self, side: int) -> int:
        """Return about how many squares of so many pixels cover the tiles: as many, or fewer."""
        parts = [tile.box.clip(self.grid.box) for tile in self.tiles]
        grid = _covering(Box(0, self.grid.height, 0, self.grid.width), side)
        return min(grid, sum(_covering(part, side) for part in parts if part.area))

    def crop(self, box: Box) -> EmbeddingInfo:
        """Return the part of the embedding in a box of its pixels, with the tiles that touch it."""
        tiles = [
            replace(tile, row=tile.row - box.top, col=tile.col - box.left)
            for tile in self.tiles
            if tile.box.clip(box).area
        ]
        return replace(self, tiles=tuple(tiles), grid=part_of(self.grid, box))

    @property
    def band_names(self) -> tuple[str, ...]:
        """What the file calls its bands, if it names each, all differently, in a line; else b01, …

        The numbers are wide enough to sort.
        """
        named = set(self.descriptions) - {""}
        fit = len(named) == self.bands and not any(map(unfit, named))
        return self.descriptions if fit else numbered(self.bands)

    @property
    def name(self) -> str:
        """What to call the embedding in messages: its first file, and how many more."""
        more = len(self.tiles) - 1
        return self.tiles[0].path + (f" (and {more} more)" if more else "")

    def plain(self) -> dict[str, Any]:
        """Return all as plain data."""
        fields = {
            "tiles": [asdict(tile) for tile in self.tiles],
            **self.grid.plain(),
            "bounds": list(self.grid.own_bounds),
            "bands": self.bands,
            "dtype": self.dtype,
            "encoding": self.encoding,
            "nodata": self.nodata,
            "block_shape": list(self.block_shape),
            "interleave": self.interleave,
            "descriptions": list(self.descriptions),
        }
        if self.nodata is not None and not math.isfinite(self.nodata):
            fields["nodata"] = str(self.nodata)  # JSON knows neither NaN nor infinity
        return fields

    def save(self, path: str | Path) -> None:
        """Write as JSON; equal infos give equal bytes."""
        write_json(path, self.plain())

    @classmethod
    def load(cls, path: str | Path) -> EmbeddingInfo:
        """Read what `save` wrote."""
        return cls.from_plain(read_json(path))

    @classmethod
    def from_plain(cls, fields: Mapping[str, Any]) -> EmbeddingInfo:
        """Return what `plain` described."""
        return cls(
            tiles=tuple(Tile(**tile) for tile in fields["tiles"]),
            grid=PixelGrid.from_plain(fields),
            bands=fields["bands"],
            dtype=fields["dtype"],
            encoding=fields["encoding"],
            nodata=None if fields["nodata"] is None else float(fields["nodata"]),
            block_shape=tuple(fields["block_shape"]),
            interleave=fields["interleave"],
            descriptions=tuple(fields["descriptions"]),
        )


def _covering(box: Box, side: int) -> int:
    """Return how many squares, counted from the first pixel of the whole, touch a box."""
    rows = (box.bottom - 1) // side - box.top // side + 1
    return rows * ((box.right - 1) // side - box.left // side + 1)


def numbered(bands: int) -> tuple[str, ...]:
    """Name bands by their places: b01, b02, …, wide enough to sort."""
    digits = max(2, len(str(bands)))
    return tuple(f"b{band:0{digits}d}" for band in range(1, bands + 1))
