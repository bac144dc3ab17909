"""What the files of a run are called on its first page, and what they hold, in a sentence.

All of them, with columns and units, stand in ``docs/contracts.md``.
"""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import PurePosixPath

from landloom.map.classifiers.words import CONFIDENCE

_OF_YEAR = re.compile(r"years/(\d+)/(.+)")
"""Where the map of a further year lies, laid out as the first."""

PICTURES = {
    "figures/dataset_split.png": (
        "Train and test cells",
        "Map of the region's cells, coloured by split; hatched cells have no sample.",
    ),
    "figures/dataset_places.png": (
        "Places of the samples",
        "Map of every sample's footprint in the colour of its split.",
    ),
    "figures/dataset_patches_train.png": (
        "Training samples side by side",
        "Neighbouring samples: land cover, heights and hillshade go on from one to the next.",
    ),
    "figures/dataset_patches_test.png": (
        "Test samples side by side",
        "Neighbouring samples: land cover, heights and hillshade go on from one to the next.",
    ),
    "figures/dataset_classes.png": (
        "Classes of region, train and test",
        "Bars: each class's share of the region's pixels, of the training and of the test samples.",
    ),
    "figures/dataset_relief.png": (
        "Land cover and relief",
        "Training samples in pairs: land cover with contours, and the elevation.",
    ),
    "figures/elevation_mosaic.png": (
        "Elevation and slope",
        "Maps of the elevation that was used and of its slope, with the region outlined.",
    ),
    "figures/terrain.gif": (
        "Samples as surfaces that turn",
        "Animation: training samples as surfaces in the colours of their classes.",
    ),
    "figures/map_landcover.png": ("Land cover", "The predicted map with each class's share."),
    "figures/map_confidence.png": (
        "Confidence",
        "Map of the {confidence}; not calibrated.",
    ),
    "figures/map_applicability.png": (
        "Area of applicability",
        "The map, pale where no sample is like the pixel.",
    ),
    "figures/map_closeup.png": (
        "Close-up",
        "A part of the map beside the reference and the embedding at the same place.",
    ),
    "figures/map_estimates.png": (
        "How well it agrees",
        "The overall agreement by what the map is compared with, with intervals and baselines.",
    ),
    "figures/map_report.png": (
        "Agreement by class",
        "Precision and recall of each class with intervals, and the numbers they rest on.",
    ),
    "figures/map_confusion.png": (
        "Confusion",
        "Matrix of the samples held out: rows are the reference, columns the map.",
    ),
    "figures/map_importances.png": (
        "Importance of the bands",
        "Bars: what each band brings to the forest; a curve: the same summed up.",
    ),
    "figures/map_reliability.png": (
        "Reliability",
        "How often the map's class is the true one, by how sure the model is.",
    ),
    "figures/map_tuning.png": (
        "Tuning",
        "The scores of all candidates, and by each parameter's value.",
    ),
    "figures/map_years.png": (
        "Areas by year",
        "How much of the map of each year every class has; no estimate of change.",
    ),
}
"""Pictures: title, and what is seen, which stands for them where they are not."""

