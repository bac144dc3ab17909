"""Turn the shares of votes of one block into probabilities and sets of classes."""

from landloom.job.files import read_json
from landloom.job.kept import Kept, clear
from landloom.job.runner import job
from landloom.map.blocks import Block
from landloom.map.calibration.blocks import Calibration, calibrate_block
from landloom.map.piecewise import Target, make_block
from landloom.raster.opening import open_raster
from landloom.raster.pixel_grid import PixelGrid

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    files, p = snakemake.input, snakemake.params
    calibration = Calibration.from_plain(read_json(files.calibration))
    with open_raster(files.block) as source:
        grid = PixelGrid.of(source)
        block = Block(snakemake.wildcards.block, 0, 0, grid.height, grid.width)
        known = make_block(
            Target(snakemake.output[0], grid, block, p.block, calibration.void),
            lambda piece: calibrate_block(source, calibration, piece),
            Kept(snakemake.output[0], files, p),
        )
    clear([files.block])
    log.info("%s: %d pixels have data", block.name, known)
