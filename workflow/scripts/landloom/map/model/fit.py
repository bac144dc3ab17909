"""Whether a model suits an embedding: as many bands, the same ones, the same numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from landloom.arrays import Float32s, Float64s
from landloom.errors import LandloomError
from landloom.legend.decimals import percent
from landloom.map.embedding import EmbeddingInfo, numbered
from landloom.map.embedding_reader import sample_pixels
from landloom.map.encoding import decode, valid_mask
from landloom.map.model.card import BandCard, ModelCard
from landloom.map.model.comparison import share_outside
from landloom.map.model.model import Model
from landloom.map.zones import ZonedEmbedding

KEY = "map.model"

_REACH = 0.5
"""By how much of its own width a band's range may be exceeded before a value counts as foreign."""

_FOREIGN = 0.5
"""Share of the values looked at from which on a raster is another thing."""

_SMALL = 0.05
"""Share of the samples' largest numbers below which those of a raster are of another scale."""

_USUAL = 0.95
"""Share of the values in the samples' range below which a note says so."""

_COMPARED = 1000
"""Pixels that are compared with the samples."""


@dataclass(frozen=True)
class Fit:
    """How an embedding compares with what a model learned from.

    Attributes
    ----------
    pixels
        How many were looked at, all with data.
    within
        Share of their values that lie in the samples' range of the band, 0 to 1.
    compared
        How many of the pixels were compared with the samples; 0 where the model does not bring
        what that needs.
    outside
        Share of these that lie outside the area of applicability; None if there are none.
    notes
        What a reader should know.
    """

    pixels: int
    within: float
    compared: int
    outside: float | None
    notes: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return {
            "pixels": self.pixels,
            "values_within": self.within,
            "pixels_compared": self.compared,
            "outside": self.outside,
        }


def fit_of(model: Model, embedding: ZonedEmbedding, path: str) -> Fit:
    """Look at pixels from all over an embedding, and refuse one that the model is not for.

    Parameters
    ----------
    model
        The model.
    embedding
        What is to be mapped.
    path
        The model's file, for messages.

    Raises
    ------
    LandloomError
        All that does not fit, in one message: bands, their names, the encoding, the values.
    """
    values = np.concatenate([_looked_at(zone.info) for zone in embedding.zones])
    notes = refuse_unfit(model.card, embedding.common, values, path)
    low, high = _ranges(model.card)
    within = float(((values >= low) & (values <= high)).mean())
    if within < _USUAL:
        notes += (
            f"{percent(1 - within)} of the embedding's values lie outside the range that the model "
            "learned from: where they do, it guesses; see that scale and offset are those of its "
            "own embedding",
        )
    some = values[:: -(-len(values) // _COMPARED)]
    if model.applicability is None:
        return Fit(len(values), within, 0, None, notes)
    return Fit(len(values), within, len(some), share_outside(model.applicability, some), notes)


def _looked_at(info: EmbeddingInfo) -> Float32s:
    """Return pixels with data, decoded, (pixels, bands)."""
    stored = sample_pixels(info)
    return decode(stored[valid_mask(stored.T, info.encoding, info.nodata)], info.encoding)


def refuse_unfit(
    card: ModelCard, info: EmbeddingInfo, values: Float32s, path: str
) -> tuple[str, ...]:
    """Refuse an embedding that is no other place or time of what a model learned from.

    Parameters
    ----------
    card
        The model's.
    info
        The embedding.
    values
        Decoded vectors of some of its pixels with data, (pixels, bands); at least one.
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
    faults = []
    if info.bands != len(card.bands):
        faults.append(f"it has {info.bands} bands, the model learned from {len(card.bands)}")
    if info.encoding != card.encoding:
        faults.append(
            f"its encoding is {info.encoding}, the model learned from {card.encoding} "
            "(map.embedding.encoding)"
        )
    comparable = info.bands == len(card.bands)
    by_name = comparable and _are_named(info, card)
    if by_name:
        faults += _other_names(info, card)
    if comparable:
        faults += _other_values(card, values)
    if faults:
        raise LandloomError(
            f"{KEY}: {path} does not suit the embedding {info.name}: {'; '.join(faults)}. Give the "
            "embedding that the model was made for, of another place or year, or another model"
        )
    if by_name or not (card.named_bands or set(info.descriptions) - {""}):
        return ()
    return ("bands are compared with those of the model by their number: not both have names",)


def _are_named(info: EmbeddingInfo, card: ModelCard) -> bool:
    """Return whether both the embedding and the model's own call each band by a name."""
    return (
        card.named_bands
        and info.band_names == info.descriptions
        and tuple(band.name for band in card.bands) != numbered(len(card.bands))
    )


def _other_names(info: EmbeddingInfo, card: ModelCard) -> list[str]:
    own, known = list(info.band_names), [band.name for band in card.bands]
    if own == known:
        return []
    place = next(i for i, pair in enumerate(zip(own, known, strict=True)) if len(set(pair)) > 1)
    order = "its bands are in another order: " if sorted(own) == sorted(known) else ""
    return [f"{order}band {place + 1} is {own[place]}, the model's is {known[place]}"]


def _other_values(card: ModelCard, values: Float32s) -> list[str]:
    """Return in what way values are none of the samples' kind, if in one."""
    low, high = _ranges(card)
    reach = _REACH * np.maximum(high - low, np.finfo(np.float32).tiny)
    foreign = (values < low - reach) | (values > high + reach)
    share = float(foreign.mean())
    if share >= _FOREIGN:
        band = int(foreign.mean(axis=0).argmax())
        return [
            f"{share:.0%} of its values lie far from those that the model learned from: "
            f"{_spans(card.bands[band], band, values)}"
        ]
    largest = np.maximum(np.abs(low), np.abs(high))
    ratios = np.abs(values).max(axis=0) / np.where(largest > 0, largest, np.inf)
    told = ratios[largest > 0]
    if told.size and float(np.median(told)) < _SMALL:
        band = int(np.where(largest > 0, ratios, np.inf).argmin())
        return [
            "its values are of another scale than those that the model learned from: "
            f"{_spans(card.bands[band], band, values)}"
        ]
    return []


def _spans(band: BandCard, place: int, values: Float32s) -> str:
    own = values[:, place]
    return (
        f"band {place + 1} ({band.name}) has {own.min():.4g} to {own.max():.4g}, the samples had "
        f"{band.low:.4g} to {band.high:.4g}"
    )


def _ranges(card: ModelCard) -> tuple[Float64s, Float64s]:
    """Return the lowest and the highest value of the samples in each band."""
    low, high = (np.array([getattr(band, end) for band in card.bands]) for end in ("low", "high"))
    return low.astype(np.float64), high.astype(np.float64)
