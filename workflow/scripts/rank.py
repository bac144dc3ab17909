"""Rank the candidates of a stage."""

from landloom.job.files import read_json, whole_file, write_json
from landloom.job.runner import job
from landloom.map.forest.parameters import STAGE1_FIXED
from landloom.map.forest.ranking import describe_best, gather, rank
from landloom.map.points import Points
from landloom.map.sample_table import labelled

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    X, _ = labelled(Points.read(snakemake.input.samples), "train")
    best = snakemake.input.get("best")
    grid = snakemake.params.grid
    fixed = STAGE1_FIXED if best is None else read_json(best)["best_params"]
    fixed = {key: value for key, value in fixed.items() if key not in grid}
    result = rank(grid, gather(map(read_json, snakemake.input.units)), fixed, X.shape[1])
    write_json(snakemake.output.result, result)
    write_json(snakemake.output.decided, {"best_params": result["best_params"]})
    text = describe_best(result)
    with whole_file(snakemake.output.best) as draft:
        draft.write_text(text, encoding="utf-8")
    log.info("%s", text)
