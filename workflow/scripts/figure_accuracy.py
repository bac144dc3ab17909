"""Draw how well the forest agrees with the samples held out, and what it goes by."""

from landloom.figures.accuracy import draw_confusion, draw_importances, draw_report
from landloom.figures.style import save_png
from landloom.job.files import read_json
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    report = read_json(snakemake.input.report)
    save_png(draw_report(report), snakemake.output.report)
    save_png(draw_confusion(report), snakemake.output.confusion)
    save_png(draw_importances(report["importances"]), snakemake.output.importances)
