# What a run says: while it works, how far it is; at its end, what it made or what went wrong.
import atexit
from collections import defaultdict

from snakemake.logging import logger

from landloom.progress import Progress, is_chatter
from landloom.summary import first_error, summary


def unfinished():
    """Return the jobs that are not finished, by their rules, as their benchmarks' files."""
    jobs = defaultdict(list)
    for job in list(workflow.dag.needrun_jobs()):
        if job.output:  # targets that only gather others take no time
            jobs[job.rule.name].append(job.benchmark)
    return jobs


def say(text):
    """Write to the user."""
    print(text, file=sys.stderr, flush=True)


# Snakemake tells of each job itself, unless it is asked not to: `quiet` in the profile.
QUIET = {kind.name for kind in workflow.output_settings.quiet or []}
PROGRESS = Progress(unfinished, say if "RULES" in QUIET and "PROGRESS" not in QUIET else None)


onstart:
    for check in CHECKS_AT_START:
        check()
    if PROGRESS.tells:
        for handler in logger.handlers:
            if handler.name == "DefaultStreamHandler":
                handler.addFilter(lambda record: not is_chatter(record))
    logger.addHandler(PROGRESS)


onsuccess:
    made = {str(file) for job in workflow.dag.jobs for file in job.output}
    if summary(R, made):
        say(f"\n{summary(R, made)}\n")


onerror:
    # Snakemake has a few words of its own after this: what went wrong is to come last.
    if PROGRESS.failed:
        atexit.register(say, f"\n{first_error(PROGRESS.failed)}\n")
