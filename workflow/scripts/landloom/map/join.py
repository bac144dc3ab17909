"""The map as Cloud Optimized GeoTIFFs: the union of its blocks, with names and colours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.errors import RasterioError

from landloom.errors import LandloomError
from landloom.job.files import whole_file
from landloom.job.kept import clear
from landloom.legend.legends import Legend, colored
from landloom.legend.qgis import style_of_classes, style_of_numbers, write_style
from landloom.legend.values import NODATA
from landloom.map.blocks import Block
from landloom.raster.pixel_grid import PixelGrid
from landloom.raster.vrt import Band, Piece, vrt

_LOOKED_AT = 512
"""Pixels along a side that tell which numbers a map has."""


@dataclass(frozen=True)
class Layer:
    """What one of the maps holds.

    Attributes
    ----------
    bands
        Bands of the blocks that the map holds, and what to call each; an empty text for nothing.
    legend
        Names and colours of the class values; empty for numbers.
    dtype, nodata
        Of the map.
    void
        What stands for no data in the blocks, where that is another number than in the map.
    overviews
        How they are made; unless it is said, by ``mode`` for classes, ``average`` for numbers.
    unit
        Of the numbers.
    tags
        Metadata of each band.
    shown
        The numbers between which a style for QGIS spreads its colours; unless they are given, most
        of those that the map has.
    look
        Names and colours of numbers in that style alone, in place of a ramp.
    """

    bands: Mapping[int, str]
    legend: Legend = field(default_factory=dict)
    dtype: str = "uint8"
    nodata: float = NODATA
    void: float | None = None
    overviews: Literal["mode", "average"] | None = None
    unit: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    shown: tuple[float, float] | None = None
    look: Legend = field(default_factory=dict)

    def style(self, path: str | Path) -> str:
        """Return the style that QGIS takes for the map in a file: names and colours, or a ramp."""
        if self.legend or self.look:
            return style_of_classes(self.legend or self.look)
        return style_of_numbers(*(self.shown or most_numbers(path)), self.unit)


def join_blocks(
    blocks: Sequence[tuple[Block, str | Path]],
    grid: PixelGrid,
    layer: Layer,
    outputs: Sequence[str | Path],
) -> None:
    """Join blocks as `write_map` does, into files that appear whole or not at all.

    Parameters
    ----------
    blocks, grid, layer
        As for `write_map`.
    outputs
        The map; and, where there is a legend, the file of names beside it. A style, ``.qml``, if
        it is among them.
    """
    with whole_file(outputs[0]) as draft:
        write_map(blocks, grid, layer, draft)
        for path in outputs:
            if Path(path).suffix == ".qml":
                write_style(path, layer.style(draft))
        if layer.legend:
            draft.with_name(f"{draft.name}.aux.xml").replace(outputs[1])
    clear(path for _, path in blocks)


def write_map(
    blocks: Sequence[tuple[Block, str | Path]],
    grid: PixelGrid,
    layer: Layer,
    target: Path,
) -> None:
    """Join blocks as a Cloud Optimized GeoTIFF, in bounded memory.

    The file depends on the pixels alone, not on how they were cut into blocks.

    Parameters
    ----------
    blocks
        The blocks and their files; where none lies, the map has no data.
    grid
        The map's pixels.
    layer : Layer
        What the map holds.
    target
        The file. Category names, which the format has no place for, go beside it, into
        ``.aux.xml``, where GDAL and QGIS look for them.

    Raises
    ------
    LandloomError
        Where a block cannot be read: which one.
    """
    pieces = [
        replace(Piece.at(path, block, block.row, block.col), void=layer.void)
        for block, path in blocks
    ]
    legend = colored(layer.legend)
    bands = [
        Band(number, layer.dtype, layer.nodata, legend, name, layer.unit, layer.tags)
        for number, name in layer.bands.items()
    ]
    floats = {"predictor": "yes"} if layer.dtype == "float32" else {}
    try:
        rasterio.shutil.copy(
            vrt(grid, bands, pieces),
            target,
            driver="COG",
            compress="deflate",
            overview_resampling=layer.overviews or ("mode" if legend else "average"),
            bigtiff="if_safer",
            **floats,
        )
    except Exception:
        # GDAL tells of a source of a VRT by turns its name or nothing. A full disk ends here, too.
        _refuse_damaged(path for _, path in blocks)
        raise


def most_numbers(path: str | Path) -> tuple[float, float]:
    """Return two numbers between which most of those of a raster's first band lie, 96 of 100.

    They are told from a thinned-out reading, so that a raster of any size takes a moment. A raster
    without data, or with one number alone, gives two that differ by 1.
    """
    with rasterio.open(path) as dataset:
        shape = [min(side, _LOOKED_AT) for side in dataset.shape]
        numbers = dataset.read(1, out_shape=tuple(shape), masked=True).compressed()
    if not numbers.size:
        return 0.0, 1.0
    low, high = (float(limit) for limit in np.percentile(numbers, [2, 98]))
    return (low, high) if high > low else (low, low + 1.0)


def _refuse_damaged(paths: Iterable[str | Path]) -> None:
    """Name the first block that cannot be read, if there is one."""
    for path in paths:
        try:
            with rasterio.open(path) as dataset:
                for _, window in dataset.block_windows(1):
                    dataset.read(window=window)
        except RasterioError as error:
            raise LandloomError(
                f"{path}: is damaged or cut short ({error.__cause__ or error}); delete it and "
                "start again, it alone is predicted anew"
            ) from None


def share_names(classes: Legend) -> list[str]:
    """Name the bands of the classes' shares: the class's name, and its value in brackets."""
    return [
        str(value) if entry.name == str(value) else f"{entry.name} ({value})"
        for value, entry in sorted(classes.items())
    ]
