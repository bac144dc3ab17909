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
from landloom.map.forest import vector_roots as roots
from landloom.map.forest.vector_instructions import LANES

Words = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]
Sums = npt.NDArray[np.float64]
Slots = npt.NDArray[np.intp]

_STARTS = roots.BATCH * LANES // 2
"""Words that hold where rows walk on from their first steps."""

ROOM = code.SAID * code.GROUPS_AT_ONCE + 4 * code.QUEUE + roots.WORK + _STARTS
"""Words that `vote` works in."""

_MARGIN = 1e-6
"""Votes by which a settled lead exceeds the trees left: far more than rounding can shift."""


def _of_any_layout(kind: numba.types.Type) -> numba.types.Type:
    return numba.types.Array(kind, 2, "A", readonly=True)


@numba.njit(
    [numba.void(_of_any_layout(numba.uint8), numba.intp[::1], numba.uint8[:, :, ::1])],
    nogil=True,
    error_model="numpy",
    cache=True,
)
def lay_bytes(bits: Bytes, rows: Slots, planes: Bytes) -> None:
    """Lay rows of signed bytes out, as unsigned ones in the same order, band by band.

    Parameters
    ----------
    bits
        The values' bits, (all rows, features), of any layout.
    rows
        The rows to lay out.
    planes
        Written, (64s of rows, 64 or 128, 64).
    """
    for start in range(0, rows.size, roots.BATCH):
        some = rows[start : start + roots.BATCH]
        plane = planes[start // roots.BATCH]
        for f in range(bits.shape[1]):
            for i in range(some.size):
                plane[f, i] = bits[some[i], f] ^ np.uint8(128)


_TABLE = numba.uint32[:, ::1]


@numba.njit(
    [
        numba.void(
            _of_any_layout(numba.uint32),
            numba.intp[::1],
            _TABLE,
            _TABLE,
            numba.intp,
            numba.uint16[:, :, ::1],
        )
    ],
    nogil=True,
    error_model="numpy",
    cache=True,
)
def lay_ranks(
    bits: Words, rows: Slots, tops: Words, ladders: Words, up: int, planes: npt.NDArray[np.uint16]
) -> None:
    """Lay rows of floats out, as their ranks among the thresholds of each band, band by band.

    Parameters
    ----------
    bits, rows, planes
        As for `lay_bytes`.
    tops, ladders
        As in `landloom.map.forest.vectors.Ranks`.
    up
        Bits that ranks are shifted up by.
    """
    sign = np.uint32(0x80000000)
    keys = np.zeros(roots.BATCH, np.uint32)
    steps = 0
    while 16 << steps < ladders.shape[1]:
        steps += 1
    for start in range(0, rows.size, roots.BATCH):
        some = rows[start : start + roots.BATCH]
        plane = planes[start // roots.BATCH]
        for f in range(bits.shape[1]):
            for i in range(some.size):
                value = bits[some[i], f]
                keys[i] = ~value if value & sign else value | sign
            code.rank(
                tops[f].ctypes.data,
                ladders[f].ctypes.data,
                keys.ctypes.data,
                plane[f].ctypes.data,
                steps,
                up,
            )


@numba.njit(nogil=True, error_model="numpy", cache=True)
def vote(
    nodes: Words,
    tops: npt.NDArray[np.uint16],
    bases: npt.NDArray[np.int32],
    says: npt.NDArray[np.int32],
    fractions: Sums,
    shape: tuple[int, int, int, int, int, int],
    planes: Bytes,
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
    planes
        From `lay_bytes` or `lay_ranks`, as bytes, flat; overwritten when `labels_only`.
    table
        Room for the same row by row, and some rows too many.
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
    _turn_over(registers, feature_bits == 8, planes, table, n_open, False)
    steps, start = 8, 0
    while start < n_groups and n_open > 0:
        # No lead of less than half of the trees settles anything.
        looks = labels_only and 2 * (before + (start + 4) * LANES) > before + trees + after
        at_once = min(n_groups - start, 2 if looks else code.GROUPS_AT_ONCE)
        for i in range(at_once):
            group = start + i
            said = room[i * code.SAID : (i + 1) * code.SAID]
            n_late = _arrive(
                registers,
                feature_bits == 8,
                (nodes, tops[group], bases[group], said, queue),
                table,
                planes,
                n_open,
                steps,
                child_mask,
            )
            # Late ones cost two gathers for one, but nobody waits for them: a third is best.
            if n_late > 0.42 * LANES * n_open:
                steps = min(steps + 1, 32)
            elif n_late < 0.30 * LANES * n_open:
                steps = max(steps - 1, 1)
            if says.size:
                own = bases[group, : min(LANES, trees - group * LANES)]
                _add(said, says, fractions, own, (feature_bits, child_mask), slots, n_open, sums)
        if not says.size:
            _count(room, at_once, np.uint32((1 << feature_bits) - 1), slots, n_open, sums)
        start += at_once
        done = min(trees, start * LANES)
        if looks and before + done < before + trees + after:
            n_open = _close_settled(table, slots, n_open, sums, trees - done + after)
            _turn_over(registers, feature_bits == 8, planes, table, n_open, True)
    return n_open


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _count(
    room: Words, n_groups: int, nobody: np.uint32, slots: Slots, n_open: int, sums: Sums
) -> None:
    """Add the votes of groups to the sums."""
    filled = 2 if n_groups <= 2 else 4
    for group in range(n_groups, filled):
        room[group * code.SAID : group * code.SAID + n_open * LANES] = nobody
    words, votes, n_classes = room.ctypes.data, sums.ctypes.data, sums.shape[1]
    for i in range(n_open):
        if filled == 2:
            code.tally_two(words + i * 64, votes + slots[i] * 8 * n_classes, n_classes, nobody)
        else:
            code.tally_four(words + i * 64, votes + slots[i] * 8 * n_classes, n_classes, nobody)


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _turn_over(
    registers: int, of_bytes: bool, planes: Bytes, table: Bytes, n_rows: int, by_band: bool
) -> None:
    """Lay rows out band by band as they are row by row, or the other way round."""
    size = 1 if of_bytes else 2
    row_size, line = 64 * registers, 64 * size
    plane = planes.ctypes.data
    for first in range(0, n_rows, roots.BATCH):
        for row in range(0, row_size, line):
            source, source_step = plane, line
            target, target_step = table.ctypes.data + first * row_size + row, row_size
            if by_band:
                source, target = target, source
                source_step, target_step = target_step, source_step
            if of_bytes:
                roots.transpose_bytes(source, source_step, target, target_step)
            else:
                roots.transpose_ranks(source, source_step, target, target_step)
            plane += 64 * line


@numba.njit(nogil=True, error_model="numpy", cache=True)
def _arrive(
    registers: int,
    of_bytes: bool,
    arrays: tuple[Words, npt.NDArray[np.uint16], npt.NDArray[np.int32], Words, Words],
    table: Bytes,
    planes: Bytes,
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
    work = queue + 16 * code.QUEUE
    starts = work + 4 * roots.WORK
    rows, by_band = table.ctypes.data, planes.ctypes.data
    late = 0
    for first in range(0, n_rows, roots.BATCH):
        n = min(roots.BATCH, n_rows - first)
        here = by_band + first * 64 * registers
        if of_bytes:
            roots.first_steps_of_bytes(tops, here, starts, work)
        else:
            roots.first_steps_of_ranks(tops, here, starts, work)
        if of_bytes and registers == 1:
            late = code.walk_64_bytes(
                nodes, starts, bases, rows, said, queue, first, n, late, steps, child_mask
            )
        elif of_bytes:
            late = code.walk_128_bytes(
                nodes, starts, bases, rows, said, queue, first, n, late, steps, child_mask
            )
        elif registers == 2:
            late = code.walk_64_ranks(
                nodes, starts, bases, rows, said, queue, first, n, late, steps, child_mask
            )
        else:
            late = code.walk_128_ranks(
                nodes, starts, bases, rows, said, queue, first, n, late, steps, child_mask
            )
    came_late = late
    words = arrays[4][2 * code.QUEUE : 3 * code.QUEUE]
    places = arrays[4][3 * code.QUEUE : 4 * code.QUEUE]
    while late:
        if of_bytes and registers == 1:
            told = code.late_64_bytes(nodes, bases, rows, queue, late, child_mask)
        elif of_bytes:
            told = code.late_128_bytes(nodes, bases, rows, queue, late, child_mask)
        elif registers == 2:
            told = code.late_64_ranks(nodes, bases, rows, queue, late, child_mask)
        else:
            told = code.late_128_ranks(nodes, bases, rows, queue, late, child_mask)
        late = told & 0xFFFFFFFF
        for i in range(told >> 32):
            arrays[3][places[i]] = words[i]
    return came_late


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
                np.int64(said[i * LANES + lane] >> np.uint32(feature_bits) & child_mask)
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
            # No branch: which class leads is anyone's guess.
            lesser = votes if votes < best else best
            second = lesser if lesser > second else second
            best = votes if votes > best else best
        if best - second <= left + _MARGIN:
            if kept != i:
                slots[kept] = slots[i]
                for place in range(table.shape[1]):  # of arrays, numba asks whether they overlap
                    table[kept, place] = table[i, place]
            kept += 1
    return kept
