"""Samples as a Zarr store (version 3) in one ZIP archive, a chunk for each sample.

Chunks are gathered in shards, so that a store of many samples is not as many files. The archive is
what zarr's ``ZipStore``, xarray and GDAL open; its files are stored as they are, under their paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import zarr
from zarr.storage import MemoryStore

from landloom.dataset.publish.archives import Archive, new_archive
from landloom.dataset.publish.samples import Samples, label_type

_SHARD_PIXELS = 2**22
_MOST_SAMPLES = 1024
"""Of a shard, which is held in memory while it is packed."""

_UNITS = {"lon": "degrees_east", "lat": "degrees_north"}


def write_zarr(path: Path, splits: Sequence[Samples], classes: pd.DataFrame, crs: str) -> None:
    """Write the samples of all splits; equal samples give equal bytes.

    A group for each split has the arrays ``landcover`` (class index) and ``elevation`` (m above
    the patch's lowest pixel, float32), ``(sample, y, x)``, and along ``sample`` ``lon``, ``lat``,
    ``row``, ``col``, ``cell_row`` and ``cell_col``.

    Parameters
    ----------
    path
        The archive.
    splits
        Their samples.
    classes
        The class distribution.
    crs
        In which patches are square: an authority's code, or WKT.
    """
    kept: dict[str, Any] = {}
    root = zarr.create_group(MemoryStore(kept), zarr_format=3)
    ordered = classes.sort_values("index")
    root.attrs.update({"crs": crs, "splits": [samples.view.split for samples in splits]})
    meaning = {
        "class_codes": ordered["code"].tolist(),
        "class_names": ordered["name"].tolist(),
        "class_colors": [
            f"{red:02X}{green:02X}{blue:02X}"
            for red, green, blue in ordered[["red", "green", "blue"]].values.tolist()
        ],
    }
    with new_archive(path) as archive:
        for samples in splits:
            group = root.create_group(samples.view.split)
            _write_places(group, samples.places)
            _write_pixels(group, samples, meaning, _Packed(archive, kept))
        _Packed(archive, kept).move("")


class _Packed:
    """An archive that takes over what zarr has written to memory.

    Parameters
    ----------
    archive
        Open for writing.
    kept
        The store in memory: path to bytes.
    """

    def __init__(self, archive: Archive, kept: dict[str, Any]) -> None:
        self._archive, self._kept = archive, kept

    def move(self, part: str) -> None:
        """Move those files whose paths hold a text into the archive, in order of their paths."""
        for name in sorted(name for name in self._kept if part in name):
            self._archive.add(name, self._kept.pop(name).to_bytes())


def _write_places(group: zarr.Group, places: pd.DataFrame) -> None:
    cells = places["cell"].str.extract(r"r(\d+)c(\d+)").astype(np.int32)
    columns = {name: places[name].to_numpy() for name in ("lon", "lat", "row", "col")}
    columns |= {"cell_row": cells[0].to_numpy(), "cell_col": cells[1].to_numpy()}
    for name, values in columns.items():
        attributes: dict[str, Any] = {"units": _UNITS[name]} if name in _UNITS else {}
        group.create_array(name, data=values, dimension_names=["sample"], attributes=attributes)


def _write_pixels(
    group: zarr.Group, samples: Samples, meaning: dict[str, Any], packed: _Packed
) -> None:
    size, total = samples.view.size, len(samples.view)
    count = max(1, min(_MOST_SAMPLES, total, _SHARD_PIXELS // size**2))
    attributes = {"landcover": meaning, "elevation": {"units": "m"}}
    types = {"landcover": label_type(samples.classes), "elevation": np.dtype(np.float32)}
    arrays = {
        name: group.create_array(
            name,
            shape=(total, size, size),
            dtype=types[name],
            chunks=(1, size, size),
            shards=(count, size, size),
            dimension_names=["sample", "y", "x"],
            attributes=told,
        )
        for name, told in attributes.items()
    }
    for rows, labels, heights in samples.chunks(count):
        some = slice(int(rows[0]), int(rows[-1]) + 1)
        arrays["landcover"][some] = labels
        arrays["elevation"][some] = heights
        packed.move("/c/")
