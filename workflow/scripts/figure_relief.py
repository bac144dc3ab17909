"""Draw land cover and relief of some samples in pairs."""

import pandas as pd

from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.stack_view import StackView
from landloom.figures.patches import Palette, relief_figure, singles
from landloom.figures.style import save_png
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    p, files = snakemake.params, snakemake.input
    info = LandcoverInfo.load(files.landcover)
    figure = relief_figure(
        singles(StackView("train", files.footprints, files.array), p.samples, p.seed),
        Palette.of(pd.read_parquet(files.classes)),
        info.lattice(p.size, p.downsample),
        info.patch_metres,
    )
    save_png(figure, snakemake.output[0], snakemake.params.world)
