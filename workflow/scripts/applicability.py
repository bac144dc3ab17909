"""Tell how much of the map lies in the area of applicability."""

from landloom.job.files import read_json, write_json
from landloom.job.runner import job
from landloom.legend.class_file import read_classes
from landloom.map.applicability.report import told
from landloom.map.applicability.samples import Applicability
from landloom.map.crossval.folds import Folds
from landloom.map.model.card import ComparisonCard
from landloom.map.model.comparison import folds_of
from landloom.map.validation.areas import class_areas

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    whole, inside = (
        class_areas(files.landcover, within=within) for within in (None, files.applicability)
    )
    classes = read_classes(files.classes)
    if files.folds:
        folds = Folds.read(files.folds)
    else:
        folds = folds_of(ComparisonCard.model_validate(read_json(files.model)["applicability"]))
    about = told(Applicability.read(files.samples), whole, inside, classes, folds)
    write_json(snakemake.output[0], about)
    for note in about["notes"]:
        log.warning("%s", note)
    log.info("%.1f %% of the map inside", 100 * about["map"]["share_of_area"])
