"""Where a raster has data, at the pixels of another one."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from rasterio.windows import Window

from landloom.arrays import Int64s, Mask
from landloom.raster.pixel_grid import Box, PixelGrid, Pixels, around


class Coverage:
    """A raster that answers for every pixel of another one: is there data at its centre?

    Where data are is read in aligned blocks, each once while it is in use, and kept as a byte per
    pixel in a cache of bounded size.

    Parameters
    ----------
    grid : PixelGrid
        The raster's pixels.
    side : int
        The side of the blocks, in pixels.
    valid : callable
        Reads which pixels of a window have data.
    cached : int
        Pixels that are kept, a byte each.

    Attributes
    ----------
    void : int
        How many pixels asked for so far lay on the raster, but not on data.
    """

    _most = 2**24  # pixels looked at for one window

    def __init__(
        self,
        grid: PixelGrid,
        side: int,
        valid: Callable[[Window], Mask],
        cached: int = 128 * 2**20,
    ) -> None:
        self.grid = grid
        self.void = 0
        self._side = side
        self._valid = valid
        self._block = lru_cache(maxsize=max(1, cached // side**2))(self._read)

    def has_data(self, box: Box, wanted: Mask, locate: Pixels) -> Mask:
        """Return which pixels of the other raster have their centre on data here.

        Parameters
        ----------
        box : Box
            Pixels of the other raster.
        wanted : bool ndarray, of the box's shape
            The pixels in question; the answer for the others is no.
        locate : Pixels
            Leads from the other raster's pixels to this one's.
        """
        answer = np.zeros_like(wanted)
        if not wanted.any():
            return answer
        outline = locate.cover(box)
        cover = outline.clip(self.grid.box) if outline else self.grid.box
        if not cover.area:
            return answer
        if max(box.shape) > 64 and (outline is None or cover.area > self._most):
            for part in box.quarters():
                view = part.within(box)
                answer[view] = self.has_data(part, wanted[view], locate)
            return answer
        if cover == outline and cover.area <= self._most:
            mask = self._mask(cover)
            if mask.all():
                return wanted
            if not mask.any():
                self.void += int(np.count_nonzero(wanted))
                return answer
        rows, cols = np.nonzero(wanted)
        there = self._at(*locate(rows + box.top, cols + box.left))
        answer[rows[there], cols[there]] = True
        return answer

    def _at(self, rows: Int64s, cols: Int64s) -> Mask:
        there = self.grid.holds(rows, cols)
        if there.any():
            found = self._look_up(rows[there], cols[there])
            self.void += int(np.count_nonzero(~found))
            there[there] = found
        return there

    def _look_up(self, rows: Int64s, cols: Int64s) -> Mask:
        cover = around(rows, cols).clip(self.grid.box)
        if cover.area <= self._most:
            return self._mask(cover)[rows - cover.top, cols - cover.left]
        # Few pixels far apart: block by block, for what lies between them has no bound.
        found = np.empty(rows.shape, dtype=np.bool_)
        tops, lefts = rows // self._side * self._side, cols // self._side * self._side
        order = np.lexsort([lefts, tops])
        ends = np.flatnonzero(np.diff(tops[order]) | np.diff(lefts[order])) + 1
        for group in np.split(order, ends):
            top, left = int(tops[group[0]]), int(lefts[group[0]])
            found[group] = self._block(top, left)[rows[group] - top, cols[group] - left]
        return found

    def _mask(self, box: Box) -> Mask:
        mask = np.empty(box.shape, dtype=np.bool_)
        side = self._side
        for row in range(box.top // side * side, box.bottom, side):
            for col in range(box.left // side * side, box.right, side):
                block = Box(row, row + side, col, col + side)
                part = block.clip(box)
                mask[part.within(box)] = self._block(row, col)[part.within(block)]
        return mask

    def _read(self, row: int, col: int) -> Mask:
        box = Box(row, row + self._side, col, col + self._side).clip(self.grid.box)
        return self._valid(box.window)
