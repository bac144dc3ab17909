"""The index: one table of all samples of all splits, where each lies and what it shows."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas
import numpy as np
import pandas as pd

from landloom.arrays import Float64s
from landloom.dataset.stack_view import StackView


def sample_index(views: Sequence[StackView], classes: pd.DataFrame) -> geopandas.GeoDataFrame:
    """Return the table of all samples, split by split in the order of their arrays.

    Parameters
    ----------
    views
        The splits, with their arrays.
    classes
        The class distribution: a row per class, with ``code``, ``name`` and ``index``.

    Returns
    -------
    geopandas.GeoDataFrame
        The footprints (EPSG:4326), with ``split`` and ``sample`` (row in the split's array);
        ``cell``, ``row``, ``col``, ``lon``, ``lat`` as the split's table has them; ``majority``
        and ``majority_name``, the code and the name of the class with most pixels (of equals the
        lowest code); ``weight``, see `balanced_weights`; and for each class ``share_{code}``, its
        share of the pixels, 0 to 1.
    """
    ordered = classes.sort_values("index")
    return geopandas.GeoDataFrame(
        pd.concat([_table(view, ordered) for view in views], ignore_index=True), crs="EPSG:4326"
    )


def _table(view: StackView, classes: pd.DataFrame) -> geopandas.GeoDataFrame:
    shares = class_shares(view, len(classes))
    most = classes.iloc[shares.argmax(axis=1)]
    places = view.table()
    told = {
        "split": view.split,
        "sample": np.arange(len(places), dtype=np.int32),
        **{name: places[name].to_numpy() for name in ("cell", "row", "col", "lon", "lat")},
        "majority": most["code"].to_numpy(),
        "majority_name": most["name"].to_numpy(),
        "weight": balanced_weights(shares),
        **{f"share_{code}": shares[:, i] for i, code in enumerate(classes["code"].tolist())},
    }
    return geopandas.GeoDataFrame(told, geometry=places.geometry.to_numpy(), crs=places.crs)


def class_shares(view: StackView, count: int) -> Float64s:
    """Return each class's share of the pixels of each sample, (samples, count).

    Parameters
    ----------
    view
        A split with its array.
    count
        Classes: the indices in the array are below it.
    """
    shares = np.empty((len(view), count))
    for rows, indices, _ in view.chunks():
        flat = indices.reshape(len(rows), -1) + count * np.arange(len(rows))[:, None]
        counted = np.bincount(flat.ravel(), minlength=len(rows) * count)
        shares[rows] = counted.reshape(len(rows), count) / flat.shape[1]
    return shares


def balanced_weights(shares: Float64s) -> Float64s:
    """Return the chance of each sample in a draw that treats the classes alike.

    It is that of being met where first a class is drawn, each of those present with the same
    chance, then one of its pixels: so a rare class is met as often as a common one, even if it has
    the majority of no sample. They add up to 1; samplers that draw with replacement, as PyTorch's
    ``WeightedRandomSampler``, take them as they are.

    Parameters
    ----------
    shares
        Of the classes in each sample, (samples, classes); each row adds up to 1.

    Returns
    -------
    numpy.ndarray
        (samples,), positive.
    """
    totals = shares.sum(axis=0)
    present = totals > 0
    weights: Float64s = (shares[:, present] / totals[present]).sum(axis=1) / present.sum()
    return weights
