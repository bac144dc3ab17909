"""Estimate accuracy and areas from independent reference points."""

from landloom.job.files import read_json, whole_file, write_json
from landloom.job.runner import job
from landloom.legend.class_file import read_classes
from landloom.legend.classes import class_table
from landloom.map.left_out import LeftOut
from landloom.map.points import Points
from landloom.map.validation.given import MapFiles, given_points
from landloom.map.validation.labels import labels_of_model
from landloom.map.validation.points import PointFile
from landloom.map.validation.report import validate, validation_text

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    file = PointFile(files.table, **p.columns, needed=frozenset(p.needed))
    drawn_on = MapFiles(files.landcover, files.plan, files.areas)
    table = class_table(p.legend, files.classes)
    if files.samples:
        known = Points.read(files.samples[0])
    else:  # what a finished model learned from is not known
        gone = LeftOut.of(read_json(files.model)["left_out"])
        known = labels_of_model(read_classes(files.legend), gone)
    given = given_points(file, drawn_on, known, table)
    report = validate(given.sample, given.areas, given.labels.classes, p.seed)
    text = validation_text(report)
    with whole_file(snakemake.output.text) as draft:
        draft.write_text(text, encoding="utf-8")
    write_json(snakemake.output.data, report)
    log.info("%s", text)
    for note in report["notes"]:
        log.warning("%s", note)
