"""Read the embedding at the labelled points, and choose and split the samples."""

from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.legend.class_file import write_classes
from landloom.map.orientation import check_orientations
from landloom.map.points import Points
from landloom.map.samples import check_folds, extract, select
from landloom.map.shares import Shares
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    embedding = ZonedEmbedding.load(snakemake.input.embedding)
    points = Points.read(snakemake.input.points)
    samples = extract(embedding, points)
    doubts = check_orientations(embedding, samples.frame)
    shares = Shares(p.per_class_min, p.allocation)
    samples = select(samples, p.n, p.min_share, p.test_fraction, p.seed, shares)
    training = samples.frame.loc[samples.frame["split"] == "train", "label"]
    notes = check_folds(training, p.folds, samples.classes, p.folds_key)
    with whole_file(snakemake.output.samples) as draft:
        samples.write(draft)
    write_classes(snakemake.output.classes, samples.classes)
    log.info("%s", samples.frame.groupby(["label", "split"]).size().unstack())
    for note in (
        *doubts,
        *samples.notes[len(points.notes) :],
        *notes,
    ):  # the points' own were told before
        log.warning("%s", note)
    log.info("dropped: %s", dict(samples.dropped))
