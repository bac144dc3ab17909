"""Judge the model by the votes for samples that it was not fitted on."""

from landloom.job.files import read_json, write_json
from landloom.job.runner import job
from landloom.map.crossval.evaluation import join_votes, judge
from landloom.map.crossval.folds import Folds
from landloom.map.crossval.votes import Votes
from landloom.map.forest.scores import versions
from landloom.map.points import Points
from landloom.map.sample_table import labelled

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    samples, folds = Points.read(files.samples), Folds.read(files.folds)
    X, _ = labelled(samples)
    votes = join_votes([Votes.read(path) for path in files.votes])
    votes.write(snakemake.output.votes)
    names = {value: entry.name for value, entry in samples.classes.items()}
    told = {
        **judge(votes, X, folds, names),
        "notes": list(folds.notes),
        "best_params": read_json(files.best)["best_params"],
        "versions": versions(),
    }
    write_json(snakemake.output.data, told)
    log.info("accuracy %.4f, macro F1 %.4f", told["accuracy"], told["macro"]["f1"])
    log.info("baselines: %s", told["baselines"])
