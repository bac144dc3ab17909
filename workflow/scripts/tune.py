"""Score the candidates of one tuning unit."""

from dataclasses import asdict
from pathlib import Path

from landloom.job.files import read_json, write_json
from landloom.job.runner import job
from landloom.map.forest.score_store import ScoreStore
from landloom.map.forest.tuning import (
    STAGE1_FIXED,
    fingerprint,
    keys_of,
    representatives,
    score_unit,
)
from landloom.map.forest.tuning_units import Unit
from landloom.map.points import Points
from landloom.map.sample_table import labelled

with job(snakemake.log[0]) as log:
    p = snakemake.params
    X, y = labelled(Points.read(snakemake.input.samples), "train")
    best = snakemake.input.get("best")
    fixed = STAGE1_FIXED if best is None else read_json(best)["best_params"]
    units = [Unit.from_plain(unit) for unit in p.units]
    fixed = {key: value for key, value in fixed.items() if key not in units[0].searched}
    unit = units[-1]
    same = representatives(units, fixed, X.shape[1])[unit.name]
    result = {"unit": unit.name, "same_as": same, "params": unit.candidates(), "candidates": []}
    if same == unit.name:
        scores = Path(snakemake.output[0]).parents[1] / "scores"
        store = ScoreStore(scores / f"{fingerprint(X, y, p.folds, p.seed)}-{p.scorer}", p.folds)
        scored = score_unit(
            X,
            y,
            unit,
            fixed,
            folds=p.folds,
            seed=p.seed,
            n_jobs=snakemake.threads,
            known=store.known(keys_of(unit, fixed, X.shape[1])),
        )
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
