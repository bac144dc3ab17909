"""Find the best parameters of a classifier that is no forest."""

from landloom.job.files import whole_file, write_json
from landloom.job.runner import job
from landloom.map.classifiers.kinds import load_kernels
from landloom.map.classifiers.tuning import search
from landloom.map.crossval.folds import Folds
from landloom.map.forest.ranking import describe_best
from landloom.map.forest.scoring import Problem
from landloom.map.points import Points
from landloom.map.sample_table import labelled
from landloom.map.years.places import stratified

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, kind, given = snakemake.params, snakemake.wildcards.kind, snakemake.input.folds
    load_kernels(kind)
    samples = Points.read(snakemake.input.samples)
    training = samples.frame[samples.frame["split"] == "train"]
    # As `tune.py` cuts them for forests, so that kinds are compared on equal folds.
    folds = Folds.read(given[0]).number if given else stratified(training, p.folds)
    problem = Problem(*labelled(samples, "train"), folds, p.seed)
    result = search(problem, kind, p.grid)
    write_json(snakemake.output.result, result)
    write_json(snakemake.output.decided, {key: result[key] for key in ("kind", "best_params")})
    text = describe_best(result)
    with whole_file(snakemake.output.best) as draft:
        draft.write_text(text, encoding="utf-8")
    log.info("%s", text)
