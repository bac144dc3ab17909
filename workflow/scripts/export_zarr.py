"""Write the samples as a Zarr store in an archive."""

import pandas as pd

from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.publish.samples import Samples
from landloom.dataset.publish.zarr_archive import write_zarr
from landloom.dataset.stack_view import StackView
from landloom.job.files import whole_file
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    classes = pd.read_parquet(files.classes)
    views = map(StackView, snakemake.params.splits, files.footprints, files.arrays)
    splits = [Samples.of(view, len(classes)) for view in views]
    with whole_file(snakemake.output[0]) as draft:
        write_zarr(draft, splits, classes, LandcoverInfo.load(files.landcover).grid.wkt)
        log.info("%d bytes", draft.stat().st_size)
