"""Draw a part of the map beside the reference and the embedding."""

from landloom.figures.map import CLOSEUP, Closeup, draw_closeup, false_colors
from landloom.figures.style import save_png
from landloom.figures.view import find_closeup, full_legend, reference_on, values_in, view_window
from landloom.job.files import read_json
from landloom.job.runner import job
from landloom.legend.classes import class_table
from landloom.map.plan import MapPlan
from landloom.map.points import Points
from landloom.map.sample_table import features
from landloom.map.vectors import vectors_on
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    embedding, plan = ZonedEmbedding.load(files.embedding), MapPlan.load(files.plan)
    samples = Points.read(files.samples)
    table = class_table(p.legend, files.classes)
    rasters = read_json(files.reference)
    box = find_closeup(files.landcover, CLOSEUP)
    log.info("rows %d to %d, columns %d to %d", *box)
    landcover = view_window(files.landcover, box)
    reference = reference_on(landcover.grid, rasters, p.band, table) if rasters else None
    with vectors_on(plan, embedding) as vectors:
        picture, share = false_colors(vectors, plan.grid, box, features(samples.frame))
    legend = full_legend(samples.classes, table, values_in(reference))
    closeup = Closeup(landcover, reference, plan.place(samples), picture, share, legend)
    save_png(draw_closeup(closeup), snakemake.output[0], snakemake.params.world)
