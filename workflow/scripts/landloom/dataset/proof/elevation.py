"""Elevation: is it that of its footprints, and in place? Read again at each pixel's own place."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np
from rasterio.io import DatasetReader

from landloom.arrays import Float32s, Float64s
from landloom.dataset.proof.agreement import agree
from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.promises import Promises, Witnesses
from landloom.dataset.proof.registration import (
    Expected,
    Pool,
    Shift,
    estimate_shift,
    is_possible,
)
from landloom.dataset.proof.split_files import Chunk
from landloom.dataset.proof.windows import Windows, lonlat_of

_REGISTERED = 20_000
"""Patches of a split whose elevation is compared at most, spread evenly."""
_NONE = Shift(0.0, 0.0, 0.0, 0.0)
"""What is known of a patch that agrees with its source, which is bilinear."""
_BEARABLE = 0.25
"""Output pixels by which a split as a whole may seem to be displaced."""


@dataclass
class Elevation:
    """What the comparison of a split's elevation with its source has shown.

    Attributes
    ----------
    pool
        The patches that show no displacement alone.
    every
        Of so many rows of the split one is compared.
    shifts
        Of the rows that were compared.
    strange
        Rows that cannot be what the source makes of their places.
    known
        How many were compared where the source is known.
    """

    pool: Pool
    every: int
    shifts: dict[int, Shift] = field(default_factory=dict)
    strange: list[int] = field(default_factory=list)
    known: int = 0

    @classmethod
    def of(cls, total: int, size: int) -> Elevation:
        """Prepare for so many patches of a size in output pixels."""
        return cls(Pool(size), max(1, -(-total // _REGISTERED)))

    @property
    def telling(self) -> list[Shift]:
        """The shifts of the patches with relief enough to show one."""
        return [shift for shift in self.shifts.values() if shift.is_telling]

    def compare(
        self, chunk: Chunk, windows: Windows, witnesses: Witnesses, promises: Promises
    ) -> None:
        """Compare samples with what their source makes of the places of their pixels.

        Parameters
        ----------
        chunk
            The n samples.
        windows
            (n, 2) their windows.
        witnesses
            The land cover, whose pixels they are, and the elevation.
        promises
            What is promised.
        """
        compared = chunk.rows % self.every == 0
        rows, reliefs = chunk.rows[compared], chunk.samples[compared, 1]
        lonlat = partial(lonlat_of, witnesses.raster)
        agreed = agree(reliefs, windows[compared], promises.step, lonlat, witnesses.heights)
        self.known += int(agreed.sum())
        self.shifts.update(dict.fromkeys(rows[agreed].tolist(), _NONE))
        places = _pixel_centres(windows[compared][~agreed], witnesses.raster, promises)
        for row, relief, expected in zip(
            rows[~agreed].tolist(),
            reliefs[~agreed],
            witnesses.heights.expect(*places),
            strict=True,
        ):
            self._compare(row, relief, expected)

    def _compare(self, row: int, relief: Float32s, expected: Expected) -> None:
        """Compare a patch's heights and, alone or with others, its place."""
        shift = self.shifts[row] = estimate_shift(relief, expected)
        self.known += bool(np.isfinite(expected.heights).any())
        if not is_possible(relief, expected):
            self.strange.append(row)
        if not shift.is_telling and len(relief) > 1:
            self.pool.add(relief, expected)


def _pixel_centres(
    windows: Windows, raster: DatasetReader, promises: Promises
) -> tuple[Float64s, Float64s]:
    """Return lon and lat of the output pixels' centres, each (n, size, size)."""
    along = (np.arange(promises.size) + 0.5) * promises.downsample
    row = windows[:, 0, None, None] + along[:, None] + np.zeros(promises.size)
    col = windows[:, 1, None, None] + along + np.zeros((promises.size, 1))
    return lonlat_of(raster, row, col)


def check_registration(split: str, elevation: Elevation, findings: Findings) -> None:
    """Judge the comparison of a split's elevation, and tell what it was able to show.

    Parameters
    ----------
    split
        The split's name.
    elevation
        The comparison, when all samples have been compared.
    findings
        Where faults, notes and measures go.
    """
    telling = elevation.telling
    right = float(np.median([shift.right for shift in telling])) if telling else 0.0
    down = float(np.median([shift.down for shift in telling])) if telling else 0.0
    findings.measured.setdefault("registration", {})[split] = {
        "compared": len(elevation.shifts),
        "by_heights": elevation.known,
        "with_enough_relief": len(telling),
        "median_shift_right": right if telling else None,
        "median_shift_down": down if telling else None,
        "together": _check_pool(split, elevation.pool, findings),
    }
    _note_what_was_not_proved(split, elevation, findings)
    off = np.array(sorted(row for row, shift in elevation.shifts.items() if shift.is_off), np.int64)
    elsewhere = np.setdiff1d(np.array(elevation.strange, np.int64), off)
    findings.refuse(split, elsewhere, "elevation is not that of the footprint")
    findings.refuse(split, off, "elevation is displaced by over half a pixel")
    bearable = _BEARABLE + max((shift.slack for shift in telling), default=0.0)
    findings.expect(
        float(np.hypot(right, down)) < bearable,
        f"{split}: elevation is displaced by {right:.2f} pixels to the right and "
        f"{down:.2f} down (median)",
    )


def _note_what_was_not_proved(split: str, elevation: Elevation, findings: Findings) -> None:
    if not elevation.shifts:
        return
    if not elevation.known:
        findings.notes.append(
            f"{split}: no patch's elevation could be compared: at none of their pixels is the "
            "source known"
        )
    elif not elevation.telling and not elevation.pool.is_telling:
        findings.notes.append(
            f"{split}: where elevation lies was not proved, its heights alone: no patch has "
            "relief enough to show a shift, nor have all together"
        )


def _check_pool(split: str, pool: Pool, findings: Findings) -> dict[str, float] | None:
    """Compare, as one, the patches that show no displacement alone; give what was measured."""
    if not pool.is_telling:
        return None
    shift, correlation = pool.shift(), pool.correlation
    findings.expect(
        not shift.is_off,
        f"{split}: elevation is displaced by {shift.right:.2f} pixels to the right and "
        f"{shift.down:.2f} down ({pool.patches} small or flat patches together)",
    )
    findings.expect(
        not pool.is_elsewhere,
        f"{split}: elevation is not that of the footprints (correlation {correlation:.2f} "
        f"over {pool.patches} small or flat patches)",
    )
    return {
        "patches": pool.patches,
        "shift_right": round(shift.right, 6),
        "shift_down": round(shift.down, 6),
        "correlation": round(correlation, 6),
    }
