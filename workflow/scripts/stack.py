"""Stack the samples of one split."""

from dataclasses import asdict

import geopandas
import pandas as pd

from landloom.dataset.landcover import LandcoverInfo
from landloom.dataset.stack import CellFiles, Stack
from landloom.job.files import whole_file, write_json
from landloom.job.runner import job
from landloom.legend.qgis import SPLIT_COLORS, style_of_outlines, write_style

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, split = snakemake.params, snakemake.wildcards.split
    lattice = LandcoverInfo.load(snakemake.input.landcover).lattice(p.size, p.downsample)
    split_of = geopandas.read_file(snakemake.input.split).set_index("cell")["split"]
    cells = list(map(CellFiles, p.cells, snakemake.input.patches, snakemake.input.relief))
    members = [files for files in cells if split_of[files.cell] == split]
    test = [files for files in cells if split_of[files.cell] == "test"]
    stack = Stack(members, test, lattice, 1000 * p.buffer_km, split)
    classes = pd.read_parquet(snakemake.input.classes)
    index_of = dict(zip(classes["code"].tolist(), classes["index"].tolist(), strict=True))
    with whole_file(snakemake.output.array) as draft:
        stack.write_array(draft, index_of)
    with whole_file(snakemake.output.footprints) as draft:
        stack.write_footprints(draft, split)
    write_style(snakemake.output.style, style_of_outlines(SPLIT_COLORS[split]))
    write_json(snakemake.output.counts, asdict(stack.counts))
    log.info("%s: %s", split, stack.counts)
    if loss := stack.counts.loss(p.buffer_km):
        log.warning("%s: %s", split, loss)
