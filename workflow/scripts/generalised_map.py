"""Make a copy of the map without specks."""

from landloom.job.folders import temporary_folder
from landloom.job.runner import job
from landloom.legend.class_file import read_classes
from landloom.map.blocks import Block
from landloom.map.generalised.raster import Rules, generalised
from landloom.map.join import Layer, join_blocks
from landloom.map.plan import MapPlan
from landloom.map.prediction import write_block

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    grid = MapPlan.load(files.plan).grid
    codes = generalised(files.landcover, Rules(**snakemake.params.rules))
    whole = Block("whole", 0, 0, grid.height, grid.width)
    layer = Layer({1: ""}, read_classes(files.classes))
    with temporary_folder() as folder:
        write_block(codes[None], grid, whole, folder / "whole.tif")
        join_blocks([(whole, folder / "whole.tif")], grid, layer, snakemake.output)
    log.info("%d by %d pixels", grid.width, grid.height)
