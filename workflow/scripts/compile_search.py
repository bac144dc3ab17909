"""Compile the search for the nearest samples, once for all blocks."""

from landloom.job.files import write_json
from landloom.job.runner import job
from landloom.map.applicability.search import SEARCH
from landloom.map.kernel_cache import load_kernel

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    log.info("compiled, in %s", load_kernel(SEARCH))
    write_json(snakemake.output[0], {"kernel": SEARCH.digest})
