"""Sum up the areas of the map's classes."""

from landloom.job.files import write_json
from landloom.job.runner import job
from landloom.map.validation.areas import class_areas

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    areas = class_areas(snakemake.input[0])
    write_json(snakemake.output[0], areas.plain())
    log.info("%d pixels, %.1f ha", areas.pixels.sum(), areas.square_metres.sum() / 1e4)
