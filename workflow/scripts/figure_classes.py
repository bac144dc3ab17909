"""Draw the class shares of region, train and test."""

import pandas as pd

from landloom.dataset_figures import class_shares, classes_figure
from landloom.figure_style import save_png
from landloom.files import read_json
from landloom.job import job

with job(snakemake.log[0]):
    classes = pd.read_parquet(snakemake.input.classes)
    shares = class_shares(classes, read_json(snakemake.input.certificate))
    save_png(classes_figure(classes, shares), snakemake.output[0])
