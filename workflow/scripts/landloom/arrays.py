"""Types of arrays, each name one width: what it says is what `dtype` says."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Float32s = npt.NDArray[np.float32]
Float64s = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating[Any]]
"""Floating-point numbers of any width."""

UInt8s = npt.NDArray[np.uint8]
UInt32s = npt.NDArray[np.uint32]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Indices = npt.NDArray[np.intp]
"""Places in another array."""

Columns = dict[str, npt.NDArray[Any]]
"""Columns of a table by name, of one length."""

Mask = npt.NDArray[np.bool_]
"""True where something holds."""
