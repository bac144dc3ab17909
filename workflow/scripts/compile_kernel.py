"""Compile the prediction kernel, once for all blocks."""

from landloom.job.files import sha256_of, write_json
from landloom.job.runner import job
from landloom.map.forest.kernel_cache import SOURCE, load_kernel

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    log.info("compiled, in %s", load_kernel())
    write_json(snakemake.output[0], {"kernel": sha256_of(SOURCE)})
