"""Whether what an address gave of a window can be the dataset's vectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from landloom.map.encoding import Encoding, invalid
from landloom.map.encoding_check import are_linear, decoded_length, is_unit
from landloom.map.named.window_file import Strip
from landloom.sources.asking import RefusedError

_SAMPLED = 256
"""Pixels that are looked at closely, of each strip."""


class Watch:
    """Looks at the pixels of a window as they come.

    Parameters
    ----------
    encoding
        What the stored numbers mean.
    nodata
        The stored number that marks nodata.
    """

    def __init__(self, encoding: Encoding, nodata: float | None) -> None:
        self._encoding, self._nodata = encoding, nodata
        self._rng = np.random.default_rng(0)
        self._samples: list[Strip] = []
        self._pixels = self._zeros = self._valid = 0

    def over(self, strips: Iterable[Strip]) -> Iterator[Strip]:
        """Yield the strips, having looked at each."""
        for strip in strips:
            self._look(strip)
            yield strip
            del strip  # which is large

    def _look(self, strip: Strip) -> None:
        flat = strip.reshape(strip.shape[0], -1)
        reasons = invalid(flat, self._encoding, self._nodata)
        places = np.flatnonzero(~np.logical_or.reduce(list(reasons.values())))
        self._pixels += flat.shape[1]
        self._zeros += int(reasons["zero"].sum())
        self._valid += places.size
        chosen = self._rng.choice(places, min(_SAMPLED, places.size), replace=False)
        self._samples.append(flat[:, chosen].T)

    @property
    def void_share(self) -> float:
        """The share of the pixels that hold no vector, from 0 to 1."""
        return 1 - self._valid / self._pixels if self._pixels else 1.0

    def check(self) -> None:
        """Refuse what cannot be vectors, once all strips have been looked at.

        A window that is void throughout is not refused: it may be open sea.

        Raises
        ------
        RefusedError
            Where every pixel with data is zero in every band; where vectors that are to be of unit
            length are not.
        """
        if self._zeros and not self._valid:
            raise RefusedError("is zero in every band wherever it has data", "differs")
        if not self._valid or self._encoding != "alphaearth":
            return
        pixels = np.concatenate(self._samples)
        length = decoded_length(pixels)
        if not is_unit(length):
            linear = "; its bytes are linear: divided by 127 they are" if are_linear(pixels) else ""
            raise RefusedError(
                f"holds vectors {length:.3f} long once decoded, not of unit length{linear}",
                "differs",
            )
