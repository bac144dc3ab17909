"""Stores of Tessera's embeddings for tests, laid out as the public ones are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from affine import Affine

FIRST = "data.source.coop/tessera/tessera/zarr"
SECOND = "s3.us-west-2.amazonaws.com/us-west-2.opendata.source.coop/tessera/tessera/zarr"
"""The public addresses: a folder of each release, such as v1, lies below both."""


def write_tessera_zone(
    folder: Path,
    zone: int,
    transform: Affine,
    embeddings: np.ndarray,
    scales: np.ndarray,
    years: Sequence[int],
    chunk: int = 32,
    shard: int | None = 64,
) -> Path:
    """Write a zone of a store, and the store if it is not there yet; return its group's folder.

    Embeddings are (time, band, y, x) of int8, scales (time, y, x) of float32. Chunks and shards
    are squares of that many pixels, with all bands (in public: 32, and 4096); `shard` None for a
    store without shards.
    """
    group = zarr.open_group(folder, mode="a", zarr_format=3).create_group(f"utm{zone:02d}")
    group.attrs.update(
        {"proj:code": f"EPSG:{32600 + zone}", "spatial:transform": list(transform[:6])}
    )
    bands = embeddings.shape[1]
    _write(group, "embeddings", embeddings, (1, bands), (chunk, shard), fill_value=0)
    _write(group, "scales", scales, (1,), (chunk, shard), fill_value=np.inf)
    time = group.create_array("time", shape=(len(years),), dtype="int32", dimension_names=["time"])
    time[:] = np.array(years, dtype=np.int32)
    return folder / f"utm{zone:02d}"


def _write(
    group: zarr.Group,
    name: str,
    values: np.ndarray,
    before: tuple[int, ...],
    sides: tuple[int, int | None],
    **options: Any,
) -> None:
    chunk, shard = sides
    array = group.create_array(
        name,
        shape=values.shape,
        dtype=values.dtype,
        chunks=(*before, chunk, chunk),
        shards=(*before, shard, shard) if shard else None,
        dimension_names=["time", *["band"] * (values.ndim - 3), "y", "x"],
        **options,
    )
    array[:] = values


@dataclass(frozen=True)
class FakeArray:
    """An array that only tells what it is, unless it is given numbers."""

    shape: tuple[int, ...]
    dtype: np.dtype
    attributes: dict[str, Any] = field(default_factory=dict)
    values: np.ndarray | None = None
    chunks: tuple[int, ...] = (1, 128, 32, 32)

    def __getitem__(self, index: Any) -> np.ndarray:
        assert self.values is not None, "no numbers were to be read"
        return self.values[index]


def tessera_numbers(
    shape: tuple[int, int], steps: int = 1, seed: int = 0, bands: int = 128
) -> tuple[np.ndarray, np.ndarray]:
    """Return random embeddings and scales, all of them sound, of some rows and columns."""
    random = np.random.default_rng(seed)
    embeddings = random.integers(-127, 128, (steps, bands, *shape), dtype=np.int8)
    scales = random.uniform(0.001, 0.2, (steps, *shape)).astype(np.float32)
    return embeddings, np.minimum(scales, np.float32(0.19))
