"""What is to be known of a model besides its arrays."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from landloom.errors import LandloomError
from landloom.legend.legends import Entry, Legend
from landloom.legend.text import unfit
from landloom.map.encoding import Encoding

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ClassValue = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,2})$")]
Color = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{6}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _fit(text: str) -> str:
    if fault := unfit(text):
        raise ValueError(fault)
    return text


Name = Annotated[str, AfterValidator(_fit)]
"""What can be shown in a line."""


class ClassCard(_Part):
    """A class of the map: its value, what it is called and shown as."""

    value: Annotated[int, Field(ge=0, le=254)]
    name: Name
    color: Color | None = None


class BandCard(_Part):
    """A band of the embedding: its name, and the range of the samples in it, decoded."""

    name: str
    low: float
    high: float

    @model_validator(mode="after")
    def _check(self) -> BandCard:
        if self.low > self.high:
            raise ValueError(f"its lowest value, {self.low}, is above its highest, {self.high}")
        return self


class SamplesCard(_Part):
    """The samples that the model was fitted on."""

    number: Annotated[int, Field(ge=2)]
    per_class: dict[ClassValue, Annotated[int, Field(ge=0)]]
    """By class value."""
    sha256: Digest
    """Of their bands (float32, row by row) and labels (int64), little-endian."""


class ModelCard(_Part):
    """The manifest of a model."""

    format: Literal["landloom model"] = "landloom model"
    version: Literal[1] = 1
    kind: Literal["forest", "logistic", "knn"] = "forest"
    classes: Annotated[list[ClassCard], Field(min_length=1)]
    bands: Annotated[list[BandCard], Field(min_length=1)]
    encoding: Encoding
    named_bands: bool
    """Whether the raster itself names its bands as they are named here."""
    samples: SamplesCard
    parameters: dict[str, str | int | float | None]
    seed: int
    agreement: dict[str, float | int]
    """With samples held out, a random split: ``samples``, ``accuracy``, ``macro_f1``."""
    labels: list[str]
    """Where the labels come from, and their licences."""
    versions: dict[str, str]

    @model_validator(mode="after")
    def _check(self) -> ModelCard:
        values = [entry.value for entry in self.classes]
        if values != sorted(set(values)):
            raise ValueError("classes must ascend by their values")
        counted = self.samples.per_class
        if unknown := [value for value in counted if int(value) not in values]:
            raise ValueError(f"samples are counted of {unknown[0]}, which is none of the classes")
        if sum(counted.values()) != self.samples.number:
            raise ValueError("the samples of all classes are not as many as there are in all")
        return self

    @property
    def legend(self) -> Legend:
        """Names and colours of the classes."""
        return {entry.value: Entry(entry.name, entry.color) for entry in self.classes}

    @classmethod
    def from_plain(cls, told: dict[str, Any], where: str) -> ModelCard:
        """Return the card of a manifest.

        Raises
        ------
        LandloomError
            Where it is none, or one of a later version; all that is wrong with it.
        """
        if told.get("format") == "landloom model" and told.get("version") != 1:
            raise LandloomError(
                f"{where}: is a model of version {told.get('version')!r}, of which this Landloom "
                "knows 1; use the Landloom that it was made with, or a later one"
            )
        try:
            return cls.model_validate(told)
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, fault['loc'])) or 'it'}: {fault['msg']}"
                for fault in error.errors()[:5]
            )
            raise LandloomError(
                f"{where}: the manifest is none of a model ({faults}); get the file again from "
                "where it was made"
            ) from None
