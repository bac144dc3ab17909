"""Compare how near training and test samples lie with how far land cover resembles itself."""

import pandas as pd

from landloom.dataset.autocorrelation import autocorrelation
from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.stack_view import StackView
from landloom.job.files import write_json
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    views = list(map(StackView, p.splits, files.footprints, files.arrays))
    lattice = LandcoverInfo.load(files.landcover).lattice(p.size, p.downsample)
    told = autocorrelation(views, lattice, pd.read_parquet(files.classes), p.seed)
    write_json(snakemake.output[0], told)
    log.info("all classes together: %s", told["all"])
