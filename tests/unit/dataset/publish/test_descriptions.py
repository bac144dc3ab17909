"""Croissant and the datasheet: what they tell is so, and what nobody told they leave open."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from published import CLASSES, LATTICE, PLACES, SIZE, make
from pyproj import CRS

from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.publish.about import About, Recipe, Source
from landloom.dataset.publish.croissant import NEEDED, croissant, parts_of
from landloom.dataset.publish.datasheet import datasheet, open_questions
from landloom.dataset.publish.index import sample_index
from landloom.raster.pixel_grid import PixelGrid
from landloom.sources.attribution import Use

TOLD = {
    "title": "Hills of Idaho",
    "description": "Patches of a place.",
    "purpose": "To learn.",
    "creators": ["A. Author", "An Institute"],
    "funding": "Nobody.",
    "licence": "CC-BY-4.0",
    "url": "https://example.org/hills",
    "version": "1.2.0",
    "date": "2026-11-26",
    "citation": "Author (2026): Hills.",
    "contact": "a@example.org",
}

RECIPE = {
    "region": [-116.0, 42.0, -115.0, 43.5],
    "n": 8,
    "test_fraction": 0.2,
    "buffer_km": 1.5,
    "seed": 827,
    "size": SIZE,
    "downsample": 2,
    "reject": {11: 0.9},
    "max_nodata": 0.25,
    "resampling": "bilinear",
}

CERTIFICATE = {
    "green": True,
    "notes": ["half of it is sea"],
    "patches_sharing_pixels": {"between_splits": 0, "within_a_split": 0},
    "nearest_train_test_km": 1.75,
    "class_shares_percent": {
        "11 Open water": {"region": 20.0, "train": 22.0, "test": 21.0},
        "42 Evergreen | forest": {"region": 30.0, "train": 39.5, "test": 9.0},
        "71 Grassland/herbaceous": {"region": 50.0, "train": 38.5, "test": 70.0},
    },
    "patches": {
        "train": {
            "owned": 9, "rejected": {"unknown": 2, "11": 1}, "void": 0, "buffered": 1,
            "samples": 5, "filled": 2, "filled_pixels": 7,
        },
        "test": {
            "owned": 4, "rejected": {"unknown": 0, "11": 0}, "void": 1, "buffered": 0,
            "samples": 3, "filled": 0, "filled_pixels": 0,
        },
    },
    "cells": {"all": 64, "eligible": 60, "test": 12},
    "versions": {"numpy": "2.0"},
}  # fmt: skip

LIKENESS = {
    "all": {"range_km": 1.851, "why": None, "test_share_within": 0.87218},
    "classes": [
        {"code": 11, "name": "Sea", "range_km": None, "why": "rare", "test_share_within": None},
        {"code": 42, "name": "Wood", "range_km": None, "why": "beyond", "test_share_within": 1.0},
    ],
    "lags": [{"km": km} for km in (0.03, 0.0387, 0.0487, 31.005)],
    "nearest_training_km": {"min": 0.0, "quarter": 0.4, "median": 1.2, "max": 9.75},
}  # fmt: skip

USES = [
    ("dataset.landcover.raster", "nlcd-2021", "nlcd-2021"),
    ("dataset.elevation.source", "dem/{tile}.tif", None),
]


def info(grid: PixelGrid = LATTICE.grid, resolution: float = 30.0) -> LandcoverInfo:
    metres = (SIZE * 2 * 29.9, SIZE * 2 * 30.1)
    return LandcoverInfo(
        "raster.tif", grid, (resolution, resolution), "uint8", None, [],
        (-116.0, 42.0, -115.0, 43.5), 1.0, metres, 13, 0,
    )  # fmt: skip


def about(told: dict[str, Any] | None = None, landcover: LandcoverInfo | None = None) -> About:
    return About(
        told=TOLD if told is None else told,
        recipe=Recipe(**RECIPE),  # type: ignore[arg-type]
        landcover=landcover or info(),
        classes=CLASSES,
        certificate=CERTIFICATE,
        likeness=LIKENESS,
        sources=[Source.of(Use(*use)) for use in USES],
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset with all files that are described."""
    folder = tmp_path_factory.mktemp("dataset")
    made = make(folder)
    sample_index(made.views, CLASSES).to_parquet(folder / "index.parquet", index=False)
    CLASSES.to_parquet(folder / "class_distribution.parquet", index=False)
    (folder / "split.gpkg").write_bytes(b"cells")
    (folder / "certificate.json").write_text(json.dumps(CERTIFICATE))
    (folder / "autocorrelation.json").write_text(json.dumps(LIKENESS))
    return folder


