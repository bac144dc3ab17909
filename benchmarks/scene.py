"""An invented scene for benchmarks: unit-length embeddings of soft-edged classes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]


def scene(
    side: int = 512, bands: int = 64, classes: int = 9, seed: int = 0
) -> tuple[Floats, Labels]:
    """Return embeddings, (bands, side, side), and a class from 1 to `classes` for each pixel.

    Classes have unequal shares and blend into one another, neighbours resemble each other, and
    one label in fifty is wrong: trees grow deeper than 20.
    """
    rng = np.random.default_rng(seed)
    fields = np.stack(
        [gaussian_filter(rng.standard_normal((side, side)), 6) for _ in range(classes)]
    )
    fields = fields / fields.std() + np.linspace(1.2, -0.6, classes)[:, np.newaxis, np.newaxis]
    shares = np.exp(2 * fields)
    shares /= shares.sum(axis=0)
    X = np.tensordot(rng.standard_normal((classes, bands)), shares, axes=(0, 0))
    for band in X:
        texture = gaussian_filter(rng.standard_normal((side, side)), 1)
        band += 0.4 * texture / texture.std() + 0.25 * rng.standard_normal((side, side))
    X /= np.linalg.norm(X, axis=0)
    labels = fields.argmax(axis=0) + 1
    wrong = rng.random(labels.shape) < 0.02
    labels[wrong] = rng.integers(1, classes + 1, np.count_nonzero(wrong))
    return X.astype(np.float32), labels.astype(np.uint8)


def samples(
    X: Floats, labels: Labels, n: int, noise: float = 0.0, seed: int = 1
) -> tuple[Floats, Labels]:
    """Return `n` pixels of a scene: features, (n, bands), and labels.

    A share `noise` of the labels is drawn anew: few samples then grow trees as deep as many do.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.choice(labels.size, n, replace=False)
    y = labels.ravel()[chosen]
    anew = rng.random(n) < noise
    y[anew] = rng.integers(1, labels.max() + 1, np.count_nonzero(anew))
    return np.ascontiguousarray(X.reshape(len(X), -1)[:, chosen].T), y
