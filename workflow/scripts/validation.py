"""Estimate accuracy and areas from independent reference points."""

from landloom.job.files import read_json, whole_file, write_json
from landloom.job.runner import job
from landloom.legend.classes import class_table
from landloom.map.plan import MapPlan
from landloom.map.points import Points
from landloom.map.validation.areas import ClassAreas
from landloom.map.validation.labels import known_labels
from landloom.map.validation.map_values import learned_pixels
from landloom.map.validation.points import PointFile, read_points
from landloom.map.validation.report import validate, validation_text
from landloom.map.validation.strata import MapFacts, sample_of

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    plan, samples = MapPlan.load(files.plan), Points.read(files.samples)
    areas = ClassAreas.from_plain(read_json(files.areas))
    labels = known_labels(samples, class_table(p.legend, files.classes))
    file = PointFile(files.table, **p.columns, needed=frozenset(p.needed))
    facts = MapFacts(files.landcover, plan.grid, areas, learned_pixels(plan, samples))
    sample = sample_of(read_points(file), file, facts, labels)
    report = validate(sample, areas, labels.classes, p.seed)
    text = validation_text(report)
    with whole_file(snakemake.output.text) as draft:
        draft.write_text(text, encoding="utf-8")
    write_json(snakemake.output.data, report)
    log.info("%s", text)
    for note in report["notes"]:
        log.warning("%s", note)
