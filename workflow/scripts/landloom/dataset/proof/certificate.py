"""The certificate: proof of the dataset's promises, on the finished files, by other means.

What made the files is not asked: pixels are found again from the footprints' coordinates, classes
counted again from the raster by another method, elevation read again at each pixel's own place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.arrays import Float64s, Int64s, Mask
from landloom.dataset.proof.registration import (
    Expected,
    HeightSource,
    Pool,
    Shift,
    estimate_shift,
    is_possible,
)
from landloom.dataset.proof.separation import Windows, nearest_km, overlapping_pairs
from landloom.job.runner import tenths
from landloom.raster.coordinates import apply_affine, to_lonlat
from landloom.raster.opening import open_raster, read_codes

_CHUNK_PIXELS = 2**20
"""Output pixels that are held at once, at least a patch."""
_REGISTERED = 20_000
"""Patches of a split whose elevation is compared at most, spread evenly."""
_HIGHEST_RELIEF = 21_000.0


@dataclass(frozen=True)
class Promises:
    """What the dataset promises, as configured.

    Attributes
    ----------
    size, downsample
        Of the patches.
    buffer_km
        Distance kept between train and test.
    unknown, reject
        Codes that no patch holds, and the largest share that a code may have.
    """

    size: int
    downsample: int
    buffer_km: float
    unknown: Sequence[int]
    reject: Mapping[int, float]

    @property
    def step(self) -> int:
        """Source pixels along a patch's side."""
        return self.size * self.downsample


@dataclass
class Findings:
    """What is broken (a line each), what a reader should know, and what was measured."""

    broken: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    measured: dict[str, Any] = field(default_factory=dict)

    def expect(self, holds: bool, message: str) -> None:
        """Note a broken promise."""
        if not holds:
            self.broken.append(message)


@dataclass
class SplitFiles:
    """The finished files of one split, and what is read from them on the way."""

    name: str
    array: Path
    footprints: Path
    counts: Mapping[str, Any]
    windows: Windows = field(default_factory=lambda: np.empty((0, 2), np.int64))
    classes: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))


def certify(
    splits: Sequence[SplitFiles],
    cells: geopandas.GeoDataFrame,
    classes: pd.DataFrame,
    landcover: str,
    heights: HeightSource,
    promises: Promises,
) -> Findings:
    """Check every promise on the finished files.

    Parameters
    ----------
    splits
        Train and test.
    cells
        The cells with their split (``split.gpkg``).
    classes
        The class distribution.
    landcover
        Path of the land-cover raster.
    heights
        The elevation.
    promises
        What is promised.
    """
    findings = Findings()
    with open_raster(landcover) as raster:
        for files in splits:
            _check_split(files, cells, classes, raster, heights, promises, findings)
        _check_separation(splits, raster, promises, findings)
        _check_counts(splits, cells, classes, raster, promises, findings)
    _measure_shares(splits, classes, findings)
    findings.measured["patches"] = {files.name: dict(files.counts) for files in splits}
    _measure_buffer(splits, promises, findings)
    return findings


