"""Whether a model suits a raster: as many bands, the same ones, the same numbers."""

from __future__ import annotations

import numpy as np

from landloom.arrays import Float32s
from landloom.errors import LandloomError
from landloom.map.embedding import EmbeddingInfo
from landloom.map.model.card import ModelCard

_KEY = "map.model"
_REACH = 0.5
"""By how much of its own width a band's range may be exceeded before a value counts as foreign."""

_FOREIGN = 0.5
"""Share of the values of the sample from which on a raster is another thing."""


def check_bands(card: ModelCard, info: EmbeddingInfo, path: str) -> tuple[str, ...]:
    """Refuse a raster of other bands or another encoding than the model's.

    Parameters
    ----------
    card
        The model's.
    info
        The raster.
    path
        The model's file, for messages.

    Returns
    -------
    tuple of str
        What a reader should know.

    Raises
    ------
    LandloomError
        All that does not fit, in one message.
    """
    faults, notes = [], []
    if info.bands != len(card.bands):
        faults.append(f"it has {info.bands} bands, the model learned from {len(card.bands)}")
    if info.encoding != card.encoding:
        faults.append(
            f"its encoding is {info.encoding}, the model learned from {card.encoding} "
            "(map.embedding.encoding)"
        )
    named = set(info.descriptions) - {""}
    own = list(info.band_names)
    known = [band.name for band in card.bands]
    if named and card.named_bands and info.bands == len(known) and own != known:
        place = next(i for i, pair in enumerate(zip(own, known, strict=True)) if len(set(pair)) > 1)
        faults.append(f"its band {place + 1} is {own[place]}, the model's is {known[place]}")
    elif bool(named) != card.named_bands:
        notes.append("the bands of the model and of the embedding cannot be compared by name")
    if faults:
        raise LandloomError(
            f"{_KEY}: {path} does not suit the embedding {info.name}: {'; '.join(faults)}; give "
            "the embedding that it was made for, of another place or year"
        )
    return tuple(notes)


def check_values(card: ModelCard, values: Float32s, path: str) -> tuple[str, ...]:
    """Refuse a raster whose numbers are of another kind than the samples'.

    Parameters
    ----------
    card
        The model's.
    values
        Decoded vectors of some pixels with data, (pixels, bands).
    path
        The model's file, for messages.

    Returns
    -------
    tuple of str
        What a reader should know.

    Raises
    ------
    LandloomError
        Where half of the values or more lie far from the samples'.
    """
    if not len(values):
        return ("no pixel of the embedding was looked at: its values may be of another kind",)
    low, high = (np.array([getattr(band, end) for band in card.bands]) for end in ("low", "high"))
    reach = _REACH * np.maximum(high - low, np.finfo(np.float32).tiny)
    foreign = (values < low - reach) | (values > high + reach)
    share, band = float(foreign.mean()), int(foreign.mean(axis=0).argmax())
    if share >= _FOREIGN:
        raise LandloomError(
            f"{_KEY}: {path} does not suit the values of the embedding: {share:.0%} of them lie "
            f"far from what the model learned from; band {band + 1} ({card.bands[band].name}) has "
            f"{values[:, band].min():.4g} to {values[:, band].max():.4g}, the samples had "
            f"{low[band]:.4g} to {high[band]:.4g}; give the embedding that it was made for, and "
            "its own encoding and scale"
        )
    inside = (values >= low) & (values <= high)
    return (f"{inside.mean():.1%} of the embedding's values lie within the samples' range",)
