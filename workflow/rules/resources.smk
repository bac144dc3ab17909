# What jobs ask for, and how downloads are tried again.
import math


def grown(amount):
    """Return a resource that grows with each attempt, for what ended a job may be its want of it."""
    return lambda wildcards, attempt: math.ceil(attempt * amount)


def memory(amount):
    """Return the same of megabytes; each job of a cluster takes a Snakemake along, which runs it."""
    return lambda wildcards, attempt: offered(
        math.ceil(attempt * (amount + (0 if runs_jobs_itself() else 200)))
    )


def offered(amount):
    """Return an amount of memory that there is where jobs run: so many megabytes, or others.

    AWS Batch has it for one core by the gigabyte, two to eight; for other amounts its plug-in takes
    the least.
    """
    if executor_name() != "aws-batch":
        return amount
    return min(max(2048, 1024 * math.ceil(amount / 1024)), 8192)


def count_of_attempt(wildcards, attempt):
    """Return which attempt of Snakemake's at a job it is, for jobs that know when to give up."""
    return attempt


# Seconds before a download is tried again, within its job; four times as many each time.
PAUSE = 10
