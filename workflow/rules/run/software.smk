# Which versions of other packages results are made with: a digest of code counts those of the record.
from landloom.job.files import write_json
from landloom.run.software import (
    differences,
    first_versions,
    installed,
    recorded_versions,
    with_versions,
)

SOFTWARE_FILE = FILES.moved(results("software.json"))


def versions_that_count():
    """Return the versions of packages with which results were made first, or will be.

    None count in a module: the workflow around it decides what an upgrade means to it. Nor do they
    where jobs have environments of their own, unless there is a record from before.
    """
    if YEARS_AROUND:
        return YEARS_AROUND["SOFTWARE"]
    if is_module():
        return {}
    kept = recorded_versions(SOFTWARE_FILE)
    if deploys_software():
        return first_versions(kept or {})
    if kept is None:
        return installed()
    if is_main_process() and (note := differences(kept, installed(), SOFTWARE_FILE)):
        print(f"\nlandloom: {note}\n", file=sys.stderr, flush=True)
    return first_versions(kept)


def keep_versions():
    """Keep the versions, as soon as a run begins that makes something."""
    if not is_module() and not only_touches():
        kept = recorded_versions(SOFTWARE_FILE)
        versions = with_versions(kept, {} if deploys_software() else installed())
        if versions != kept:
            write_json(SOFTWARE_FILE, versions)


try:
    SOFTWARE = versions_that_count()
except LandloomError as error:
    sys.exit(f"\n{error}\n")
