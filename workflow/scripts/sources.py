"""List what the run was made from."""

from landloom.job.files import read_json, whole_file
from landloom.job.runner import job
from landloom.sources.attribution import Use, served_tiles, sources_text
from landloom.sources.copies import origin_of

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    p, files = snakemake.params, snakemake.input
    uses = [Use(*use, made=bool(p.demo) and use[1].startswith(f"{p.demo}/")) for use in p.uses]
    told = [item for file in files.served for item in read_json(file).items()]
    for name, file in zip(p.copies, files.copies, strict=True):
        told.append((name, [origin_of(file) or "an address that was not noted"]))
    for table in files.tiles:
        told += served_tiles([use.source for use in uses], table).items()
    served = {}
    for name, addresses in told:
        served[name] = list(dict.fromkeys([*served.get(name, []), *addresses]))
    records = [read_json(file) for file in files.indexes]
    indexes = {one["family"]: f"{one['address']}, SHA-256 {one['sha256']}" for one in records}
    models = {told["file"]: told for told in map(read_json, files.models)}
    with whole_file(snakemake.output[0]) as draft:
        draft.write_text(sources_text(uses, served, indexes, models), encoding="utf-8")
    for use in uses:
        log.info("%s: %s", use.role, use.source)
