"""Small rasters and tables for the tests of the map half."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine

from landloom.legend.classes import ClassTable, read_classes
from landloom.map.embedding import EmbeddingInfo
from landloom.map.embedding_header import inspect

UTM = "EPSG:32631"
LONLAT = "EPSG:4326"
NORTH_UP = Affine(10, 0, 500_000, 0, -10, 5_600_000)


def write(
    path: Path,
    array: np.ndarray,
    transform: Affine = NORTH_UP,
    crs: str | None = UTM,
    **options: Any,
) -> Path:
    """Write an array of one or more bands; options as in rasterio."""
    array = array if array.ndim == 3 else array[None]
    bands, height, width = array.shape
    with rasterio.open(
        path, "w", driver="GTiff", count=bands, height=height, width=width, dtype=array.dtype,
        crs=crs, transform=transform, **options,
    ) as target:  # fmt: skip
        target.write(array)
    return path


def embed(
    path: Path, valid: np.ndarray, transform: Affine = NORTH_UP, crs: str = UTM, **options: Any
) -> EmbeddingInfo:
    """Write an embedding that has data exactly where it is asked to."""
    array = np.where(valid, np.float32(1), np.float32(np.nan))
    return inspect(write(path, np.stack([array, array + 1]), transform, crs, **options))


def numbers(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def alphaearth_bytes(n: int, bands: int = 64, seed: int = 0) -> np.ndarray:
    """Quantise random unit vectors as the data set's description says; shape (n, bands)."""
    vectors = np.random.default_rng(seed).normal(size=(n, bands))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    stored = np.rint(np.sign(vectors) * np.sqrt(np.abs(vectors)) * 127.5)
    return np.clip(stored, -127, 127).astype(np.int8)


def classes_table(folder: Path, text: str) -> ClassTable:
    path = folder / "classes.csv"
    path.write_text(text, encoding="utf-8")
    return read_classes(path)
