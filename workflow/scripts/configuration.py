"""Write the configuration as resolved."""

from landloom.job.files import whole_file
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    with whole_file(snakemake.output[0]) as draft:
        draft.write_text(snakemake.params.text, encoding="utf-8")
    log.info("written")
