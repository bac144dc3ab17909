"""Let some samples turn as surfaces."""

import pandas as pd

from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.stack_view import StackView
from landloom.figures.patches import Palette, singles
from landloom.figures.terrain import Turn, write_animation
from landloom.job.files import whole_file
from landloom.job.runner import job

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output):
    p, files = snakemake.params, snakemake.input
    info = LandcoverInfo.load(files.landcover)
    view = StackView("train", files.footprints, files.array)
    with whole_file(snakemake.output[0]) as draft:
        write_animation(
            draft,
            singles(view, p.rows * p.columns, p.seed),
            Palette.of(pd.read_parquet(files.classes)),
            info.patch_metres,
            p.columns,
            Turn(p.frames, p.fps, p.world),
        )
