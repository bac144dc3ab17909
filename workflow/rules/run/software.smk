# Which versions of other packages results are made with: a digest of code counts those of the record.
from landloom.job.files import write_json
from landloom.run.software import differences, installed, recorded_versions

SOFTWARE_FILE = FILES.moved(results("software.json"))


def versions_that_count():
    """Return the versions of packages with which results were made, or will be.

    None count where jobs have environments of their own, or in a module: the workflow around it
    decides what an upgrade means to it.
    """
    if YEARS_AROUND:
        return YEARS_AROUND["SOFTWARE"]
    if is_module() or deploys_software():
        return {}
    made_with = recorded_versions(SOFTWARE_FILE)
    now = installed()
    if is_main_process() and (note := differences(made_with, now, SOFTWARE_FILE)):
        print(f"\nlandloom: {note}\n", file=sys.stderr, flush=True)
    return now | made_with


def keep_versions():
    """Keep the versions, as soon as a run begins."""
    if SOFTWARE and not YEARS_AROUND and recorded_versions(SOFTWARE_FILE) != SOFTWARE:
        write_json(SOFTWARE_FILE, SOFTWARE)


try:
    SOFTWARE = versions_that_count()
except LandloomError as error:
    sys.exit(f"\n{error}\n")
