"""The reference points that were given, on the map that they judge."""

from __future__ import annotations

from dataclasses import dataclass

from landloom.job.files import read_json
from landloom.legend.classes import ClassTable
from landloom.map.plan import MapPlan
from landloom.map.points import Points
from landloom.map.validation.areas import ClassAreas
from landloom.map.validation.labels import Labels, known_labels
from landloom.map.validation.map_values import learned_pixels
from landloom.map.validation.points import PointFile, read_points
from landloom.map.validation.strata import MapFacts, Sample, sample_of


@dataclass(frozen=True)
class MapFiles:
    """Files of a map: its classes, its plan, and the areas of its classes."""

    landcover: str
    plan: str
    areas: str


@dataclass(frozen=True)
class Given:
    """Reference points as a sample of the map, and what they were compared with."""

    sample: Sample
    areas: ClassAreas
    labels: Labels


def given_points(
    file: PointFile, files: MapFiles, samples: Points, table: ClassTable | None
) -> Given:
    """Read reference points, and put them on the map.

    Parameters
    ----------
    file : PointFile
        The points.
    files : MapFiles
        The map.
    samples : Points
        What its forest learned from.
    table : ClassTable, optional
        Of the reference.

    Raises
    ------
    LandloomError
        As `read_points` and `sample_of` do.
    """
    plan, areas = MapPlan.load(files.plan), ClassAreas.from_plain(read_json(files.areas))
    labels = known_labels(samples, table)
    facts = MapFacts(files.landcover, plan.grid, areas, learned_pixels(plan, samples))
    return Given(sample_of(read_points(file), file, facts, labels), areas, labels)
