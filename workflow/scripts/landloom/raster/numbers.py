"""What kinds of numbers rasters hold."""

from __future__ import annotations

import numpy as np


def kind_of(dtype: str) -> str:
    """Return the kind of a raster's numbers by the letter that numpy has for it, as ``u``.

    Parameters
    ----------
    dtype
        As rasterio calls it; some of GDAL's complex numbers are none of numpy's.
    """
    return "c" if dtype.startswith("complex") else np.dtype(dtype).kind