def _check_split(
    files: SplitFiles,
    cells: geopandas.GeoDataFrame,
    classes: pd.DataFrame,
    raster: DatasetReader,
    heights: HeightSource,
    promises: Promises,
    findings: Findings,
) -> None:
    files.classes = np.zeros(len(classes), np.int64)
    array = np.load(files.array, mmap_mode="r")
    total = pyogrio.read_info(files.footprints)["features"]
    shape = (files.counts["samples"], 2, promises.size, promises.size)
    if array.shape != shape or array.dtype != np.float32 or total != len(array):
        findings.expect(
            False,
            f"{files.name}: array {array.shape} {array.dtype} and {total} footprints, expected "
            f"{shape} float32 and as many footprints",
        )
        return
    del array
    step = max(1, -(-total // _REGISTERED))
    elevation = _Elevation(Pool(promises.size))
    found = []
    for rows, samples, table in _chunks(files):
        _check_values(files, rows, samples, findings)
        windows, whole = _find_windows(files, rows, table, raster, promises, findings)
        rows, samples, table = rows[whole], samples[whole], table[whole]
        _check_places(files, rows, table, windows, cells, raster, promises, findings)
        _check_content(files, rows, samples, windows, classes, raster, promises, findings)
        some = rows % step == 0
        places = _pixel_centres(windows[some], raster, promises)
        reliefs = samples[some, 1]
        for row, relief, expected in zip(
            rows[some].tolist(), reliefs, heights.expect(*places), strict=True
        ):
            elevation.compare(row, relief, expected)
        found.append(windows)
    files.windows = np.concatenate(found)
    _check_registration(files, elevation, findings)


@dataclass
class _Elevation:
    """What the comparison of a split's elevation with its source has shown."""

    pool: Pool
    shifts: dict[int, Shift] = field(default_factory=dict)
    strange: list[int] = field(default_factory=list)
    known: int = 0

    def compare(self, row: int, relief: npt.NDArray[np.float32], expected: Expected) -> None:
        """Compare a patch's heights and, alone or with others, its place."""
        shift = self.shifts[row] = estimate_shift(relief, expected)
        self.known += bool(np.isfinite(expected.heights).any())
        if not is_possible(relief, expected):
            self.strange.append(row)
        if not shift.is_telling and len(relief) > 1:
            self.pool.add(relief, expected)


def _chunks(
    files: SplitFiles,
) -> Iterator[tuple[Int64s, npt.NDArray[np.float32], geopandas.GeoDataFrame]]:
    """Yield row numbers, samples and footprints in pieces; the array is mapped anew for each."""
    total, _, *sides = np.load(files.array, mmap_mode="r").shape
    count = max(1, _CHUNK_PIXELS // int(np.prod(sides)))
    for start in tenths(range(0, total, count), f"{files.name}: samples proved"):
        samples = np.array(np.load(files.array, mmap_mode="r")[start : start + count])
        table = pyogrio.read_dataframe(
            files.footprints, skip_features=start, max_features=len(samples)
        )
        yield np.arange(start, start + len(samples)), samples, table


def _name(rows: Int64s) -> str:
    """Name rows, the first few."""
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows[:5]))}{more}"


def _find_windows(
    files: SplitFiles,
    rows: Int64s,
    table: geopandas.GeoDataFrame,
    raster: DatasetReader,
    promises: Promises,
    findings: Findings,
) -> tuple[Windows, Mask]:
    """Find source pixels from the footprints' coordinates alone, and tell where there are any.

    Returns
    -------
    windows
        (m, 2) first row and column of the m footprints that are windows of the raster.
    whole
        (n,) which these are.
    """
    step = promises.step
    square = shapely.get_num_coordinates(table.geometry.array) == 5
    corners = np.full((len(table), 4, 2), np.nan)
    outlines = shapely.get_coordinates(table.geometry.array[square])
    corners[square] = outlines.reshape(-1, 5, 2)[:, :4]
    # The same operation that led to lon/lat: of several, PROJ may choose another for the way back.
    lonlat = to_lonlat(raster.crs.to_wkt())
    x, y = lonlat.transform(corners[..., 0], corners[..., 1], direction="INVERSE")
    col, row = apply_affine(~raster.transform, x, y)
    pixels = np.stack([row, col], axis=-1)
    low, high = pixels.min(axis=1), pixels.max(axis=1)
    near = np.rint(low)
    with np.errstate(invalid="ignore"):
        ragged = np.maximum(np.abs(low - near), np.abs(high - near - step)).max(axis=1)
    whole = (ragged < 0.05) & (near >= 0).all(axis=1) & (near + step <= raster.shape).all(axis=1)
    findings.expect(
        bool(whole.all()),
        f"{files.name}: {_name(rows[~whole])}: footprint is not {step} x {step} whole pixels of "
        "the raster",
    )
    return near[whole].astype(np.int64), whole


