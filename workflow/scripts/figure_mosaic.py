"""Draw the elevation mosaic and its slope."""

from landloom.elevation_figure import mosaic_figure, read_mosaic
from landloom.figure_style import save_png
from landloom.job import job

with job(snakemake.log[0]):
    heights = read_mosaic(snakemake.input[0])
    save_png(mosaic_figure(heights, tuple(snakemake.params.region)), snakemake.output[0])
