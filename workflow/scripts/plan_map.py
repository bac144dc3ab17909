"""Choose the map's pixel grid, and the blocks that it is made of."""

from landloom.job.runner import job
from landloom.map.plan import plan_map
from landloom.map.zones import ZonedEmbedding

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p = snakemake.params
    embedding = ZonedEmbedding.load(snakemake.input.embedding)
    plan = plan_map(embedding, p.crs, p.block, p.region, p.sheet, p.kinds)
    plan.save(snakemake.output[0])
    log.info("%d x %d pixels in %s", plan.grid.width, plan.grid.height, plan.grid.crs.name)
    what = f"sheets of {plan.sheet} x {plan.sheet} blocks" if plan.sheet > 1 else "blocks"
    for zone, names in plan.zones.items():
        log.info("%s: %d %s", zone, len(names), what)
