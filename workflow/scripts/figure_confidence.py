"""Draw how sure the model is."""

from landloom.figures.map import LIMIT, draw_confidence
from landloom.figures.style import save_png
from landloom.figures.view import value_counts, view
from landloom.job.runner import job
from landloom.map.points import Points

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    classes = Points.read(files.samples).classes
    shown = view(files.confidence, LIMIT)
    counts = value_counts(files.confidence)
    figure = draw_confidence(shown, len(classes), counts, snakemake.params.kind)
    save_png(figure, snakemake.output[0])
    log.info("%d x %d pixels shown, 1 of %d", *shown.pixels.shape, shown.step)
