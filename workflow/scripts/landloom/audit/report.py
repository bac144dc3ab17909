"""What the audit says: as plain data, and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from landloom.audit.audit import QUANTILES, Across, Audit
from landloom.audit.ground import ROUNDING, SLIGHT, Ground
from landloom.audit.pixels import OnPixels
from landloom.audit.sets import AuditSet
from landloom.errors import LandloomError
from landloom.map.row_checks import row_names

_RULES = {
    "centre": "whose centre lies in it",
    "touched": "that it touches",
    "box": "of the box round it",
}
_BINS = 10


@dataclass(frozen=True)
class Means:
    """By what means footprints were compared.

    Attributes
    ----------
    pixels
        Their pixels; None where the ground decides.
    raster
        The path of the raster whose pixels they are; empty for the common grid of the sets' own.
    ground
        All footprints on the ellipsoid.
    bend
        Metres by which edges that are not known to be straight stray at most.
    within
        Kilometres for which shares are told.
    tolerance
        In metres, where it was given.
    """

    pixels: OnPixels | None
    raster: str
    ground: Ground
    bend: float
    within: tuple[float, ...]
    tolerance: float | None

    def words(self) -> list[str]:
        """Say what is exact, and what is with a tolerance, a line each."""
        if self.pixels is not None:
            odd = int(self.pixels.ragged.sum())
            grid = self.raster or "the rasters' common grid"
            lines = [f"exact, pixel by pixel on {grid}: rows and columns are compared"]
            if odd:
                lines.append(
                    f"{odd} of the footprints are no boxes of whole pixels; each holds the pixels "
                    f"{_RULES[self.pixels.rule]} (--rule {self.pixels.rule})"
                )
            lines.append(f"corners of boxes may miss those of pixels by {ROUNDING:g} of a pixel")
            return lines
        rounding = f"{ROUNDING:g} of a pixel where that is known, else 1/{1 / SLIGHT:.0f} of a side"
        lines = [
            "by the ground that footprints cover; each one's edges are straight in its own CRS",
            f"overlaps no deeper than {_range(self.ground.tolerance)} m count as rounding "
            f"({'--tolerance' if self.tolerance is not None else rounding})",
        ]
        if self.bend:
            lines.append(
                f"edges that were straight in another CRS may stray by up to {self.bend:.2g} m; "
                "overlaps that this may explain are undecided, and --raster decides them"
            )
        return lines


def report(sets: Sequence[AuditSet], found: Audit, means: Means) -> dict[str, Any]:
    """Return all that was found as plain data, for JSON."""
    notes = _notes(sets, found, means)
    return {
        "verdict": found.verdict,
        "proof": {
            "by": "pixels" if means.pixels is not None else "ground",
            "raster": means.raster or None,
            "rule": means.pixels.rule if means.pixels is not None else None,
            "tolerance_m": [_rounded(v) for v in _ends(means.ground.tolerance)],
            "words": means.words(),
        },
        "sets": [
            {
                "name": one.name,
                "path": one.path,
                "footprints": len(one.rows),
                "duplicates": len(within.repeated),
                "overlapping_pairs": within.overlapping,
                "faults": {what: rows.tolist() for what, rows in one.faults.items()},
            }
            for one, within in zip(sets, found.within, strict=True)
        ],
        "pairs": [_pair(sets, across, means.within) for across in found.across],
        "notes": notes,
    }


def _pair(sets: Sequence[AuditSet], across: Across, within: tuple[float, ...]) -> dict[str, Any]:
    metres = across.metres
    counts, edges = np.histogram(metres, _BINS)
    return {
        "sets": [sets[number].name for number in across.sets],
        "verdict": across.verdict,
        "overlapping_pairs": across.overlapping,
        "undecided_pairs": across.undecided,
        "footprints_sharing": list(across.footprints),
        "shared_pixels": across.pixels,
        "shared_m2": round(across.square_metres, 3),
        "touching_footprints": across.touching,
        "nearest_m": _rounded(metres.min()),
        "distance_quantiles_m": {
            f"{q}": _rounded(value)
            for q, value in zip(QUANTILES, np.percentile(metres, QUANTILES), strict=True)
        },
        "distance_histogram": {
            "edges_m": [_rounded(edge) for edge in edges],
            "footprints": counts.tolist(),
        },
        "share_within_km": {f"{km:g}": float((metres <= 1000 * km).mean()) for km in within},
    }


def text(plain: dict[str, Any]) -> str:
    """Return a report as text."""
    lines = [_headline(plain), ""]
    width = max(len(one["name"]) for one in plain["sets"])
    for one in plain["sets"]:
        told = [f"{one['footprints']:,} footprints"]
        if one["duplicates"]:
            told.append(f"{one['duplicates']:,} repeated")
        if one["overlapping_pairs"]:
            told.append(f"{one['overlapping_pairs']:,} pairs overlap within the set")
        told += [f"{len(rows):,} {what}" for what, rows in one["faults"].items()]
        lines.append(f"  {one['name']:{width}}  {'; '.join(told)}  ({one['path']})")
    for pair in plain["pairs"]:
        lines += ["", *_pair_lines(pair)]
    lines += ["", "How it was proved:", *(f"  {line}" for line in plain["proof"]["words"])]
    lines += [f"Note: {note}" for note in plain["notes"]]
    return "\n".join(lines)


def _headline(plain: dict[str, Any]) -> str:
    what = "pixel" if plain["proof"]["by"] == "pixels" else "ground"
    return {
        "separate": f"SEPARATE: no {what} is shared",
        "touching": f"SEPARATE: no {what} is shared, but footprints of different sets touch",
        "undecided": "UNDECIDED: footprints overlap by no more than their edges may bend",
        "shared": f"SHARED: {what}{'s are' if what == 'pixel' else ' is'} in more than one set",
    }[plain["verdict"]]


def _pair_lines(pair: dict[str, Any]) -> list[str]:
    first, second = pair["sets"]
    lines = [f"{first} and {second}:"]
    if pair["overlapping_pairs"]:
        pixels = pair["shared_pixels"]
        counted = f", {pixels:,} pixels" if pixels is not None else ""
        ours, theirs = pair["footprints_sharing"]
        area = _area(pair["shared_m2"])
        lines.append(
            f"  {pair['overlapping_pairs']:,} pairs overlap{counted}, {area} in all; "
            f"they are of {ours:,} footprints of {first} and {theirs:,} of {second}"
        )
    if pair["undecided_pairs"]:
        lines.append(f"  {pair['undecided_pairs']:,} pairs are undecided")
    if pair["touching_footprints"]:
        lines.append(f"  {pair['touching_footprints']:,} footprints of {second} touch {first}")
    quantiles = "  ".join(
        f"{q} %: {_km(value)}" for q, value in pair["distance_quantiles_m"].items()
    )
    lines.append(f"  from each of {second} to the nearest of {first}: {quantiles} km")
    for km, share in pair["share_within_km"].items():
        lines.append(f"  {share:.1%} of {second} lies within {km} km of {first}")
    return lines


def _notes(sets: Sequence[AuditSet], found: Audit, means: Means) -> list[str]:
    notes = [
        f"{one.name}: {len(rows)} footprints are {what} ({row_names(rows)})"
        for one in sets
        for what, rows in one.faults.items()
    ]
    for one, within in zip(sets, found.within, strict=True):
        if within.repeated.size:
            start = sum(len(other.rows) for other in sets[: sets.index(one)])
            rows = one.rows[within.repeated - start]
            notes.append(f"{one.name}: {rows.size} footprints repeat another ({row_names(rows)})")
    counted = sum(pair.overlapping + pair.undecided for pair in found.across)
    if counted > (kept := len(found.listed.one)):
        notes.append(f"--output lists {kept:,} of the {counted:,} pairs; all are counted here")
    if means.pixels is not None and means.raster:
        off, lost = ~means.pixels.on_raster(), ~means.pixels.placed
        if off.all():
            raise LandloomError(
                f"--raster: {means.raster}: none of the footprints lies on it; name the raster "
                "that they are of"
            )
        if count := int((off & ~lost).sum()):
            notes.append(f"{count} footprints have no pixel on {means.raster} itself")
        if count := int(lost.sum()):
            notes.append(
                f"{count} footprints lie where the CRS of {means.raster} has no place: they have "
                "no pixels, and nothing is proved of them"
            )
    return notes


def _range(values: np.ndarray) -> str:
    low, high = _ends(values)
    return f"{low:.3g}" if f"{low:.3g}" == f"{high:.3g}" else f"{low:.3g} to {high:.3g}"


def _ends(values: np.ndarray) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _rounded(value: float) -> float:
    """Return metres to the millimetre."""
    return round(float(value), 3)


def _area(square_metres: float) -> str:
    if square_metres < 1e6:
        return f"{square_metres:,.1f} m2"
    return f"{square_metres / 1e6:,.3f} km2"


def _km(metres: float) -> str:
    return f"{metres / 1000:.3f}".rstrip("0").rstrip(".") if metres else "0"
