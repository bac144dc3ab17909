"""Prediction in vector registers, where the processor has what that takes: the one choice of it.

`landloom.map.forest.vector_kernel` finds the leaves that `landloom.map.forest.kernel` does, so that
not a byte of a map tells which of the two has made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from landloom.arrays import Float64s, Indices, UInt32s

_NEVER_RIGHT = np.uint32(0xFFFFFFFF)
"""Key of a node that no row leaves to the right, as in `FlatForest`."""

_FEWEST_GROUPS = 4
"""Groups of 16 trees, at least, for which floats are ranked anew."""

_MOST_THRESHOLD_BITS = 16
"""Bits of a rank, as two ranks share a word of a row's register."""

_MOST_NODES = 2**16
"""Words of a tree, as the nodes that the first steps lead to are numbered in 16 bits."""

NEEDED = ("avx512f", "avx512bw", "avx512vbmi")
"""What the processor must have, in LLVM's words."""


@dataclass(frozen=True, eq=False)
class Ranks:
    """The thresholds of each band, for floats to be ranked among.

    Parameters
    ----------
    ladders
        Their keys, ascending, filled up with the greatest: (bands, a power of two).
    tops
        The 15 of them that the first four halvings look at, in their order, from place 1 on:
        (bands, 16).
    up
        Bits that ranks are shifted up by, as those in nodes are.
    """

    ladders: UInt32s
    tops: UInt32s
    up: int


@dataclass(frozen=True, eq=False)
class Part:
    """Trees that follow one another, with a node in one word, in groups of 16.

    From its lowest bits, a word has the node's feature, its left child's number within the tree
    (the right child follows), and its threshold: a key, or a rank. A row whose value is greater
    goes right. A leaf is its own left child under the greatest threshold, and its feature is the
    class that it votes for, where that says all.

    Parameters
    ----------
    nodes
        Words, flat. A stump at the end stands for the trees that the last group lacks.
    tops
        The nodes on the first levels, as `landloom.map.forest.vector_roots` has them: (groups,
        16, `RECORD`). What would be below a leaf is that leaf.
    bases
        Where the trees of each group begin: (groups, 16) int32.
    says
        By a node's place in `nodes`: what a leaf says, as in `FlatForest`. Empty where the words
        tell.
    shape
        Trees; those before and after them in the forest; registers of a row; bits of a feature,
        and of a child.
    ranks
        None where rows are codes.
    """

    nodes: UInt32s
    tops: npt.NDArray[np.uint16]
    bases: npt.NDArray[np.int32]
    says: npt.NDArray[np.int32]
    shape: tuple[int, int, int, int, int, int]
    ranks: Ranks | None


def lacking() -> str | None:
    """Return why this process cannot predict in vectors; None where it can."""
    import numba
    from llvmlite import binding

    told: Any = numba.config
    if told.DISABLE_JIT:
        return "Numba is told to compile nothing"
    if not told.ENABLE_AVX:
        return "Numba is told to do without AVX"
    if told.CPU_NAME is not None or told.CPU_FEATURES is not None:
        return "Numba is told for which processor to compile"
    try:
        has = binding.get_host_cpu_features()
    except RuntimeError:
        return "LLVM does not know this processor"
    lacks = [feature for feature in NEEDED if not has.get(feature)]
    return f"the processor has no {', '.join(lacks)}" if lacks else None


