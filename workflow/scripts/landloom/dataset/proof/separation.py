"""Separation: do patches share pixels, and how far apart are they? From their windows alone.

The maker keeps patches apart by their places on the lattice and by straight lines through the
Earth. Here the lattice is not known: any squares are compared, and distances follow the ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS, Geod, Transformer
from rasterio.io import DatasetReader

from landloom.dataset.proof.findings import Findings
from landloom.dataset.proof.promises import Promises
from landloom.dataset.proof.windows import Windows
from landloom.raster.coordinates import apply_affine


def check_separation(
    splits: Sequence[Windows], raster: DatasetReader, promises: Promises, findings: Findings
) -> None:
    """Look for source pixels that two patches share, and measure from train to test.

    Parameters
    ----------
    splits
        The patches of train, and those of test.
    raster
        The raster that they are windows of.
    promises
        What is promised.
    findings
        Where faults and measures go.
    """
    owner = np.repeat(np.arange(len(splits)), [len(windows) for windows in splits])
    one, other = overlapping_pairs(np.concatenate(splits), promises.step)
    across = int((owner[one] != owner[other]).sum())
    within = len(one) - across
    findings.measured["patches_sharing_pixels"] = {
        "between_splits": across,
        "within_a_split": within,
    }
    findings.expect(not across, f"{across} pairs of train and test patches share pixels")
    findings.expect(not within, f"{within} pairs of patches of one split share pixels")
    train, test = splits
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


def overlapping_pairs(windows: Windows, step: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Find the patches that share source pixels, wherever they lie.

    Squares of one size that overlap share one of the boxes, of that size too, that the corner
    pixels of both lie in: so only squares with a box in common are compared.

    Parameters
    ----------
    windows
        Patches.
    step
        Source pixels along a patch's side.

    Returns
    -------
    tuple of numpy.ndarray
        The numbers of the two patches of each pair, the first the lower.
    """
    reach = np.array([[0, 0], [0, step - 1], [step - 1, 0], [step - 1, step - 1]])
    boxes = (windows[:, None] + reach) // step
    touched = pd.DataFrame(boxes.reshape(-1, 2), columns=["row", "col"])
    touched["patch"] = np.repeat(np.arange(len(windows)), 4)
    touched = touched.drop_duplicates()
    shared = touched[touched.duplicated(["row", "col"], keep=False)]
    pairs = shared.merge(shared, on=["row", "col"], suffixes=("", "_other"))
    pairs = pairs.loc[pairs["patch"] < pairs["patch_other"], ["patch", "patch_other"]]
    one, other = pairs.drop_duplicates().to_numpy().T
    overlap = (np.abs(windows[one] - windows[other]) < step).all(axis=1)
    return one[overlap], other[overlap]


def nearest_km(windows: Windows, others: Windows, raster: DatasetReader, step: int) -> float:
    """Measure the shortest way on the ellipsoid (WGS 84) between patches of two sets, in km.

    For each patch the nearest of the others is found in a plane: within a hundredth or so, for
    want of a plane without distortion, so what is measured is at most that much too long.

    Parameters
    ----------
    windows, others
        Patches, at least one of each.
    raster
        The raster that they are windows of.
    step
        Source pixels along a patch's side.
    """
    plane = _plane(raster)
    here, there = (_outlines(patches, raster, plane, step) for patches in (windows, others))
    one, other = shapely.STRtree(there).query_nearest(here, all_matches=False)
    ways = shapely.shortest_line(here[one], there[other])
    to_lonlat = Transformer.from_crs(plane, "EPSG:4326", always_xy=True)
    ends = shapely.get_coordinates(ways).reshape(-1, 2, 2)
    lon, lat = to_lonlat.transform(ends[..., 0], ends[..., 1])
    _, _, metres = Geod(ellps="WGS84").inv(lon[:, 0], lat[:, 0], lon[:, 1], lat[:, 1])
    return float(np.min(metres)) / 1000


def _plane(raster: DatasetReader) -> CRS:
    """Return a CRS in which near places can be found: the raster's, or a plane at its middle."""
    crs = CRS.from_wkt(raster.crs.to_wkt())
    if crs.is_projected:
        return crs
    lon, lat = raster.transform @ (raster.width / 2, raster.height / 2)
    return CRS.from_dict({"proj": "aeqd", "lon_0": lon, "lat_0": lat, "datum": "WGS84"})


def _outlines(
    windows: Windows, raster: DatasetReader, plane: CRS, step: int
) -> npt.NDArray[np.object_]:
    rows = windows[:, :1] + np.array([0, 0, step, step])
    cols = windows[:, 1:] + np.array([0, step, step, 0])
    places = apply_affine(raster.transform, cols.astype(float), rows.astype(float))
    to_plane = Transformer.from_crs(raster.crs.to_wkt(), plane, always_xy=True)
    outlines: npt.NDArray[np.object_] = shapely.polygons(
        np.stack(to_plane.transform(*places), axis=-1)
    )
    return outlines