def described(folder: Path, told: dict[str, Any] | None = None) -> dict[str, Any]:
    known = about(told)
    return json.loads(json.dumps(croissant(known, parts_of(folder, known))))


def nodes(content: Any) -> Iterator[dict[str, Any]]:
    """Give all objects of JSON-LD, without the context and inline data."""
    if isinstance(content, dict):
        yield content
        for key, value in content.items():
            if key not in ("@context", "data"):
                yield from nodes(value)
    elif isinstance(content, list):
        for item in content:
            yield from nodes(item)


class TestCroissant:
    def test_it_declares_both_specifications_and_all_that_these_require(self, folder: Path) -> None:
        found = described(folder)
        assert found["conformsTo"] == [
            "http://mlcommons.org/croissant/1.0",
            "http://mlcommons.org/croissant/geo/1.0",
        ]
        required = {"@context", "@type", "name", "description", "license", "url", "creator"}
        assert required | {"datePublished", "distribution", "recordSet"} <= found.keys()
        assert found["geocr:coordinateReferenceSystem"] == "EPSG:5070"
        assert found["geocr:spatialResolution"]["value"] == 60
        assert found["geocr:bandConfiguration"]["geocr:totalBands"] == len(
            found["geocr:bandConfiguration"]["geocr:bandNameList"]
        )
        assert found["spatialCoverage"]["geo"]["box"] == "42.0 -116.0 43.5 -115.0"
        assert found["temporalCoverage"] == "2021"

    def test_the_publishers_words_stand_in_it(self, folder: Path) -> None:
        found = described(folder)
        assert found["name"] == "Hills of Idaho"
        assert found["description"] == "Patches of a place."
        assert found["license"] == "CC-BY-4.0"
        assert found["citeAs"] == "Author (2026): Hills."
        assert [one["name"] for one in found["creator"]] == ["A. Author", "An Institute"]
        assert (found["version"], found["datePublished"]) == ("1.2.0", "2026-11-26")

    def test_what_nobody_told_is_left_out(self, folder: Path) -> None:
        found = described(folder, {})
        assert not set(NEEDED.values()) & found.keys()
        assert "version" not in found
        assert "citeAs" not in found
        assert (
            found["name"] == "Land cover and relief in patches, 116° W to 115° W, 42° N to 43.5° N"
        )
        assert "5 training and 3 test samples of 6 x 6 pixels of 60 m" in found["description"]

    def test_files_have_their_digests_and_sizes(self, folder: Path) -> None:
        parts = {part["contentUrl"]: part for part in described(folder)["distribution"]}
        assert parts.keys() == {
            "train.npy", "test.npy", "train.gpkg", "test.gpkg", "index.parquet",
            "class_distribution.parquet", "split.gpkg", "certificate.json", "autocorrelation.json",
        }  # fmt: skip
        for name, part in parts.items():
            content = (folder / name).read_bytes()
            assert part["sha256"] == hashlib.sha256(content).hexdigest()
            assert part["contentSize"] == f"{len(content)} B"

    def test_every_reference_leads_to_something(self, folder: Path) -> None:
        found = list(nodes(described(folder)))
        named = [node["@id"] for node in found if "@id" in node and "@type" in node]
        assert len(named) == len(set(named))
        asked = {node["@id"] for node in found if node.keys() == {"@id"}}
        assert len(asked) >= 5
        assert asked <= set(named)

    def test_every_term_is_known_to_the_context(self, folder: Path) -> None:
        """Croissant's own, or with a prefix; the others are schema.org's."""
        whole = described(folder)
        context = whole["@context"]
        prefixes = {key for key, value in context.items() if str(value).endswith("/")}
        schema_org = {
            "box", "citation", "contentSize", "contentUrl", "creator", "creditText",
            "datePublished", "description", "distribution", "encodingFormat", "geo", "isBasedOn",
            "keywords", "license", "name", "sha256", "spatialCoverage", "temporalCoverage",
            "unitText", "url", "value", "version",
        }  # fmt: skip
        for node in nodes(whole):
            for key in node.keys() - {"@context", "@type", "@id"}:
                prefix, _, term = key.partition(":")
                assert prefix in prefixes if term else key in context.keys() | schema_org, key
            for kind in [node.get("@type"), node.get("dataType")]:
                assert kind is None or kind.split(":")[0] in prefixes, kind

    def test_a_record_has_the_columns_of_the_index(self, folder: Path) -> None:
        records = {one["name"]: one for one in described(folder)["recordSet"]}
        index = pd.read_parquet(folder / "index.parquet")
        columns = {one["source"]["extract"]["column"] for one in records["samples"]["field"]}
        assert columns == set(index.columns) - {"geometry", "majority_name"}
        types = {"sc:Text": "OUTS", "sc:Integer": "i", "sc:Float": "f"}
        for one in records["samples"]["field"]:
            assert index[one["name"]].dtype.kind in types[one["dataType"]]
        key = [one["@id"].split("/")[1] for one in records["samples"]["key"]]
        assert not index.duplicated(key).any()

    def test_splits_and_classes_are_told_in_it(self, folder: Path) -> None:
        records = {one["name"]: one for one in described(folder)["recordSet"]}
        splits = {row["splits/name"]: row for row in records["splits"]["data"]}
        assert {name: row["splits/samples"] for name, row in splits.items()} == {
            name: len(places) for name, places in PLACES.items()
        }
        assert splits["test"]["splits/url"] == "cr:TestSplit"
        assert [list(row.values()) for row in records["classes"]["data"]] == [
            [11, "Open water", 0, "466B9F"],
            [42, "Evergreen | forest", 1, "1C5F2C"],
            [71, "Grassland/herbaceous", 2, "DFDFC2"],
        ]
        for name in ("splits", "classes"):
            fields = {one["@id"] for one in records[name]["field"]}
            assert all(row.keys() == fields for row in records[name]["data"])

    def test_sources_are_told_with_their_licences(self, folder: Path) -> None:
        nlcd, own = described(folder)["isBasedOn"]
        assert nlcd["license"].startswith("public domain")
        assert "Annual National Land Cover Database" in nlcd["citation"]
        assert own == {"@type": "sc:Dataset", "name": "dem/{tile}.tif"}

    def test_the_terms_of_geocroissant_are_as_its_specification_has_them(
        self, folder: Path
    ) -> None:
        """Each where it belongs, and those of which there is to be one are there.

        After the tables of http://mlcommons.org/croissant/geo/1.0; the wavelengths that it has for
        bands are nothing that classes and heights have.
        """
        one = {"coordinateReferenceSystem", "spatialResolution", "bandConfiguration"}
        at_most_one = {"spatialBias", "samplingStrategy"}
        of_bands = {"totalBands", "bandNameList"}
        found = described(folder)
        geo = {key.removeprefix("geocr:") for key in found if key.startswith("geocr:")}
        assert one <= geo <= one | at_most_one
        bands = found["geocr:bandConfiguration"]
        assert bands.keys() == {"@type", *(f"geocr:{name}" for name in of_bands)}
        assert found["geocr:spatialResolution"]["@type"] == "sc:QuantitativeValue"
        texts = ["coordinateReferenceSystem", "spatialBias", "samplingStrategy"]
        assert all(isinstance(found[f"geocr:{name}"], str) for name in texts)
        others = [node for node in nodes(found) if node is not bands and "@context" not in node]
        assert not any(key.startswith("geocr:") for node in others for key in node)

    def test_the_reference_validator_takes_it(self, folder: Path) -> None:
        read = validated(folder, described(folder))
        assert not read.metadata.ctx.issues.errors
        assert not read.metadata.ctx.issues.warnings
        index = pd.read_parquet(folder / "index.parquet")
        rows = list(read.records("samples"))
        assert [row["samples/weight"] for row in rows] == index["weight"].tolist()
        assert len(list(read.records("classes"))) == len(CLASSES)
        assert len(list(read.records("splits"))) == len(PLACES)

    @pytest.mark.parametrize(
        ("spoil", "told"),
        [
            (lambda found: found["distribution"][0].pop("contentUrl"), "contentUrl"),
            (
                lambda found: found["recordSet"][2]["field"][0]["source"].update(
                    {"fileObject": {"@id": "gone.parquet"}}
                ),
                "gone.parquet",
            ),
        ],
        ids=["address", "reference"],
    )
    def test_the_reference_validator_finds_one_fault(
        self, folder: Path, spoil: Callable[[dict[str, Any]], object], told: str
    ) -> None:
        """Else the test before tells nothing."""
        import mlcroissant

        found = described(folder)
        spoil(found)
        with pytest.raises(mlcroissant.ValidationError, match=told):
            validated(folder, found)


