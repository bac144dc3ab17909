"""Fetching Tessera's embeddings: which windows a region needs, and each of them as a file."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from landloom.errors import LandloomError
from landloom.map.embedding import KEY, numbered
from landloom.map.named.tessera import read, windows
from landloom.map.named.tessera_store import open_store
from landloom.map.named.tessera_zone import BANDS
from landloom.map.named.window_fetch import Order, Record, fetch_window
from landloom.map.named.window_file import Layout, Strip
from landloom.map.named.windows import NamedWindow
from landloom.raster.bounds import Bounds
from landloom.sources.asking import Haste
from landloom.sources.catalogue import Address, PublicSource
from landloom.sources.ranges import PATIENT
from landloom.sources.trying import PAUSE, NoneServesError, first_that_serves

log = logging.getLogger(__name__)

LAYOUT = Layout("float32", math.nan, numbered(BANDS))


def windows_of(source: PublicSource, region: Bounds, pause: float = PAUSE) -> list[NamedWindow]:
    """Return the windows that a region needs, from the first address that tells.

    Parameters
    ----------
    source
        A release of the embeddings, and its year.
    region
        Lon/lat box.
    pause
        Seconds before all addresses are asked once more, where that may help.

    Raises
    ------
    LandloomError
        Where the embeddings have nothing of the region, or no address tells: what each said.
    """

    def serve(address: Address) -> list[NamedWindow]:
        return windows(open_store(address.url, pause=pause), region, source.year)

    try:
        _, found = first_that_serves(
            source.addresses, lambda address: address.url, serve, source.name, pause
        )
    except NoneServesError as none:
        raise LandloomError(
            f"{KEY}: {source.name}: no address serves it ({none}); see to the network and its "
            "proxy (HTTPS_PROXY), or try again later"
        ) from None
    return found


def fetch(
    source: PublicSource,
    window: NamedWindow,
    target: Path,
    pause: float = PAUSE,
    haste: Haste = PATIENT,
) -> Record:
    """Fetch a window of a zone's array: see `landloom.map.named.window_fetch.fetch_window`.

    The file holds the numbers themselves, bytes times scales, as float32.
    """
    order = Order(source, window, LAYOUT, "float")

    def strips(address: Address) -> Iterator[Strip]:
        void: Counter[str] = Counter()
        store = open_store(address.url, haste, pause)
        for _, values in read(store, window, source.year, void):
            yield values
        for reason, pixels in void.items():
            log.info("%s: %d pixels void: %s", window.name, pixels, reason)

    return fetch_window(order, strips, target, pause)
