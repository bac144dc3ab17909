"""Judge the best model by the samples held out."""

from landloom.job.files import read_json, write_json
from landloom.job.runner import job
from landloom.map.classifiers.kinds import Recipe
from landloom.map.forest.accuracy import assess
from landloom.map.forest.baselines import baselines
from landloom.map.forest.scores import versions
from landloom.map.points import Points
from landloom.map.sample_table import band_names, labelled

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    samples = Points.read(snakemake.input.samples)
    recipe = Recipe.of(read_json(snakemake.input.best), snakemake.params.seed, snakemake.threads)
    recipe.load_kernels()
    X, y = labelled(samples, "train")
    held_out, truth = labelled(samples, "test")
    model = recipe.fit(X, y)
    names = {value: entry.name for value, entry in samples.classes.items()}
    figures = assess(truth, model.predict(held_out), names)
    importances = {}
    if model.importances is not None:
        bands = zip(band_names(samples.frame), model.importances.tolist(), strict=True)
        importances = {
            "importances": dict(bands),
            "importances_of": (
                "the forest that the held-out samples judge, fitted on the training samples with "
                "best_params; not the model of the map, which is fitted on all samples"
            ),
        }
    write_json(
        snakemake.output[0],
        {
            **figures,
            "map_classes": sorted(samples.classes),
            "baselines": baselines(X, y, held_out, truth),
            "samples": {"train": len(y), "test": len(truth)},
            **({} if samples.proportional else {"proportional": False}),
            "left_out": [each.plain() for each in samples.left_out],
            "dropped": dict(samples.dropped),
            "notes": [*samples.notes, *model.notes],
            **recipe.plain(),
            **importances,
            "versions": versions(),
        },
    )
    log.info("%d samples held out: agreement %.3f", len(truth), figures["accuracy"])
