"""Samples as GeoTIFFs, two for each: land cover with its colours, and elevation.

They are gathered in one archive, which GDAL reads as it is (``/vsizip/``): a folder of very many
small files is slow to write, to move and to look through.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rasterio.crs import CRS
from rasterio.io import DatasetWriter, MemoryFile

from landloom.dataset.lattice import Lattice, Span
from landloom.dataset.publish.archives import Archive
from landloom.dataset.publish.samples import Place, Samples


@dataclass(frozen=True)
class ChipMaker:
    """How samples become GeoTIFFs.

    Parameters
    ----------
    lattice
        Of the patches.
    classes
        The class distribution.
    """

    lattice: Lattice
    classes: pd.DataFrame

    def write(self, archive: Archive, samples: Samples) -> None:
        """Write the chips of a split, each a file of an archive.

        ``{split}/landcover/{name}.tif`` is uint8, or uint16 beyond 255 classes: the class index,
        with a palette (of bytes) and the classes' codes and names in the band's tags. Its nodata,
        255 or 65535, occurs nowhere. ``{split}/elevation/{name}.tif`` is float32: metres above the
        patch's lowest pixel. A name is the sample's cell, row and column; what is known of its
        place is in the files' tags.

        Parameters
        ----------
        archive
            Where they go.
        samples
            Of the split.
        """
        for rows, labels, heights in samples.chunks():
            for row, label, height in zip(rows.tolist(), labels, heights, strict=True):
                place = samples.place(row)
                name = f"{place['cell']}_{place['row']}_{place['col']}.tif"
                split = samples.view.split
                archive.add(f"{split}/landcover/{name}", self._landcover(label, place))
                archive.add(f"{split}/elevation/{name}", self._elevation(height, place))

    def _landcover(self, label: npt.NDArray[Any], place: Place) -> bytes:
        with MemoryFile() as file:
            with self._open(file, label, place, {"nodata": np.iinfo(label.dtype).max}) as chip:
                if label.dtype == np.uint8:
                    chip.write_colormap(1, self._palette)
                chip.set_band_description(1, "land cover (class index)")
                chip.update_tags(1, **self._names)
                chip.write(label, 1)
            return bytes(file.getbuffer())

    def _elevation(self, height: npt.NDArray[Any], place: Place) -> bytes:
        with MemoryFile() as file:
            with self._open(file, height, place, {"predictor": 3}) as chip:
                chip.set_band_description(1, "elevation above the lowest pixel")
                chip.units = ["metre"]
                chip.write(height, 1)
            return bytes(file.getbuffer())

    def _open(
        self, file: MemoryFile, pixels: npt.NDArray[Any], place: Place, more: dict[str, Any]
    ) -> DatasetWriter:
        height, width = pixels.shape
        chip = file.open(
            driver="GTiff",
            width=width,
            height=height,
            count=1,
            dtype=pixels.dtype,
            crs=self._crs,
            transform=self.lattice.output_transform(
                Span(int(place["row"]), int(place["col"]), 1, 1)
            ),
            compress="deflate",
            **more,
        )
        chip.update_tags(**place)
        return chip

    @cached_property
    def _crs(self) -> CRS:
        return CRS.from_wkt(self.lattice.grid.wkt)

    @cached_property
    def _palette(self) -> dict[int, tuple[int, int, int]]:
        columns = self.classes[["index", "red", "green", "blue"]].astype(int).values.tolist()
        return {index: (red, green, blue) for index, red, green, blue in columns}

    @cached_property
    def _names(self) -> dict[str, str]:
        return {
            f"class_{index}": f"{code} {name}"
            for index, code, name in self.classes[["index", "code", "name"]].values.tolist()
        }
