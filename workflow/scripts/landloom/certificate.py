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
from pyproj import Transformer
from rasterio.io import DatasetReader
from rasterio.windows import Window

from landloom.raster import apply_affine, open_raster, read_codes
from landloom.registration import HeightSource, Shift, estimate_shift, is_possible
from landloom.separation import Windows, nearest_km, overlapping_pairs

Floats = npt.NDArray[np.float64]

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
    """What is broken (a line each) and what was measured."""

    broken: list[str] = field(default_factory=list)
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
    _measure_shares(splits, classes, findings)
    findings.measured["patches"] = {files.name: dict(files.counts) for files in splits}
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
    array = np.load(files.array, mmap_mode="r")
    rows = pyogrio.read_info(files.footprints)["features"]
    shape = (files.counts["samples"], 2, promises.size, promises.size)
    if array.shape != shape or array.dtype != np.float32 or rows != len(array):
        findings.expect(
            False,
            f"{files.name}: array {array.shape} {array.dtype} and {rows} footprints, expected "
            f"{shape} float32 and as many footprints",
        )
        return
    del array
    files.classes = np.zeros(len(classes), np.int64)
    step = max(1, -(-rows // _REGISTERED))
    shifts: dict[int, Shift] = {}
    strange: list[int] = []
    windows = []
    for start, samples, table in _chunks(files):
        windows.append(_check_places(files, start, table, cells, raster, promises, findings))
        _check_values(files, start, samples, len(classes), findings)
        _check_content(files, start, samples, windows[-1], classes, raster, promises, findings)
        some = np.flatnonzero(np.arange(start, start + len(table)) % step == 0)
        places = _pixel_centres(windows[-1][some], raster, promises)
        for i, expected in zip(some.tolist(), heights.expect(*places), strict=True):
            relief = samples[i, 1]
            shifts[start + i] = estimate_shift(relief, expected)
            if not is_possible(relief, expected):
                strange.append(start + i)
    files.windows = np.concatenate(windows)
    _check_registration(files, shifts, strange, findings)


def _chunks(
    files: SplitFiles,
) -> Iterator[tuple[int, npt.NDArray[np.float32], geopandas.GeoDataFrame]]:
    """Yield row number, samples and footprints in pieces; the array is mapped anew for each."""
    total, _, *sides = np.load(files.array, mmap_mode="r").shape
    rows = max(1, _CHUNK_PIXELS // int(np.prod(sides)))
    for start in range(0, total, rows):
        samples = np.array(np.load(files.array, mmap_mode="r")[start : start + rows])
        table = pyogrio.read_dataframe(
            files.footprints, skip_features=start, max_features=len(samples)
        )
        yield start, samples, table


def _first(start: int, wrong: npt.ArrayLike) -> str:
    """Name the rows that are wrong, the first few."""
    return _listed((start + np.flatnonzero(wrong)).tolist())


def _listed(rows: Sequence[int]) -> str:
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return f"rows {', '.join(map(str, rows[:5]))}{more}"


def _check_places(
    files: SplitFiles,
    start: int,
    table: geopandas.GeoDataFrame,
    cells: geopandas.GeoDataFrame,
    raster: DatasetReader,
    promises: Promises,
    findings: Findings,
) -> Windows:
    """Find the source pixels of footprints from their coordinates alone: (n, 2) first row, col."""
    corners = shapely.get_coordinates(table.geometry.array).reshape(len(table), 5, 2)[:, :4]
    from_lonlat = Transformer.from_crs("EPSG:4326", raster.crs.to_wkt(), always_xy=True)
    x, y = from_lonlat.transform(corners[..., 0], corners[..., 1])
    col, row = apply_affine(~raster.transform, x, y)
    low = np.stack([row.min(axis=1), col.min(axis=1)], axis=1)
    high = np.stack([row.max(axis=1), col.max(axis=1)], axis=1)
    window = np.round(low).astype(np.int64)
    ragged = np.abs(low - window).max(axis=1) + np.abs(high - window - promises.step).max(axis=1)
    findings.expect(
        not (ragged > 0.1).any(),
        f"{files.name}: {_first(start, ragged > 0.1)}: footprint is not {promises.step} x "
        f"{promises.step} whole pixels of the raster",
    )
    off = (window != table[["row", "col"]].to_numpy() * promises.step).any(axis=1)
    findings.expect(
        not off.any(),
        f"{files.name}: {_first(start, off)}: footprint does not lie at its lattice row and col",
    )
    centre_x, centre_y = raster.transform @ (
        window[:, 1] + promises.step / 2,
        window[:, 0] + promises.step / 2,
    )
    lon, lat = from_lonlat.transform(centre_x, centre_y, direction="INVERSE")
    moved = np.hypot(lon - table["lon"], lat - table["lat"]).to_numpy() > 1e-6
    findings.expect(
        not moved.any(), f"{files.name}: {_first(start, moved)}: lon, lat is not the centre"
    )
    home = cells.set_index("cell").reindex(table["cell"])
    bounds = home.geometry.bounds.to_numpy()
    outside = (lon < bounds[:, 0]) | (lon > bounds[:, 2])
    outside |= (lat < bounds[:, 1]) | (lat > bounds[:, 3])
    strange = outside | (home["split"] != files.name).to_numpy()
    findings.expect(
        not strange.any(),
        f"{files.name}: {_first(start, strange)}: centre does not lie in its cell, or the cell is "
        "not of this split",
    )
    return window


def _check_values(
    files: SplitFiles,
    start: int,
    samples: npt.NDArray[np.float32],
    n_classes: int,
    findings: Findings,
) -> None:
    classes, relief = samples[:, 0], samples[:, 1]
    axes = (1, 2)
    endless = ~np.isfinite(samples).all(axis=(1, 2, 3))
    findings.expect(
        not endless.any(), f"{files.name}: {_first(start, endless)}: values that are not finite"
    )
    known = (classes >= 0) & (classes < n_classes) & (classes == np.floor(classes))
    findings.expect(
        bool(known.all()),
        f"{files.name}: {_first(start, ~known.all(axis=axes))}: classes outside 0..{n_classes - 1}",
    )
    files.classes += np.bincount(classes[known].astype(np.int64), minlength=n_classes)
    wrong = (relief.min(axis=axes) != 0) | (relief.max(axis=axes) > _HIGHEST_RELIEF)
    findings.expect(
        not wrong.any(),
        f"{files.name}: {_first(start, wrong)}: elevation does not begin at 0 m above the "
        "patch's lowest pixel, or is higher than any relief on Earth",
    )


def _check_content(
    files: SplitFiles,
    start: int,
    samples: npt.NDArray[np.float32],
    windows: Windows,
    classes: pd.DataFrame,
    raster: DatasetReader,
    promises: Promises,
    findings: Findings,
) -> None:
    """Compare the class channel with the raster's own pixels, row by row."""
    code_of = classes["code"].to_numpy()
    differs, unfit = np.zeros(len(samples), bool), np.zeros(len(samples), bool)
    for i, (row, col) in enumerate(windows.tolist()):
        window = Window(col, row, promises.step, promises.step)
        pixels = read_codes(raster, 1, window)
        if pixels.shape != (promises.step, promises.step):
            differs[i] = True
            continue
        shares = {code: float((pixels.data == code).mean()) for code in promises.reject}
        unfit[i] = bool(
            np.ma.getmaskarray(pixels).any()
            or np.isin(pixels.data, promises.unknown).any()
            or any(shares[code] > most for code, most in promises.reject.items())
        )
        index = np.clip(np.nan_to_num(samples[i, 0]), 0, len(code_of) - 1).astype(int)
        differs[i] = (code_of[index] != majority(pixels.data, promises.downsample)).any()
    findings.expect(
        not differs.any(),
        f"{files.name}: {_first(start, differs)}: classes are not those of the raster at the "
        "footprint",
    )
    findings.expect(
        not unfit.any(),
        f"{files.name}: {_first(start, unfit)}: patch holds void or unknown pixels, or too much "
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
    counts = (ordered[..., :, None] == ordered[..., None, :]).sum(axis=-1)
    first = counts.argmax(axis=-1)[..., None]
    return np.take_along_axis(ordered, first, axis=-1)[..., 0]


def _pixel_centres(
    windows: Windows, raster: DatasetReader, promises: Promises
) -> tuple[Floats, Floats]:
    """Return lon and lat of the output pixels' centres, each (n, size, size)."""
    along = (np.arange(promises.size) + 0.5) * promises.downsample
    row = windows[:, 0, None, None] + along[:, None] + np.zeros(promises.size)
    col = windows[:, 1, None, None] + along + np.zeros((promises.size, 1))
    lonlat = Transformer.from_crs(raster.crs.to_wkt(), "EPSG:4326", always_xy=True)
    lon, lat = lonlat.transform(*apply_affine(raster.transform, col, row))
    return lon, lat


def _check_registration(
    files: SplitFiles, shifts: Mapping[int, Shift], strange: Sequence[int], findings: Findings
) -> None:
    off = [row for row, shift in shifts.items() if shift.is_off]
    elsewhere = sorted({*strange}.difference(off))
    telling = [shift for shift in shifts.values() if shift.is_telling]
    right = float(np.median([shift.right for shift in telling])) if telling else 0.0
    down = float(np.median([shift.down for shift in telling])) if telling else 0.0
    findings.measured.setdefault("registration", {})[files.name] = {
        "compared": len(shifts),
        "with_enough_relief": len(telling),
        "median_shift_right": right if telling else None,
        "median_shift_down": down if telling else None,
    }
    findings.expect(
        not elsewhere,
        f"{files.name}: {_listed(elsewhere)}: elevation is not that of the footprint",
    )
    findings.expect(
        not off, f"{files.name}: {_listed(off)}: elevation is displaced by over half a pixel"
    )
    bearable = 0.25 + max((shift.slack for shift in telling), default=0.0)
    findings.expect(
        float(np.hypot(right, down)) < bearable,
        f"{files.name}: elevation is displaced by {right:.2f} pixels to the right and "
        f"{down:.2f} down (median)",
    )


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
    # The way that is shortest on the map is within a hundredth of the shortest on the ground.
    findings.expect(
        nearest >= 0.99 * promises.buffer_km,
        f"a train and a test patch are {nearest:.3f} km apart, less than the buffer of "
        f"{promises.buffer_km:g} km",
    )


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
