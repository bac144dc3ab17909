"""Doubts about the order of an embedding's rows: whether they lie as the header says.

AlphaEarth's files are bottom-up. A program that writes the rows of one from the top down, and keeps
its header, makes a copy with the right bounds whose pixels are mirrored from north to south.
Nothing in the file tells; labels do: the vectors of the mirrored places tell them better.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from landloom.arrays import Float32s, Indices, Int64s, Mask
from landloom.errors import LandloomError
from landloom.map.embedding import KEY, EmbeddingInfo, Tile
from landloom.map.embedding_reader import read_pixels
from landloom.map.encoding import decode, valid_mask
from landloom.map.sample_table import features
from landloom.map.zones import ZonedEmbedding
from landloom.raster.pixel_grid import part_of

Read = Callable[[Int64s, Int64s], tuple[Float32s, Mask]]
"""From rows and columns of an embedding's pixels to their decoded vectors, shape (n, bands), and
which of them have data."""

_FEWEST = 100  # points of a tile, to judge it by
_MOST = 2000
_FOLDS = 5
_NEIGHBOURS = 5
_SIDE = 10  # blocks along a side of the points' extent
_SQUARED = 1e15
"""Numbers of which sums of squares may be more than 32 bits hold."""
_MEMBERS = 10  # points of a class, to have it told
_CERTAIN = 5.0  # standard errors
_ALIKE = 2.0
_FEWEST_TO_NOTE = 200
_POWERLESS = 0.9  # a class's share


@dataclass(frozen=True)
class Comparison:
    """How well labels are told from two sets of vectors.

    Attributes
    ----------
    n : int
        Points compared.
    one, other : float
        Shares of the labels that are told right, 0 to 1.
    commonest : float
        The share of the commonest class, 0 to 1.
    z : float
        By how many standard errors the other set tells better; negative if it tells worse.
    """

    n: int
    one: float
    other: float
    commonest: float
    z: float


def compare(
    one: Float32s, other: Float32s, labels: Int64s, blocks: Int64s, seed: int = 0
) -> Comparison | None:
    """Compare how well labels are told from two sets of vectors at the same points.

    Parameters
    ----------
    one, other : ndarray of float32, shape (n, bands)
        Finite vectors, such as those at the points and those at their mirrored places.
    labels : ndarray of int64, shape (n,)
        Classes of the points.
    blocks : ndarray of int64, shape (n,)
        The part of the ground in which each point lies.
    seed : int
        Shuffles the folds.

    Returns
    -------
    Comparison or None
        None where there is too little to compare: classes of fewer than 10 points do not count,
        and of the others there must be two, 100 points, and five blocks.

    Notes
    -----
    A label is told by the 5 nearest vectors, among those of the other four of five stratified
    folds; bands are standardised, over both sets. The answers are compared point by point with
    McNemar's statistic ``(c - b) / sqrt(b + c)``, where b labels are told right by the first set
    only, c by the other only (McNemar 1947, "Note on the sampling error of the difference between
    correlated proportions or percentages", Psychometrika 12:153-157).

    Points near each other are alike in vectors and in labels: any smooth picture tells labels by
    telling places, and what goes wrong goes wrong for many points at once. So blocks stay whole in
    the folds, and the variance b + c gives way, where that is larger, to the sum over blocks of
    their squared differences c - b (Durkalski et al. 2003, "Analysis of clustered matched-pair
    data", Statistics in Medicine 22:2417-2428).
    """
    _, which, counts = np.unique(labels, return_inverse=True, return_counts=True)
    kept = counts[which] >= _MEMBERS
    labels, blocks = labels[kept], blocks[kept]
    kinds, parts = np.unique(labels).size, np.unique(blocks).size
    if labels.size < _FEWEST or kinds < 2 or parts < _FOLDS:
        return None
    one, other = one[kept], other[kept]
    if max(np.abs(one).max(), np.abs(other).max()) > _SQUARED:
        one, other = one.astype(np.float64), other.astype(np.float64)
    scaler = StandardScaler().fit(np.concatenate([one, other]))
    first, second = (_told(scaler.transform(v), labels, blocks, seed) for v in (one, other))
    return Comparison(
        n=labels.size,
        one=float(first.mean()),
        other=float(second.mean()),
        commonest=float(counts.max() / labels.size),
        z=_lead(second, first, blocks),
    )


def _told(vectors: npt.NDArray[np.floating], labels: Int64s, blocks: Int64s, seed: int) -> Mask:
    """Return which labels are told right by the nearest vectors of other blocks."""
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
    nearest = KNeighborsClassifier(_NEIGHBOURS, algorithm="brute")
    told: Mask = cross_val_predict(nearest, vectors, labels, groups=blocks, cv=folds) == labels
    return told


def _lead(one: Mask, other: Mask, blocks: Int64s) -> float:
    """Return by how many standard errors the first answers are right more often."""
    lead = one.astype(np.int64) - other.astype(np.int64)
    sums = np.bincount(np.unique(blocks, return_inverse=True)[1], weights=lead)
    variance = max(float(np.abs(lead).sum()), float((sums**2).sum()))
    return float(lead.sum()) / variance**0.5 if variance else 0.0


def is_mirrored(straight: Comparison | None, aside: Comparison | None) -> bool:
    """Tell from two comparisons whether the mirrored places are the right ones.

    Parameters
    ----------
    straight : Comparison or None
        From the points' own places to the mirrored ones.
    aside : Comparison or None
        From places beside the mirrored ones to these.

    Notes
    -----
    That the mirrored places tell better than the points' own is not enough: the ground there may
    be a picture that tells places, and here a lake. But then it does so a little aside as well.
    """
    return all(found is not None and found.z > _CERTAIN for found in (straight, aside))


def doubt(found: Comparison) -> str | None:
    """Return what is odd where labels are told no better from the points' own places.

    Parameters
    ----------
    found : Comparison
        From the points' own places to the mirrored ones.

    Returns
    -------
    str or None
        None where one of the two is better by two standard errors, or where that says little: of
        fewer than 200 points, or with a class of over 90 %.
    """
    if abs(found.z) >= _ALIKE or found.n < _FEWEST_TO_NOTE or found.commonest > _POWERLESS:
        return None
    return (
        "the labels are no better told from where it lies than from the mirrored place "
        f"(accuracy {found.one:.2f} and {found.other:.2f} at {found.n} points); check its CRS and "
        "transform"
    )


def check_orientations(embedding: ZonedEmbedding, samples: pd.DataFrame) -> tuple[str, ...]:
    """Check every tile of every zone as `check_orientation` does, on the samples that lie in it.

    A tile is looked at whole, whatever part of it the embedding was cropped to.
    """
    notes: list[str] = []
    for zone in embedding.zones:
        own = samples[samples["zone"] == zone.name] if zone.name else samples
        rows, cols = _ints(own, "row"), _ints(own, "col")
        inside = [_inside(tile, rows, cols) for tile in zone.info.tiles]
        alone = np.sum(inside, axis=0) == 1  # which tile gave a point in two is not known
        for tile, here in zip(zone.info.tiles, inside, strict=True):
            points = own[here & alone]
            points = points.assign(row=points["row"] - tile.row, col=points["col"] - tile.col)
            whole = replace(
                zone.info,
                tiles=(replace(tile, row=0, col=0),),
                grid=part_of(zone.info.grid, tile.box),
            )
            notes += check_orientation(whole, points, _reader(whole))
    return tuple(notes)


def _reader(info: EmbeddingInfo) -> Read:
    def read(rows: Int64s, cols: Int64s) -> tuple[Float32s, Mask]:
        stored = read_pixels(info, rows, cols)
        return decode(stored, info.encoding), valid_mask(stored.T, info.encoding, info.nodata)

    return read


def check_orientation(
    info: EmbeddingInfo, samples: pd.DataFrame, read: Read, seed: int = 0
) -> tuple[str, ...]:
    """Stop where the rows of a tile are stored the other way round than its header says.

    Parameters
    ----------
    info : EmbeddingInfo
        The embedding.
    samples : DataFrame
        Labelled points on it, as `landloom.map.samples.extract` gives them: ``row``, ``col``,
        ``label`` and the decoded bands.
    read : callable
        Gives vectors at the mirrored places; rows and columns are int64, shape (n,), and on the
        embedding. At most 4,000 a tile are asked for, and 2,000 more of a tile under suspicion.
    seed : int
        Draws points and shuffles folds.

    Returns
    -------
    tuple of str
        What is odd but not impossible, for the log: a line for each tile whose labels are told no
        better from their own places than from the mirrored ones (see `doubt`), nor than from
        places beside their own.

    Raises
    ------
    LandloomError
        If the mirrored places of a tile tell its labels better than their own do, by five standard
        errors (see `compare`), and better than places beside the mirrored ones.

    Notes
    -----
    At most 2,000 points of a tile are compared, and tiles with fewer than 100 are not judged.
    Left out are points that lie in two tiles, here or where they are mirrored, and those mirrored
    to where the embedding has no data, or does not reach.
    """
    rows, cols = _ints(samples, "row"), _ints(samples, "col")
    notes = []
    for number, tile in enumerate(info.tiles):
        at = _usable(tile, info, rows, cols)
        if at.size < _FEWEST:
            continue
        drawn = np.random.default_rng((seed, number)).permutation(at)[: 2 * _MOST]
        note = _judge(tile, samples.iloc[drawn], read, seed)
        notes += [f"{tile.path}: {note}"] if note else []
    return tuple(notes)


def _usable(tile: Tile, info: EmbeddingInfo, rows: Int64s, cols: Int64s) -> Indices:
    """Return which points lie in a tile alone, as their mirrored places do."""
    places = (rows, cols), (_mirrored(tile, rows), cols)
    usable = _inside(tile, rows, cols) & info.grid.holds(*places[1])
    for other in info.tiles:
        if other != tile and tile.box.clip(other.box).area:
            for place in places:
                usable &= ~_inside(other, *place)
    return np.flatnonzero(usable)


def _mirrored(tile: Tile, rows: Int64s) -> Int64s:
    return 2 * tile.row + tile.height - 1 - rows


def _inside(tile: Tile, rows: Int64s, cols: Int64s) -> Mask:
    inside: Mask = (rows >= tile.row) & (rows < tile.row + tile.height)
    inside &= (cols >= tile.col) & (cols < tile.col + tile.width)
    return inside


def _judge(tile: Tile, points: pd.DataFrame, read: Read, seed: int) -> str | None:
    """Compare the points' own places with the mirrored ones; refuse a tile that is mirrored.

    Returns
    -------
    str or None
        What is odd of a tile that is not refused.
    """
    vectors, valid = read(_mirrored(tile, _ints(points, "row")), _ints(points, "col"))
    kept = np.flatnonzero(valid)[:_MOST]
    points, vectors = points.iloc[kept], vectors[kept]
    if len(points) < _FEWEST:
        return None
    own = features(points)
    found = _compare_at(points, own, vectors, seed)
    if found is None:
        return None
    if is_mirrored(found, found):
        rows = _mirrored(tile, _ints(points, "row"))
        if is_mirrored(found, _from_aside(points, rows, vectors, read, seed)):
            raise _turned_round(tile, found)
    note = doubt(found)
    if note:
        control = _from_aside(points, _ints(points, "row"), own, read, seed)
        if control is not None and control.z >= _ALIKE:
            return None  # north and south are alike, but what lies here is right
    return note


def _from_aside(
    points: pd.DataFrame, rows: Int64s, vectors: Float32s, read: Read, seed: int
) -> Comparison | None:
    """Compare the vectors half the points' extent aside, in the given rows, with those given."""
    beside, valid = read(rows, _aside(_ints(points, "col")))
    return _compare_at(points[valid], beside[valid], vectors[valid], seed)


def _ints(points: pd.DataFrame, name: str) -> Int64s:
    values: Int64s = points[name].to_numpy(np.int64)
    return values


def _aside(cols: Int64s) -> Int64s:
    """Move columns on by half of their extent, and round to its beginning."""
    first, width = int(cols.min()), int(np.ptp(cols)) + 1
    return first + (cols - first + width // 2) % width


def _compare_at(
    points: pd.DataFrame, one: Float32s, other: Float32s, seed: int
) -> Comparison | None:
    """Compare vectors at points, by blocks of their extent."""
    if len(points) < _FEWEST:
        return None
    row, col = (_part(_ints(points, name)) for name in ("row", "col"))
    return compare(one, other, _ints(points, "label"), row * _SIDE + col, seed)


def _part(places: Int64s) -> Int64s:
    """Return in which tenth of their extent rows or columns lie."""
    first, extent = int(places.min()), int(np.ptp(places)) + 1
    return (places - first) * _SIDE // extent


def _turned_round(tile: Tile, found: Comparison) -> LandloomError:
    return LandloomError(
        f"{KEY}: {tile.path}: its rows seem to be stored the other way round than its header "
        f"says: of {found.n} labels, {found.one:.0%} are told right from the pixels as they lie, "
        f"and {found.other:.0%} from those of the mirrored rows; the file's pixel order and its "
        "geotransform disagree: write it anew from the original, for example with "
        f"'gdal_translate ORIGINAL {tile.path}', which keeps the two together"
    )
