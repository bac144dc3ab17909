"""Describe several rasters of elevation as one."""

from landloom.elevation.rasters import join_rasters
from landloom.job.files import whole_file
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    with whole_file(snakemake.output[0]) as draft:
        draft.write_text(join_rasters(p.rasters, p.nodata), encoding="utf-8")
    log.info("%d rasters joined", len(p.rasters))
