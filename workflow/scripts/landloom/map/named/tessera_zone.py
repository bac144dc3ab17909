"""A UTM zone of a store of Tessera's embeddings: what it promises, checked before it is used.

Layout of the public stores, from August 2026 on: a group ``utm31`` holds ``embeddings`` (time,
band, y, x) of int8, ``scales`` (time, y, x) of float32, and ``time``. Its attributes tell the CRS,
which is that of the zone's northern half on both sides of the equator, and the pixels' affine.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeGuard

import numpy as np
import numpy.typing as npt
from affine import Affine

from landloom.raster.pixel_grid import PixelGrid
from landloom.sources.asking import RefusedError

BANDS = 128

PIXEL = 10.0
"""Side of a pixel (m)."""

_OFF = 1e-6
"""Metres by which a pixel's side may be off."""

_YEARS = range(1900, 2200)
_SECONDS = {"second": 1, "sec": 1, "s": 1, "minute": 60, "hour": 3600, "day": 86400, "d": 86400}
_CALENDARS = ("standard", "gregorian", "proleptic_gregorian")


class StoredArray(Protocol):
    """An array of a store: read by an index of whole numbers and slices."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""

    @property
    def chunks(self) -> tuple[int, ...]:
        """Length, along each axis, of the smallest part that can be read by itself."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What is told of it."""

    def __getitem__(self, index: tuple[int | slice, ...]) -> npt.NDArray[Any]:
        """Return a part."""


@dataclass(frozen=True)
class StoredZone:
    """What lies in a store under a zone's name, before any of it is believed.

    Attributes
    ----------
    name
        The group's, such as ``utm31``.
    attributes
        The group's.
    arrays
        Those of ``embeddings``, ``scales`` and ``time`` that there are.
    """

    name: str
    attributes: Mapping[str, Any]
    arrays: Mapping[str, StoredArray]


@dataclass(frozen=True)
class Zone:
    """A zone that is what it should be.

    Attributes
    ----------
    name
        Such as ``utm31``.
    grid : PixelGrid
        All its pixels.
    years
        The year of each step along the axis of time.
    embeddings : StoredArray
        (time, 128, y, x), int8.
    scales : StoredArray
        (time, y, x), float32.
    """

    name: str
    grid: PixelGrid
    years: tuple[int, ...]
    embeddings: StoredArray
    scales: StoredArray

    @classmethod
    def of(cls, stored: StoredZone) -> Zone:
        """Check what is stored of a zone.

        Raises
        ------
        RefusedError
            ``differs``, naming what does: an array that lacks, its type or shape, the number of
            bands, the CRS, the pixels, the axis of time.
        """
        embeddings = _array(stored, "embeddings", np.int8, 4)
        scales = _array(stored, "scales", np.float32, 3)
        steps, bands, *size = embeddings.shape
        if bands != BANDS:
            raise _differs(stored.name, f"has {bands} bands, not {BANDS}")
        if scales.shape != (steps, *size):
            raise _differs(
                stored.name, f"has scales of {scales.shape} for embeddings of {embeddings.shape}"
            )
        years = _years(stored)
        if len(years) != steps:
            raise _differs(stored.name, f"tells {len(years)} times of {steps}")
        return cls(stored.name, _grid(stored, *size), years, embeddings, scales)

    def step(self, year: int) -> int:
        """Return where a year is along the axis of time.

        Raises
        ------
        RefusedError
            Where it is not there, or more than once.
        """
        found = [step for step, one in enumerate(self.years) if one == year]
        if len(found) == 1:
            return found[0]
        told = ", ".join(map(str, sorted(set(self.years)))) or "none"
        amount = "no" if not found else f"{len(found)} times the"
        raise _differs(self.name, f"has {amount} year {year}; its years are {told}")


def zone_name(number: int) -> str:
    """Return the name of a zone's group, 1 to 60."""
    return f"utm{number:02d}"


def zone_number(name: str) -> int:
    """Return a zone's number by the name of its group."""
    return int(name.removeprefix("utm"))


def _differs(zone: str, what: str) -> RefusedError:
    return RefusedError(f"{zone} {what}", "differs")


