"""Choose and split the samples."""

from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.legend.class_file import write_classes
from landloom.map.points import Points
from landloom.map.samples import check_folds
from landloom.map.shares import Shares
from landloom.map.years.choosing import select_places
from landloom.map.years.places import one_of_each

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    vectors = Points.read(snakemake.input.vectors)
    shares = Shares(p.per_class_min, p.allocation)
    samples = select_places(vectors, p.n, p.min_share, p.test_fraction, p.seed, shares)
    training = samples.frame[samples.frame["split"] == "train"]
    check_folds(one_of_each(training)[0]["label"], None, samples.classes)
    with whole_file(snakemake.output.samples) as draft:
        samples.write(draft)
    write_classes(snakemake.output.classes, samples.classes)
    log.info("%s", samples.frame.groupby(["label", "split"]).size().unstack())
    for note in samples.notes[len(vectors.notes) :]:  # those of the vectors were told before
        log.warning("%s", note)
    log.info("dropped: %s", dict(samples.dropped))
