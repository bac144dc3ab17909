"""Draw the elevation mosaic and its slope."""

from landloom.figures.elevation import mosaic_figure, read_mosaic
from landloom.figures.style import save_png
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    heights = read_mosaic(snakemake.input[0])
    save_png(mosaic_figure(heights, tuple(snakemake.params.region)), snakemake.output[0])
