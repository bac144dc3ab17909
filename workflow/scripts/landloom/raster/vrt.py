"""Several rasters described as one: the XML of a GDAL VRT, opened like a path, without copying."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from xml.etree import ElementTree as ET

from landloom.addresses import is_remote
from landloom.copies import lies_at
from landloom.legend.legends import Legend
from landloom.raster.pixel_grid import PixelGrid
from landloom.raster.remote import gdal_piece

_TYPES = {
    "uint8": "Byte",
    "int8": "Int8",
    "uint16": "UInt16",
    "int16": "Int16",
    "uint32": "UInt32",
    "int32": "Int32",
    "float32": "Float32",
}


_FORBIDDEN = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for, as a band's description may hold it."""


class Sized(Protocol):
    """Whatever has pixels."""

    @property
    def width(self) -> int:
        """Columns."""

    @property
    def height(self) -> int:
        """Rows."""


@dataclass(frozen=True)
class Piece:
    """A file and the rectangle of the whole, in its pixels, that the file fills.

    Attributes
    ----------
    path
        The file, or whatever GDAL opens.
    width, height
        Its pixels.
    col, row, cols, rows
        Where it lies in the whole: whole numbers for the whole's own pixels, which are read as
        they are; others are resampled bilinearly.
    void
        What stands for no data in it, where that is another number than in the whole.
    masked
        Whether its mask or its alpha tells where it has data, and not the band's nodata.
    """

    path: str | Path
    width: int
    height: int
    col: float
    row: float
    cols: float
    rows: float
    void: float | None = None
    masked: bool = False

    @classmethod
    def at(cls, path: str | Path, grid: Sized, row: int, col: int, masked: bool = False) -> Piece:
        """Return a file of the whole's own pixels, of which its first is one."""
        return cls(path, grid.width, grid.height, col, row, grid.width, grid.height, masked=masked)


@dataclass(frozen=True)
class Band:
    """A band of the whole: which band of the pieces it shows, and what its numbers mean."""

    number: int
    dtype: str
    nodata: float
    legend: Legend = field(default_factory=dict)
    description: str = ""
    unit: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


def vrt(whole: PixelGrid, bands: Sequence[Band], pieces: Sequence[Piece]) -> str:
    """Return the XML of a VRT.

    Parameters
    ----------
    whole
        The raster that it describes.
    bands
        Its bands; a legend becomes palette and category names.
    pieces
        The files. Where they overlap, the last one that has data shows.
    """
    root = ET.Element("VRTDataset", rasterXSize=str(whole.width), rasterYSize=str(whole.height))
    _text(root, "SRS", whole.wkt)
    _text(root, "GeoTransform", ", ".join(map(repr, whole.transform.to_gdal())))
    for place, band in enumerate(bands, start=1):
        element = ET.SubElement(root, "VRTRasterBand", dataType=_TYPES[band.dtype], band=str(place))
        if band.description:
            _text(element, "Description", band.description)
        if band.unit:
            _text(element, "UnitType", band.unit)
        if band.tags:
            metadata = ET.SubElement(element, "Metadata")
            for key, value in band.tags.items():
                _text(metadata, "MDI", value, key=key)
        _text(element, "NoDataValue", f"{band.nodata:.17g}")
        if band.legend:
            _add_legend(element, band.legend)
        for piece in pieces:
            _add_piece(element, piece, band)
    return ET.tostring(root, encoding="unicode")


def _text(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = _FORBIDDEN.sub(" ", text)


def _add_legend(element: ET.Element, legend: Legend) -> None:
    _text(element, "ColorInterp", "Palette")
    colors, names = ET.SubElement(element, "ColorTable"), ET.SubElement(element, "CategoryNames")
    for code in range(max(legend) + 1):
        red, green, blue = legend[code].rgb if code in legend else (0, 0, 0)
        entry = {"c1": str(red), "c2": str(green), "c3": str(blue), "c4": "255"}
        ET.SubElement(colors, "Entry", entry)
        _text(names, "Category", legend[code].name if code in legend else "")


def _add_piece(element: ET.Element, piece: Piece, band: Band) -> None:
    same = (piece.cols, piece.rows) == (piece.width, piece.height)
    same = same and all(float(place).is_integer() for place in (piece.col, piece.row))
    source = ET.SubElement(element, "ComplexSource", {} if same else {"resampling": "bilinear"})
    path = str(piece.path)
    full = gdal_piece(path) if is_remote(path) else str(Path(lies_at(path)).resolve())
    _text(source, "SourceFilename", full, relativeToVRT="0")
    _text(source, "SourceBand", str(band.number))
    _add_rectangle(source, "SrcRect", 0, 0, piece.width, piece.height)
    _add_rectangle(source, "DstRect", piece.col, piece.row, piece.cols, piece.rows)
    if piece.masked:
        _text(source, "UseMaskBand", "true")
    else:
        void = band.nodata if piece.void is None else piece.void
        _text(source, "NODATA", f"{void:.17g}")


def _add_rectangle(parent: ET.Element, name: str, x: float, y: float, w: float, h: float) -> None:
    x, y, w, h = (round(value, 6) for value in (x, y, w, h))
    ET.SubElement(parent, name, xOff=repr(x), yOff=repr(y), xSize=repr(w), ySize=repr(h))
