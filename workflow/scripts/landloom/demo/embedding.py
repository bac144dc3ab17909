"""Vectors of the demo world's embedding: what a model like AlphaEarth might say of each place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from landloom.arrays import Float64s
from landloom.demo.cover import Codes
from landloom.demo.noise import node_hash, smooth
from landloom.demo.world import World

BANDS = 64
_TRAITS = {
    # green, tall, wet, hard
    11: (-1.0, -0.8, 1.6, -0.3),
    21: (0.1, -0.3, -0.2, 0.6),
    22: (-0.4, -0.1, -0.4, 1.2),
    23: (-0.8, 0.1, -0.6, 1.7),
    24: (-1.0, 0.2, -0.7, 2.0),
    31: (-1.2, -0.8, -0.8, 0.7),
    41: (1.2, 1.2, 0.1, -0.6),
    42: (0.6, 1.6, 0.0, -0.7),
    43: (0.9, 1.4, 0.0, -0.6),
    52: (-0.2, 0.1, -0.7, -0.4),
    71: (0.0, -0.6, -0.6, -0.3),
    81: (0.6, -0.8, -0.1, -0.2),
    82: (1.0, -0.9, 0.3, 0.6),
    90: (0.7, 0.8, 0.9, -0.5),
    95: (0.4, -0.3, 1.1, -0.4),
}
"""How each NLCD class appears. Classes that are close here are easily taken for one another."""
_CLASSES = np.array(sorted(_TRAITS))
_TRAIT_SCATTER = 0.39
_OTHER_MOODS = 6
_OTHER_SCATTER = 0.2
_JITTER = 0.05


@dataclass(frozen=True)
class EmbeddingModel:
    """Which vector belongs to which land cover, and how vectors vary within a class.

    Parameters
    ----------
    means
        float64 (classes, bands): the middle of each NLCD class, in the order of the codes.
    moods
        float64 (moods, bands): directions in which places of one class differ. Some
        make classes resemble each other, others have nothing to do with classes.
    seeds
        Of the moods' noise, and one more for the jitter of single pixels.
    """

    means: Float64s
    moods: Float64s
    seeds: tuple[int, ...]

    @classmethod
    def of(cls, world: World) -> EmbeddingModel:
        """Draw the model that belongs to the world's seed."""
        traits = np.array([_TRAITS[int(c)] for c in _CLASSES])
        n = traits.shape[1]
        axes = np.random.default_rng(world.layer("axes")).standard_normal(
            (1 + n + _OTHER_MOODS, BANDS)
        )
        axes /= np.sqrt((axes * axes).sum(axis=1, keepdims=True))
        means = axes[0] + (traits[:, :, np.newaxis] * axes[1 : n + 1]).sum(axis=1)
        moods = np.concatenate([_TRAIT_SCATTER * axes[1 : n + 1], _OTHER_SCATTER * axes[n + 1 :]])
        seeds = tuple(world.layer(f"mood {i}") for i in range(len(moods) + 1))
        return cls(means, moods, seeds)

    def encode(
        self, cover: Codes, x: ArrayLike, y: ArrayLike, columns: ArrayLike, rows: ArrayLike
    ) -> NDArray[np.int8]:
        """Embed pixels, and encode the vectors as AlphaEarth does.

        Parameters
        ----------
        cover
            uint8 (h + 2, w + 2): NLCD codes of the pixels and of one more on each side.
        x, y
            Coordinates of the pixels in km, broadcasting to (h, w).
        columns, rows
            Whole numbers that tell the pixels apart, of shapes (w,) and (h,).

        Returns
        -------
        numpy.ndarray
            int8 (bands, h, w): ``sign(v) |v|^0.5 127.5``, rounded, of vectors v of unit length.
        """
        moods = np.stack([smooth(x, y, seed, 0.6, 4, 0.7) for seed in self.seeds[:-1]], axis=-1)
        out = np.empty((*moods.shape[:2], BANDS), np.int8)
        _encode(
            out,
            np.searchsorted(_CLASSES, cover),
            moods,
            np.asarray(columns, np.int64),
            np.asarray(rows, np.int64),
            self.means,
            self.moods,
            np.uint64(self.seeds[-1]),
        )
        return np.ascontiguousarray(np.moveaxis(out, -1, 0))


@njit(error_model="numpy")
def _encode(
    out: NDArray[np.int8],
    classes: NDArray[np.int64],
    moods: Float64s,
    columns: NDArray[np.int64],
    rows: NDArray[np.int64],
    means: Float64s,
    mood_axes: Float64s,
    seed: np.uint64,
) -> None:
    # sums run in one fixed order, which a matrix product of BLAS does not promise
    height, width, bands = out.shape
    v = np.empty(bands)
    for r in range(height):
        for c in range(width):
            bits = node_hash(columns[c], rows[r], seed)
            for b in range(bands):
                bits = bits * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
                v[b] = _JITTER * (np.float64(np.int64(bits >> np.uint64(11))) * 2.0**-52 - 1.0)
            for dr in range(3):
                for dc in range(3):
                    weight = (2 - abs(dr - 1)) * (2 - abs(dc - 1)) / 16.0
                    mean = means[classes[r + dr, c + dc]]
                    for b in range(bands):
                        v[b] += weight * mean[b]
            for k in range(moods.shape[2]):
                for b in range(bands):
                    v[b] += moods[r, c, k] * mood_axes[k, b]
            length = 0.0
            for b in range(bands):
                length += v[b] * v[b]
            length = np.sqrt(length)
            for b in range(bands):
                root = np.rint(np.sqrt(abs(v[b]) / length) * 127.5)
                out[r, c, b] = np.int8(min(root, 127.0) * np.sign(v[b]))
