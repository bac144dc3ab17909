"""List what the run was made from."""

from landloom.job.files import read_json, whole_file
from landloom.job.runner import job
from landloom.sources.attribution import Use, sources_text

with job(snakemake.log[0], reads=snakemake.input, writes=snakemake.output) as log:
    uses = [Use(*use) for use in snakemake.params.uses]
    served = {}
    for file in snakemake.input.served:
        for name, addresses in read_json(file).items():
            served[name] = list(dict.fromkeys([*served.get(name, []), *addresses]))
    with whole_file(snakemake.output[0]) as draft:
        draft.write_text(sources_text(uses, served), encoding="utf-8")
    for use in uses:
        log.info("%s: %s", use.role, use.source)
