"""Write the map as polygons."""

from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.legend.class_file import read_classes
from landloom.map.generalised.polygons import write_polygons

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    classes = read_classes(snakemake.input.classes)
    with whole_file(snakemake.output[0]) as draft:
        number = write_polygons(snakemake.input.landcover, classes, draft)
    log.info("%d polygons", number)
