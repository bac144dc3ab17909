"""Fit what turns shares of votes into probabilities and sets of classes."""

import numpy as np

from landloom.job.files import write_json
from landloom.job.runner import job
from landloom.legend.classes import class_table
from landloom.map.calibration.evidence import from_points, from_votes
from landloom.map.calibration.report import Wanted, calibrate, choose
from landloom.map.calibration.sets import refuse_many
from landloom.map.crossval.folds import Folds
from landloom.map.crossval.votes import Votes
from landloom.map.points import Points
from landloom.map.validation.given import MapFiles, given_points
from landloom.map.validation.map_values import bands_at
from landloom.map.validation.points import PointFile
from landloom.map.years.words import not_calibrated

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    samples, wanted = Points.read(files.samples), Wanted(**p.wanted)
    classes = np.array(sorted(samples.classes), np.int64)
    refuse_many(classes.size)
    offered = []
    if files.table:
        file = PointFile(files.table, **p.columns, needed=frozenset(p.needed))
        drawn_on = MapFiles(files.landcover, files.plan, files.areas)
        table = class_table(p.legend, files.classes)
        sample = given_points(file, drawn_on, samples, table).sample
        bands = range(1, 1 + classes.size)
        spots = sample.places
        shares = bands_at(files.probabilities, bands, spots.rows, spots.cols)
        offered.append(from_points(sample, classes, shares))
    if files.votes:
        votes, folds = Votes.read(files.votes), Folds.read(files.folds)
        offered.append(from_votes(votes, folds, proportional=samples.proportional))
    told = calibrate(choose(wanted, offered, samples.classes), wanted, samples.classes)
    write_json(snakemake.output[0], told)
    log.info("expected calibration error: before %(before).4f, after %(after).4f", told["ece"])
    log.info("Brier score: before %(before).4f, after %(after).4f", told["brier"])
    log.info("sets: %(coverage).3f hold the true class; of %(mean_set_size).2f classes", told)
    for note in [*told["notes"], *not_calibrated(p.further_years)]:
        log.warning("%s", note)
