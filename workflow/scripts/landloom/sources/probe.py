"""Whether the addresses of the catalogue still serve: `make probe`.

Reads one small window of every address and prints a line for each; of a folder whose tiles only
an index knows, the beginning of the index and no tile; of a Zarr store, the description of a zone.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from landloom.errors import LandloomError
from landloom.job.gdal import set_gdal_options
from landloom.raster.bounds import Bounds
from landloom.sources.asking import Haste, RefusedError
from landloom.sources.catalogue import Address, PublicSource, catalogue

_PLACES: dict[str, Bounds] = {
    "nlcd": (-113.1, 37.2, -113.0, 37.3),
    "mapbiomas": (-47.95, -15.85, -47.85, -15.75),
}
_ELSEWHERE: Bounds = (8.1, 47.1, 8.2, 47.2)
"""Where a window is read: on land, in a single tile."""

_HASTE = Haste(connect=20.0, silence=60.0, whole=120.0)


@dataclass(frozen=True)
class Probed:
    """What an address had to say.

    Attributes
    ----------
    name
        Of the dataset.
    host
        Of the address.
    first
        Whether the address is the dataset's first.
    verdict
        ``answers``; or ``refuses`` or ``differs`` (from what is promised), and why.
    seconds
        How long it took.
    """

    name: str
    host: str
    first: bool
    verdict: str
    seconds: float

    @property
    def well(self) -> bool:
        """Whether the address serves."""
        return self.verdict == "answers"

    @property
    def line(self) -> str:
        """A line of the table."""
        return f"{self.name:16} {self.host:45} {self.seconds:6.1f} s  {self.verdict}"


def probe(
    sources: Iterable[PublicSource], haste: Haste = _HASTE, bounds: Bounds | None = None
) -> Iterator[Probed]:
    """Look at every address of some datasets, one after the other.

    Parameters
    ----------
    sources
        The datasets; those without addresses have nothing to be looked at.
    haste
        How long an address is waited for.
    bounds
        Lon/lat box from which a window is read; one that the dataset covers when None.
    """
    for source in sources:
        place = bounds or _PLACES.get(source.name.partition("-")[0], _ELSEWHERE)
        for address in source.addresses:
            began = time.monotonic()
            verdict = _verdict(address, source, place, haste)
            seconds = time.monotonic() - began
            host = urlsplit(address.url).hostname or ""
            yield Probed(source.name, host, address == source.addresses[0], verdict, seconds)


def _verdict(address: Address, source: PublicSource, place: Bounds, haste: Haste) -> str:
    # rasterio chooses whose certificates it trusts once it is imported: only after `main` has told.
    from landloom.sources.choosing import check_address

    try:
        check_address(address, source, source.tiles(place)[0], place, haste)
    except RefusedError as refusal:
        return f"{'differs' if refusal.kind in ('differs', 'elsewhere') else 'refuses'}: {refusal}"
    return "answers"


def chosen(names: Sequence[str]) -> list[PublicSource]:
    """Return the datasets of some names; where none is given, the first and last year of each.

    All years of a dataset share their addresses but for the year.

    Raises
    ------
    LandloomError
        Where there is no dataset of a name, or it has no address.
    """
    known = {name: source for name, source in catalogue().items() if source.addresses}
    if strangers := [name for name in names if name not in known]:
        raise LandloomError(f"{strangers[0]}: no dataset with addresses; name {_some(known)}")
    if names:
        return [known[name] for name in names]
    families: dict[str, list[PublicSource]] = {}
    for source in known.values():
        families.setdefault(source.family, []).append(source)
    return [one for family in families.values() for one in dict.fromkeys((family[0], family[-1]))]


def _some(known: Iterable[str]) -> str:
    return ", ".join(sorted({re.sub(r"-\d{4}$", "-YEAR", name) for name in known}))


def main(names: Sequence[str]) -> int:
    """Print the table.

    Returns
    -------
    int
        1 where a first address does not serve, else 0.
    """
    set_gdal_options()
    well = True
    print(f"{'dataset':16} {'address':45} {'time':>8}  verdict")
    for probed in probe(chosen(names)):
        print(probed.line, flush=True)
        well &= probed.well or not probed.first
    return 0 if well else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LandloomError as error:
        sys.exit(f"\n{error}\n")
