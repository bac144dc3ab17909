"""Refuse samples that no calibration can be fitted on, before anything else is."""

from landloom.job.files import write_json
from landloom.job.runner import job
from landloom.map.calibration.report import refuse_few
from landloom.map.calibration.sets import refuse_many
from landloom.map.points import Points

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    samples, level = Points.read(snakemake.input.samples), snakemake.params.level
    refuse_many(len(samples.classes))
    if level is not None:
        refuse_few(samples, level)
    write_json(snakemake.output[0], {"classes": len(samples.classes), "level": level})
    log.info("%d classes", len(samples.classes))
