"""Exact search among samples: how far each pixel is from the nearest, and how many are near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from landloom.arrays import Float32s, Float64s, Indices, Int64s
from landloom.map.kernel_cache import Kernel

_CUTS = (16, 32)
"""Bands after which pixels are left out that can be near to nothing of a group."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """How bands become comparable: ``z = (value - shift) * scale``.

    Attributes
    ----------
    shift, scale
        Of each band, (bands,). A scale of 0 leaves the band out.
    """

    shift: Float64s
    scale: Float64s

    def __call__(self, values: Float32s) -> Float64s:
        """Scale rows, (rows, bands), to the very bits that the search makes of pixels."""
        z: Float64s = (values.astype(np.float64) - self.shift) * self.scale
        return z


class Found(NamedTuple):
    """What a search tells of pixels.

    Attributes
    ----------
    dissimilarity
        Distance to the nearest sample over the unit, (pixels,).
    density
        How many samples are at a distance below the threshold, (pixels,).
    """

    dissimilarity: Float64s
    density: Int64s


@dataclass(frozen=True, eq=False)
class Index:
    """Samples, laid out for a search.

    The squared distance is ``|x|² - 2 x·t + |t|²`` in bands turned to the principal axes of the
    samples, which changes no distance. Single precision and a bound of its error leave few samples
    to be measured in double precision, in the bands themselves.

    Attributes
    ----------
    scaling
        Of the bands.
    turn
        Principal axes as columns, those of most variance first, filled up to a multiple of four
        with zeros, (bands, axes).
    samples
        Scaled, in the order of the groups, (samples, bands).
    groups
        (groups + 1, axes + cuts + 1, samples of a group): along the axes; lengths in what is left
        after each cut; squared lengths. The last group holds some samples from all over.
    lengths
        The largest length in each group, (groups + 1,).
    cuts
        Axes after which it is looked whether anything can be near.
    """

    scaling: Scaling
    turn: Float64s
    samples: Float64s
    groups: Float32s
    lengths: Float64s
    cuts: Int64s

    @classmethod
    def of(cls, scaling: Scaling, samples: Float64s) -> Index:
        """Lay out samples, scaled, (samples, bands)."""
        from landloom.map.applicability import kernel

        centred = samples - samples.mean(axis=0)
        turn = np.linalg.eigh(centred.T @ centred)[1][:, ::-1]
        turn = np.ascontiguousarray(np.pad(turn, ((0, 0), (0, -turn.shape[1] % kernel.STEP))))
        samples = samples[_grouped(samples @ turn, kernel.GROUP)]
        turned = samples @ turn
        cuts = np.array([cut for cut in _CUTS if cut < turn.shape[1]], np.int64)
        rests = [np.sqrt((turned[:, cut:] ** 2).sum(axis=1)) for cut in cuts]
        squares = (turned**2).sum(axis=1)
        columns = np.column_stack([turned, *rests, squares])
        count = -(-len(samples) // kernel.GROUP)
        laid = np.zeros((count + 1, kernel.GROUP, columns.shape[1]))
        laid[..., -1] = kernel.FAR
        laid[:-1].reshape(-1, columns.shape[1])[: len(samples)] = columns
        spread = np.arange(kernel.GROUP) * len(samples) // kernel.GROUP
        laid[-1] = columns[spread]
        known = np.where(laid[..., -1] < kernel.FAR, laid[..., -1], 0.0)
        groups = np.ascontiguousarray(laid.transpose(0, 2, 1).astype(np.float32))
        return cls(scaling, turn, samples, groups, np.sqrt(known.max(axis=1)), cuts)

    def search(self, values: Float32s, unit: float, threshold: float = 0.0) -> Found:
        """Measure pixels to the samples.

        Each pixel's result is that of double precision, and does not depend on the others.

        Parameters
        ----------
        values
            Decoded, without NaN, (bands, pixels).
        unit
            What distances are divided by.
        threshold
            Quotients below it are counted.
        """
        from landloom.map.applicability import kernel

        nearest, near = np.empty(values.shape[1]), np.empty(values.shape[1], np.int64)
        kernel.search(
            np.ascontiguousarray(values),
            np.stack([self.scaling.shift, self.scaling.scale]),
            self.turn,
            self.samples,
            self.groups,
            self.lengths,
            self.cuts,
            unit,
            threshold,
            nearest,
            near,
        )
        return Found(nearest, near)


def mean_distance(z: Float64s) -> float:
    """Return the mean over rows of the mean distance to the others, (rows, bands)."""
    from landloom.map.applicability import kernel

    return float(kernel.mean_distance(np.ascontiguousarray(z)))


def _grouped(turned: Float64s, size: int) -> Indices:
    """Return an order in which each so many samples are neighbours, by halving again and again."""
    done: list[Indices] = []
    waiting = [np.arange(len(turned))]
    while waiting:
        rows = waiting.pop()
        groups = -(-rows.size // size)
        if groups < 2:
            done.append(rows)
            continue
        widest = turned[rows].var(axis=0).argmax()
        rows = rows[np.argsort(turned[rows, widest], kind="stable")]
        middle = groups // 2 * size
        waiting += [rows[middle:], rows[:middle]]
    return np.concatenate(done)


def compile_search() -> None:
    """Compile the kernel, for all that is asked of it."""
    index = Index.of(Scaling(np.zeros(1), np.ones(1)), np.zeros((1, 1)))
    index.search(np.zeros((1, 1), np.float32), 1.0)
    mean_distance(np.zeros((2, 1)))


SEARCH = Kernel("landloom.map.applicability.kernel", "search", compile_search)
"""What is to be loaded before the first search."""
