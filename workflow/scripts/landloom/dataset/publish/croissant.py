"""The dataset described for machines: Croissant 1.0 with the geographic terms of GeoCroissant 1.0.

After the specifications of MLCommons, http://mlcommons.org/croissant/1.0 and
http://mlcommons.org/croissant/geo/1.0 (2026). Files are named as they lie beside the description,
so that it can be moved along with them to any place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landloom.dataset.publish.about import SPLITS, About
from landloom.job.files import sha256_of

Node = dict[str, Any]
"""An object of JSON-LD."""

NEEDED = {
    "creators": "creator",
    "date": "datePublished",
    "licence": "license",
    "url": "url",
}
"""What Croissant wants of a dataset and only its publisher knows: key to property."""

_CONFORMS = ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/geo/1.0"]

_SAME_NAMES = """
citeAs column conformsTo equivalentProperty extract field fileProperty fileObject fileSet format
includes isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace
samplingRate separator source subField transform
"""
_CONTEXT: Node = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "geocr": "http://mlcommons.org/croissant/geo/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{name: f"cr:{name}" for name in _SAME_NAMES.split()},
    "conformsTo": "dct:conformsTo",
}
"""The context of Croissant 1.0, and the terms of GeoCroissant."""

_FORMATS = {
    ".npy": "application/octet-stream",
    ".gpkg": "application/geopackage+sqlite3",
    ".parquet": "application/x-parquet",
    ".json": "application/json",
    ".md": "text/markdown",
}

_COLUMNS = {
    "split": ("sc:Text", "Split of the sample."),
    "sample": ("sc:Integer", "Row of the sample in the array of its split, from 0."),
    "cell": ("sc:Text", "Cell in which the patch's centre lies."),
    "row": ("sc:Integer", "Row of the patch on the lattice."),
    "col": ("sc:Integer", "Column of the patch on the lattice."),
    "lon": ("sc:Float", "Longitude of the patch's centre, degrees (EPSG:4326)."),
    "lat": ("sc:Float", "Latitude of the patch's centre, degrees (EPSG:4326)."),
    "majority": ("sc:Integer", "Code of the class with most pixels."),
    "weight": ("sc:Float", "Chance of the sample in a draw that treats the classes alike."),
}
"""Columns of the index, with their type and meaning."""


@dataclass(frozen=True)
class Part:
    """A file of the dataset.

    Attributes
    ----------
    path
        Where it is; it is described by its name alone.
    meaning
        What it holds.
    """

    path: Path
    meaning: str

    def node(self) -> Node:
        """Return its description, with its size and digest."""
        return {
            "@type": "cr:FileObject",
            "@id": self.path.name,
            "name": self.path.name,
            "description": self.meaning,
            "contentUrl": self.path.name,
            "contentSize": f"{self.path.stat().st_size} B",
            "encodingFormat": _FORMATS[self.path.suffix],
            "sha256": sha256_of(self.path),
        }


def parts_of(folder: Path, about: About) -> list[Part]:
    """Return the files of a dataset that are described.

    Parameters
    ----------
    folder
        Where they lie.
    about
        What is known of them.
    """
    size = about.recipe.size
    arrays = [
        (
            f"{split}.npy",
            f"The {count} {split} samples: a NumPy array, float32, shape ({count}, 2, {size}, "
            f"{size}). Channel 0 is the class index, channel 1 the elevation above the patch's "
            "lowest pixel in metres. Row i is sample i.",
        )
        for split, count in about.samples.items()
    ]
    tables = [(f"{split}.gpkg", f"Footprints of the {split} samples.") for split in SPLITS]
    others = [
        ("index.parquet", "All samples (GeoParquet): footprint, split, classes, weight."),
        ("class_distribution.parquet", "The classes: code, name, colour, share, index."),
        ("split.gpkg", "The cells of the split."),
        ("certificate.json", "What was proved of the samples and of the split."),
        (
            "autocorrelation.json",
            "How far land cover resembles itself, and how near test samples lie to training ones.",
        ),
    ]
    return [Part(folder / name, meaning) for name, meaning in [*arrays, *tables, *others]]


def croissant(about: About, parts: list[Part]) -> Node:
    """Return the description of a dataset.

    Parameters
    ----------
    about
        What is known of it. What its publisher does not tell is left out.
    parts
        Its files, the index among them.
    """
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": about.title,
        "description": about.description,
        "conformsTo": _CONFORMS,
        **_published(about.told),
        "isLiveDataset": False,
        "keywords": ["land cover", "elevation", "semantic segmentation", "spatial split"],
        **_geography(about),
        "isBasedOn": [_source(source.title, source.facts) for source in about.sources],
        "distribution": [part.node() for part in parts],
        "recordSet": [_splits(about), _classes(about), _samples(about)],
    }


def _published(told: Mapping[str, Any]) -> Node:
    """Return what only the publisher knows."""
    names = {"licence": "license", "date": "datePublished", "citation": "citeAs"}
    found = {
        names.get(key, key): told[key]
        for key in ("licence", "url", "version", "date", "citation")
        if key in told
    }
    if told.get("creators"):
        # Whether a name is a person's is not known; of an organisation schema.org asks no more.
        found["creator"] = [{"@type": "sc:Organization", "name": name} for name in told["creators"]]
    return found


def _geography(about: About) -> Node:
    west, south, east, north = about.recipe.region
    value, unit = about.resolution
    return {
        **({"temporalCoverage": str(about.year)} if about.year else {}),
        "spatialCoverage": {
            "@type": "sc:Place",
            "geo": {"@type": "sc:GeoShape", "box": f"{south} {west} {north} {east}"},
        },
        "geocr:coordinateReferenceSystem": about.crs,
        "geocr:spatialResolution": {
            "@type": "sc:QuantitativeValue",
            "value": value,
            "unitText": unit,
        },
        "geocr:bandConfiguration": {
            "@type": "geocr:BandConfiguration",
            "geocr:totalBands": 2,
            "geocr:bandNameList": ["land cover (class index)", "relative elevation (m)"],
        },
        "geocr:samplingStrategy": about.sampling,
        "geocr:spatialBias": about.bias,
    }


def _source(title: str, facts: Mapping[str, str]) -> Node:
    names = {
        "licence": "license",
        "attribution": "creditText",
        "citation": "citation",
        "page": "url",
    }
    told = {other: facts[key] for key, other in names.items() if key in facts}
    return {"@type": "sc:Dataset", "name": title, **told}


def _field(of: str, name: str, kind: str, meaning: str, **more: Any) -> Node:  # noqa: ANN401
    return {
        "@type": "cr:Field",
        "@id": f"{of}/{name}",
        "name": name,
        "description": meaning,
        "dataType": kind,
        **more,
    }


def _splits(about: About) -> Node:
    types = {"train": "cr:TrainingSplit", "test": "cr:TestSplit"}
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "description": "The splits, which share no pixel.",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [
            _field("splits", "name", "sc:Text", "Name of the split."),
            _field("splits", "url", "sc:URL", "What it is for."),
            _field("splits", "samples", "sc:Integer", "How many samples it has."),
        ],
        "data": [
            {"splits/name": split, "splits/url": types[split], "splits/samples": count}
            for split, count in about.samples.items()
        ],
    }


def _classes(about: About) -> Node:
    return {
        "@type": "cr:RecordSet",
        "@id": "classes",
        "name": "classes",
        "description": "The classes of land cover.",
        "dataType": "sc:Enumeration",
        "key": {"@id": "classes/code"},
        "field": [
            _field("classes", "code", "sc:Integer", "Code of the class in its legend."),
            _field("classes", "name", "sc:Text", "Name of the class."),
            _field("classes", "index", "sc:Integer", "Value of channel 0 of the samples."),
            _field("classes", "color", "sc:Text", "Colour, RRGGBB."),
        ],
        "data": list(_class_rows(about)),
    }


def _class_rows(about: About) -> Iterator[Node]:
    for row in about.classes.sort_values("index").to_dict("records"):
        yield {
            "classes/code": int(row["code"]),
            "classes/name": row["name"],
            "classes/index": int(row["index"]),
            "classes/color": "{red:02X}{green:02X}{blue:02X}".format(**row),
        }


def _samples(about: About) -> Node:
    columns = dict(_COLUMNS)
    for row in about.classes.sort_values("index").to_dict("records"):
        meaning = f"Share of class {row['code']} ({row['name']}) in the sample, 0 to 1."
        columns[f"share_{row['code']}"] = ("sc:Float", meaning)
    references = {
        name: {"references": {"field": {"@id": other}}}
        for name, other in {"split": "splits/name", "majority": "classes/code"}.items()
    }
    return {
        "@type": "cr:RecordSet",
        "@id": "samples",
        "name": "samples",
        "description": "A record per sample; its pixels are row `sample` of the split's array.",
        "key": [{"@id": "samples/split"}, {"@id": "samples/sample"}],
        "field": [
            _field(
                "samples",
                name,
                kind,
                meaning,
                source={"fileObject": {"@id": "index.parquet"}, "extract": {"column": name}},
                **references.get(name, {}),
            )
            for name, (kind, meaning) in columns.items()
        ],
    }
