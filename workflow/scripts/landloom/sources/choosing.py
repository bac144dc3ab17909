"""Which address of a public dataset serves: the first that holds what the catalogue promises."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from landloom.addresses import shown
from landloom.errors import LandloomError
from landloom.raster.bounds import Bounds
from landloom.sources.asking import Haste, check_group, check_index, check_start
from landloom.sources.catalogue import INDEX, Address, PublicSource, named
from landloom.sources.checking import Header, check_holds_region, check_raster
from landloom.sources.coverage_service import check_service, fetch_window
from landloom.sources.trying import NoneServesError, first_that_serves

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """What is wanted of public datasets.

    Attributes
    ----------
    key
        The configuration's, for messages.
    bounds
        Lon/lat box.
    folder
        Where windows are kept that a service cuts.
    margin
        Pixels that these have more on each side.
    haste
        How long an address is waited for.
    """

    key: str
    bounds: Bounds
    folder: Path
    margin: int = 64
    haste: Haste = field(default_factory=Haste.told)


@dataclass
class Chosen:
    """What was chosen.

    Attributes
    ----------
    rasters
        All rasters, in order: paths, or whatever GDAL opens.
    missing
        Tiles that no address has, as over open sea.
    served
        Name of each public dataset to the addresses that serve it, as they may be told.
    """

    rasters: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    served: dict[str, list[str]] = field(default_factory=dict)


def choose_rasters(paths: Sequence[str], wanted: Wanted) -> Chosen:
    """Put in place of public datasets' names the rasters that a box needs and that serve.

    Parameters
    ----------
    paths
        Names of public datasets, or anything that GDAL opens.
    wanted
        The box, and what else there is to know.

    Raises
    ------
    LandloomError
        Where a dataset has no tile there at all, or no address serves it.
    """
    chosen = Chosen()
    for path in paths:
        source = named(path, "landcover")
        if source:
            _choose(source, wanted, chosen)
        else:
            chosen.rasters.append(path)
    return chosen


def _choose(source: PublicSource, wanted: Wanted, chosen: Chosen) -> None:
    served: set[Address] = set()
    order = list(source.addresses)
    for tile in source.tiles(wanted.bounds):
        found = _first_of_tile(source, tile, order, wanted)
        if found is None:
            chosen.missing.append(_label(source, tile))
            continue
        address, raster = found
        while order[0] != address:  # an address that stalls is not waited for at every tile
            order.append(order.pop(0))
        served.add(address)
        chosen.rasters.append(raster)
        log.info("%s: %s serves", _label(source, tile), shown(address.of(tile)))
    if not served:
        raise _nothing_there(source, "no tile", wanted)
    used = [address for address in source.addresses if address in served]
    chosen.served[source.name] = [shown(address.url) for address in used]


def _label(source: PublicSource, tile: str) -> str:
    return f"{source.name}: {tile}" if tile else source.name


def _served(address: Address, source: PublicSource, tile: str, wanted: Wanted) -> str:
    """Return what to open, once it was looked at: the address, or a window that a service cuts."""
    found = check_address(address, source, tile, wanted.bounds, wanted.haste)
    if found:
        check_holds_region(found, source.promise, wanted.bounds)
        return address.of(tile)
    return fetch_window(address, source, wanted.bounds, wanted.margin, wanted.folder)


def _first_of_tile(
    source: PublicSource, tile: str, order: Sequence[Address], wanted: Wanted
) -> tuple[Address, str] | None:
    """Return the first address that serves, and what to open of it.

    None where all of them say that there is no such tile.
    """
    try:
        return first_that_serves(
            order,
            lambda address: address.of(tile),
            lambda address: _served(address, source, tile, wanted),
            _label(source, tile),
        )
    except NoneServesError as none:
        if tile and none.kinds == {"absent"}:
            return None
        if none.kinds == {"elsewhere"}:
            raise _nothing_there(source, "no data", wanted) from None
        raise _none_serves(source, tile, wanted.key, none) from None


def check_address(
    address: Address, source: PublicSource, tile: str, bounds: Bounds, haste: Haste
) -> Header | None:
    """Look at an address once: does it serve what is promised?

    Parameters
    ----------
    address
        One of the dataset's.
    source
        The dataset.
    tile
        Name of the tile; empty where the dataset is a single raster.
    bounds
        Lon/lat box from which a window is read.
    haste
        How long it is waited for.

    Returns
    -------
    Header or None
        The raster's; None for a service, for a folder of tiles, of which the index is looked at,
        since only that tells their names, and for a store of arrays, of which a group is.

    Raises
    ------
    RefusedError
        Where it does not.
    """
    if address.kind == "wcs":
        check_service(address, source, bounds, haste)
        return None
    if address.kind == "index":
        check_index(address.below(INDEX), haste)
        return None
    if address.kind == "zarr":
        check_group(address.below(f"{_utm_group(bounds)}/zarr.json"), haste)
        return None
    url = address.of(tile)
    check_start(url, haste)
    return check_raster(url, source.promise, bounds, haste)


def _utm_group(bounds: Bounds) -> str:
    """Name the group of the zone in which a region begins: six degrees of longitude each."""
    return f"utm{int((bounds[0] + 180) // 6) + 1:02d}"


def _nothing_there(source: PublicSource, what: str, wanted: Wanted) -> LandloomError:
    edges = ", ".join(f"{edge:g}" for edge in wanted.bounds)
    return LandloomError(
        f"{wanted.key}: {source.name}: has {what} at {edges} (w, s, e, n); correct the region, or "
        "name another dataset"
    )


def _none_serves(source: PublicSource, tile: str, key: str, none: NoneServesError) -> LandloomError:
    return LandloomError(
        f"{key}: {_label(source, tile)}: no address serves it ({none}); see to the network and its "
        "proxy (HTTPS_PROXY), try again later, or list a copy that you can reach under 'downloads' "
        f"and name its path in {key}"
    )
