"""Cells, 1 degree elevation tiles and blocks: names and bounds, as pure arithmetic."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from landloom.errors import LandloomError

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

METRES_PER_DEGREE = 110_574.0
"""The shortest degree of latitude on the WGS 84 ellipsoid, at the equator (m)."""


@dataclass(frozen=True)
class Cell:
    """One lon/lat box of the grid, half-open: ``west <= lon < east``, ``south <= lat < north``.

    The region's own far edges belong to it too, so that the cells cover the region and no point
    lies in two of them: neighbours share the very same float as their edge.
    """

    bounds: Bounds
    closed_east: bool
    closed_north: bool


@dataclass(frozen=True)
class Grid:
    """The region cut into ``n`` x ``n`` cells, named ``r000c000`` from the north-west corner."""

    region: Bounds
    n: int

    @property
    def _digits(self) -> int:
        return max(3, len(str(self.n - 1)))

    def names(self) -> list[str]:
        """Return the names of all cells, row by row from the north-west."""
        return [self.name(row, column) for row, column in product(range(self.n), repeat=2)]

    def name(self, row: int, column: int) -> str:
        """Return the name of the cell in a row (0 = north) and column (0 = west)."""
        return f"r{row:0{self._digits}d}{self.column_name(column)}"

    def column_name(self, column: int) -> str:
        """Return the second half of the names of a column's cells, such as ``c000``."""
        return f"c{column:0{self._digits}d}"

    def cell_area(self) -> float:
        """Return the ground that a cell covers on average, in square metres."""
        west, south, east, north = self.region
        wide = (east - west) * math.cos(math.radians((south + north) / 2))
        return wide * (north - south) * (METRES_PER_DEGREE / self.n) ** 2

    def position(self, name: str) -> tuple[int, int]:
        """Return row and column of a cell's name."""
        found = re.fullmatch(r"r(\d+)c(\d+)", name)
        if not found:
            raise ValueError(f"not the name of a cell: {name}")
        return int(found[1]), int(found[2])

    def cell(self, name: str) -> Cell:
        """Return the cell of a name."""
        row, column = self.position(name)
        west, south, east, north = self.region
        return Cell(
            bounds=(
                self._edge(west, east, column),
                self._edge(south, north, self.n - 1 - row),
                self._edge(west, east, column + 1),
                self._edge(south, north, self.n - row),
            ),
            closed_east=column == self.n - 1,
            closed_north=row == 0,
        )

    def _edge(self, low: float, high: float, index: int) -> float:
        """Return one of the n + 1 edges: the same float, whichever cell asks."""
        return high if index == self.n else low + (high - low) * (index / self.n)


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
            names = set(self._fields())
            self.path("N00E000")
        except (ValueError, LookupError, AttributeError, TypeError) as error:
            raise LandloomError(
                f"not a tile template ({type(error).__name__}: {error}); its fields are "
                "{ns}, {lat}, {ew}, {lon} and {tile}"
            ) from None
        if not ("tile" in names or {"ns", "lat", "ew", "lon"} <= names):
            raise LandloomError(
                "a tile template names {ns}, {lat}, {ew} and {lon}, or {tile}; "
                f"found {', '.join(sorted(names)) or 'none of them'}"
            )

    def _fields(self) -> Iterator[str]:
        return (field for _, field, _, _ in string.Formatter().parse(self.text) if field)

    def path(self, tile: str) -> str:
        """Return the path of a tile."""
        lon, lat = tile_corner(tile)
        return self.text.format(
            tile=tile, ns=tile[0], lat=_Padded(abs(lat), 2), ew=tile[3], lon=_Padded(abs(lon), 3)
        )


@dataclass(frozen=True)
class Block:
    """A rectangle of pixels that is predicted as one target.

    Attributes
    ----------
    name : str
        Block row and block column, such as ``r003-c012``.
    row, col : int
        The first pixel row and column.
    height, width : int
        The size in pixels; smaller than the rest at the raster's far edges.
    """

    name: str
    row: int
    col: int
    height: int
    width: int


def blocks(width: int, height: int, size: int) -> tuple[Block, ...]:
    """Cut a raster into square blocks, row by row.

    Parameters
    ----------
    width, height : int
        The raster's size in pixels.
    size : int
        The side of a block in pixels.

    Returns
    -------
    tuple of Block
        Blocks that cover every pixel exactly once. Names sort in reading order.
    """
    return blocks_touching(width, height, size, [(0, 0, height, width)])


def blocks_touching(
    width: int, height: int, size: int, rectangles: Iterable[tuple[int, int, int, int]]
) -> tuple[Block, ...]:
    """Give those of `blocks` that a rectangle touches, without cutting the whole raster.

    Parameters
    ----------
    width, height, size : int
        As for `blocks`.
    rectangles : iterable of (row, col, height, width)
        What lies on the raster, in its pixels.

    Returns
    -------
    tuple of Block
        In the order of `blocks`.
    """
    places = {
        place
        for row, col, rows, cols in rectangles
        for place in product(
            range(row // size, (row + rows - 1) // size + 1),
            range(col // size, (col + cols - 1) // size + 1),
        )
    }
    return tuple(_block(r, c, width, height, size) for r, c in sorted(places))


def _block(r: int, c: int, width: int, height: int, size: int) -> Block:
    digits = max(3, len(str(-(-max(width, height) // size) - 1)))
    return Block(
        f"r{r:0{digits}d}-c{c:0{digits}d}",
        r * size,
        c * size,
        min(size, height - r * size),
        min(size, width - c * size),
    )


def block_named(name: str, width: int, height: int, size: int) -> Block:
    """Find a block of `blocks` by its name, without cutting the whole raster.

    Raises
    ------
    ValueError
        If no block of this raster has the name.
    """
    match = re.fullmatch(r"r(\d{3,})-c(\d{3,})", name)
    if match:
        row, col = (int(index) * size for index in match.groups())
        if row < height and col < width:
            return Block(name, row, col, min(size, height - row), min(size, width - col))
    raise ValueError(f"no block {name!r} in {width} by {height} pixels cut by {size}")
