"""Tiles of whole degrees, named by their south-west corner: names, bounds and paths."""

from __future__ import annotations

import math
import re
import string
from dataclasses import dataclass
from itertools import product

from landloom.errors import LandloomError
from landloom.raster.bounds import METRES_PER_DEGREE, Bounds


def tile_name(lon: int, lat: int) -> str:
    """Return the name of the tile with this south-west corner, in whole degrees: ``N42W118``."""
    return f"{'S' if lat < 0 else 'N'}{abs(lat):02d}{'W' if lon < 0 else 'E'}{abs(lon):03d}"


def tile_corner(name: str) -> tuple[int, int]:
    """Return lon and lat of a tile's south-west corner, in whole degrees.

    Raises
    ------
    LandloomError
        Where the name is not that of a tile.
    """
    found = re.fullmatch(r"([NS])(\d\d)([EW])(\d{3})", name)
    if not found:
        raise LandloomError(f"{name!r} is not a tile; name its south-west corner, like N43W116")
    ns, lat, ew, lon = found.groups()
    return (-int(lon) if ew == "W" else int(lon)), (-int(lat) if ns == "S" else int(lat))


def tile_bounds(name: str) -> Bounds:
    """Return the bounds of a tile in degrees."""
    lon, lat = tile_corner(name)
    return (float(lon), float(lat), lon + 1.0, lat + 1.0)


def nearby_tiles(bounds: Bounds, reach: float, degrees: int = 1) -> list[str]:
    """Return the tiles that a lon/lat box touches when it is widened by a distance.

    Parameters
    ----------
    bounds
        The box in degrees.
    reach
        The distance in metres.
    degrees
        Side of the tiles; their corners lie at its multiples.

    Returns
    -------
    list of str
        Names from the south-west, row by row. A box at the 180th meridian or at a pole ends
        there.
    """
    west, south, east, north = bounds
    lat_margin = reach / METRES_PER_DEGREE
    south, north = max(south - lat_margin, -90.0), min(north + lat_margin, 90.0)
    shrinking = math.cos(math.radians(max(abs(south), abs(north))))
    lon_margin = min(lat_margin / shrinking, 360.0) if shrinking > 1e-6 else 360.0
    west, east = max(west - lon_margin, -180.0), min(east + lon_margin, 180.0)
    lats = range(math.floor(south / degrees) * degrees, math.ceil(north), degrees)
    lons = range(math.floor(west / degrees) * degrees, math.ceil(east), degrees)
    return [tile_name(lon, lat) for lat, lon in product(lats, lons)]


class _Padded(int):
    """A whole number that writes itself with leading zeros unless told otherwise."""

    width: int

    def __new__(cls, value: int, width: int) -> _Padded:
        number = super().__new__(cls, value)
        number.width = width
        return number

    def __format__(self, spec: str) -> str:
        return format(int(self), spec or f"0{self.width}d")


_FIELDS_ARE = (
    "its fields are {ns}, {lat}, {ew}, {lon} and {tile}, numbers also as {lat:d} or {lon:04d}"
)


def _is_field(name: str, spec: str) -> bool:
    """Return whether a template may have a field: none that grows long, or shows what is inside."""
    plain = name in ("ns", "ew", "tile") and not spec
    return plain or (name in ("lat", "lon") and re.fullmatch(r"(0?[1-9])?d?", spec) is not None)


def _written(name: str, spec: str | None, conversion: str | None) -> str:
    """Return a field as a template has it."""
    found = f"{name}{f'!{conversion}' if conversion else ''}{f':{spec}' if spec else ''}"
    return f"{{{found[:40]}}} is none of its fields" if found else "{} names no field"


@dataclass(frozen=True)
class TileTemplate:
    """The path of a 1 degree tile, with fields for its south-west corner.

    ``{ns}`` is N or S, ``{lat}`` two digits, ``{ew}`` E or W, ``{lon}`` three digits; format
    specifications work as in Python (``{lat:d}`` without zeros). ``{tile}`` is all four.

    Raises
    ------
    LandloomError
        Where the text is not such a template.
    """

    text: str

    def __post_init__(self) -> None:
        try:
            fields = list(string.Formatter().parse(self.text))
        except ValueError:
            raise LandloomError(
                f"not a tile template: its braces do not pair; {_FIELDS_ARE}"
            ) from None
        names = {name for _, name, _, _ in fields if name is not None}
        for _, name, spec, conversion in fields:
            if name is not None and (conversion or not _is_field(name, spec or "")):
                raise LandloomError(
                    f"not a tile template: {_written(name, spec, conversion)}; {_FIELDS_ARE}"
                )
        if not ("tile" in names or {"ns", "lat", "ew", "lon"} <= names):
            raise LandloomError(
                "a tile template names {ns}, {lat}, {ew} and {lon}, or {tile}; "
                f"found {', '.join(sorted(names)) or 'none of them'}; add what is missing"
            )

    def path(self, tile: str) -> str:
        """Return the path of a tile."""
        lon, lat = tile_corner(tile)
        return self.text.format(
            tile=tile, ns=tile[0], lat=_Padded(abs(lat), 2), ew=tile[3], lon=_Padded(abs(lon), 3)
        )
