"""Fetching a window of a public embedding: from the first address that gives what it should."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landloom.addresses import shown
from landloom.errors import LandloomError
from landloom.job.files import sha256_of, whole_file
from landloom.map.embedding import KEY
from landloom.map.encoding import Encoding
from landloom.map.named.window_checks import Watch
from landloom.map.named.window_file import Layout, Strip, void_strips, write_window
from landloom.map.named.windows import NamedWindow
from landloom.sources.catalogue import Address, PublicSource
from landloom.sources.trying import PAUSE, NoneServesError, first_that_serves

log = logging.getLogger(__name__)

Read = Callable[[Address], Iterator[Strip]]
"""Gives a window's strips as an address has them, from the first row of its grid on.

A generator, which is closed whatever happens. It raises `RefusedError` where the address does not
serve, or has something else than the dataset's pixels; `absent`, where there is no such tile.
"""


@dataclass(frozen=True)
class Order:
    """What is to be fetched.

    Attributes
    ----------
    source
        The dataset.
    window
        The part of it.
    layout, encoding
        What its pixels are, and what their numbers mean.
    """

    source: PublicSource
    window: NamedWindow
    layout: Layout
    encoding: Encoding

    def url(self, address: Address) -> str:
        """Return where the window's tile is had."""
        return address.below(self.window.place)

    @property
    def label(self) -> str:
        """What to call it in messages."""
        return f"{self.source.name}: {self.window.name}"


@dataclass(frozen=True)
class Record:
    """What was fetched.

    Attributes
    ----------
    dataset, window, place
        Names of the dataset and of the window, and where that is found below the addresses.
    address
        URL of the tile that served, as it may be told; None where no address has it.
    void_share
        Share of the pixels that hold no vector, from 0 to 1.
    sha256
        Of the file, in hexadecimal.
    """

    dataset: str
    window: str
    place: str
    address: str | None
    void_share: float
    sha256: str

    def plain(self) -> dict[str, Any]:
        """Return the record as plain data."""
        return {
            "dataset": self.dataset,
            "window": self.window,
            "place": self.place,
            "missing": self.address is None,
            "address": self.address,
            "void_share": self.void_share,
            "sha256": self.sha256,
        }


def fetch_window(order: Order, read: Read, target: Path, pause: float = PAUSE) -> Record:
    """Write a window of a public embedding as a GeoTIFF.

    The addresses are tried in order. What one of them gives is looked at before it is put in place;
    where it is refused, the next one is tried. The bytes are the same whichever serves.

    Parameters
    ----------
    order
        What is to be fetched.
    read
        How it is read from an address.
    target
        The file.
    pause
        Seconds before all addresses are asked once more, where that may help.

    Returns
    -------
    Record
        Where all addresses say that there is no such tile, the window is written void.

    Raises
    ------
    LandloomError
        Where no address serves: what each said.
    """

    def serve(address: Address) -> float:
        return _write(order, read(address), target)

    try:
        address, void_share = first_that_serves(
            order.source.addresses, order.url, serve, order.label, pause
        )
    except NoneServesError as none:
        if none.kinds != {"absent"}:
            raise _none_serves(order, none) from None
        log.warning("%s: no address has this tile; its window is void", order.label)
        _write(order, void_strips(order.window.own_grid, order.layout), target)
        return _record(order, None, 1.0, target)
    url = shown(order.url(address))
    log.info("%s: %s serves, %.1f %% void", order.label, url, 100 * void_share)
    return _record(order, url, void_share, target)


def _write(order: Order, strips: Iterator[Strip], target: Path) -> float:
    """Write strips, looking at them, and return the share of void pixels."""
    watch = Watch(order.encoding, order.layout.nodata)
    with whole_file(target) as draft, closing(strips):  # type: ignore[type-var]
        write_window(draft, order.window.own_grid, order.layout, watch.over(strips))
        watch.check()
    return watch.void_share


def _record(order: Order, url: str | None, void_share: float, target: Path) -> Record:
    window = order.window
    digest = sha256_of(target)
    return Record(order.source.name, window.name, window.place, url, void_share, digest)


def _none_serves(order: Order, none: NoneServesError) -> LandloomError:
    return LandloomError(
        f"{KEY}: {order.label}: no address serves it ({none}); see to the network and its proxy "
        f"(HTTPS_PROXY), try again later, or name copies of your own in {KEY}"
    )


def served_by(records: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the addresses that served a dataset's windows, by the dataset's name.

    Parameters
    ----------
    records
        Of all windows, as plain data.
    """
    served: dict[str, list[str]] = {}
    for record in records:
        if record["address"]:
            folder = record["address"].removesuffix(record["place"])
            known = served.setdefault(record["dataset"], [])
            known += [folder] if folder not in known else []
    return {name: sorted(folders) for name, folders in served.items()}
