"""Draw where the map applies."""

from landloom.figures.map import LIMIT, draw_applicability
from landloom.figures.style import save_png
from landloom.figures.view import view
from landloom.job.files import read_json
from landloom.job.runner import job
from landloom.legend.class_file import read_classes

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    shown, inside = view(files.landcover, LIMIT), view(files.applicability, LIMIT)
    legend = read_classes(files.classes)
    figure = draw_applicability(shown, inside, legend, read_json(files.report)["classes"])
    save_png(figure, snakemake.output[0])
    log.info("%d x %d pixels shown, 1 of %d", *shown.pixels.shape, shown.step)
