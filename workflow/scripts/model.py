"""Fit the best forest on all samples, and write it for people and for the blocks."""

from pathlib import Path

from landloom.embedding import EmbeddingInfo
from landloom.files import read_json, whole_file
from landloom.forest import FlatForest, fit_final, save_model
from landloom.job import job
from landloom.mapping import for_stored_values
from landloom.points import Points
from landloom.sampling import labelled

with job(snakemake.log[0]) as log:
    info = EmbeddingInfo.from_json(Path(snakemake.input.embedding).read_text())
    best = read_json(snakemake.input.best)["best_params"]
    X, y = labelled(Points.read(snakemake.input.samples))
    model = fit_final(X, y, best, snakemake.params.seed, snakemake.threads)
    with whole_file(snakemake.output.model) as draft:
        save_model(model, draft)
    with whole_file(snakemake.output.flat) as draft:
        for_stored_values(FlatForest.from_model(model), info).save(draft)
    log.info("%s, fitted on %d samples of %d classes", model, len(y), len(model.classes_))
