"""Keep digests of the user's own files that a product is made from."""

from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.sources.own_files import digests_text

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = list(dict.fromkeys(snakemake.input))
    with whole_file(snakemake.output[0]) as draft:
        draft.write_text(digests_text(files), encoding="utf-8")
    log.info("%d files", len(files))
