"""Write the model in a form that others can use."""

from functools import partial

from landloom.job.files import read_json, whole_file
from landloom.job.runner import job
from landloom.map.applicability.samples import Applicability
from landloom.map.classifiers.kinds import Recipe, load_classifier
from landloom.map.crossval.folds import Folds
from landloom.map.model.comparison import card_of_comparison
from landloom.map.model.exports import (
    classifier_of_map,
    onnx,
    refuse_other_labels,
    rows_to_check,
    skops,
)
from landloom.map.model.model import Model, Origin, card_of
from landloom.map.points import Points
from landloom.map.sample_table import labelled
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files, kind = snakemake.params, snakemake.input, snakemake.wildcards.format
    samples = Points.read(files.samples)
    recipe = Recipe.of(read_json(files.best), p.seed, snakemake.threads)
    recipe.load_kernels()
    X, y = labelled(samples)
    # scikit-learn's of the map anew: its file is a pickle, which is not opened.
    model = recipe.fit(X, y)
    info = ZonedEmbedding.load(files.embedding).common
    classifier = classifier_of_map(kind, model.classifier, load_classifier(files.flat), info)
    checked = X if model.kind.is_forest else rows_to_check(X)
    with whole_file(snakemake.output[0]) as draft:
        if kind == "zip":
            held_out, sources = read_json(files.held_out), list(p.labels)
            origin = Origin(recipe.params, p.seed, held_out, sources, recipe.kind)
            card, compared = card_of(samples, info, origin), None
            if files.get("applicability"):
                compared = Applicability.read(files.applicability)
                comparison = card_of_comparison(compared, Folds.read(files.folds))
                card = card.model_copy(update={"applicability": comparison})
            Model(card, classifier, compared).write(draft)
            found = Model.read(draft).classifier
            refuse_other_labels(
                kind, model.estimator, checked, lambda rows: found.predict(rows).labels
            )
        else:
            to = {"onnx": partial(onnx, stand_in=model.stand_in), "skops": skops}[kind]
            draft.write_bytes(to(model.estimator, checked))
        size = draft.stat().st_size
    log.info("%d bytes; %d samples have the same labels", size, len(checked))
