"""Compile the prediction kernel, once for all blocks."""

from pathlib import Path

from landloom.job.files import sha256_of, write_json
from landloom.job.runner import job
from landloom.map.forest.forest import compile_kernel, keep_kernel

with job(snakemake.log[0]) as log:
    folder = Path(snakemake.output[0]).parent
    keep_kernel(folder)
    compile_kernel()
    write_json(snakemake.output[0], {"kernel": sha256_of(folder / "kernel.py")})
    log.info("compiled")
