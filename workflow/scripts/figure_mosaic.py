"""Draw the elevation mosaic and its slope."""

from landloom.figures.elevation import mosaic_figure, read_mosaic
from landloom.figures.style import save_png
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    path, region = snakemake.input[0], tuple(snakemake.params.region)
    figure = mosaic_figure(read_mosaic(path), region, read_mosaic(path, within=region))
    save_png(figure, snakemake.output[0], snakemake.params.world)
