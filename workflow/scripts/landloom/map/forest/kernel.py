"""The inner loop of prediction, compiled by numba: rows walk through trees and collect votes.

Importing this costs as much as importing numba, so `landloom.map.forest.forest` does it when it
first predicts. Its `FlatForest` describes the layout of ``nodes``.

What makes it fast: ten rows walk a tree in lockstep, so that the processor works on some while it
waits for the memory of others, and nothing in a step is a branch that it could guess wrong. Rows
and trees are taken in blocks, so that nodes, features and sums stay in cache. Packing the children
of a node side by side makes a step five instructions.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint32]
Key = np.uint32 | np.uint8
Keys = npt.NDArray[np.uint32] | npt.NDArray[np.uint8]
Sums = npt.NDArray[np.float64]
Slots = npt.NDArray[np.intp]

LANES = 10
"""Rows in a group, which walks a tree in lockstep: as many as there are registers for."""

_GROUPS_AT_ONCE = 48
"""Groups that walk one tree after the other, so that its nodes stay in cache."""

_TREES_AT_ONCE = 24
"""Trees that all groups of a tile walk before the next ones, so that these stay in cache too."""

_MARGIN = 1e-6
"""Votes by which a settled lead exceeds the trees left: far more than rounding can shift."""

# Unsigned throughout: numba would widen a mix of signs to floats, and check signs for wraparound.
_ONE, _TWO, _FOUR, _FIVE = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(5)


# Compiled for any layout of the rows, writable or not, once for each of the two kinds of keys.
_PACK = [
    numba.void(
        numba.types.Array(key, 2, "A", readonly=True), numba.intp[::1], key, numba.bool_, key[::1]
    )
    for key in (numba.uint32, numba.uint8)
]


@numba.njit(_PACK, nogil=True, error_model="numpy", cache=True)
def pack(bits: Keys, rows: Slots, sign: Key, mirror: bool, tile: Keys) -> None:
    """Lay rows out in groups, feature by feature, as keys that compare as the values do.

    Parameters
    ----------
    bits
        The values' bits as unsigned integers, (all rows, features).
    rows
        The rows to lay out.
    sign
        The bit that holds the sign, of the type of `bits`.
    mirror
        Whether negative values count down, as floats do, or up, as integers do.
    tile
        Written: groups x features x lanes, flat.
    """
    n_features = bits.shape[1]
    for i in range(rows.size):
        place = i // LANES * LANES * n_features + i % LANES
        for f in range(n_features):
            value = bits[rows[i], f]
            key = value ^ sign
            if mirror and value & sign:
                key = ~value
            tile[place + f * LANES] = key


@numba.njit(nogil=True, error_model="numpy", cache=True)
def vote(
    nodes: Words,
    roots: npt.NDArray[np.uint64],
    fractions: Sums,
    tile: Keys,
    n_features: int,
    n_rows: int,
    labels_only: bool,
    sums: Sums,
) -> None:
    """Add up what the leaves say, in the order of the trees.

    Parameters
    ----------
    nodes
        `FlatForest.nodes`, flat, with features as offsets into a group of `tile`.
    roots, fractions
        As in `FlatForest`.
    tile
        From `pack`; overwritten when `labels_only`.
    n_features, n_rows
        Of the tile.
    labels_only
        Whether a row may stop as soon as no tree that is left could change its winner.
    sums
        Zeros, (rows + 1, classes). Written; the last row is for lanes without a row.
    """
    group_size = n_features * LANES
    slots = np.arange((n_rows + LANES - 1) // LANES * LANES)
    slots[n_rows:] = sums.shape[0] - 1
    n_open = n_rows
    for first in range(0, roots.size, _TREES_AT_ONCE):
        last = min(roots.size, first + _TREES_AT_ONCE)
        n_groups = (n_open + LANES - 1) // LANES
        _add_votes(nodes, roots[first:last], fractions, tile, group_size, slots, n_groups, sums)
        if labels_only and last < roots.size:
            n_open = _close_settled(tile, group_size, slots, n_open, sums, roots.size - last)


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _add_votes(
    nodes: Words,
    roots: npt.NDArray[np.uint64],
    fractions: Sums,
    tile: Keys,
    group_size: int,
    slots: Slots,
    n_groups: int,
    sums: Sums,
) -> None:
    n_classes = np.uint64(sums.shape[1])
    flat_sums, flat_fractions = sums.reshape(-1), fractions.reshape(-1)
    leaves = np.empty((n_groups, LANES), np.uint64)
    for first in range(0, n_groups, _GROUPS_AT_ONCE):
        last = min(n_groups, first + _GROUPS_AT_ONCE)
        for tree in range(roots.size):
            _walk(nodes, roots[tree], tile, group_size, first, last, leaves)
            for group in range(first, last):
                for lane in range(LANES):
                    place = np.uint64(slots[group * LANES + lane]) * n_classes
                    says = np.int32(nodes[leaves[group, lane] * _TWO + _FIVE])
                    if says >= 0:
                        flat_sums[place + np.uint64(says)] += 1.0
                    else:
                        row = np.uint64(~says) * n_classes
                        for c in range(n_classes):
                            flat_sums[place + c] += flat_fractions[row + c]


@numba.njit(nogil=True, error_model="numpy", cache=True, inline="always")
def _step(nodes: Words, tile: Keys, lane: np.uint64, node: np.uint64) -> np.uint64:
    """Return the child that a row goes to: the right one follows the left one."""
    word = node * _TWO
    goes_right: np.bool_ = tile[lane + nodes[word + _FOUR]] > nodes[word]
    child: np.uint64 = nodes[word + _ONE] + np.uint64(goes_right)
    return child


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _walk(
    nodes: Words,
    root: np.uint64,
    tile: Keys,
    group_size: int,
    first: int,
    last: int,
    leaves: npt.NDArray[np.uint64],
) -> None:
    for group in range(first, last):
        lane = np.uint64(group * group_size)
        n0 = n1 = n2 = n3 = n4 = n5 = n6 = n7 = n8 = n9 = root
        before = np.uint64(0)
        while True:
            n0 = _step(nodes, tile, lane, n0)
            n1 = _step(nodes, tile, lane + np.uint64(1), n1)
            n2 = _step(nodes, tile, lane + np.uint64(2), n2)
            n3 = _step(nodes, tile, lane + np.uint64(3), n3)
            n4 = _step(nodes, tile, lane + np.uint64(4), n4)
            n5 = _step(nodes, tile, lane + np.uint64(5), n5)
            n6 = _step(nodes, tile, lane + np.uint64(6), n6)
            n7 = _step(nodes, tile, lane + np.uint64(7), n7)
            n8 = _step(nodes, tile, lane + np.uint64(8), n8)
            n9 = _step(nodes, tile, lane + np.uint64(9), n9)
            # No step leads back and leaves lead to themselves: the sum rests when all rows do.
            total = n0 + n1 + n2 + n3 + n4 + n5 + n6 + n7 + n8 + n9
            if total == before:
                break
            before = total
        leaves[group, 0] = n0
        leaves[group, 1] = n1
        leaves[group, 2] = n2
        leaves[group, 3] = n3
        leaves[group, 4] = n4
        leaves[group, 5] = n5
        leaves[group, 6] = n6
        leaves[group, 7] = n7
        leaves[group, 8] = n8
        leaves[group, 9] = n9


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _close_settled(
    tile: Keys, group_size: int, slots: Slots, n_open: int, sums: Sums, trees_left: int
) -> int:
    """Move the rows that are still open to the front, and return how many they are."""
    kept = 0
    for i in range(n_open):
        if not _settled(sums[slots[i]], trees_left):
            if kept != i:
                slots[kept] = slots[i]
                source = i // LANES * group_size + i % LANES
                target = kept // LANES * group_size + kept % LANES
                for offset in range(0, group_size, LANES):
                    tile[target + offset] = tile[source + offset]
            kept += 1
    slots[kept:n_open] = sums.shape[0] - 1
    return kept


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _settled(votes: Sums, trees_left: int) -> bool:
    best = second = -1.0
    for v in votes:
        if v > best:
            best, second = v, best
        elif v > second:
            second = v
    return best - second > trees_left + _MARGIN
