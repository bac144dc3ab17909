"""Draw where the samples are."""

import geopandas

from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.stack_view import StackView
from landloom.figures.dataset import Cells, places_figure
from landloom.figures.style import save_png
from landloom.job.files import read_json
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    p, files = snakemake.params, snakemake.input
    lattice = LandcoverInfo.load(files.landcover).lattice(p.size, p.downsample)
    views = list(map(StackView, p.splits, files.footprints))
    cells = Cells.of(geopandas.read_file(files.split), views)
    corners = {view.split: lattice.corners(*view.places()) for view in views}
    counts = map(read_json, files.counts)
    save_png(places_figure(cells, corners, counts), snakemake.output[0], snakemake.params.world)
