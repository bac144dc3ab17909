"""Draw the areas of the classes on the maps of all years."""

from landloom.figures.style import save_png
from landloom.figures.years import draw_years
from landloom.job.runner import job
from landloom.map.years.areas import read_areas

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    save_png(draw_years(read_areas(snakemake.input.areas)), snakemake.output[0])
