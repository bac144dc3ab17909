"""Read the embedding at the labelled points, and choose and split the samples."""

from dataclasses import replace

from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.legend.class_file import write_classes
from landloom.map.orientation import check_orientations
from landloom.map.points import Points
from landloom.map.samples import check_folds, extract
from landloom.map.shares import Shares
from landloom.map.years.choosing import select_places
from landloom.map.years.places import one_of_each
from landloom.map.years.reading import check_alike, extract_years
from landloom.map.years.words import other_year
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    embedding = ZonedEmbedding.load(snakemake.input.embedding)
    points = Points.read(snakemake.input.points)
    if p.years:
        others = map(ZonedEmbedding.load, snakemake.input.years)
        embeddings = dict(zip(p.years, [embedding, *others], strict=True))
        check_alike(embeddings)
        samples, doubts = extract_years({year: embeddings[year] for year in p.train}, points)
        told = other_year(p.label_years, p.train)
        samples = replace(samples, notes=(*samples.notes, *told))
    else:
        samples = extract(embedding, points)
        doubts = check_orientations(embedding, samples.frame)
    shares = Shares(p.per_class_min, p.allocation)
    samples = select_places(samples, p.n, p.min_share, p.test_fraction, p.seed, shares)
    training = samples.frame[samples.frame["split"] == "train"]
    notes = check_folds(one_of_each(training)[0]["label"], p.folds, samples.classes, p.folds_key)
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
