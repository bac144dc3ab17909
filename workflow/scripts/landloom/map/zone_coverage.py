"""Where the zones of an embedding have data, at the pixels of another raster."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Self

import numpy as np
from pyproj import CRS

from landloom.arrays import Int64s, Mask
from landloom.map.embedding_reader import Embedding
from landloom.map.zones import NOBODY, Owners, ZonedEmbedding, settle
from landloom.raster.coordinates import LONLAT, coordinates
from landloom.raster.coverage import Coverage
from landloom.raster.pixel_grid import Box, PixelGrid, pixels_onto

_CACHED = 128 * 2**20  # pixels, of all zones together


class ZoneCoverage:
    """The zones of an embedding, opened to be asked where they have data; a context manager.

    Parameters
    ----------
    embedding : ZonedEmbedding
        The zones.

    Attributes
    ----------
    layers : list of Coverage
        One for each zone.
    missed : int
        With several zones, the pixels asked for so far that no zone has, but whose grids hold them.
    """

    def __init__(self, embedding: ZonedEmbedding) -> None:
        self.embedding = embedding
        self.layers: list[Coverage] = []
        self.missed = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for zone in self.embedding.zones:
            opened = self._stack.enter_context(Embedding(zone.info))
            share = _CACHED // len(self.embedding.zones)
            self.layers.append(Coverage(zone.info.grid, zone.info.chunk, opened.valid, share))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def void(self) -> int:
        """How many pixels asked for so far lay on a zone's grid, but not on data of any."""
        return self.layers[0].void if len(self.layers) == 1 else self.missed

    def reach(self, grid: PixelGrid, size: int) -> list[Box]:
        """Return the parts of another raster that can meet the zones, none twice.

        They are cut along the multiples of a size, in pixels.
        """
        parts: dict[tuple[int, int], Box] = {}
        for zone in self.embedding.zones:
            for reached in grid.reach(zone.info.grid):
                for box in reached.windows(size):
                    cell = (box.top // size, box.left // size)
                    parts[cell] = parts[cell].around(box) if cell in parts else box
        return list(parts.values())

    def seen_from(self, grid: PixelGrid) -> ZonesSeen:
        """Return the view of the zones from the pixels of another raster."""
        return ZonesSeen(self, grid)


class ZonesSeen:
    """The zones of an embedding, as they lie below the pixels of another raster."""

    def __init__(self, coverage: ZoneCoverage, grid: PixelGrid) -> None:
        self._coverage = coverage
        self._grid = grid
        self._ways = [pixels_onto(grid, zone.info.grid) for zone in coverage.embedding.zones]
        self._lonlat = coordinates(grid.crs, CRS.from_user_input(LONLAT))

    def settle(self, box: Box, wanted: Mask) -> Owners:
        """Return which zone gives each pixel of a box its data, see `landloom.map.zones.settle`.

        Parameters
        ----------
        box : Box
            Pixels of the other raster.
        wanted : bool ndarray, of the box's shape
            Those in question; the others are nobody's.
        """
        layers = self._coverage.layers
        if not wanted.any():
            return np.full(wanted.shape, NOBODY, np.int16)

        def has_data(zone: int, asked: Mask) -> Mask:
            return layers[zone].has_data(box, asked & wanted, self._ways[zone])

        if len(layers) == 1:
            return np.where(has_data(0, wanted), 0, NOBODY).astype(np.int16)
        rows, cols = np.mgrid[box.top : box.bottom, box.left : box.right].astype(np.int64)
        owners = self._coverage.embedding.owners(*self._lonlat(*self._grid.centres(rows, cols)))
        settled = settle(owners, len(layers), has_data)
        void = wanted & (settled == NOBODY)
        self._coverage.missed += self._on_some_zone(rows[void], cols[void])
        return settled

    def _on_some_zone(self, rows: Int64s, cols: Int64s) -> int:
        on = np.zeros(rows.shape, np.bool_)
        for way in self._ways:
            on |= way.target.holds(*way(rows, cols))
        return int(np.count_nonzero(on))
