"""Compile the prediction kernel, once for all blocks."""

from landloom.job.files import read_json, write_json
from landloom.job.runner import job
from landloom.map.classifiers.kinds import KINDS, load_kernels

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    # Of a finished model its file tells.
    kind = snakemake.params.kind or read_json(snakemake.input.model)["kind"]
    log.info("compiled, in %s", ", ".join(map(str, load_kernels(kind))))
    digests = [kernel.digest for kernel in KINDS[kind].kernels]
    write_json(snakemake.output[0], {"kernel": " ".join(digests)})