def in_vectors(
    nodes: UInt32s, roots: npt.NDArray[np.uint64], fractions: Float64s, bands: int, on_codes: bool
) -> list[Part] | None:
    """Return a forest in parts for the vector kernel, or None where the plain one is to be taken.

    That is so where the processor lacks the instructions, rows have more than 128 bands, a tree has
    more than 32,768 leaves, or bands have more thresholds than a word can tell apart.

    Parameters
    ----------
    nodes, roots, fractions, on_codes
        As in `FlatForest`.
    bands
        How many features rows have.
    """
    if bands > 128 or lacking() is not None:
        return None
    starts = np.append(roots // 4, len(nodes)).astype(np.int64)
    most = 2 * int(np.diff(starts).max())
    registers = (1 if on_codes else 2) * (1 if bands <= 64 else 2)
    feature_bits = 8 if on_codes else 6 if bands <= 64 else 7
    child_bits = (most - 1).bit_length()
    threshold_bits = 8 if on_codes else min(_MOST_THRESHOLD_BITS, 32 - feature_bits - child_bits)
    if most > _MOST_NODES:
        return None
    plan = _Plan(
        nodes,
        starts,
        fractions,
        registers,
        feature_bits,
        32 - feature_bits - threshold_bits,
        threshold_bits,
    )
    n_groups = -(-roots.size // 16)
    if on_codes:
        return [plan.part(0, roots.size, None)]
    n_parts = 1
    while n_groups >= n_parts * _FEWEST_GROUPS or n_parts == 1:
        cuts = [16 * (n_groups * i // n_parts) for i in range(n_parts)] + [roots.size]
        found = [plan.ranked(first, last, bands) for first, last in pairwise(cuts)]
        if all(part is not None for part in found):
            return [part for part in found if part is not None]
        n_parts *= 2
    return None


@dataclass(frozen=True, eq=False)
class _Plan:
    """How the nodes of a forest become words."""

    nodes: UInt32s
    starts: npt.NDArray[np.int64]
    fractions: Float64s
    registers: int
    feature_bits: int
    child_bits: int
    threshold_bits: int

    @property
    def on_codes(self) -> bool:
        """Whether rows are bytes, and no ranks."""
        return self.feature_bits == 8

    def ranked(self, first: int, last: int, bands: int) -> Part | None:
        """Return trees with the ranks of their thresholds; None where these are too many."""
        nodes = self.nodes[self.starts[first] : self.starts[last]]
        keys, features = nodes[:, 0:4:2], nodes[:, 4::2]
        inner = keys != _NEVER_RIGHT
        known, place = np.unique(
            features[inner].astype(np.uint64) << np.uint64(32) | keys[inner], return_inverse=True
        )
        begins = np.searchsorted(known, np.arange(bands + 1, dtype=np.uint64) << np.uint64(32))
        most = int(np.diff(begins).max())
        if most >= 2**self.threshold_bits:
            return None
        thresholds = np.full(keys.shape, 2**self.threshold_bits - 1, dtype=np.uint32)
        thresholds[inner] = place - begins[features[inner]]
        size = 2 ** max(5, most.bit_length())
        ladders = np.full((bands, size), _NEVER_RIGHT)
        band = np.repeat(np.arange(bands), np.diff(begins))
        ladders[band, np.arange(known.size) - begins[band]] = known.astype(np.uint32)
        steps = [size // 2 ** (level + 1) for level in range(4)]
        looked_at = [
            (2 * i + 1) * step - 1 for level, step in enumerate(steps) for i in range(2**level)
        ]
        tops = np.ascontiguousarray(ladders[:, [0, *looked_at]])
        return self.part(first, last, Ranks(ladders, tops, 16 - self.threshold_bits), thresholds)

    def part(
        self, first: int, last: int, ranks: Ranks | None, thresholds: UInt32s | None = None
    ) -> Part:
        """Return trees, with their keys for thresholds unless others are given."""
        begins = self.starts[first : last + 1] - self.starts[first]
        nodes = self.nodes[self.starts[first] : self.starts[last]]
        if thresholds is None:
            thresholds = np.minimum(nodes[:, 0:4:2], np.uint32(2**self.threshold_bits - 1))
        roots = np.repeat(4 * self.starts[first:last].astype(np.uint32), np.diff(begins))
        children = nodes[:, 1:4:2] - roots[:, np.newaxis]
        children = children // 4 * 2 + children % 4
        own = 2 * (np.arange(len(nodes)) - np.repeat(begins[:-1], np.diff(begins)))
        leaf = children == (own[:, np.newaxis] + np.arange(2)).astype(np.uint32)
        tail = nodes[:, 4::2].copy()
        says = nodes[:, 5::2].view(np.int32)
        nobody = np.uint32(2**self.feature_bits - 1)
        told = len(self.fractions) == 0 and self.fractions.shape[1] <= nobody
        if told:
            tail[leaf] = says[leaf]
        top = np.uint32(32 - self.threshold_bits)
        words = thresholds << top | children << np.uint32(self.feature_bits) | tail
        stump = np.uint32(2**self.threshold_bits - 1) << top | nobody
        stumps = [stump, stump | np.uint32(1 << self.feature_bits)]
        bases = np.full(-(-(last - first) // 16) * 16, 2 * len(nodes), dtype=np.int32)
        bases[: last - first] = 2 * begins[:-1]
        flat = np.append(words.ravel(), np.array(stumps, dtype=np.uint32))
        return Part(
            flat,
            self._tops(flat, bases),
            bases.reshape(-1, 16),
            np.empty(0, np.int32) if told else says.ravel(),
            (
                last - first,
                first,
                len(self.starts) - 1 - last,
                self.registers,
                self.feature_bits,
                self.child_bits,
            ),
            ranks,
        )

    def _tops(self, words: UInt32s, bases: npt.NDArray[np.int32]) -> npt.NDArray[np.uint16]:
        """Return `Part.tops`: level by level, where each node's band begins among 64 rows."""
        from landloom.map.forest.vector_roots import RECORD, STEPS

        tops = _in_lines((bases.size, RECORD), np.uint16)
        offsets, exits = tops[:, :64], tops[:, 128:]
        limits = tops[:, 64:96].view(np.uint8) if self.on_codes else tops[:, 64:128]
        up = limits.itemsize * 8 - self.threshold_bits
        base = places = bases.reshape(-1, 1)
        for level in range(STEPS):
            found = words[places]
            left = base + (found >> self.feature_bits & 2**self.child_bits - 1).astype(np.int32)
            limit = found >> np.uint32(32 - self.threshold_bits)
            # A leaf has no child of its own, nor has on its right a node that nobody leaves there.
            inner = limit != 2**self.threshold_bits - 1
            nodes = slice(2**level, 2 ** (level + 1))
            feature = found & np.uint32(2**self.feature_bits - 1)
            offsets[:, nodes] = np.where(inner, feature * 64 * limits.itemsize, 0)
            limits[:, nodes] = limit << np.uint32(up)
            places = np.stack([left, left + inner], axis=2).reshape(bases.size, -1)
        exits[:] = places - base
        return tops.reshape(-1, 16, RECORD)


def _in_lines(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return zeros that begin where a line of the cache does: no register is loaded from two."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    room = np.zeros(size + 64, np.uint8)
    start = -room.ctypes.data % 64
    return room[start : start + size].view(dtype).reshape(shape)


def votes(
    parts: list[Part],
    fractions: Float64s,
    bits: npt.NDArray[Any],
    rows: Indices,
    labels_only: bool,
) -> Iterator[tuple[slice, Float64s]]:
    """Yield sums of fractions of rows, part by part of these.

    Parameters
    ----------
    parts
        From `in_vectors`.
    fractions
        As in `FlatForest`.
    bits
        Rows' bits as unsigned integers, (all rows, bands).
    rows
        Numbers of the rows.
    labels_only
        Whether just enough is wanted to see the winner.
    """
    from landloom.map.forest import vector_kernel as kernel
    from landloom.map.forest.vector_code import ROWS

    room = _in_lines((kernel.ROOM,), np.uint32)
    row_size = 64 * parts[0].shape[3]
    # A row for lanes without one; and whatever a leaf's word seems to ask may be read after it.
    table = _in_lines((ROWS + 8, row_size), np.uint8)
    planes = _in_lines((ROWS * row_size,), np.uint8)
    for start in range(0, rows.size, ROWS):
        chosen = rows[start : start + ROWS]
        sums = np.zeros((chosen.size, fractions.shape[1]))
        slots, n_open = np.arange(chosen.size), chosen.size
        for part in parts:
            left = chosen[slots[:n_open]]
            if part.ranks is None:
                kernel.lay_bytes(bits, left, planes.reshape(-1, row_size, 64))
            else:
                ranks = part.ranks
                kernel.lay_ranks(
                    bits,
                    left,
                    ranks.tops,
                    ranks.ladders,
                    ranks.up,
                    planes.view(np.uint16).reshape(-1, row_size // 2, 64),
                )
            n_open = kernel.vote(
                part.nodes,
                part.tops,
                part.bases,
                part.says,
                fractions,
                part.shape,
                planes,
                table,
                room,
                slots,
                n_open,
                labels_only,
                sums,
            )
        yield slice(start, start + chosen.size), sums
