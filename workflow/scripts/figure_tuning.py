"""Draw what was tried to find the best model."""

from landloom.figures.accuracy import draw_tuning
from landloom.figures.style import save_png
from landloom.job.files import read_json
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    stages = [read_json(path) for path in snakemake.input.stages]
    save_png(draw_tuning(stages), snakemake.output[0], snakemake.params.world)
