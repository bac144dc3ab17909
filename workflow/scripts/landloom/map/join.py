"""The map as Cloud Optimized GeoTIFFs: the union of its blocks, with names and colours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

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
        The numbers between which a style for QGIS spreads its colours.
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

    @property
    def style(self) -> str:
        """The style that QGIS takes for the map: names and colours, or a ramp of these."""
        if self.shown is None:
            return style_of_classes(self.legend)
        return style_of_numbers(*self.shown, self.unit)


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
    for path in outputs:
        if Path(path).suffix == ".qml":
            write_style(path, layer.style)
    with whole_file(outputs[0]) as draft:
        write_map(blocks, grid, layer, draft)
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
