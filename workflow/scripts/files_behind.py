"""Tell what the many files behind a raster are, for jobs that would take long to name each."""

from landloom.job.files import write_json
from landloom.job.runner import job
from landloom.sources.own_files import stamp

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = list(snakemake.input)
    write_json(snakemake.output[0], {"files": len(files), "stamp": stamp(files)})
    log.info("%d files", len(files))
