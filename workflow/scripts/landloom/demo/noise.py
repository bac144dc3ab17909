"""Seeded noise as functions of position, from which the demo world is made.

Nothing is drawn in sequence: each value follows from the position and a seed through an integer
hash of the surrounding lattice nodes. So a point has the same value whichever raster, block or
order it is asked for in, and no lattice is ever held in memory.

The kernels use additions, multiplications and square roots alone, which IEEE 754 defines to the
last bit: blocks agree exactly, however the compiler vectorises their loops.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from landloom.arrays import Float64s

Hashes = NDArray[np.uint64]

_UNIT_VARIANCE = 5.67
"""Scales the gradient noise below to a standard deviation of one (measured, and tested)."""


def seed_of(*parts: int | str) -> int:
    """Derive the seed of one layer of noise.

    Parameters
    ----------
    *parts
        What the layer is called: a world's seed (not negative) and names.

    Returns
    -------
    int
        64 bits, well mixed by `numpy.random.SeedSequence`, so that layers are independent.
    """
    words = [w for p in parts for w in ([p] if isinstance(p, int) else [len(p), *p.encode()])]
    return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0])


@njit(error_model="numpy")
def node_hash(ix: int | np.int64, iy: int | np.int64, seed: np.uint64) -> np.uint64:
    """Hash a lattice node with the finaliser of SplitMix64 (Steele, Lea & Flood 2014)."""
    h = (
        seed
        + np.uint64(ix) * np.uint64(0x9E3779B97F4A7C15)
        + np.uint64(iy) * np.uint64(0xD1B54A32D192ED03)
    )
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@njit(error_model="numpy")
def _corner(
    ix: np.int32, iy: np.int32, seed: np.uint32, dx: np.float64, dy: np.float64
) -> np.float64:
    """Height over (dx, dy) of the random plane through lattice node (ix, iy).

    32-bit hash (Wellons' lowbias32), since that is what compilers turn into vector instructions.
    """
    h = np.uint32(
        seed + np.uint32(ix) * np.uint32(0x9E3779B1) + np.uint32(iy) * np.uint32(0x85EBCA77)
    )
    h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x7FEB352D))
    h = np.uint32((h ^ (h >> np.uint32(15))) * np.uint32(0x846CA68B))
    h = np.uint32(h ^ (h >> np.uint32(16)))
    gx = np.float64(np.int32(h & np.uint32(0xFFFF))) * 2.0**-15 - 1.0
    gy = np.float64(np.int32(h >> np.uint32(16))) * 2.0**-15 - 1.0
    return gx * dx + gy * dy


@njit(error_model="numpy")
def _octave(out: Float64s, xs: Float64s, ys: Float64s, seed: np.uint32) -> None:
    """Perlin's gradient noise (2002) of wavelength 1; then turn to the next octave's positions."""
    for i in range(out.size):
        x, y = xs[i], ys[i]
        fx, fy = np.floor(x), np.floor(y)
        ix, iy = np.int32(fx), np.int32(fy)
        jx, jy = np.int32(fx + 1.0), np.int32(fy + 1.0)
        dx, dy = x - fx, y - fy
        u = dx * dx * dx * (dx * (dx * 6.0 - 15.0) + 10.0)
        v = dy * dy * dy * (dy * (dy * 6.0 - 15.0) + 10.0)
        low = _corner(ix, iy, seed, dx, dy)
        low += u * (_corner(jx, iy, seed, dx - 1.0, dy) - low)
        high = _corner(ix, jy, seed, dx, dy - 1.0)
        high += u * (_corner(jx, jy, seed, dx - 1.0, dy - 1.0) - high)
        out[i] = (low + v * (high - low)) * _UNIT_VARIANCE
        # half the wavelength, turned by 36.9° so that the lattices' axes do not show through
        xs[i], ys[i] = 1.6 * x - 1.2 * y, 1.2 * x + 1.6 * y


@njit(error_model="numpy")
def _nearest(
    out: Float64s,
    identity: Hashes,
    xs: Float64s,
    ys: Float64s,
    seed: np.uint64,
    spacing: float,
    share: float,
    r_min: float,
    r_max: float,
) -> None:
    for i in range(out.size):
        x, y = xs[i] / spacing, ys[i] / spacing
        column, row = np.int64(np.floor(x)), np.int64(np.floor(y))
        best, best_id = np.inf, np.uint64(0)
        for iy in range(row - 1, row + 2):
            for ix in range(column - 1, column + 2):
                h = node_hash(ix, iy, seed)
                if np.float64(np.int64(h & np.uint64(0xFFFF))) * 2.0**-16 >= share:
                    continue
                u = np.float64(np.int64((h >> np.uint64(16)) & np.uint64(0xFFFF))) * 2.0**-16
                v = np.float64(np.int64((h >> np.uint64(32)) & np.uint64(0xFFFF))) * 2.0**-16
                w = np.float64(np.int64(h >> np.uint64(48))) * 2.0**-16
                dx, dy = x - ix - 0.1 - 0.8 * u, y - iy - 0.1 - 0.8 * v
                distance = spacing * np.sqrt(dx * dx + dy * dy) / (r_min + (r_max - r_min) * w * w)
                if distance < best:
                    best, best_id = distance, node_hash(ix, iy, h)
        out[i], identity[i] = best, best_id


@njit(error_model="numpy")
def _uniform(
    out: Float64s, columns: NDArray[np.int64], rows: NDArray[np.int64], seed: np.uint64
) -> None:
    for i in range(out.size):
        bits = node_hash(columns[i], rows[i], seed) >> np.uint64(11)
        out[i] = np.float64(np.int64(bits)) * 2.0**-53


def smooth(
    x: ArrayLike, y: ArrayLike, seed: int, wavelength: float, octaves: int = 1, gain: float = 0.5
) -> Float64s:
    """Sum octaves of gradient noise.

    Parameters
    ----------
    x, y
        Positions, of shapes that broadcast; the unit is that of `wavelength`.
    seed
        From `seed_of`.
    wavelength
        Of the first octave; each further one has half of it and `gain` times the amplitude.
    octaves, gain
        How many there are, and how fast they fade.

    Returns
    -------
    numpy.ndarray
        float64 of the broadcast shape, with mean 0 and standard deviation 1.
    """
    xs, ys, shape = _flat(x, y)
    total, power = np.zeros(xs.size), 0.0
    for amplitude, noise in _octaves(xs / wavelength, ys / wavelength, seed, octaves, gain):
        noise *= amplitude
        total += noise
        power += amplitude * amplitude
    total /= np.sqrt(power)
    return total.reshape(shape)


def ridged(
    x: ArrayLike, y: ArrayLike, seed: int, wavelength: float, octaves: int = 1, gain: float = 0.5
) -> Float64s:
    """Sum octaves of creased noise: sharp crests, rough slopes, smooth valleys.

    The ridged multifractal of Musgrave (in Ebert et al., *Texturing and Modeling*, 2003): an octave
    is weighted by the one before it. Parameters as for `smooth`.

    Returns
    -------
    numpy.ndarray
        float64 of the broadcast shape, from 0 (valley) to 1 (crest).
    """
    xs, ys, shape = _flat(x, y)
    total, power, weight = np.zeros(xs.size), 0.0, np.ones(xs.size)
    for amplitude, crest in _octaves(xs / wavelength, ys / wavelength, seed, octaves, gain):
        # in place: fresh arrays would cost more than the arithmetic
        crest *= crest
        crest += 0.01
        np.sqrt(crest, out=crest)  # the magnitude, rounded off at the crease
        crest *= -0.55
        crest += 1.055
        np.maximum(crest, 0.0, out=crest)
        crest *= crest
        crest *= weight
        np.multiply(crest, 2.0, out=weight)
        np.minimum(weight, 1.0, out=weight)
        crest *= amplitude
        total += crest
        power += amplitude
    total /= power
    return total.reshape(shape)


def nearest_site(
    x: ArrayLike,
    y: ArrayLike,
    seed: int,
    spacing: float,
    share: float = 1.0,
    radius: tuple[float, float] = (1.0, 1.0),
) -> tuple[Float64s, Hashes]:
    """Find the nearest of randomly scattered sites, in terms of the sites' own radii.

    Parameters
    ----------
    x, y
        Positions, of shapes that broadcast; the unit is that of `spacing` and `radius`.
    seed
        From `seed_of`.
    spacing
        Edge of the squares that hold at most one site each.
    share
        Of the squares that have a site.
    radius
        The smallest and the largest; small ones are the more frequent. The largest must not
        exceed `spacing`: farther sites are not looked for.

    Returns
    -------
    distance : numpy.ndarray
        float64: distance to the site over the site's radius; inf where no site is near.
    identity : numpy.ndarray
        uint64: a hash that tells the sites apart, 0 where there is none.
    """
    xs, ys, shape = _flat(x, y)
    distance, identity = np.empty(xs.size), np.empty(xs.size, np.uint64)
    _nearest(distance, identity, xs, ys, np.uint64(seed), spacing, share, *radius)
    return distance.reshape(shape), identity.reshape(shape)


def uniform(columns: ArrayLike, rows: ArrayLike, seed: int) -> Float64s:
    """Return a number of its own for each integer position, uniform in [0, 1).

    Parameters
    ----------
    columns, rows
        Positions, of shapes that broadcast; floats must be whole.
    seed
        From `seed_of`.

    Returns
    -------
    numpy.ndarray
        float64 of the broadcast shape.
    """
    c, r = np.broadcast_arrays(np.asarray(columns), np.asarray(rows))
    out = np.empty(c.size)
    _uniform(out, c.astype(np.int64).ravel(), r.astype(np.int64).ravel(), np.uint64(seed))
    return out.reshape(c.shape)


def smoothstep(low: float, high: float, x: Float64s) -> Float64s:
    """Rise from 0 at `low` to 1 at `high` without an edge (3t² - 2t³)."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def _flat(x: ArrayLike, y: ArrayLike) -> tuple[Float64s, Float64s, tuple[int, ...]]:
    xs, ys = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
    return xs.ravel(), ys.ravel(), xs.shape


def _octaves(
    xs: Float64s, ys: Float64s, seed: int, octaves: int, gain: float
) -> Iterator[tuple[float, Float64s]]:
    """Yield amplitude and noise octave by octave, in one array that is used again."""
    noise = np.empty(xs.size)
    for octave in range(octaves):
        _octave(noise, xs, ys, np.uint32((seed + octave) & 0xFFFFFFFF))
        yield gain**octave, noise
