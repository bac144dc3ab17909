"""Write the forest in a form that others can use."""

from landloom.job.files import read_json, whole_file
from landloom.job.runner import job
from landloom.map.applicability.samples import Applicability
from landloom.map.crossval.folds import Folds
from landloom.map.forest.forest import FlatForest, fit_final
from landloom.map.model.comparison import card_of_comparison
from landloom.map.model.exports import onnx, refuse_other_labels, skops
from landloom.map.model.model import Model, Origin, card_of
from landloom.map.points import Points
from landloom.map.sample_table import labelled
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files, kind = snakemake.params, snakemake.input, snakemake.wildcards.format
    samples, best = Points.read(files.samples), read_json(files.best)["best_params"]
    X, y = labelled(samples)
    # The forest of the map anew: its file is a pickle, which is not opened.
    model = fit_final(X, y, best, p.seed, snakemake.threads)
    with whole_file(snakemake.output[0]) as draft:
        if kind == "zip":
            info = ZonedEmbedding.load(files.embedding).common
            origin = Origin(best, p.seed, read_json(files.held_out), list(p.labels))
            card, compared = card_of(samples, info, origin), None
            if files.get("applicability"):
                compared = Applicability.read(files.applicability)
                comparison = card_of_comparison(compared, Folds.read(files.folds))
                card = card.model_copy(update={"applicability": comparison})
            Model(card, FlatForest.from_model(model), compared).write(draft)
            found = Model.read(draft)
            refuse_other_labels(kind, model, X, lambda rows: found.forest.predict(rows).labels)
        else:
            draft.write_bytes({"onnx": onnx, "skops": skops}[kind](model, X))
        size = draft.stat().st_size
    log.info("%d bytes; %d samples have the same labels", size, len(X))