def validated(folder: Path, content: dict[str, Any]) -> Any:
    """Read a description as others would, which raises where it has a fault."""
    import mlcroissant

    path = folder / "croissant.json"
    path.write_text(json.dumps(content))
    return mlcroissant.Dataset(jsonld=path)


@pytest.mark.parametrize(
    ("code", "resolution", "told"),
    [(5070, 30.0, 60.0), (4326, 0.0003, 60.0), (2285, 100.0, 60.0)],
    ids=["metres", "degrees", "feet"],
)
def test_the_size_of_a_pixel_is_told_in_metres(code: int, resolution: float, told: float) -> None:
    grid = PixelGrid(CRS.from_epsg(code).to_wkt(), LATTICE.grid.transform, 9, 9)
    assert about(landcover=info(grid, resolution)).resolution == (told, "m")
    assert about(landcover=info(grid, resolution)).crs == f"EPSG:{code}"


def test_a_crs_that_no_authority_names_is_told_as_wkt() -> None:
    grid = PixelGrid(
        CRS.from_user_input("+proj=laea +lat_0=43").to_wkt(), LATTICE.grid.transform, 9, 9
    )
    assert about(landcover=info(grid)).crs == grid.wkt


class TestDatasheet:
    def test_it_has_the_parts_of_gebru_and_others(self) -> None:
        found = re.findall("^## (.+)$", datasheet(about()), re.M)
        assert found == [
            "Motivation", "Composition", "Collection", "Preprocessing", "Uses", "Distribution",
            "Maintenance",
        ]  # fmt: skip

    def test_it_is_filled_from_what_the_run_knows(self) -> None:
        sheet = datasheet(about())
        assert "8: 5 for training, 3 for testing." in sheet
        assert "train: 2 for unknown pixels, 1 for class 11, 1 for the buffer of 9" in sheet
        assert "test: 1 for void elevation of 4" in sheet
        assert "with more than 90 % of class 11 (Open water)" in sheet
        assert "of training cells nearer than 1.5 km to a test patch" in sheet
        assert "The nearest two lie 1.75 km apart." in sheet
        assert "train: 2 samples, 7 pixels)" in sheet
        assert "half of it is sea." in sheet
        assert "The land cover shows 2021." in sheet
        assert "| 42 Evergreen \\| forest | 30.00 | 39.50 | 9.00 |" in sheet
        assert "Land cover resembles itself up to 1.85 km; 87 % of the test samples lie" in sheet
        assert "it is 0 km at least, 1.2 km in the median, 9.75 km at most." in sheet
        assert "each the most frequent class of 2 x 2 of the source's, the lowest code" in sheet
        assert "public domain (work of the United States Government)" in sheet
        assert "`dataset.elevation.source`: dem/{tile}.tif (licence: the publisher's own" in sheet

    @pytest.mark.parametrize("key", sorted(TOLD.keys() - {"title", "description"}))
    def test_what_its_publisher_tells_stands_in_it_or_is_open(self, key: str) -> None:
        told = TOLD[key]
        whole, without = (
            datasheet(about()),
            datasheet(about({name: value for name, value in TOLD.items() if name != key})),
        )
        assert (", ".join(told) if isinstance(told, list) else told) in whole
        assert open_questions(without) == open_questions(whole) + 1
        assert f"(`dataset.publication.{key}`)" in without
        assert f"(`dataset.publication.{key}`)" not in whole

    def test_years_that_differ_or_lack_are_not_told(self) -> None:
        known = about()
        (nlcd, own) = known.sources
        for sources in ([own], [nlcd, Source(nlcd.role, "nlcd-1985", {}, 1985)]):
            other = replace(known, sources=sources)
            assert other.year is None
            assert open_questions(datasheet(other)) == open_questions(datasheet(known)) + 1

    def test_splits_that_touch_are_told(self) -> None:
        known = about()
        touching = CERTIFICATE | {"nearest_train_test_km": 0.0}
        other = replace(known, certificate=touching)
        assert "The nearest two touch." in datasheet(other)

    def test_the_class_that_differs_most_does_so_between_the_splits(self) -> None:
        """Pixels of the source are no measure: among written ones, ties go to the lowest code."""
        known = about()
        shares = {
            "11 Open water": {"region": 10.0, "train": 40.0, "test": 41.0},
            "42 Wood": {"region": 90.0, "train": 60.0, "test": 59.0},
            "71 Grass": {"region": 0.0, "train": 2.05, "test": 9.0},
        }
        other = replace(known, certificate=CERTIFICATE | {"class_shares_percent": shares})
        told = (
            "differs most between the splits is 71 Grass: 2.1 % of the training samples' pixels, "
            "9.0 % of the test samples'."
        )
        assert told in other.bias
        assert "of the region" not in other.bias

    def test_splits_of_the_same_shares_are_said_to_be(self) -> None:
        shares = {"11 Open water": {"region": 10.0, "train": 100.0, "test": 100.0}}
        other = replace(about(), certificate=CERTIFICATE | {"class_shares_percent": shares})
        assert "Every class has the same share" in other.bias

    def test_without_downsampling_nothing_is_said_of_ties(self) -> None:
        known = about()
        other = replace(known, recipe=replace(known.recipe, downsample=1))
        assert "most frequent class of 1" not in datasheet(other).split("## Preprocessing")[0]