def _check_places(
    files: SplitFiles,
    rows: Int64s,
    table: geopandas.GeoDataFrame,
    windows: Windows,
    cells: geopandas.GeoDataFrame,
    raster: DatasetReader,
    promises: Promises,
    findings: Findings,
) -> None:
    """Compare the table of samples with the places of their footprints."""
    off = (windows != table[["row", "col"]].to_numpy() * promises.step).any(axis=1)
    findings.expect(
        not off.any(),
        f"{files.name}: {_name(rows[off])}: footprint does not lie at its lattice row and col",
    )
    centres = windows.astype(np.float64) + promises.step / 2
    lonlat = to_lonlat(raster.crs.to_wkt())
    x, y = apply_affine(raster.transform, centres[:, 1], centres[:, 0])
    lon, lat = lonlat.transform(x, y)
    moved = np.hypot(lon - table["lon"], lat - table["lat"]).to_numpy() > 1e-6
    findings.expect(
        not moved.any(), f"{files.name}: {_name(rows[moved])}: lon, lat is not the centre"
    )
    home = cells.set_index("cell").reindex(table["cell"])
    west, south, east, north = home.geometry.bounds.to_numpy().T
    inside = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    strange = ~inside | (home["split"] != files.name).to_numpy()
    findings.expect(
        not strange.any(),
        f"{files.name}: {_name(rows[strange])}: centre does not lie in its cell, or the cell is "
        "not of this split",
    )


def _check_values(
    files: SplitFiles, rows: Int64s, samples: npt.NDArray[np.float32], findings: Findings
) -> None:
    """Look for values that no sample may have, and count the classes."""
    classes, relief = samples[:, 0], samples[:, 1]
    axes = (1, 2)
    endless = ~np.isfinite(samples).all(axis=(1, 2, 3))
    findings.expect(
        not endless.any(), f"{files.name}: {_name(rows[endless])}: values that are not finite"
    )
    last = len(files.classes) - 1
    known = (classes >= 0) & (classes <= last) & (classes == np.floor(classes))
    unknown = ~known.all(axis=axes)
    findings.expect(
        not unknown.any(),
        f"{files.name}: {_name(rows[unknown])}: classes that are not whole numbers in 0..{last}",
    )
    files.classes += np.bincount(classes[known].astype(np.int64), minlength=last + 1)
    wrong = (relief.min(axis=axes) != 0) | (relief.max(axis=axes) > _HIGHEST_RELIEF)
    findings.expect(
        not wrong.any(),
        f"{files.name}: {_name(rows[wrong])}: elevation does not begin at 0 m above the "
        "patch's lowest pixel, or is higher than any relief on Earth",
    )


def _check_content(
    files: SplitFiles,
    rows: Int64s,
    samples: npt.NDArray[np.float32],
    windows: Windows,
    classes: pd.DataFrame,
    raster: DatasetReader,
    promises: Promises,
    findings: Findings,
) -> None:
    """Compare the class channel with the raster's own pixels, row by row."""
    code_of = classes["code"].to_numpy()
    differs, unfit = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    for i, (row, col) in enumerate(windows.tolist()):
        pixels = read_codes(raster, 1, Window(col, row, promises.step, promises.step))
        unfit[i] = bool(
            np.ma.getmaskarray(pixels).any()
            or np.isin(pixels.data, promises.unknown).any()
            or any((pixels.data == code).mean() > most for code, most in promises.reject.items())
        )
        index = np.clip(np.nan_to_num(samples[i, 0]), 0, len(code_of) - 1).astype(int)
        differs[i] = (code_of[index] != majority(pixels.data, promises.downsample)).any()
    findings.expect(
        not differs.any(),
        f"{files.name}: {_name(rows[differs])}: classes are not those of the raster at the "
        "footprint",
    )
    findings.expect(
        not unfit.any(),
        f"{files.name}: {_name(rows[unfit])}: patch holds void or unknown pixels, or too much "
        "of a rejected class",
    )


