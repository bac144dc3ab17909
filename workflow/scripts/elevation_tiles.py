"""List the elevation tiles with their statistics."""

import pandas as pd

from landloom.job.files import read_json, whole_file
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    table = pd.DataFrame(map(read_json, snakemake.input))
    with whole_file(snakemake.output[0]) as draft:
        table.to_csv(draft, index=False)
    log.info("%d tiles, %d of them void", len(table), (~table["exists"]).sum())
