"""Draw samples of one split side by side."""

import pandas as pd

from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.stack_view import StackView
from landloom.figures.elevation import levels
from landloom.figures.patches import Palette, neighbours, patches_figure
from landloom.figures.style import save_png
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    p, files, split = snakemake.params, snakemake.input, snakemake.wildcards.split
    info = LandcoverInfo.load(files.landcover)
    lattice = info.lattice(p.size, p.downsample)
    sheet = neighbours(StackView(split, files.footprints, files.array), p.samples, p.seed)
    figure = patches_figure(
        sheet,
        Palette.of(pd.read_parquet(files.classes)),
        lattice,
        info.patch_metres,
        split,
        levels(files.mosaic, sheet, lattice),
    )
    save_png(figure, snakemake.output[0], snakemake.params.world)
