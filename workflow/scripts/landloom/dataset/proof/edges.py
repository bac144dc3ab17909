"""Edges: do neighbouring elevation tiles continue each other along the degree that they share?

The comparison with the source cannot tell: a tile that is misplaced, or of other heights, is the
source. Here the heights of both sides are drawn out to the line between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rasterio.windows import Window

from landloom.arrays import Float64s
from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.registration import HeightSource
from landloom.raster.bounds import Bounds
from landloom.raster.degree_tiles import tile_corner, tile_name
from landloom.raster.opening import open_raster

_MARGIN = 0.05
"""Degrees round the region within which edges are looked at."""
_FEWEST = 64
"""Places along an edge that a comparison needs."""
_LEAST_STEP = 1.0
"""Metres (median) by which sides may differ in any case: heights may be rounded to whole ones."""
_ROUGH = 1.5
"""Times the bend of the ground by which sides may differ besides. Of heights without any relation
from pixel to pixel they differ by 0.9 times that, of smooth ground by far less."""
_ROUGH_ON_AVERAGE = 0.5
"""Likewise where up and down cancel out."""
_LEAST_CHANGE = 0.5
"""Metres (root mean square) by which a move of one pixel has to change heights to be seen."""
_TOLERANCE = 0.5
"""Pixels by which a tile may seem to be shifted."""
_EXPLAINED = 0.75
"""Share of the difference that a shift has to explain to be told."""
_DEEP = 4
"""Pixels that are read on each side of a line."""


@dataclass(frozen=True)
class Edge:
    """Two neighbouring tiles, west and east or south and north of a line.

    Attributes
    ----------
    tiles
        The names of both.
    line
        Longitude or latitude of the line between them.
    upright
        Whether that is a meridian.
    """

    tiles: tuple[str, str]
    line: int
    upright: bool

    @property
    def place(self) -> str:
        """The line in words."""
        letters = "EW" if self.upright else "NS"
        return f"{abs(self.line)} {letters[self.line < 0]}"


class _Side(NamedTuple):
    """What a tile shows at a line.

    Attributes
    ----------
    places
        Degrees along the line, ascending, (n,).
    heights
        Metres at the line, NaN where void, (n,).
    slope
        Metres from pixel to pixel across the line, to the right or down, (n,).
    bend
        Metres by which the ground near the line bends from pixel to pixel (median).
    """

    places: Float64s
    heights: Float64s
    slope: Float64s
    bend: float


@dataclass(frozen=True)
class Step:
    """How the second tile of an edge differs from the first.

    Attributes
    ----------
    typical, higher
        Medians of the difference's size, and of the difference, in metres.
    shift
        Pixels by which the second shows its relief too far to the right and too far down; None
        where that cannot be told, or does not explain the difference.
    is_off
        Whether they differ beyond what the ground does.
    """

    typical: float
    higher: float
    shift: tuple[float, float] | None
    is_off: bool


def check_edges(heights: HeightSource, region: Bounds, findings: Findings) -> None:
    """Compare neighbouring tiles; where they disagree, tell which, by how much and what to do.

    Heights may well be those of their source all the same: then it is a note. Where samples have
    been found whose elevation is not, it is likely the reason, and is told with them.

    Parameters
    ----------
    heights
        The elevation; one raster has no such edges.
    region
        Lon/lat bounds; edges elsewhere do not matter.
    findings
        Where faults, notes and measures go.
    """
    if heights.raster is not None:
        return
    compared = {
        edge: step for edge in _edges(heights, region) if (step := compare(heights, edge, region))
    }
    off = {edge: step for edge, step in compared.items() if step.is_off}
    findings.measured["elevation_edges"] = {
        "compared": len(compared),
        "disagreeing": [" ".join(edge.tiles) for edge in off],
    }
    suspects = _suspects(list(off))
    messages = [_told(edge, step, suspects) for edge, step in off.items()]
    broken = any("elevation" in fault for fault in findings.broken)
    (findings.broken if broken else findings.notes).extend(messages)


def _edges(heights: HeightSource, region: Bounds) -> Iterator[Edge]:
    west, south, east, north = region
    for name in sorted(heights.tiles):
        lon, lat = tile_corner(name)
        beside, above = tile_name(lon + 1, lat), tile_name(lon, lat + 1)
        if beside in heights.tiles and west - _MARGIN <= lon + 1 <= east + _MARGIN:
            yield Edge((name, beside), lon + 1, True)
        if above in heights.tiles and south - _MARGIN <= lat + 1 <= north + _MARGIN:
            yield Edge((name, above), lat + 1, False)


def compare(heights: HeightSource, edge: Edge, region: Bounds) -> Step | None:
    """Compare the two tiles of an edge; None where too little of both is known."""
    sides = [_side(heights.tiles[name], edge) for name in edge.tiles]
    first, second = sides
    if first is None or second is None:
        return None
    low, high = region[1::2] if edge.upright else region[::2]
    places = first.places[(first.places >= low - _MARGIN) & (first.places <= high + _MARGIN)]
    if len(places) < _FEWEST:
        return None
    here, there = _at(places, first), _at(places, second)
    along, across = np.gradient((here[0] + there[0]) / 2), (here[1] + there[1]) / 2
    slopes = np.stack([across, -along] if edge.upright else [along, across], axis=1)
    difference = there[0] - here[0]
    known = np.isfinite(difference) & np.isfinite(slopes).all(axis=1)
    if known.sum() < _FEWEST:
        return None
    difference = difference[known]
    typical, higher = float(np.median(np.abs(difference))), float(np.median(difference))
    bend = max(first.bend, second.bend)
    shift = _shift(difference, slopes[known]) if typical > _LEAST_CHANGE + bend else None
    is_off = typical > _LEAST_STEP + _ROUGH * bend
    is_off |= abs(higher) > _LEAST_STEP + _ROUGH_ON_AVERAGE * bend
    return Step(typical, higher, shift, is_off or shift is not None)


def _side(path: str, edge: Edge) -> _Side | None:
    """Read what a tile shows at a line; None of a tile that does not exist or is a mere strip."""
    with open_raster(path) as dataset:
        transform = dataset.transform
        if min(dataset.shape) < _DEEP:
            return None
        if edge.upright:
            first, step, count = transform.c, transform.a, dataset.width
        else:
            first, step, count = transform.f, transform.e, dataset.height
        at = (edge.line - first) / step - 0.5  # in pixels, from the centre of the first
        start = int(np.clip(np.floor(at) - 1, 0, count - _DEEP))
        window = (
            Window(start, 0, _DEEP, dataset.height)
            if edge.upright
            else Window(0, start, dataset.width, _DEEP)
        )
        pixels = dataset.read(1, window=window).astype(np.float64)
        pixels[dataset.read_masks(1, window=window) == 0] = np.nan
        if edge.upright:
            places = transform.f + transform.e * (np.arange(dataset.height) + 0.5)
        else:
            pixels = pixels.T
            places = transform.c + transform.a * (np.arange(dataset.width) + 0.5)
    if places[0] > places[-1]:
        places, pixels = places[::-1], pixels[::-1]
    return _drawn_out(places, pixels, at - start)


def _drawn_out(places: Float64s, pixels: Float64s, at: float) -> _Side | None:
    """Draw the heights of a strip (n, 4) out to a place across it, in pixels from its first."""
    left = int(np.clip(np.floor(at), 0, _DEEP - 2))
    slope = pixels[:, left + 1] - pixels[:, left]
    heights = pixels[:, left] + (at - left) * slope
    bends = np.abs(np.diff(pixels, 2, axis=1))
    bends = bends[np.isfinite(bends)]
    return _Side(places, heights, slope, float(np.median(bends))) if bends.size else None


def _at(places: Float64s, side: _Side) -> tuple[Float64s, Float64s]:
    """Return heights and slopes at places along the line, NaN beyond the tile."""
    heights, slope = (
        np.interp(places, side.places, values, left=np.nan, right=np.nan)
        for values in (side.heights, side.slope)
    )
    return heights, slope


def _shift(difference: Float64s, slopes: npt.NDArray[np.float64]) -> tuple[float, float] | None:
    """Return the move, right and down, that explains a difference (n,) by slopes (n, 2).

    To first order, besides a constant (Lucas and Kanade, 1981).
    """
    slopes, rest = slopes - slopes.mean(axis=0), difference - difference.mean()
    if np.linalg.eigvalsh(slopes.T @ slopes / len(slopes))[0] < _LEAST_CHANGE**2:
        return None
    move, *_ = np.linalg.lstsq(slopes, rest, rcond=None)
    explained = 1.0 - (rest - slopes @ move).var() / max(rest.var(), 1e-12)
    right, down = -float(move[0]), -float(move[1])
    return (right, down) if explained > _EXPLAINED and np.hypot(right, down) > _TOLERANCE else None


def _suspects(off: Sequence[Edge]) -> set[str]:
    """Return the tile that disagrees with several neighbours while these disagree with it alone."""
    counts = Counter(name for edge in off for name in edge.tiles)
    return {
        name
        for name, count in counts.items()
        if count > 1
        and all(
            counts[other] == 1
            for edge in off
            if name in edge.tiles
            for other in edge.tiles
            if other != name
        )
    }


def _told(edge: Edge, step: Step, suspects: set[str]) -> str:
    first, second = edge.tiles
    words = (
        f"elevation tiles {first} and {second} disagree along their edge at {edge.place}, by "
        f"{step.typical:.1f} m in the median"
    )
    if abs(step.higher) > step.typical / 2:
        words += (
            f" ({second} is {abs(step.higher):.1f} m {'higher' if step.higher > 0 else 'lower'})"
        )
    if step.shift:
        right, down = step.shift
        words += (
            f", as if {second} lay {right:.2f} pixels too far to the right and {down:.2f} too far "
            f"down, or {first} as much the other way"
        )
    for odd in suspects.intersection(edge.tiles):
        words += f"; {odd} is likely the one, as it disagrees with other neighbours, too"
    if step.shift:
        return (
            f"{words}; take both from one source and version, or move the one that is misplaced: "
            "'gdal_edit.py -a_ullr WEST NORTH EAST SOUTH FILE'"
        )
    return f"{words}; take both from one source, with heights of one datum and unit"
