"""Draw a part of the map beside the reference and the embedding."""

from pathlib import Path

from landloom.classes import class_table
from landloom.embedding import EmbeddingInfo
from landloom.figure_map import CLOSEUP, Closeup, draw_closeup, false_colors
from landloom.figure_style import save_png
from landloom.files import read_json
from landloom.job import job
from landloom.mapview import find_closeup, full_legend, reference_on, values_in, view_window
from landloom.points import Points
from landloom.sampling import features

with job(snakemake.log[0]) as log:
    p, files = snakemake.params, snakemake.input
    info = EmbeddingInfo.from_json(Path(files.embedding).read_text())
    samples = Points.read(files.samples)
    table = class_table(p.legend, files.classes)
    rasters = read_json(files.reference)
    box = find_closeup(files.landcover, CLOSEUP)
    log.info("rows %d to %d, columns %d to %d", *box)
    landcover = view_window(files.landcover, box)
    reference = reference_on(landcover.grid, rasters, p.band, table) if rasters else None
    picture, share = false_colors(info, box, features(samples.frame))
    legend = full_legend(samples.classes, table, values_in(reference))
    closeup = Closeup(landcover, reference, samples, picture, share, legend)
    save_png(draw_closeup(closeup), snakemake.output[0])
