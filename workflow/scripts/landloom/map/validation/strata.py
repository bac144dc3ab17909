"""From reference points on a map to a stratified sample, and what is refused of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from pyproj.exceptions import ProjError

from landloom.arrays import Float64s, Int64s, Mask
from landloom.errors import LandloomError
from landloom.legend.decimals import percent
from landloom.legend.values import NODATA
from landloom.map.table_numbers import numbers_in
from landloom.map.validation.areas import HECTARE, ClassAreas
from landloom.map.validation.estimators import Counts
from landloom.map.validation.labels import Labels
from landloom.map.validation.map_values import values_at
from landloom.map.validation.points import KEY, PointFile, ReferencePoints, some
from landloom.raster.coordinates import coordinates
from landloom.raster.pixel_grid import PixelGrid

_TOLERANCE = 0.01
"""By which share the weights may miss the pixels of the map."""

_FEWEST = 0.8
"""Share of the points drawn in a class of the map that have to be left of it."""


@dataclass(frozen=True)
class MapFacts:
    """What is known of a map.

    Attributes
    ----------
    path
        The file.
    grid : PixelGrid
        Its pixels.
    areas : ClassAreas
        Pixels and areas of its classes.
    learned : int64, (pixels,)
        Pixels that the model learned from: row · width + column.
    """

    path: str
    grid: PixelGrid
    areas: ClassAreas
    learned: Int64s


@dataclass(frozen=True)
class Places:
    """Points one by one.

    Attributes
    ----------
    rows, cols, on_map, reference : int64, (n,)
        Pixel of the map, class on the map, class in reference.
    stratum : int64, (n,)
        Place among the strata.
    """

    rows: Int64s
    cols: Int64s
    on_map: Int64s
    reference: Int64s
    stratum: Int64s


@dataclass(frozen=True)
class Sample:
    """A sample that figures can be estimated from.

    Attributes
    ----------
    counts : Counts
        Points by stratum, map class and reference class.
    strata : list of str
        Names of the strata.
    values : list of int
        Classes, in the order of the counts.
    hectares : float
        Area that the figures speak of.
    by_map : bool
        Whether strata are the map's classes.
    places : Places
        The points that are counted.
    notes : list of str
        What a reader should know.
    """

    counts: Counts
    strata: list[str]
    values: list[int]
    hectares: float
    by_map: bool
    places: Places
    notes: list[str] = field(default_factory=list)

    @property
    def weights(self) -> Float64s:
        """What each point stands for, (n,): the size of its stratum over the points in it."""
        weights: Float64s = (self.counts.sizes / self.counts.points)[self.places.stratum]
        return weights


def sample_of(points: ReferencePoints, file: PointFile, facts: MapFacts, labels: Labels) -> Sample:
    """Put reference points on the map, and count them.

    Parameters
    ----------
    points : ReferencePoints
        The points.
    file : PointFile
        Where they come from, for messages.
    facts : MapFacts
        The map.
    labels : Labels
        What labels mean.

    Raises
    ------
    LandloomError
        One message for the first thing that is wrong: a label is missing or unknown; points lie
        outside the map or on void (with strata of the user's own, else these are left out), two on
        one pixel, or on pixels that the model learned from; strata and weights do not fit.
    """
    reference = _references(points, file, labels)
    rows, cols = _pixels(points, file, facts.grid)
    on_map = np.full(rows.size, NODATA, np.int64)
    held = facts.grid.holds(rows, cols)
    on_map[held] = values_at(facts.path, rows[held], cols[held])
    there = on_map != NODATA
    _refuse_off_map(points, file, held, there)
    _refuse_shared(points, file, np.where(there, rows * facts.grid.width + cols, -1), facts)
    if _strata_are_map_classes(points, file, on_map, there, labels):
        drawn, notes = _drawn(points, file, on_map, facts)
        strata = np.unique(on_map[there], return_inverse=True)[1]
        places = Places(rows[there], cols[there], on_map[there], reference[there], strata)
        found = _by_map_class(places, facts, labels, drawn)
        told = [*_left_out(there), *_unused(points, file), *notes, *found.notes]
        return replace(found, notes=told)
    return _by_own_strata(points, file, facts, (rows, cols, on_map, reference))


def _references(points: ReferencePoints, file: PointFile, labels: Labels) -> Int64s:
    """Return the class value of each point in reference, (n,)."""
    empty = [number for number, label in enumerate(points.labels) if not label]
    if empty:
        raise LandloomError(
            f"{file.where}: {len(empty)} of {len(points.labels)} points have no {file.label} "
            f"({some(points.names, empty)}); label them, and delete those that nobody can tell"
        )
    unknown = sorted({label for label in points.labels if label not in labels.values})
    if unknown:
        known = ", ".join(
            str(value) if entry.name == str(value) else f"{value} ({entry.name})"
            for value, entry in labels.classes.items()
        )
        where = [number for number, label in enumerate(points.labels) if label in unknown]
        raise LandloomError(
            f"{file.where}: the {file.label} {some(unknown, range(len(unknown)))} "
            f"({some(points.names, where)}) is no class of the map, which are {known}; "
            f"{labels.remedy}"
        )
    return np.array([labels.values[label] for label in points.labels], np.int64)


def _pixels(points: ReferencePoints, file: PointFile, grid: PixelGrid) -> tuple[Int64s, Int64s]:
    try:
        onto = coordinates(points.crs, grid.crs)
    except ProjError as error:
        raise LandloomError(
            f"{file.where}: its CRS, {points.crs.name}, cannot be led to the map's; is it one of "
            f"the Earth? Give {KEY}.crs a name such as EPSG:4326, or the file its true CRS"
        ) from error
    return grid.pixels(*onto(points.x, points.y))


def _refuse_off_map(points: ReferencePoints, file: PointFile, held: Mask, there: Mask) -> None:
    """Refuse points off the map where they were drawn in strata, or where none is on it."""
    if there.all() or (there.any() and points.strata is None):
        return
    off = np.flatnonzero(~there)
    kinds = f"{np.count_nonzero(~held)} outside it, {np.count_nonzero(held & ~there)} on void"
    remedy = (
        f"the points of strata are drawn on the map that they judge: draw them anew, or leave out "
        f"{KEY}.stratum (null), so that strata are the map's classes"
        if there.any()
        else f"check {KEY}.x, .y and .crs"
    )
    raise LandloomError(
        f"{file.where}: {off.size} of {there.size} points are not on the map ({kinds}: "
        f"{some(points.names, off)}); {remedy}"
    )


def _left_out(there: Mask) -> list[str]:
    off = np.count_nonzero(~there)
    return [f"{off} points outside the map or on void: left out"] if off else []


def _refuse_shared(
    points: ReferencePoints, file: PointFile, pixels: Int64s, facts: MapFacts
) -> None:
    """Refuse two points on one pixel, and such that the model learned from; -1 is no pixel."""
    found, first, numbers = np.unique(pixels, return_index=True, return_counts=True)
    twice = first[(numbers > 1) & (found >= 0)]
    if twice.size:
        pair = np.flatnonzero(pixels == pixels[twice[0]])
        raise LandloomError(
            f"{file.where}: {twice.size} pixels of the map hold several points "
            f"({some(points.names, pair)} lie on one); keep one point of each"
        )
    learned = np.flatnonzero(np.isin(pixels, facts.learned))
    if learned.size:
        raise LandloomError(
            f"{file.where}: {learned.size} of {pixels.size} points lie on pixels that the model "
            f"learned from ({some(points.names, learned)}), so they are not independent of it; "
            "take points of another origin, such as those that the rule validation_sample draws"
        )


def _strata_are_map_classes(
    points: ReferencePoints, file: PointFile, on_map: Int64s, there: Mask, labels: Labels
) -> bool:
    """Return whether strata are the map's classes: where none are told, or these."""
    if points.strata is None:
        if points.weights is not None and file.weight in file.needed:
            raise LandloomError(
                f"{KEY}.weight: {file.path} has no column of strata ({file.stratum}), without "
                f"which weights say nothing: name it in {KEY}.stratum, or leave out the weights"
            )
        return True
    own = [labels.values.get(stratum) for stratum in points.strata]
    differs = np.flatnonzero(there & np.array([a != b for a, b in zip(own, on_map, strict=True)]))
    if differs.size and points.weights is None:
        raise LandloomError(
            f"{KEY}.weight: {file.path} has strata ({file.stratum}) that are not the map's classes "
            f"at the points ({some(points.names, differs)}), but no column of weights: give it "
            "one, with the pixels of the stratum over the points in it"
        )
    return not differs.size


def _unused(points: ReferencePoints, file: PointFile) -> list[str]:
    if points.strata is None and points.weights is not None:
        return [f"the weights ({file.weight}) are not used, as there are no strata"]
    return []


def _drawn(
    points: ReferencePoints, file: PointFile, on_map: Int64s, facts: MapFacts
) -> tuple[Int64s | None, list[str]]:
    """Return of how many pixels of each value the points were drawn, if that is told, and notes."""
    if points.strata is None or points.weights is None:
        return None, []
    learned = values_at(facts.path, *np.divmod(facts.learned, facts.grid.width))
    free = facts.areas.pixels - np.bincount(learned[learned != NODATA], minlength=NODATA)
    weights, notes = _weights(points, file), []
    for value in np.unique(on_map).tolist():
        own = on_map == value
        told, least, most = weights[own].sum(), int(free[value]), int(facts.areas.pixels[value])
        stratum = points.strata[int(np.flatnonzero(own)[0])]
        if not least * _FEWEST <= told <= most * (1 + _TOLERANCE):
            raise LandloomError(
                f"{KEY}.weight: the weights of stratum {stratum} of {file.path} sum up to "
                f"{told:,.0f}, but the map has {most:,} pixels of that class; give each point the "
                f"pixels of its stratum over the points in it, or leave out {KEY}.stratum (null)"
            )
        if told < least * (1 - _TOLERANCE):
            gone = round((least - told) / weights[own][0])
            notes.append(
                f"about {gone} points that were drawn in stratum {stratum} are not in the table: "
                "the others stand for them, as if those were like these"
            )
    return np.maximum(free, np.bincount(on_map, minlength=NODATA)), notes


def _by_map_class(places: Places, facts: MapFacts, labels: Labels, drawn: Int64s | None) -> Sample:
    """Return the sample whose strata are the map's classes, and sizes their true areas."""
    areas, notes = facts.areas, []
    values, strata = _classes(facts, places.reference), np.unique(places.on_map)
    mapped = np.flatnonzero(areas.pixels)
    whole = areas.square_metres.sum()
    for value in np.setdiff1d(mapped, strata).tolist():
        share = areas.square_metres[value] / whole
        notes.append(
            f"no point is on {labels.classes[value].name} of the map, {percent(share, 2)} of its "
            "area: all figures are those of the map without it"
        )
    sizes = areas.square_metres[strata]
    pixels = None if drawn is None else drawn[strata].astype(np.float64)
    return Sample(
        counts=Counts(_counted(places, values), sizes, pixels),
        strata=[labels.classes[value].name for value in strata.tolist()],
        values=values,
        hectares=float(sizes.sum()) / HECTARE,
        by_map=True,
        places=places,
        notes=[*notes, *_unequal(areas)],
    )


def _unequal(areas: ClassAreas) -> list[str]:
    """Return what is to be said of pixels that differ in area."""
    if areas.largest <= 1.02 * areas.smallest:
        return []
    return [
        f"the map's pixels differ in area, by up to {areas.largest / areas.smallest - 1:.0%}: "
        "within a class they count alike (map.predict.crs: auto gives equal ones)"
    ]


def _by_own_strata(
    points: ReferencePoints,
    file: PointFile,
    facts: MapFacts,
    spots: tuple[Int64s, Int64s, Int64s, Int64s],
) -> Sample:
    """Return the sample in the table's strata, of the sizes that its weights tell.

    Weights are pixels. Where these differ in area, a point stands for as many of the mean area of
    its class on the map.
    """
    weights, areas = _weights(points, file), facts.areas
    _refuse_sum(file, float(weights.sum()), facts)
    names, numbers = np.unique(np.array(points.strata, dtype=object), return_inverse=True)
    places = Places(*spots, numbers)
    mean = areas.square_metres[places.on_map] / areas.pixels[places.on_map]
    values = _classes(facts, places.reference)
    counts = Counts(
        cells=_counted(places, values),
        sizes=np.bincount(numbers, weights * mean).astype(np.float64),
        pixels=np.bincount(numbers, weights).astype(np.float64),
    )
    hectares = float(areas.square_metres.sum()) / HECTARE
    strata = [str(name) for name in names]
    return Sample(counts, strata, values, hectares, False, places, _unequal(areas))


def _classes(facts: MapFacts, reference: Int64s) -> list[int]:
    """Return all classes of the map and of the reference."""
    return [int(value) for value in np.union1d(np.flatnonzero(facts.areas.pixels), reference)]


def _counted(places: Places, values: Sequence[int]) -> Int64s:
    """Return how many points there are, (strata, classes on the map, classes in reference)."""
    k = len(values)
    cells = np.zeros((int(places.stratum.max()) + 1, k, k), np.int64)
    cell = np.searchsorted(values, places.on_map), np.searchsorted(values, places.reference)
    np.add.at(cells, (places.stratum, *cell), 1)
    return cells


def _weights(points: ReferencePoints, file: PointFile) -> Float64s:
    """Return the pixels that each point stands for, which are the same within a stratum."""
    strata, weights = points.strata or [], points.weights or []
    empty = [number for number, stratum in enumerate(strata) if not stratum]
    if empty:
        raise LandloomError(
            f"{KEY}.stratum: {len(empty)} of {len(strata)} points of {file.path} have no "
            f"{file.stratum} ({some(points.names, empty)}); give it, or leave the key out (null), "
            "so that strata are the map's classes"
        )
    numbers = numbers_in(weights, ",")
    bad = np.flatnonzero(~(np.isfinite(numbers) & (numbers >= 1)))
    if bad.size:
        first = weights[bad[0]] or "nothing"
        raise LandloomError(
            f"{KEY}.weight: {bad.size} of {len(strata)} points of {file.path} have no "
            f"{file.weight} of 1 or more ({some(points.names, bad)}; the first has {first}); give "
            "the pixels of the stratum over the points in it"
        )
    names, place = np.unique(np.array(strata, dtype=object), return_inverse=True)
    least, most = np.full(len(names), np.inf), np.zeros(len(names))
    np.minimum.at(least, place, numbers)
    np.maximum.at(most, place, numbers)
    uneven = np.flatnonzero(most > least * (1 + 1e-6))
    if uneven.size:
        stratum = uneven[0]
        raise LandloomError(
            f"{KEY}.weight: the points of stratum {names[stratum]} of {file.path} have weights "
            f"from {least[stratum]:g} to {most[stratum]:g}; within a stratum they are the same: "
            "its pixels over its points"
        )
    return numbers


def _refuse_sum(file: PointFile, total: float, facts: MapFacts) -> None:
    """Refuse weights that do not add up to the map, with or without what was learned from."""
    pixels = int(facts.areas.pixels.sum())
    least, most = (pixels - facts.learned.size) * (1 - _TOLERANCE), pixels * (1 + _TOLERANCE)
    if not least <= total <= most:
        raise LandloomError(
            f"{KEY}.weight: the weights of {file.path} sum up to {total:,.0f}, but the map has "
            f"{pixels:,} pixels; give each point the pixels of its stratum over the points in it "
            f"(fewer points, larger weights), or leave out {KEY}.stratum (null), so that strata "
            "are the map's classes"
        )
