"""The reference points that were given, on the map that they judge."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

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


_NOT_KNOWN = (
    "the map was made with a finished model: whether points lie on pixels that it learned from is "
    "not known, and was not looked at"
)


def given_points(
    file: PointFile, files: MapFiles, samples: Points | Labels, table: ClassTable | None
) -> Given:
    """Read reference points, and put them on the map.

    Parameters
    ----------
    file : PointFile
        The points.
    files : MapFiles
        The map.
    samples : Points or Labels
        What its forest learned from; what labels mean, where a finished model does not tell that.
    table : ClassTable, optional
        Of the reference.

    Raises
    ------
    LandloomError
        As `read_points` and `sample_of` do.
    """
    plan, areas = MapPlan.load(files.plan), ClassAreas.from_plain(read_json(files.areas))
    if isinstance(samples, Points):
        labels, learned, notes = known_labels(samples, table), learned_pixels(plan, samples), []
    else:
        labels, learned, notes = samples, np.empty(0, np.int64), [_NOT_KNOWN]
    facts = MapFacts(files.landcover, plan.grid, areas, learned)
    sample = sample_of(read_points(file), file, facts, labels)
    return Given(replace(sample, notes=[*sample.notes, *notes]), areas, labels)
