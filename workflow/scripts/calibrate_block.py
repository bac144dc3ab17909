"""Turn the shares of votes of one block into probabilities and sets of classes."""

from landloom.job.files import read_json, whole_file
from landloom.job.runner import job
from landloom.map.blocks import Block
from landloom.map.calibration.blocks import Calibration, calibrate_block
from landloom.map.prediction import write_block
from landloom.raster.opening import open_raster
from landloom.raster.pixel_grid import PixelGrid

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files = snakemake.input
    calibration = Calibration.from_plain(read_json(files.calibration))
    with open_raster(files.block) as source:
        grid = PixelGrid.of(source)
        pixels = calibrate_block(source, calibration)
    block = Block(snakemake.wildcards.block, 0, 0, grid.height, grid.width)
    with whole_file(snakemake.output[0]) as draft:
        write_block(pixels, grid, block, draft, calibration.void)
    log.info("%s: %d pixels have data", block.name, (pixels[0] != calibration.void).sum())