def majority(pixels: npt.NDArray[Any], k: int) -> npt.NDArray[Any]:
    """Return the most frequent value of each k x k block, of equals the smallest: by sorting.

    Parameters
    ----------
    pixels
        (f, f), f divisible by k.
    k
        Side of a block.
    """
    side = pixels.shape[0] // k
    blocks = pixels.reshape(side, k, side, k).swapaxes(1, 2).reshape(side, side, k * k)
    ordered = np.sort(blocks, axis=-1)
    places = np.arange(k * k)
    begins = np.ones(ordered.shape, bool)
    begins[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    run = places - np.maximum.accumulate(np.where(begins, places, 0), axis=-1)
    # The longest run, and of equals the first, is where the count is highest for the first time.
    longest = run.argmax(axis=-1)[..., None]
    return np.take_along_axis(ordered, longest, axis=-1)[..., 0]


def _pixel_centres(
    windows: Windows, raster: DatasetReader, promises: Promises
) -> tuple[Float64s, Float64s]:
    """Return lon and lat of the output pixels' centres, each (n, size, size)."""
    along = (np.arange(promises.size) + 0.5) * promises.downsample
    row = windows[:, 0, None, None] + along[:, None] + np.zeros(promises.size)
    col = windows[:, 1, None, None] + along + np.zeros((promises.size, 1))
    lonlat = to_lonlat(raster.crs.to_wkt())
    lon, lat = lonlat.transform(*apply_affine(raster.transform, col, row))
    return lon, lat


def _check_registration(files: SplitFiles, elevation: _Elevation, findings: Findings) -> None:
    shifts, pool = elevation.shifts, elevation.pool
    off = np.array([row for row, shift in shifts.items() if shift.is_off], np.int64)
    elsewhere = np.setdiff1d(np.array(elevation.strange, np.int64), off)
    telling = [shift for shift in shifts.values() if shift.is_telling]
    right = float(np.median([shift.right for shift in telling])) if telling else 0.0
    down = float(np.median([shift.down for shift in telling])) if telling else 0.0
    findings.measured.setdefault("registration", {})[files.name] = {
        "compared": len(shifts),
        "by_heights": elevation.known,
        "with_enough_relief": len(telling),
        "median_shift_right": right if telling else None,
        "median_shift_down": down if telling else None,
        "together": _check_pool(files, pool, findings),
    }
    if shifts and not elevation.known:
        findings.notes.append(
            f"{files.name}: no patch's elevation could be compared: at none of their pixels is the "
            "source known"
        )
    elif shifts and not telling and not pool.is_telling:
        findings.notes.append(
            f"{files.name}: where elevation lies was not proved, its heights alone: no patch has "
            "relief enough to show a shift, nor have all together"
        )
    findings.expect(
        not elsewhere.size,
        f"{files.name}: {_name(elsewhere)}: elevation is not that of the footprint",
    )
    findings.expect(
        not off.size, f"{files.name}: {_name(off)}: elevation is displaced by over half a pixel"
    )
    bearable = 0.25 + max((shift.slack for shift in telling), default=0.0)
    findings.expect(
        float(np.hypot(right, down)) < bearable,
        f"{files.name}: elevation is displaced by {right:.2f} pixels to the right and "
        f"{down:.2f} down (median)",
    )


def _check_pool(files: SplitFiles, pool: Pool, findings: Findings) -> dict[str, float] | None:
    """Compare, as one, the patches that show no displacement alone; give what was measured."""
    if not pool.is_telling:
        return None
    shift, correlation = pool.shift(), pool.correlation
    findings.expect(
        not shift.is_off,
        f"{files.name}: elevation is displaced by {shift.right:.2f} pixels to the right and "
        f"{shift.down:.2f} down ({pool.patches} small or flat patches together)",
    )
    findings.expect(
        not pool.is_elsewhere,
        f"{files.name}: elevation is not that of the footprints (correlation {correlation:.2f} "
        f"over {pool.patches} small or flat patches)",
    )
    return {
        "patches": pool.patches,
        "shift_right": round(shift.right, 6),
        "shift_down": round(shift.down, 6),
        "correlation": round(correlation, 6),
    }


def _check_separation(
    splits: Sequence[SplitFiles], raster: DatasetReader, promises: Promises, findings: Findings
) -> None:
    """Look for source pixels that two patches share, and measure from train to test."""
    windows = np.concatenate([files.windows for files in splits])
    owner = np.repeat(np.arange(len(splits)), [len(files.windows) for files in splits])
    one, other = overlapping_pairs(windows, promises.step)
    across = int((owner[one] != owner[other]).sum())
    within = len(one) - across
    findings.measured["patches_sharing_pixels"] = {
        "between_splits": across,
        "within_a_split": within,
    }
    findings.expect(not across, f"{across} pairs of train and test patches share pixels")
    findings.expect(not within, f"{within} pairs of patches of one split share pixels")
    train, test = (files.windows for files in splits)
    if not len(train) or not len(test):
        return
    nearest = nearest_km(train, test, raster, promises.step)
    findings.measured["nearest_train_test_km"] = round(nearest, 6)
    # Edges that are straight on the map may bend towards each other on the ground, by a little.
    findings.expect(
        nearest >= 0.999 * promises.buffer_km,
        f"a train and a test patch are {nearest:.3f} km apart, less than the buffer of "
        f"{promises.buffer_km:g} km",
    )


def _check_counts(
    splits: Sequence[SplitFiles],
    cells: geopandas.GeoDataFrame,
    classes: pd.DataFrame,
    raster: DatasetReader,
    promises: Promises,
    findings: Findings,
) -> None:
    """Count the region's patches again, and see that each is accounted for."""
    for files in splits:
        counts = files.counts
        parts = counts["samples"] + counts["void"] + counts["buffered"]
        parts += sum(counts["rejected"].values())
        findings.expect(
            parts == counts["owned"],
            f"{files.name}: of {counts['owned']} patches {parts} are accounted for",
        )
    owned = sum(files.counts["owned"] for files in splits)
    found = _count_centres(raster, promises.step, cells.total_bounds)
    findings.expect(
        owned == found,
        f"the cells own {owned} patches, but {found} have their centre in the region",
    )
    shares = 100.0 * classes["count"] / classes["count"].sum()
    findings.expect(
        bool(np.allclose(classes["percentage"], shares))
        and classes["index"].tolist() == list(range(len(classes)))
        and 0 < classes["count"].sum() <= owned * promises.step**2,
        "the class distribution contradicts itself, or has more pixels than the patches",
    )


def _count_centres(raster: DatasetReader, step: int, region: Float64s) -> int:
    """Count the patches of the whole raster whose centre lies in a lon/lat box, edges included."""
    west, south, east, north = region
    lonlat = to_lonlat(raster.crs.to_wkt())
    rows, cols = raster.height // step, raster.width // step
    at_once = max(1, _CHUNK_PIXELS // max(cols, 1))
    count = 0
    for start in range(0, rows, at_once):
        row, col = np.mgrid[start : min(start + at_once, rows), 0:cols] + 0.5
        lon, lat = lonlat.transform(*apply_affine(raster.transform, col * step, row * step))
        count += int(((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)).sum())
    return count


def _measure_buffer(splits: Sequence[SplitFiles], promises: Promises, findings: Findings) -> None:
    """Give the share of the fit patches that the buffer leaves; a note where it is under half."""
    if not promises.buffer_km:
        return
    shares = {
        files.name: files.counts["samples"]
        / max(1, files.counts["samples"] + files.counts["buffered"])
        for files in splits
    }
    findings.measured["share_left_by_buffer"] = {n: round(s, 6) for n, s in shares.items()}
    findings.notes += [
        f"{name}: the buffer of {promises.buffer_km:g} km leaves {share:.1%} of the patches"
        for name, share in shares.items()
        if share < 0.5
    ]


def _measure_shares(
    splits: Sequence[SplitFiles], classes: pd.DataFrame, findings: Findings
) -> None:
    """Set the class shares of region, train and test side by side, in percent."""
    shares = {"region": classes["percentage"].to_numpy()}
    for files in splits:
        total = files.classes.sum()
        shares[files.name] = 100.0 * files.classes / total if total else files.classes * 0.0
    findings.measured["class_shares_percent"] = {
        f"{code} {name}": {key: round(float(share[i]), 4) for key, share in shares.items()}
        for i, (code, name) in enumerate(zip(classes["code"], classes["name"], strict=True))
    }
