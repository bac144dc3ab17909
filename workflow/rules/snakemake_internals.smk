# What the workflow takes from Snakemake besides its documented language: all of it, and only here.
from collections import defaultdict

from snakemake.logging import logger
from snakemake.utils import update_config


def given_config_files():
    """Return the configuration files that the command line names."""
    return list(workflow.overwrite_configfiles)


def given_config_values():
    """Return the keys that the command line gives a value (`--config`), and these as written."""
    return [entry.split("=", 1) for entry in workflow.config_settings.config_args or []]


def is_main_process():
    """Return whether this is the run itself, and not one of its jobs."""
    return workflow.is_main_process


def is_module():
    """Return whether another workflow uses this one as a module."""
    return not workflow.modifier.is_main_snakefile()


# Where a path leads: elsewhere, in a module with a prefix. It is this module's own way only while its
# rules are read; what is called later would be led by the workflow around it.
moved = workflow.modifier.path_modifier.replace_prefix


def deploys_software():
    """Return whether jobs find their software in environments of their own (`--sdm`)."""
    return bool(workflow.deployment_settings.deployment_method)


def runs_jobs_itself():
    """Return whether jobs run on this machine, and not through a cluster."""
    return workflow.local_exec


def silenced():
    """Return the kinds of messages that are not to be shown: `quiet` in the profile."""
    return {kind.name for kind in workflow.output_settings.quiet or []}


def unfinished():
    """Return the jobs that are not finished, by their rules, as their benchmarks' files."""
    jobs = defaultdict(list)
    for job in list(workflow.dag.needrun_jobs()):
        if job.output:  # targets that only gather others take no time
            jobs[job.rule.name].append(job.benchmark)
    return jobs


def jobs_to_run():
    """Return the jobs that are not finished: each one's rule and wildcards."""
    return [(job.rule.name, job.wildcards_dict) for job in list(workflow.dag.needrun_jobs())]


def made_files():
    """Return all files of the run."""
    return {str(file) for job in workflow.dag.jobs for file in job.output}


def watch_messages(handler, unless):
    """Pass all messages to a handler, and keep from the terminal those that a function names."""
    for other in logger.handlers:
        if other.name == "DefaultStreamHandler":
            other.addFilter(lambda record: not unless(record))
    logger.addHandler(handler)
