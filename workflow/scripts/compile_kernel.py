"""Compile the prediction kernel, once for all blocks."""

from landloom.job.files import write_json
from landloom.job.runner import job
from landloom.map.forest.compiled import PREDICTION
from landloom.map.kernel_cache import load_kernel

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    log.info("compiled, in %s", load_kernel(PREDICTION))
    write_json(snakemake.output[0], {"kernel": PREDICTION.digest})
