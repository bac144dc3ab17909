"""The audit: do sets of footprints share pixels or ground, and how far apart do they lie?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Literal, Protocol

import numpy as np

from landloom.arrays import Float64s, Indices, Int64s
from landloom.audit.candidates import pairs_that_may_meet
from landloom.audit.distances import nearest_metres
from landloom.audit.footprints import Footprints
from landloom.audit.ground import Ground
from landloom.audit.sharing import SHARED, Shares

Verdict = Literal["separate", "touching", "undecided", "shared"]

QUANTILES = (0, 5, 25, 50, 75, 95, 100)
MOST_LISTED = 1_000_000
"""Pairs of two sets that are kept to be listed; all are counted."""


class Judge(Protocol):
    """Compares footprints."""

    @property
    def counts_pixels(self) -> bool:
        """Whether what is shared are pixels."""

    def shares(self, one: Indices, other: Indices) -> Shares:
        """Return what pairs share, of those that share anything."""


@dataclass(frozen=True)
class Within:
    """What footprints of one set have in common.

    Attributes
    ----------
    overlapping : int
        Pairs that share pixels or ground.
    repeated : int64, (n,)
        Numbers of footprints that are the same as one before them.
    """

    overlapping: int
    repeated: Int64s


@dataclass(frozen=True)
class Across:
    """What two sets have in common.

    Attributes
    ----------
    sets : tuple of int
        Their numbers; distances are those of the second's footprints to the first's.
    overlapping, undecided : int
        Pairs that share pixels or ground; those that may, for all that is known of their edges.
    footprints : tuple of int
        How many footprints of either share any.
    pixels : int, optional
        Sum of shared pixels over the pairs; None where there are none to count.
    square_metres : float
        Sum of the shared area over the pairs.
    metres : float64, (n,)
        From each footprint of the second set to the nearest of the first.
    touching : int
        Footprints of the second set that touch the first, within the tolerance, and share nothing.
    """

    sets: tuple[int, int]
    overlapping: int
    undecided: int
    footprints: tuple[int, int]
    pixels: int | None
    square_metres: float
    metres: Float64s
    touching: int

    @property
    def verdict(self) -> Verdict:
        """What is proved of both."""
        if self.overlapping:
            return "shared"
        if self.undecided:
            return "undecided"
        return "touching" if self.touching else "separate"


@dataclass(frozen=True)
class Audit:
    """What the audit found.

    Attributes
    ----------
    within : list of Within
        Of each set.
    across : list of Across
        Of each pair of sets.
    listed : Shares
        Pairs of two sets that share, or may share, at most `MOST_LISTED`.
    """

    within: list[Within]
    across: list[Across]
    listed: Shares

    @property
    def verdict(self) -> Verdict:
        """The worst of all pairs of sets."""
        order: tuple[Verdict, ...] = ("separate", "touching", "undecided", "shared")
        return max((pair.verdict for pair in self.across), key=order.index, default="separate")


@dataclass
class _Sums:
    """Counts of a pair of sets, or of a set."""

    overlapping: int = 0
    undecided: int = 0
    pixels: int = 0
    square_metres: float = 0.0


def audit(footprints: Footprints, ground: Ground, judge: Judge, n_sets: int) -> Audit:
    """Compare the footprints of several sets with each other.

    Parameters
    ----------
    footprints, ground
        Of all sets.
    judge
        What compares them.
    n_sets
        How many sets there are, each with at least one footprint.
    """
    owner = footprints.owner
    sums = {pair: _Sums() for pair in combinations(range(n_sets), 2)}
    inner = [0] * n_sets
    repeated: list[Indices] = [np.empty(0, np.intp)]
    sharing = np.zeros((len(owner), n_sets), np.bool_)
    meeting = np.zeros((len(owner), n_sets), np.bool_)
    listed: list[Shares] = []
    for one, other in pairs_that_may_meet(ground.centres, ground.radii):
        shares = judge.shares(one, other)
        mine, theirs = owner[shares.one], owner[shares.other]
        meeting[shares.one, theirs] = meeting[shares.other, mine] = True
        sure = shares.state == SHARED
        sharing[shares.one[sure], theirs[sure]] = sharing[shares.other[sure], mine[sure]] = True
        for number in np.unique(mine[mine == theirs]).tolist():
            inner[number] += int((sure & (mine == number) & (theirs == number)).sum())
        repeated.append(shares.other[(mine == theirs) & shares.same])
        for pair, found in sums.items():
            _add(found, shares.take((mine == pair[0]) & (theirs == pair[1])))
        kept = sum(len(part.one) for part in listed)
        listed.append(shares.take(np.flatnonzero(mine != theirs)[: MOST_LISTED - kept]))
    again = np.unique(np.concatenate(repeated))
    within = [Within(count, again[owner[again] == n]) for n, count in enumerate(inner)]
    across = []
    for (first, second), found in sums.items():
        ours, theirs = (np.flatnonzero(owner == number) for number in (first, second))
        metres = nearest_metres(ground, theirs, ours)
        metres[sharing[theirs, first]] = 0.0
        close = (metres <= ground.tolerance[theirs]) & ~meeting[theirs, first]
        across.append(
            Across(
                (first, second),
                found.overlapping,
                found.undecided,
                (int(sharing[ours, second].sum()), int(sharing[theirs, first].sum())),
                found.pixels if judge.counts_pixels else None,
                found.square_metres,
                metres,
                int(close.sum()),
            )
        )
    pairs = Shares.joined(listed)
    return Audit(within, across, pairs.take(np.lexsort([pairs.other, pairs.one])))


def _add(found: _Sums, shares: Shares) -> None:
    sure = shares.state == SHARED
    found.overlapping += int(sure.sum())
    found.undecided += int((~sure).sum())
    found.pixels += int(shares.pixels[sure].sum())
    found.square_metres += float(shares.square_metres[sure].sum())
