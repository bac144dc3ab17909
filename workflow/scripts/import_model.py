"""Make a finished model ready for an embedding, and refuse one that it is not for."""

from landloom.job.files import whole_file, write_json
from landloom.job.runner import job
from landloom.legend.class_file import write_classes
from landloom.map.model.fit import fit_of
from landloom.map.model.imported import about_model, read_model
from landloom.map.prediction import for_stored_values
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files, made = snakemake.params, snakemake.input, snakemake.output
    embedding = ZonedEmbedding.load(files.embedding)
    model = read_model(files.model, compares=bool(made.samples))
    fit = fit_of(model, embedding, p.name)
    with whole_file(made.classifier) as draft:
        for_stored_values(model.classifier, embedding.common).save(draft)
    write_classes(made.classes, model.card.legend)
    for path in made.samples:
        model.applicability.write(path)
    write_json(made.about, about_model(model, files.model, p.name, fit))
    log.info("%s", fit)
    for note in fit.notes:
        log.warning("%s", note)
