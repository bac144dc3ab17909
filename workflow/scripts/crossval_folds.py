"""Cut samples into folds."""

from dataclasses import replace

from landloom.job.runner import job
from landloom.map.crossval.places import read_places
from landloom.map.crossval.schemes import Cut, cut_folds, fold_notes
from landloom.map.points import Points

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    samples = Points.read(files.samples)
    frame = samples.frame
    if p.split:
        frame = frame[frame["split"] == p.split]
    folds = cut_folds(frame, Cut(**p.cut), read_places(files.places[0]) if files.places else None)
    notes = fold_notes(frame["label"].to_numpy(), folds, samples.classes)
    replace(folds, notes=tuple(notes)).write(snakemake.output[0])
    log.info("%s", dict(folds.about))
    for note in notes:
        log.warning("%s%s", "folds of the tuning: " if p.split else "", note)
