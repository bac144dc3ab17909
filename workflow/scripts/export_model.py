"""Write the forest in a format of others."""

import joblib

from landloom.job.files import whole_file
from landloom.job.runner import job
from landloom.map.model.exports import onnx, skops
from landloom.map.points import Points
from landloom.map.sample_table import labelled

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    model = joblib.load(snakemake.input.model)
    X, _ = labelled(Points.read(snakemake.input.samples))
    content = {"onnx": onnx, "skops": skops}[snakemake.wildcards.format](model, X)
    with whole_file(snakemake.output[0]) as draft:
        draft.write_bytes(content)
    log.info("%d bytes; %d samples have the same labels", len(content), len(X))
