"""Draw how well the map agrees, by what it is compared with: by class, and in all."""

from landloom.figures.agreement import draw_estimates, draw_report
from landloom.figures.style import save_png
from landloom.job.files import read_json
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    report = read_json(snakemake.input.report)
    save_png(draw_report(report), snakemake.output.report, snakemake.params.world)
    save_png(draw_estimates(report), snakemake.output.estimates, snakemake.params.world)
