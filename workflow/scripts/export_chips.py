"""Write the samples as GeoTIFFs."""

from pathlib import Path

import pandas as pd

from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.publish.chips import ChipMaker
from landloom.dataset.publish.samples import Samples
from landloom.dataset.stack_view import StackView
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    classes = pd.read_parquet(files.classes)
    lattice = LandcoverInfo.load(files.landcover).lattice(p.size, p.downsample)
    for view in map(StackView, p.splits, files.footprints, files.arrays):
        samples = Samples.of(view, len(classes))
        ChipMaker(lattice, classes).write(Path(snakemake.output[0], view.split), samples)
        log.info("%s: %d samples", view.split, len(view))
