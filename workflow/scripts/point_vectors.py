"""Read the embedding at the labelled points."""

from dataclasses import replace

from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.map.orientation import check_orientations
from landloom.map.points import Points
from landloom.map.samples import extract
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
        vectors, doubts = extract_years({year: embeddings[year] for year in p.train}, points)
        told = other_year(p.label_years, p.train)
        vectors = replace(vectors, notes=(*vectors.notes, *told))
    else:
        vectors = extract(embedding, points)
        doubts = check_orientations(embedding, vectors.frame)
    with whole_file(snakemake.output[0]) as draft:
        vectors.write(draft)
    for note in (*doubts, *vectors.notes[len(points.notes) :]):  # the points' own were told before
        log.warning("%s", note)
    log.info("%d of %d points; dropped: %s", len(vectors.frame), len(points.frame), vectors.dropped)