FILES = {
    "dataset/train.npy": "training samples: class index, and metres above the patch's lowest pixel",
    "dataset/test.npy": "test samples, laid out as the training samples",
    "dataset/train.gpkg": "where each training sample lies: row i is sample i",
    "dataset/test.gpkg": "where each test sample lies: row i is sample i",
    "dataset/split.gpkg": "the cells and the split of each",
    "dataset/class_distribution.parquet": "classes: code, name, colour, pixels, array index",
    "dataset/certificate.json": "what was proved on these files, and what was measured",
    "dataset/index.parquet": "every sample: place, split, shares of classes, weight of a draw",
    "dataset/croissant.json": "the dataset described for machines (Croissant)",
    "dataset/datasheet.md": "the dataset described for people: a datasheet",
    "dataset/autocorrelation.json": "how far land cover resembles itself, and how near samples lie",
    "dataset/export/*": "the samples in another form",
    "dataset/*.qml": "a style that QGIS takes by itself for the file beside it",
    "dataset/*.json": "counts of patches: what became of them",
    "dataset/inputs.sha256": "digests of your own files that it was made from",
    "elevation/mosaic.tif": "the elevation (m) as one Cloud Optimized GeoTIFF",
    "elevation/mosaic.qml": "a style that QGIS takes by itself for the mosaic",
    "elevation/mosaic.json": "its CRS, bounds, resolution and share of voids",
    "elevation/elevation_tiles.csv": "the elevation tiles: source, digest, heights (m)",
    "landcover/cells.json": "the number of cells, and those without patches or land cover",
    "map/landcover.tif": "the map: class values with their colours; 255 is no data",
    "map/landcover.tif.aux.xml": "names of its classes: keep it beside the map",
    "map/confidence.tif": "{confidence} (%)",
    "map/probabilities.tif": "what the model gives every class (%), a band for each",
    "map/landcover_generalised.tif": "the map without specks",
    "map/landcover_generalised.tif.aux.xml": "names of its classes: keep it beside that map",
    "map/polygons.gpkg": "the map as polygons, with hectares",
    "map/applicability.tif": "1 where the map may be believed, 0 where no sample is like the pixel",
    "map/applicability.tif.aux.xml": "names of these values: keep it beside the raster",
    "map/dissimilarity.tif": "how unlike all samples a pixel is",
    "map/point_density.tif": "how many samples are like a pixel",
    "map/applicability.json": "the threshold, and shares and areas inside",
    "map/calibrated_confidence.tif": "probability of the map's class (%), calibrated",
    "map/set_size.tif": "number of classes in the pixel's set",
    "map/class_set.tif": "the classes in the pixel's set, a bit for each",
    "map/calibration.json": "how well probabilities and sets are calibrated",
    "map/item.json": "the map described for catalogues (STAC)",
    "map/model_item.json": "the model described for catalogues (STAC, MLM)",
    "map/report.txt": "how well it agrees, by what it is compared with, to read",
    "map/report.json": "the same as data",
    "map/held_out.json": "what the samples held out at random tell",
    "map/crossval/*.json": "agreement in folds, beside random ones and baselines",
    "map/validation.txt": "accuracy and areas by your points, design-based, to read",
    "map/validation.json": "the same as data",
    "map/validation_sample.gpkg": "points of the map to be labelled",
    "map/model.joblib": "the model, for scikit-learn (takes raw bands); open only one of your own",
    "map/samples.parquet": "the samples: place, label, split, bands",
    "map/stage?.json": "every candidate of the tuning with its scores",
    "map/stage?.txt": "the best candidate in words",
    "map/forest.npz": "the forest as plain arrays, for the blocks of the map",
    "map/classifier.npz": "the model as plain arrays, for the blocks of the map",
    "map/tuned_*.json": "every candidate of the tuning with its scores",
    "map/tuned_*.txt": "the best candidate in words",
    "map/compare/*.json": "how well another kind of model does, and what each takes",
    "map/classes.json": "the classes of the map: value, name, colour",
    "map/imported.json": "what is known of the finished model that made the map",
    "map/zones/*": "the map of one zone on its own pixels",
    "map/*.qml": "a style that QGIS takes by itself for the file beside it",
    "map/inputs.sha256": "digests of your own files that it was made from",
    "years/areas.csv": "the area of each class on the map of each year; no estimate of change",
    "config.yaml": "the configuration as resolved: makes this run again",
    "notes.json": "what was noted while it ran, by the file that it concerns",
    "SOURCES.md": "sources with licences, attribution and citations, and what served them",
}
"""Files to take along: what each holds. Of patterns the first that fits is taken."""

PAGES = {
    "map/index.html": "The map to browse",
    "tables/dataset.html": "The dataset in tables",
    "tables/map.html": "How well the map agrees, in tables",
    "tables/classifiers.html": "Kinds of models compared",
    "tables/run.html": "Configuration and sources",
}
"""Pages by themselves."""


def what_it_holds(path: str, kind: str = "forest") -> str:
    """Return what a file below the results holds; an empty text of one that is not known.

    Parameters
    ----------
    path
        Below the results; of a further year as of the first.
    kind
        Of the model that made the map.
    """
    _, own = of_year(path)
    exact = FILES.get(own)
    told = exact or next((told for name, told in FILES.items() if fnmatch(own, name)), "")
    return told.format(confidence=CONFIDENCE[kind])


def titled(path: str, kind: str = "forest") -> tuple[str, str]:
    """Return the title of a picture and what is seen; of one that is not known, its name alone."""
    year, own = of_year(path)
    name = PurePosixPath(own).stem.replace("_", " ").capitalize()
    title, seen = PICTURES.get(own, (name, ""))
    return title + (f", {year}" if year else ""), seen.format(confidence=CONFIDENCE[kind])


def door(path: str) -> str:
    """Return what a page by itself is called."""
    year, own = of_year(path)
    return PAGES[own] + (f", {year}" if year else "")


def of_year(path: str) -> tuple[str, str]:
    """Return the further year that a file below the results is of, or none, and its path there."""
    found = _OF_YEAR.fullmatch(path)
    return (found[1], found[2]) if found else ("", path)
