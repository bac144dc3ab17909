"""What is to be known of a model besides its arrays."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from landloom.errors import LandloomError
from landloom.legend.legends import Entry, Legend
from landloom.legend.text import LONGEST, unfit
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


def _one_line(text: str) -> str:
    for start in range(0, len(text), LONGEST):
        _fit(text[start : start + LONGEST])
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

    name: Name
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


class ComparisonCard(_Part):
    """The samples as other pixels are compared with them, whose arrays are in the file."""

    mean_distance: Annotated[float, Field(gt=0)]
    """Between samples."""
    paired: Annotated[int, Field(ge=2)]
    """How many samples that was told from."""
    threshold: Annotated[float, Field(ge=0)]
    """Of the dissimilarity, from which on a pixel is unlike all samples."""
    scheme: Literal["random", "knndm", "blocks", "group"]
    folds: Annotated[int, Field(ge=2)]
    random: bool
    notes: list[Annotated[str, AfterValidator(_one_line)]]


class LeftOutCard(_Part):
    """A class that the labels have and the model has not, and its share of the labelled points."""

    value: Annotated[int, Field(ge=0, le=254)]
    name: Name
    samples: Annotated[int, Field(ge=0)]
    share: Annotated[float, Field(ge=0, lt=1)]


class AgreementCard(_Part):
    """How a forest agreed with samples held out, where the model was made; a random split."""

    samples: Annotated[int, Field(ge=1)]
    accuracy: Annotated[float, Field(ge=0, le=1)]
    macro_f1: Annotated[float, Field(ge=0, le=1)]


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
    parameters: dict[Name, Name | int | float | None]
    seed: int
    agreement: AgreementCard
    labels: list[Name]
    """Where the labels come from, and their licences."""
    versions: dict[Name, Name]
    left_out: list[LeftOutCard] = []
    proportional: bool = True
    """Whether samples of a class are as many as its share of all that could be drawn."""
    applicability: ComparisonCard | None = None
    """None where the run did not ask for it."""

    @model_validator(mode="after")
    def _check(self) -> ModelCard:
        values = [entry.value for entry in self.classes]
        if values != sorted(set(values)):
            raise ValueError("classes must ascend by their values")
        counted = self.samples.per_class
        if unknown := [value for value in counted if int(value) not in values]:
            raise ValueError(f"samples are counted of {unknown[0]}, which is none of the classes")
        if both := [each.value for each in self.left_out if each.value in values]:
            raise ValueError(f"class {both[0]} is told to be left out, and is one of the classes")
        if sum(counted.values()) != self.samples.number:
            raise ValueError("the samples of all classes are not as many as there are in all")
        return self

    def plain(self) -> dict[str, Any]:
        """Return the manifest, which has the last three keys only where there is more to tell."""
        return self.model_dump(exclude=self._usual)

    @property
    def _usual(self) -> set[str]:
        """Names of the fields that tell nothing."""
        optional = ("left_out", "proportional", "applicability")
        fields = type(self).model_fields
        return {name for name in optional if getattr(self, name) == fields[name].default}

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
