"""Samples as GeoTIFFs, two for each: land cover with its colours, and elevation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
from rasterio.io import DatasetWriter

from landloom.dataset.lattice import Lattice, Span
from landloom.dataset.publish.samples import Place, Samples
from landloom.job.files import whole_file


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

    def write(self, folder: Path, samples: Samples) -> None:
        """Write the chips of a split.

        ``landcover/{cell}/{name}.tif`` is uint8, or uint16 beyond 255 classes: the class index,
        with a palette (of bytes) and the classes' codes and names in the band's tags. Its nodata,
        255 or 65535, occurs nowhere. ``elevation/{cell}/{name}.tif`` is float32: metres above the
        patch's lowest pixel. A name is the sample's cell, row and column; what is known of its
        place is in the files' tags.

        Parameters
        ----------
        folder
            Where the two folders go.
        samples
            Of the split.
        """
        for rows, labels, heights in samples.chunks():
            for row, label, height in zip(rows.tolist(), labels, heights, strict=True):
                place = samples.place(row)
                cell = str(place["cell"])
                name = f"{cell}_{place['row']}_{place['col']}.tif"
                # A folder for each cell: in one of very many files, each takes longer.
                self._landcover(folder / "landcover" / cell / name, label, place)
                self._elevation(folder / "elevation" / cell / name, height, place)

    def _landcover(self, path: Path, label: npt.NDArray[Any], place: Place) -> None:
        more = {"nodata": np.iinfo(label.dtype).max}
        with whole_file(path) as draft, self._open(draft, label, place, more) as chip:
            if label.dtype == np.uint8:
                chip.write_colormap(1, self._palette)
            chip.set_band_description(1, "land cover (class index)")
            chip.update_tags(1, **self._names)
            chip.write(label, 1)

    def _elevation(self, path: Path, height: npt.NDArray[Any], place: Place) -> None:
        more = {"predictor": 3}
        with whole_file(path) as draft, self._open(draft, height, place, more) as chip:
            chip.set_band_description(1, "elevation above the lowest pixel")
            chip.units = ["metre"]
            chip.write(height, 1)

    def _open(
        self, path: Path, pixels: npt.NDArray[Any], place: Place, more: dict[str, Any]
    ) -> DatasetWriter:
        height, width = pixels.shape
        chip = rasterio.open(
            path,
            "w",
            driver="GTiff",
            width=width,
            height=height,
            count=1,
            dtype=pixels.dtype,
            crs=self.lattice.grid.wkt,
            transform=self.lattice.output_transform(
                Span(int(place["row"]), int(place["col"]), 1, 1)
            ),
            compress="deflate",
            **more,
        )
        chip.update_tags(**place)
        return chip

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
