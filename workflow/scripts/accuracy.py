"""Judge the best forest by the samples held out."""

from landloom.job.files import read_json, whole_file, write_json
from landloom.job.runner import job
from landloom.map.forest.accuracy import assess, classification_text
from landloom.map.forest.forest import fit_final
from landloom.map.forest.scores import versions
from landloom.map.points import Points
from landloom.map.sample_table import band_names, labelled

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    samples = Points.read(snakemake.input.samples)
    best = read_json(snakemake.input.best)["best_params"]
    X, y = labelled(samples, "train")
    held_out, truth = labelled(samples, "test")
    model = fit_final(X, y, best, snakemake.params.seed, snakemake.threads)
    predicted = model.predict(held_out)
    names = {value: entry.name for value, entry in samples.classes.items()}
    text = classification_text(truth, predicted, names)
    text += "".join(f"\nLeft out: {number} ({why})" for why, number in samples.dropped.items())
    told = [note for note in samples.notes if not note.endswith(": left out")]
    text += "".join(f"\nNote: {note}" for note in told) + "\n"
    with whole_file(snakemake.output.text) as draft:
        draft.write_text(text, encoding="utf-8")
    importances = zip(band_names(samples.frame), model.feature_importances_.tolist(), strict=True)
    write_json(
        snakemake.output.data,
        {
            **assess(truth, predicted, names),
            "samples": {"train": len(y), "test": len(truth)},
            "dropped": dict(samples.dropped),
            "notes": list(samples.notes),
            "best_params": best,
            "importances": dict(importances),
            "versions": versions(),
        },
    )
    log.info("%s", text)
