"""Draw the train and test cells."""

import geopandas

from landloom.dataset_figures import Cells, outline, split_figure
from landloom.figure_style import save_png
from landloom.job import job
from landloom.landcover import LandcoverInfo
from landloom.stack_view import StackView

with job(snakemake.log[0]):
    files = snakemake.input
    views = map(StackView, snakemake.params.splits, files.footprints)
    cells = Cells.of(geopandas.read_file(files.split), views)
    save_png(split_figure(cells, outline(LandcoverInfo.load(files.landcover))), snakemake.output[0])
