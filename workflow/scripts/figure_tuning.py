"""Draw what was tried to find the best forest."""

from landloom.figure_accuracy import draw_tuning
from landloom.figure_style import save_png
from landloom.files import read_json
from landloom.job import job

with job(snakemake.log[0]):
    stages = [read_json(path) for path in (snakemake.input.stage1, snakemake.input.stage2)]
    save_png(draw_tuning(stages), snakemake.output[0])
