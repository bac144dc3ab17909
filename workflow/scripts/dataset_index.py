"""List all samples of the dataset in one table."""

import pandas as pd

from landloom.dataset.publish.index import sample_index
from landloom.dataset.stack_view import StackView
from landloom.job.files import whole_file
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    views = list(map(StackView, snakemake.params.splits, files.footprints, files.arrays))
    index = sample_index(views, pd.read_parquet(files.classes))
    with whole_file(snakemake.output[0]) as draft:
        index.to_parquet(draft, index=False)
    log.info("%d samples", len(index))
