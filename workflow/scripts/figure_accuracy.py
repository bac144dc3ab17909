"""Draw which classes the model mixes up on the samples held out, and what it goes by."""

from landloom.figures.accuracy import draw_confusion, draw_importances
from landloom.figures.style import save_png
from landloom.job.files import read_json
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    held_out = read_json(snakemake.input.held_out)
    save_png(draw_confusion(held_out), snakemake.output.confusion)
    if snakemake.output.get("importances"):
        save_png(draw_importances(held_out["importances"]), snakemake.output.importances)
