"""What every section of the YAML builds on: strictness, and the kinds of numbers and names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from landloom.errors import LandloomError
from landloom.raster.degree_tiles import tile_corner


class AtKeyError(ValueError):
    """An error that concerns one key of the section that was checked."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class AtKeysError(ValueError):
    """Several errors, of which each concerns a key of the section that was checked."""

    def __init__(self, faults: list[AtKeyError]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


class SecretError(ValueError):
    """An error whose value must not be shown."""


class Section(BaseModel):
    """A section of the YAML: typed strictly, unknown keys refused, never changed."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


@dataclass(frozen=True)
class _Between:
    """Keep a number between two limits, with or without the limits themselves."""

    low: float
    high: float
    closed: bool = True

    def __call__(self, value: float) -> float:
        """Return a value that lies between the limits."""
        if not self.low <= value <= self.high:
            raise ValueError(f"must lie between {self.low:g} and {self.high:g}")
        if not self.closed and value in (self.low, self.high):
            raise ValueError(f"must lie between {self.low:g} and {self.high:g}, and be neither")
        return value

    @property
    def field(self) -> Any:  # noqa: ANN401
        """The limits in the words of a JSON schema."""
        words = ("minimum", "maximum") if self.closed else ("exclusiveMinimum", "exclusiveMaximum")
        return Field(json_schema_extra=dict(zip(words, (self.low, self.high), strict=True)))


_OPEN, _CLOSED = _Between(0, 1, closed=False), _Between(0, 1)
_LON, _LAT = _Between(-180, 180), _Between(-90, 90)
OpenFraction = Annotated[float, AfterValidator(_OPEN), _OPEN.field]
Fraction = Annotated[float, AfterValidator(_CLOSED), _CLOSED.field]
Longitude = Annotated[float, AfterValidator(_LON), _LON.field]
Latitude = Annotated[float, AfterValidator(_LAT), _LAT.field]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]


def _own_tile(name: str) -> str:
    """Refuse what is not the name of a tile."""
    try:
        tile_corner(name)
    except LandloomError:
        raise ValueError("must be the name of a tile, such as N42W117") from None
    return name


TileName = Annotated[
    str,
    AfterValidator(_own_tile),
    Field(json_schema_extra={"pattern": r"^[NS]\d\d[EW]\d{3}$"}),
]
