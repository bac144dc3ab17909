"""What a run knows of its dataset, in the words that descriptions of it share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.likeness import likeness
from landloom.job.files import read_json
from landloom.legend.decimals import percent
from landloom.legend.text import first_up
from landloom.raster.bounds import Bounds
from landloom.sources.attribution import Use, facts_of

SPLITS = ("train", "test")

_METRE = 1.0


@dataclass(frozen=True)
class Recipe:
    """How the samples were chosen and made: the configuration's own values.

    Attributes
    ----------
    region
        West, south, east, north (degrees).
    n, test_fraction, buffer_km, seed
        Of the cells and their split.
    size, downsample
        Of the patches.
    reject
        Code to the largest share of a patch that is accepted.
    max_nodata
        The largest share of void elevation that is filled in.
    resampling
        How elevation was warped.
    """

    region: Bounds
    n: int
    test_fraction: float
    buffer_km: float
    seed: int
    size: int
    downsample: int
    reject: Mapping[int, float]
    max_nodata: float
    resampling: str


@dataclass(frozen=True)
class Source:
    """What the dataset was made from.

    Attributes
    ----------
    role
        Its key in the configuration.
    configured
        The path, address or name there.
    facts
        What is known of it, by name, its title and licence among it; empty for one's own.
    year
        What it shows is of this year; None where that is not known.
    """

    role: str
    configured: str
    facts: Mapping[str, str]
    year: int | None

    @classmethod
    def of(cls, use: Use) -> Source:
        """Return what is known of an input."""
        year = re.search(r"-(\d{4})$", use.public or "")
        return cls(use.role, use.source, facts_of(use) or {}, int(year[1]) if year else None)

    @property
    def title(self) -> str:
        """What to call it."""
        return self.facts.get("title", self.configured)


class DescribedFiles(Protocol):
    """The files of a dataset that tell of it: what a rule calls its inputs."""

    landcover: str
    classes: str
    certificate: str
    likeness: str


@dataclass(frozen=True)
class About:
    """A finished dataset, as its run and its publisher know it.

    Attributes
    ----------
    told
        What the publisher tells: the section ``dataset.publication`` of the configuration, without
        what is left out.
    recipe
        How it was made.
    landcover
        The raster of classes.
    classes
        The class distribution.
    certificate
        What was proved.
    likeness
        How far land cover resembles itself, and how near test samples lie to training samples: the
        content of ``autocorrelation.json``.
    sources
        What it was made from.
    """

    told: Mapping[str, Any]
    recipe: Recipe
    landcover: LandcoverInfo
    classes: pd.DataFrame
    certificate: Mapping[str, Any]
    likeness: Mapping[str, Any]
    sources: Sequence[Source]

    @classmethod
    def load(
        cls,
        files: DescribedFiles,
        told: Mapping[str, Any],
        recipe: Mapping[str, Any],
        uses: Sequence[Sequence[str | None]],
    ) -> About:
        """Return what is known of a finished dataset.

        Parameters
        ----------
        files
            Some of its files.
        told
            What its publisher tells.
        recipe
            The fields of `Recipe`, ``reject`` as pairs.
        uses
            The fields of `landloom.sources.attribution.Use`, for each input.
        """
        return cls(
            told=told,
            recipe=Recipe(**{**recipe, "reject": dict(recipe["reject"])}),
            landcover=LandcoverInfo.load(files.landcover),
            classes=pd.read_parquet(files.classes),
            certificate=read_json(files.certificate),
            likeness=read_json(files.likeness),
            sources=[Source.of(Use(*use)) for use in uses],  # type: ignore[arg-type]
        )

    @property
    def title(self) -> str:
        """Its name."""
        default = f"Land cover and relief in patches, {self.box_text}"
        return str(self.told.get("title", default))

    @property
    def description(self) -> str:
        """What it is: the publisher's words, or what the run knows."""
        return str(self.told.get("description", self.contents))

    @property
    def box_text(self) -> str:
        """The region in a few letters."""
        west, south, east, north = self.recipe.region
        return f"{_side(west, 'EW')} to {_side(east, 'EW')}, {_side(south, 'NS')} to " + _side(
            north, "NS"
        )

    @property
    def samples(self) -> dict[str, int]:
        """How many samples each split has."""
        return {split: int(self.certificate["patches"][split]["samples"]) for split in SPLITS}

    @property
    def contents(self) -> str:
        """What is in it."""
        size, counts = self.recipe.size, self.samples
        return (
            f"{counts['train']} training and {counts['test']} test samples of {size} x {size} "
            f"pixels of {self.resolution_text}, each with the land cover ({len(self.classes)} "
            "classes) and the elevation above the patch's lowest pixel (m), from "
            f"{' and '.join(source.title for source in self.sources)}. No training and test sample "
            "share a pixel of their sources."
        )

    @property
    def crs(self) -> str:
        """The coordinate reference system: an authority's code, or WKT where none fits."""
        authority = self.landcover.grid.crs.to_authority()
        return ":".join(authority) if authority else self.landcover.grid.wkt

    @property
    def resolution(self) -> tuple[float, str]:
        """The side of a pixel and its unit: as in the CRS if that is metres, else on the ground."""
        size, recipe = self.landcover.resolution, self.recipe
        crs = self.landcover.grid.crs
        if (
            crs.is_projected
            and size[0] == size[1]
            and crs.axis_info[0].unit_conversion_factor == _METRE
        ):
            return float(size[0] * recipe.downsample), "m"
        across, down = self.landcover.patch_metres
        return round((across * down) ** 0.5 / recipe.size, 2), "m"

    @property
    def resolution_text(self) -> str:
        """The same in words."""
        value, unit = self.resolution
        return f"{value:g} {unit}"

    @property
    def year(self) -> int | None:
        """The year that the land cover shows; None where that is not known."""
        years = {
            source.year
            for source in self.sources
            if source.role == "dataset.landcover.raster" and source.year
        }
        return years.pop() if len(years) == 1 else None

    @property
    def sampling(self) -> str:
        """How the samples were chosen."""
        recipe, cells = self.recipe, self.certificate["cells"]
        left_out = ["with unknown or void land cover"]
        left_out += [
            f"with more than {100 * most:g} % of class {self._class_name(code)}"
            for code, most in recipe.reject.items()
        ]
        left_out.append(f"with more than {100 * recipe.max_nodata:g} % void elevation")
        if recipe.buffer_km:
            left_out.append(
                f"of training cells nearer than {recipe.buffer_km:g} km to a test patch"
            )
        return (
            f"The region is cut into {recipe.n} x {recipe.n} cells of longitude and latitude. Of "
            f"the {cells['eligible']} cells that have patches with land cover, {cells['test']} are "
            f"test cells, chosen by a scrambled Sobol sequence (seed {recipe.seed}), the others "
            "training cells. Patches lie side by side on the grid of the land-cover raster, and "
            "belong to the cell in which their centre lies; all of a cell's patches are samples, "
            f"but for those {', '.join(left_out[:-1])} or {left_out[-1]}."
        )

    @property
    def bias(self) -> str:
        """Where the samples differ from what they are drawn from."""
        counts = self.certificate["patches"]
        owned = sum(counts[split]["owned"] for split in SPLITS)
        kept = sum(self.samples.values())
        return (
            f"The centres of all samples lie in {self.box_text}; {kept} of the {owned} patches "
            f"there are samples. {self._unlike} {self.alike}"
        )

    @property
    def alike(self) -> str:
        """How far land cover resembles itself, beside how near train and test lie."""
        return f"{first_up(likeness(self.likeness))}."

    @property
    def _unlike(self) -> str:
        """Which class the splits share least; by written pixels, which alone are comparable.

        Those of the region are the source's: of written pixels, each of which is the most frequent
        class of several, there are fewer of the classes that lie scattered.
        """
        shares = self.certificate["class_shares_percent"]
        name, most = max(shares.items(), key=lambda item: abs(item[1]["train"] - item[1]["test"]))
        if most["train"] == most["test"]:
            return "Every class has the same share of the training as of the test samples' pixels."
        return (
            f"The class whose share differs most between the splits is {name}: "
            f"{percent(most['train'] / 100)} of the training samples' pixels, "
            f"{percent(most['test'] / 100)} of the test samples'."
        )

    def _class_name(self, code: int) -> str:
        found = self.classes.loc[self.classes["code"] == code, "name"].tolist()
        return f"{code} ({found[0]})" if found else str(code)


def _side(degrees: float, letters: str) -> str:
    return f"{abs(degrees):g}° {letters[degrees < 0]}"
