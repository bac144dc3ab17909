"""Fit what turns shares of votes into probabilities and sets of classes."""

import numpy as np

from landloom.job.files import read_json, write_json
from landloom.job.runner import job
from landloom.legend.classes import class_table
from landloom.map.calibration.evidence import from_points, from_votes
from landloom.map.calibration.report import Wanted, calibrate, choose
from landloom.map.calibration.sets import refuse_many
from landloom.map.crossval.votes import Votes
from landloom.map.plan import MapPlan
from landloom.map.points import Points
from landloom.map.validation.areas import ClassAreas
from landloom.map.validation.labels import known_labels
from landloom.map.validation.map_values import bands_at, learned_pixels
from landloom.map.validation.points import PointFile, read_points
from landloom.map.validation.strata import MapFacts, sample_of

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    samples, wanted = Points.read(files.samples), Wanted(**p.wanted)
    classes = np.array(sorted(samples.classes), np.int64)
    refuse_many(classes.size)
    offered = []
    if files.table:
        plan, areas = MapPlan.load(files.plan), ClassAreas.from_plain(read_json(files.areas))
        labels = known_labels(samples, class_table(p.legend, files.classes))
        file = PointFile(files.table, **p.columns, needed=frozenset(p.needed))
        facts = MapFacts(files.landcover, plan.grid, areas, learned_pixels(plan, samples))
        sample = sample_of(read_points(file), file, facts, labels)
        bands = range(1, 1 + classes.size)
        spots = sample.places
        shares = bands_at(files.probabilities, bands, spots.rows, spots.cols)
        offered.append(from_points(sample, classes, shares))
    if files.votes:
        offered.append(from_votes(Votes.read(files.votes), p.folds))
    told = calibrate(choose(wanted, offered, samples.classes), wanted, samples.classes)
    write_json(snakemake.output[0], told)
    log.info("expected calibration error: before %(before).4f, after %(after).4f", told["ece"])
    log.info("Brier score: before %(before).4f, after %(after).4f", told["brier"])
    log.info("sets: %(coverage).3f hold the true class; of %(mean_set_size).2f classes", told)
    for note in told["notes"]:
        log.info("%s", note)
