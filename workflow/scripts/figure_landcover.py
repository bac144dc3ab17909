"""Draw the map with its legend."""

from landloom.figures.map import LIMIT, draw_landcover
from landloom.figures.style import save_png
from landloom.figures.view import value_counts, view
from landloom.job.runner import job
from landloom.legend.class_file import read_classes

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    legend = read_classes(files.classes)
    shown = view(files.landcover, LIMIT)
    counts = value_counts(files.landcover)
    save_png(draw_landcover(shown, legend, counts), snakemake.output[0])
    log.info("%d x %d pixels shown, 1 of %d", *shown.pixels.shape, shown.step)
    log.info("pixels of each class: %s", counts)
