"""Draw how sure the model is."""

from landloom.figures.map import LIMIT, draw_confidence
from landloom.figures.style import save_png
from landloom.figures.view import value_counts, view
from landloom.job.files import read_json
from landloom.job.runner import job
from landloom.legend.class_file import read_classes

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    classes = read_classes(files.classes)
    shown = view(files.confidence, LIMIT)
    kind = snakemake.params.kind or read_json(files.model)["kind"]
    figure = draw_confidence(shown, len(classes), value_counts(files.confidence), kind)
    save_png(figure, snakemake.output[0], snakemake.params.world)
    log.info("%d x %d pixels shown, 1 of %d", *shown.pixels.shape, shown.step)
