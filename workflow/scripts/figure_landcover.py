"""Draw the map with its legend."""

from landloom.figure_map import LIMIT, draw_landcover
from landloom.figure_style import save_png
from landloom.job import job
from landloom.legends import colored
from landloom.mapview import value_counts, view
from landloom.points import Points

with job(snakemake.log[0]) as log:
    files = snakemake.input
    legend = colored(Points.read(files.samples).classes)
    shown = view(files.landcover, LIMIT)
    counts = value_counts(files.landcover)
    save_png(draw_landcover(shown, legend, counts), snakemake.output[0])
    log.info("%d x %d pixels shown, 1 of %d", *shown.pixels.shape, shown.step)
    log.info("pixels of each class: %s", counts)
