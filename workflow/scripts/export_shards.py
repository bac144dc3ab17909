"""Write the samples as shards of WebDataset."""

from pathlib import Path

import pandas as pd

from landloom.dataset.publish.samples import Samples
from landloom.dataset.publish.shards import write_shards
from landloom.dataset.stack_view import StackView
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    count = len(pd.read_parquet(files.classes))
    for view in map(StackView, p.splits, files.footprints, files.arrays):
        written = write_shards(Path(snakemake.output[0]), Samples.of(view, count), p.seed)
        log.info("%s: %d samples in %d shards", view.split, len(view), written)
