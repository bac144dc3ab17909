"""The inner loop of prediction where the processor has AVX-512 VBMI: 16 trees meet a row at once.

Numba compiles this as it does `landloom.map.forest.kernel`, which finds the same leaves and is for
all other processors; `landloom.map.forest.vectors` chooses, and describes the arrays. How it goes,
and why that is fast, `landloom.map.forest.vector_code` tells.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from landloom.map.forest import vector_code as code

Words = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]
Sums = npt.NDArray[np.float64]
Slots = npt.NDArray[np.intp]

ROOM = code.SAID * code.GROUPS_AT_ONCE + 2 * code.QUEUE
"""Words that `vote` works in."""

_ROWS_AT_A_BAND = 256
"""Rows that are laid out in one band before the next, so that they stay in cache."""

_MARGIN = 1e-6
"""Votes by which a settled lead exceeds the trees left: far more than rounding can shift."""


def _of_any_layout(kind: numba.types.Type) -> numba.types.Type:
    return numba.types.Array(kind, 2, "A", readonly=True)


@numba.njit(
    [numba.void(_of_any_layout(numba.uint8), numba.intp[::1], numba.uint8[:, ::1])],
    nogil=True,
    error_model="numpy",
    cache=True,
)
def lay_bytes(bits: Bytes, rows: Slots, table: Bytes) -> None:
    """Lay rows of signed bytes out, as unsigned ones in the same order.

    Parameters
    ----------
    bits
        The values' bits, (all rows, features), of any layout.
    rows
        The rows to lay out.
    table
        Written, (rows, 64 or 128).
    """
    for start in range(0, rows.size, _ROWS_AT_A_BAND):
        some = rows[start : start + _ROWS_AT_A_BAND]
        for f in range(bits.shape[1]):
            for i in range(some.size):
                table[start + i, f] = bits[some[i], f] ^ np.uint8(128)


_TABLE = numba.uint32[:, ::1]


@numba.njit(
    [
        numba.void(
            _of_any_layout(numba.uint32),
            numba.intp[::1],
            _TABLE,
            _TABLE,
            numba.intp,
            numba.uint16[:, ::1],
        )
    ],
    nogil=True,
    error_model="numpy",
    cache=True,
)
def lay_ranks(
    bits: Words, rows: Slots, tops: Words, ladders: Words, up: int, table: npt.NDArray[np.uint16]
) -> None:
    """Lay rows of floats out, as their ranks among the thresholds of each band.

    Parameters
    ----------
    bits, rows
        As for `lay_bytes`.
    tops, ladders
        As in `landloom.map.forest.vectors.Ranks`.
    up
        Bits that ranks are shifted up by.
    table
        Written, (rows, 64 or 128).
    """
    n_features = bits.shape[1]
    sign = np.uint32(0x80000000)
    keys = np.zeros(_ROWS_AT_A_BAND, np.uint32)
    ranks = np.empty(_ROWS_AT_A_BAND, np.uint16)
    steps = 0
    while 16 << steps < ladders.shape[1]:
        steps += 1
    for start in range(0, rows.size, _ROWS_AT_A_BAND):
        n = min(_ROWS_AT_A_BAND, rows.size - start)
        for f in range(n_features):
            for i in range(n):
                value = bits[rows[start + i], f]
                keys[i] = ~value if value & sign else value | sign
            for i in range(0, n, code.RANKED_AT_ONCE):
                code.rank(
                    tops[f].ctypes.data,
                    ladders[f].ctypes.data,
                    keys[i:].ctypes.data,
                    ranks[i:].ctypes.data,
                    steps,
                    up,
                )
            for i in range(n):
                table[start + i, f] = ranks[i]


@numba.njit(nogil=True, error_model="numpy", cache=True)
def vote(
    nodes: Words,
    tops: Words,
    bases: npt.NDArray[np.int32],
    says: npt.NDArray[np.int32],
    fractions: Sums,
    shape: tuple[int, int, int, int, int, int],
    table: Bytes,
    room: Words,
    slots: Slots,
    n_open: int,
    labels_only: bool,
    sums: Sums,
) -> int:
    """Add up what the leaves say, in the order of the trees; return how many rows are still open.

    Parameters
    ----------
    nodes, tops, bases, says, shape
        As in `landloom.map.forest.vectors.Part`.
    fractions
        As in `FlatForest`.
    table
        From `lay_bytes` or `lay_ranks`, with a row too many; overwritten when `labels_only`.
    room
        `ROOM` words to work in.
    slots, n_open
        Rows of `sums` that the first rows of the table belong to. Written when `labels_only`.
    labels_only
        Whether a row may stop as soon as no tree that is left could change its winner.
    sums
        (rows, classes). Added to.
    """
    trees, before, after, registers, feature_bits, child_bits = shape
    child_mask = np.uint32((1 << child_bits) - 1)
    queue = room[code.SAID * code.GROUPS_AT_ONCE :]
    n_groups = bases.shape[0]
    steps, start = 8, 0
    while start < n_groups and n_open > 0:
        # No lead of less than half of the trees settles anything.
        looks = labels_only and 2 * (before + (start + 4) * code.LANES) > before + trees + after
        at_once = min(n_groups - start, 2 if looks else code.GROUPS_AT_ONCE)
        for i in range(at_once):
            group = start + i
            said = room[i * code.SAID : (i + 1) * code.SAID]
            n_late = _arrive(
                registers,
                feature_bits == 8,
                (nodes, tops[group], bases[group], said, queue),
                table,
                n_open,
                steps,
                child_mask,
            )
            # Late ones cost two gathers for one, but nobody waits for them: a third is best.
            if n_late > 0.42 * code.LANES * n_open:
                steps = min(steps + 1, 32)
            elif n_late < 0.30 * code.LANES * n_open:
                steps = max(steps - 1, 1)
            if says.size:
                own = bases[group, : min(code.LANES, trees - group * code.LANES)]
                _add(said, says, fractions, own, (feature_bits, child_mask), slots, n_open, sums)
        if not says.size:
            _count(room, at_once, np.uint32((1 << feature_bits) - 1), slots, n_open, sums)
        start += at_once
        done = min(trees, start * code.LANES)
        if looks and before + done < before + trees + after:
            n_open = _close_settled(table, slots, n_open, sums, trees - done + after)
    return n_open


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _count(
    room: Words, n_groups: int, nobody: np.uint32, slots: Slots, n_open: int, sums: Sums
) -> None:
    """Add the votes of groups to the sums."""
    filled = 2 if n_groups <= 2 else 4
    for group in range(n_groups, filled):
        room[group * code.SAID : group * code.SAID + n_open * code.LANES] = nobody
    words, votes, n_classes = room.ctypes.data, sums.ctypes.data, sums.shape[1]
    for i in range(n_open):
        if filled == 2:
            code.tally_two(words + i * 64, votes + slots[i] * 8 * n_classes, n_classes, nobody)
        else:
            code.tally_four(words + i * 64, votes + slots[i] * 8 * n_classes, n_classes, nobody)


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _arrive(
    registers: int,
    of_bytes: bool,
    arrays: tuple[Words, Words, npt.NDArray[np.int32], Words, Words],
    table: Bytes,
    n_rows: int,
    steps: int,
    child_mask: np.uint32,
) -> int:
    """Take rows to the leaves of 16 trees, whose words are written; return how many came late."""
    nodes, tops, bases, said, queue = (
        arrays[0].ctypes.data,
        arrays[1].ctypes.data,
        arrays[2].ctypes.data,
        arrays[3].ctypes.data,
        arrays[4].ctypes.data,
    )
    rows = table.ctypes.data
    late = first = 0
    if of_bytes and registers == 1:
        late = first = code.walk_64_bytes(
            nodes, tops, bases, rows, said, queue, (n_rows + 7) // 8, steps, child_mask
        )
        while late:
            late = code.late_64_bytes(nodes, bases, rows, said, queue, late, child_mask)
    elif of_bytes:
        late = first = code.walk_128_bytes(
            nodes, tops, bases, rows, said, queue, (n_rows + 7) // 8, steps, child_mask
        )
        while late:
            late = code.late_128_bytes(nodes, bases, rows, said, queue, late, child_mask)
    elif registers == 2:
        late = first = code.walk_64_ranks(
            nodes, tops, bases, rows, said, queue, (n_rows + 7) // 8, steps, child_mask
        )
        while late:
            late = code.late_64_ranks(nodes, bases, rows, said, queue, late, child_mask)
    else:
        late = first = code.walk_128_ranks(
            nodes, tops, bases, rows, said, queue, (n_rows + 3) // 4, steps, child_mask
        )
        while late:
            late = code.late_128_ranks(nodes, bases, rows, said, queue, late, child_mask)
    return first


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _add(
    said: Words,
    says: npt.NDArray[np.int32],
    fractions: Sums,
    bases: npt.NDArray[np.int32],
    layout: tuple[int, np.uint32],
    slots: Slots,
    n_open: int,
    sums: Sums,
) -> None:
    feature_bits, child_mask = layout
    for i in range(n_open):
        row = sums[slots[i]]
        for lane in range(bases.size):
            leaf = (
                np.int64(said[i * code.LANES + lane] >> np.uint32(feature_bits) & child_mask)
                + bases[lane]
            )
            what = says[leaf]
            if what >= 0:
                row[what] += 1.0
            else:
                for c in range(row.size):
                    row[c] += fractions[~what, c]


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _close_settled(table: Bytes, slots: Slots, n_open: int, sums: Sums, left: int) -> int:
    """Move the rows that are still open to the front, and return how many they are."""
    kept = 0
    for i in range(n_open):
        best = second = -1.0
        for votes in sums[slots[i]]:
            if votes > best:
                best, second = votes, best
            elif votes > second:
                second = votes
        if best - second <= left + _MARGIN:
            if kept != i:
                slots[kept] = slots[i]
                for place in range(table.shape[1]):  # of arrays, numba asks whether they overlap
                    table[kept, place] = table[i, place]
            kept += 1
    return kept
