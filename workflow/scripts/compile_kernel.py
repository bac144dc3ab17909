"""Compile the prediction kernel, once for all blocks."""

from landloom.forest import compile_kernel, keep_kernel
from landloom.job import job

with job(snakemake.log[0]) as log:
    keep_kernel(snakemake.output[0])
    compile_kernel()
    log.info("compiled")
