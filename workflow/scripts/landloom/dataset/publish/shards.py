"""Samples as shards of WebDataset: plain tar archives that are read from their beginning on.

A sample is what has one name up to its first dot (webdataset.github.io): ``.landcover.npy``,
``.elevation.npy`` and ``.json``. Who reads a shard reads samples in its order, so that they are
mixed over the whole split.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from landloom.arrays import Int64s
from landloom.dataset.publish.samples import Samples
from landloom.job.files import whole_file
from landloom.job.runner import tenths

_SHARD_BYTES = 2**26
_MOST_SAMPLES = 1000
"""Of a shard: what is held in memory at once, and no more samples than this."""

_PIXEL_BYTES = 6
_HEADER_BYTES = 4096
"""Of a sample in a shard: of each pixel, and round it."""


def write_shards(folder: Path, samples: Samples, seed: int) -> int:
    """Write the shards of a split; the same samples and seed give the same bytes.

    Parameters
    ----------
    folder
        Where ``{split}-000000.tar`` and so on go.
    samples
        Of the split.
    seed
        Of the order in which samples are written.

    Returns
    -------
    int
        How many shards there are.
    """
    order = np.random.default_rng(seed).permutation(len(samples.view))
    count = samples_of_a_shard(samples.view.size)
    starts = range(0, len(order), count)
    for number, start in enumerate(tenths(starts, f"{samples.view.split}: shards written")):
        path = folder / f"{samples.view.split}-{number:06d}.tar"
        with (
            whole_file(path) as draft,
            tarfile.open(draft, "w", format=tarfile.USTAR_FORMAT) as tar,
        ):
            for name, content in _members(samples, order[start : start + count]):
                told = tarfile.TarInfo(name)  # of no time and no user
                told.size = len(content)
                tar.addfile(told, io.BytesIO(content))
    return len(starts)


def samples_of_a_shard(size: int) -> int:
    """Return how many samples of a size in pixels go into a shard."""
    bytes_each = _PIXEL_BYTES * size**2 + _HEADER_BYTES
    return max(1, min(_MOST_SAMPLES, _SHARD_BYTES // bytes_each))


def _members(samples: Samples, rows: Int64s) -> Iterator[tuple[str, bytes]]:
    labels, heights = samples.some(rows)
    for row, label, height in zip(rows.tolist(), labels, heights, strict=True):
        name = f"{row:08d}"
        yield f"{name}.landcover.npy", _npy(label)
        yield f"{name}.elevation.npy", _npy(height)
        yield f"{name}.json", json.dumps(samples.place(row)).encode()


def _npy(array: npt.NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
    return file.getvalue()
