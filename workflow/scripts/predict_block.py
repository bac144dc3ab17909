"""Predict one block of the map."""

from landloom.errors import LandloomError
from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.legend.values import NODATA
from landloom.map.classifiers.kinds import load_classifier, load_kernels
from landloom.map.embedding_reader import Embedding
from landloom.map.prediction import predict_block, write_block
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    name = snakemake.wildcards.block
    zone = ZonedEmbedding.load(snakemake.input.embedding).zone_of(name)
    block = zone.block(name, p.block)
    classifier = load_classifier(snakemake.input.classifier)
    load_kernels(classifier.kind)
    try:
        with Embedding(zone.info) as embedding:
            pixels = predict_block(embedding, block, classifier, p.shares)
    except LandloomError as error:
        raise LandloomError(f"block {name}: {error}") from None
    with whole_file(snakemake.output[0]) as draft:
        write_block(pixels, zone.info.grid, block, draft)
    log.info("%s: %d of %d pixels have data", block, (pixels[0] != NODATA).sum(), pixels[0].size)
