"""Set the areas of the classes on the maps of all years side by side."""

from landloom.job.files import read_json, whole_file
from landloom.job.runner import job
from landloom.legend.class_file import read_classes
from landloom.map.years.areas import areas_by_year, by_class, write_areas

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    told = dict(zip(snakemake.params.years, map(read_json, files.areas), strict=True))
    table = areas_by_year(told, read_classes(files.classes))
    with whole_file(snakemake.output[0]) as draft:
        write_areas(table, draft)
    log.info("%s", by_class(table))
