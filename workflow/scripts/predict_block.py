"""Predict one block of the map."""

from landloom.errors import LandloomError
from landloom.job.kept import Kept
from landloom.job.runner import job
from landloom.map.classifiers.kinds import load_classifier, load_kernels
from landloom.map.embedding_reader import Embedding
from landloom.map.piecewise import Target, make_block
from landloom.map.prediction import predict_block
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
            known = make_block(
                Target(snakemake.output[0], zone.info.grid, block, p.block),
                lambda piece: predict_block(embedding, piece, classifier, p.layers),
                Kept(snakemake.output[0], snakemake.input, p),
            )
    except LandloomError as error:
        raise LandloomError(f"block {name}: {error}") from None
    log.info("%s: %d of %d pixels have data", block, known, block.height * block.width)
