"""Score the candidates of one tuning unit."""

from dataclasses import asdict
from pathlib import Path

from landloom.job.files import read_json, write_json
from landloom.job.runner import job
from landloom.map.crossval.folds import Folds
from landloom.map.forest.parameters import STAGE1_FIXED, keys_of, representatives
from landloom.map.forest.score_store import ScoreStore
from landloom.map.forest.scoring import Problem, score_unit
from landloom.map.forest.tuning_units import Unit
from landloom.map.points import Points
from landloom.map.sample_table import labelled
from landloom.map.years.places import stratified

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    given = snakemake.input.folds
    samples = Points.read(snakemake.input.samples)
    training = samples.frame[samples.frame["split"] == "train"]
    folds = Folds.read(given[0]).number if given else stratified(training, p.folds)
    problem = Problem(*labelled(samples, "train"), folds, p.seed)
    best = snakemake.input.get("best")
    fixed = STAGE1_FIXED if best is None else read_json(best)["best_params"]
    units = [Unit.from_plain(unit) for unit in p.units]
    fixed = {key: value for key, value in fixed.items() if key not in units[0].searched}
    unit = units[-1]
    same = representatives(units, fixed, problem.n_bands)[unit.name]
    result = {"unit": unit.name, "same_as": same, "params": unit.candidates(), "candidates": []}
    if same == unit.name:
        scores = Path(snakemake.output[0]).parents[1] / "scores"
        store = ScoreStore(scores / f"{problem.fingerprint()}-{p.scorer}", problem.n_folds)
        known = store.known(keys_of(unit, fixed, problem.n_bands))
        scored = score_unit(problem, unit, fixed, n_jobs=snakemake.threads, known=known)
        for candidate in scored.candidates:
            store.keep(candidate.key, candidate.scores)
        result["candidates"] = [asdict(candidate) for candidate in scored.candidates]
        log.info(
            "%d candidates, %d fitted: %d trees",
            len(scored.candidates),
            len(scored.fitted),
            scored.trees,
        )
    else:
        log.info("grows the same forests as %s", same)
    write_json(snakemake.output[0], result)
