"""Refuse values of the tuning's grid that do not suit the embedding, before anything is fitted."""

from pathlib import Path

from landloom.embedding import EmbeddingInfo
from landloom.files import write_json
from landloom.job import job
from landloom.tuning import check_max_features

with job(snakemake.log[0]) as log:
    info = EmbeddingInfo.from_json(Path(snakemake.input.embedding).read_text())
    values = snakemake.params.max_features
    check_max_features(values, info.bands)
    write_json(snakemake.output[0], {"bands": info.bands})
    log.info("%s of %d bands", values, info.bands)
