"""What the dataset promises, and what its files are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas
import pandas as pd
from rasterio.io import DatasetReader

from landloom.dataset.proof.registration import HeightSource


@dataclass(frozen=True)
class Promises:
    """What the dataset promises, as configured.

    Attributes
    ----------
    size, downsample
        Of the patches.
    buffer_km
        Distance kept between train and test.
    unknown, reject
        Codes that no patch holds, and the largest share that a code may have.
    """

    size: int
    downsample: int
    buffer_km: float
    unknown: Sequence[int]
    reject: Mapping[int, float]

    @property
    def step(self) -> int:
        """Source pixels along a patch's side."""
        return self.size * self.downsample


@dataclass(frozen=True)
class Witnesses:
    """What samples and footprints are held against.

    Attributes
    ----------
    cells
        The cells with their split (``split.gpkg``).
    classes
        The class distribution.
    raster
        The land cover, open.
    heights
        The elevation.
    """

    cells: geopandas.GeoDataFrame
    classes: pd.DataFrame
    raster: DatasetReader
    heights: HeightSource
