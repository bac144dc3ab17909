"""Compile the prediction kernel, once for all blocks."""

from hashlib import sha256

from landloom.job.files import write_json
from landloom.job.runner import job
from landloom.map.forest.kernel_cache import SOURCE, load_kernel

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    log.info("compiled, in %s", load_kernel())
    # Snakemake's copy of a file from a repository lacks the last line's end.
    source = SOURCE.read_text(encoding="utf-8").rstrip()
    write_json(snakemake.output[0], {"kernel": sha256(source.encode()).hexdigest()})
