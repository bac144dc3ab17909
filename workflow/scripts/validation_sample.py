"""Draw pixels of the map to be labelled."""

import numpy as np

from landloom.job.files import read_json, whole_file
from landloom.job.geopackage import write_gpkg
from landloom.job.runner import job
from landloom.legend.qgis import style_of_points, write_style
from landloom.map.plan import MapPlan
from landloom.map.points import Points
from landloom.map.validation.areas import ClassAreas
from landloom.map.validation.drawing import Wanted, allocation, conjectured, draw, sample_frame
from landloom.map.validation.map_values import learned_pixels, left_to_draw

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files, wanted = snakemake.input, Wanted(**snakemake.params.draw)
    plan = MapPlan.load(files.plan)
    learned = np.empty(0, np.int64)  # of a finished model it is not known
    if files.samples:
        learned = learned_pixels(plan, Points.read(files.samples[0]))
    areas = ClassAreas.from_plain(read_json(files.areas))
    pixels = left_to_draw(files.landcover, areas.pixels, learned)
    accuracies = conjectured(read_json(files.held_out)["confusion"]) if files.held_out else {}
    numbers = allocation(wanted, pixels, accuracies)
    drawn = draw(files.landcover, numbers, learned, wanted.seed)
    write_style(snakemake.output.style, style_of_points())
    with whole_file(snakemake.output.sample) as draft:
        write_gpkg(sample_frame(drawn, plan.grid, pixels), draft, "validation_sample")
    for value, number in numbers.items():
        log.info("class %d: %d of %d pixels", value, number, pixels[value])
    log.info("%d pixels that the model learned from are not drawn", learned.size)
