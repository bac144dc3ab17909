"""Describe the map for catalogues."""

from landloom.job.files import read_json, write_json
from landloom.job.runner import job
from landloom.legend.class_file import read_classes
from landloom.map.item import Told, map_item

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, made = snakemake.params, dict(snakemake.input.items())
    classes = read_classes(made.pop("classes"))
    calibration = made.pop("calibration")
    sets = read_json(calibration)["classes"] if calibration else ()
    files = {name: path for name, path in made.items() if path}
    item = map_item(files, Told(classes, p.year, p.world, sets))
    write_json(snakemake.output[0], item)
    log.info("%d assets", len(item["assets"]))
