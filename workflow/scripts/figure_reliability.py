"""Draw how far shares of votes and calibrated probabilities are from what happens."""

from landloom.figures.reliability import draw_reliability
from landloom.figures.style import save_png
from landloom.job.files import read_json
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    figure = draw_reliability(read_json(snakemake.input.calibration))
    save_png(figure, snakemake.output[0], snakemake.params.world)
