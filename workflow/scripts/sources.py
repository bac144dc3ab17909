"""Tell what the run was made from."""

from landloom.files import whole_file
from landloom.job import job
from landloom.sources import Use, sources_text

with job(snakemake.log[0]) as log:
    uses = [Use(*use) for use in snakemake.params.uses]
    with whole_file(snakemake.output[0]) as draft:
        draft.write_text(sources_text(uses), encoding="utf-8")
    for use in uses:
        log.info("%s: %s", use.role, use.source)
