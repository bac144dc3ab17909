"""Write the samples as GeoTIFFs."""

import pandas as pd

from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.publish.archives import new_archive
from landloom.dataset.publish.chips import ChipMaker
from landloom.dataset.publish.samples import Samples
from landloom.dataset.stack_view import StackView
from landloom.job.files import whole_file
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    classes = pd.read_parquet(files.classes)
    lattice = LandcoverInfo.load(files.landcover).lattice(p.size, p.downsample)
    with whole_file(snakemake.output[0]) as draft, new_archive(draft) as archive:
        for view in map(StackView, p.splits, files.footprints, files.arrays):
            ChipMaker(lattice, classes).write(archive, Samples.of(view, len(classes)))
            log.info("%s: %d samples", view.split, len(view))
