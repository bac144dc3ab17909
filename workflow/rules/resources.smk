# What jobs ask for, and when they are tried again.
import math


def grown(amount):
    """Return a resource that grows with each attempt, for what ended a job may be its want of it."""
    return lambda wildcards, attempt: math.ceil(attempt * amount)


def memory(amount):
    """Return the same of megabytes; each job of a cluster takes a Snakemake along, which runs it."""
    return lambda wildcards, attempt: math.ceil(
        attempt * (amount + (0 if runs_jobs_itself() else 200))
    )


def pause_before(wildcards, attempt):
    """Return the seconds to wait before a download is tried: none, then more each time."""
    return [0, 10, 40, 160][min(attempt, 4) - 1]
