"""Draw the class shares of region, train and test."""

import pandas as pd

from landloom.figures.dataset import class_shares, classes_figure
from landloom.figures.style import save_png
from landloom.job.files import read_json
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    classes = pd.read_parquet(snakemake.input.classes)
    shares = class_shares(classes, read_json(snakemake.input.certificate))
    save_png(classes_figure(classes, shares), snakemake.output[0], snakemake.params.world)
