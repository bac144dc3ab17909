"""Draw which classes the model mixes up on the samples held out, and what it goes by."""

from landloom.figures.accuracy import draw_confusion, draw_importances
from landloom.figures.style import save_png
from landloom.job.files import read_json
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    held_out, world = read_json(snakemake.input.held_out), snakemake.params.world
    save_png(draw_confusion(held_out), snakemake.output.confusion, world)
    if snakemake.output.get("importances"):
        importances = draw_importances(held_out["importances"])
        save_png(importances, snakemake.output.importances, world)