def _array(stored: StoredZone, name: str, dtype: npt.DTypeLike, axes: int) -> StoredArray:
    """Return an array of the right type and number of axes."""
    if name not in stored.arrays:
        raise _differs(stored.name, f"has no array '{name}'")
    array = stored.arrays[name]
    if array.dtype != dtype:
        raise _differs(stored.name, f"has {name} of type {array.dtype}, not {np.dtype(dtype)}")
    if len(array.shape) != axes:
        raise _differs(stored.name, f"has {name} of {len(array.shape)} axes, not {axes}")
    return array


def _grid(stored: StoredZone, height: int, width: int) -> PixelGrid:
    """Return the pixels' grid, as the group's attributes tell it."""
    from pyproj import CRS

    code = 32600 + zone_number(stored.name)
    told = stored.attributes.get("proj:code")
    if told != f"EPSG:{code}":
        raise _differs(stored.name, f"has the CRS {told} (proj:code), not EPSG:{code}")
    corner = stored.attributes.get("spatial:registration", "pixel")
    if corner != "pixel":
        raise _differs(stored.name, f"tells where pixels lie by their {corner}, not their corners")
    transform = stored.attributes.get("spatial:transform")
    if not _is_affine(transform):
        raise _differs(
            stored.name, f"has no affine of six numbers (spatial:transform): {transform}"
        )
    affine = Affine(*map(float, transform))
    sides = (abs(affine.a), abs(affine.e))
    if affine.b or affine.d or any(abs(side - PIXEL) > _OFF for side in sides):
        raise _differs(stored.name, f"has no pixels of {PIXEL:g} m along its axes: {transform}")
    return PixelGrid(CRS.from_epsg(code).to_wkt(), affine, width, height)


def _is_affine(transform: object) -> TypeGuard[Sequence[float]]:
    """Return whether a value has six finite numbers, as an affine has above its last row."""
    return (
        isinstance(transform, Sequence)
        and len(transform) == 6
        and all(isinstance(x, int | float) and math.isfinite(x) for x in transform)
    )


def _years(stored: StoredZone) -> tuple[int, ...]:
    """Return the year of each step in time: whole years, dates, or times since a date."""
    if "time" not in stored.arrays:
        raise _differs(stored.name, "has no array 'time'")
    array = stored.arrays["time"]
    if len(array.shape) != 1:
        raise _differs(stored.name, f"has time of {len(array.shape)} axes, not 1")
    values, units = array[(slice(None),)], array.attributes.get("units")
    try:
        if values.dtype.kind == "M":
            years = (values.astype("datetime64[Y]").astype(np.int64) + 1970).tolist()
        elif units is None or re.fullmatch(r"years?", str(units)):
            years = [_whole(value) for value in values.tolist()]
        else:
            years = _years_since(values, str(units), str(array.attributes.get("calendar", "")))
    except (ValueError, OverflowError) as error:
        raise _differs(stored.name, f"tells times that are not understood ({error})") from None
    if any(year not in _YEARS for year in years):
        raise _differs(stored.name, f"tells times that are no years: {values.tolist()[:5]}")
    return tuple(years)


def _whole(value: float) -> int:
    if value != int(value):
        raise ValueError(f"{value} is no whole year")
    return int(value)


def _years_since(values: npt.NDArray[Any], units: str, calendar: str) -> list[int]:
    """Return the years of times that are told as the CF conventions have it (version 1.12, 4.4).

    Raises
    ------
    ValueError
        Where the units or the calendar are not understood.
    """
    parts = re.fullmatch(r"(\w+?)s? since (\S.*)", units.strip())
    if not parts or parts[1] not in _SECONDS:
        raise ValueError(f"units '{units}'")
    if calendar.lower() not in ("", *_CALENDARS):
        raise ValueError(f"calendar '{calendar}'")
    since = datetime.fromisoformat(parts[2].strip()).replace(tzinfo=None)
    unit = _SECONDS[parts[1]]
    return [(since + timedelta(seconds=value * unit)).year for value in values.tolist()]
