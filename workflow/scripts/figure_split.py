"""Draw the train and test cells."""

import geopandas

from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.stack_view import StackView
from landloom.figures.dataset import Cells, outline, split_figure
from landloom.figures.style import save_png
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    files = snakemake.input
    views = map(StackView, snakemake.params.splits, files.footprints)
    cells = Cells.of(geopandas.read_file(files.split), views)
    figure = split_figure(cells, outline(LandcoverInfo.load(files.landcover)))
    save_png(figure, snakemake.output[0], snakemake.params.world)
