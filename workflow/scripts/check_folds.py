"""Check the number of the tuning's folds against the samples."""

from landloom.job.files import write_json
from landloom.job.runner import job
from landloom.map.points import Points
from landloom.map.samples import check_folds
from landloom.map.years.places import one_of_each

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    samples = Points.read(snakemake.input.samples)
    training = samples.frame[samples.frame["split"] == "train"]
    notes = check_folds(one_of_each(training)[0]["label"], p.folds, samples.classes, p.folds_key)
    write_json(snakemake.output[0], {"folds": p.folds})
    for note in notes:
        log.warning("%s", note)
