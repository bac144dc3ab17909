"""Draw how well the forest agrees with the samples held out, and what it goes by."""

from landloom.figure_accuracy import draw_confusion, draw_importances, draw_report
from landloom.figure_style import save_png
from landloom.files import read_json
from landloom.job import job

with job(snakemake.log[0]):
    report = read_json(snakemake.input.report)
    save_png(draw_report(report), snakemake.output.report)
    save_png(draw_confusion(report), snakemake.output.confusion)
    save_png(draw_importances(report["importances"]), snakemake.output.importances)
